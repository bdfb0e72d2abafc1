"""Videos and recordings for tests, made here: every format, and every place in it where something could be hidden."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
from PIL import Image

from unit.media.samples import encode, icc, picture
from unit.media.scanning import (
    BLOCK,
    CLUSTER,
    GROUP,
    INFO,
    PRIVATE,
    SEGMENT,
    SIMPLE,
    TRACK,
    TRACKS,
    VOID,
    boxes,
    elements,
)

VIDEOS = ("mp4", "mov", "webm")
SOUNDS = ("m4a", "mp3", "ogg", "flac", "wav")
_MUXERS = {"m4a": "ipod", "mp3": "mp3", "ogg": "ogg", "flac": "flac", "wav": "wav"}
_SOUND_CODECS = {"m4a": "aac", "mp3": "libmp3lame", "ogg": "libopus", "flac": "flac", "wav": "pcm_s16le"}


def film(
    container: str = "mp4",
    *,
    seconds: float = 1.0,
    size: tuple[int, int] = (96, 64),
    rate: int = 10,
    codec: str = "",
    sound: bool = True,
    tags: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
    stream_tags: dict[str, str] | None = None,
) -> bytes:
    """A video whose pictures turn from red to green, with a tone unless it is to be silent."""
    out = io.BytesIO()
    webm = container in {"webm", "matroska"}
    with av.open(out, "w", format=container, options=options or {}) as target:
        target.metadata.update(tags or {})
        video: Any = target.add_stream(codec or ("libvpx-vp9" if webm else "libx264"), rate=rate)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.options = {"deadline": "realtime", "cpu-used": "8"} if webm else {"preset": "ultrafast"}
        video.metadata.update(stream_tags or {})
        tone: Any = target.add_stream("libopus" if webm else "aac", rate=48_000, layout="mono") if sound else None
        for at in range(int(seconds * rate)):
            shade = 255 * at // max(1, int(seconds * rate))
            frame = av.VideoFrame.from_image(Image.new("RGB", size, (255 - shade, shade, 60)))
            frame.pts, frame.time_base = at, Fraction(1, rate)
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
        if tone is not None:
            _play(target, tone, seconds)
    return out.getvalue()


def song(container: str, *, seconds: float = 1.0, tags: dict[str, str] | None = None) -> bytes:
    """A tone."""
    out = io.BytesIO()
    with av.open(out, "w", format=_MUXERS[container]) as target:
        target.metadata.update(tags or {})
        _play(target, target.add_stream(_SOUND_CODECS[container], rate=48_000, layout="mono"), seconds)
    return out.getvalue()


def _play(target: Any, stream: Any, seconds: float) -> None:
    wave = b"".join(struct.pack("<h", 8_000 if at // 50 % 2 else -8_000) for at in range(960))
    for at in range(0, int(48_000 * seconds), 960):
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(wave)
        frame.sample_rate, frame.pts, frame.time_base = 48_000, at, Fraction(1, 48_000)
        target.mux(stream.encode(frame))
    target.mux(stream.encode(None))


# --- what is hidden ------------------------------------------------------------------------------------


def box(kind: bytes, content: bytes) -> bytes:
    """A box of MP4."""
    return struct.pack(">I", len(content) + 8) + kind + content


def in_moov(content: bytes, extra: bytes) -> bytes:
    """Add boxes at the end of ``moov``, which must be the last box."""
    kind, at, end = next(each for each in boxes(content) if each[0] == b"moov")
    assert (kind, end) == (b"moov", len(content))
    return content[:at] + box(b"moov", content[at + 8 :] + extra)


def in_boxes(content: bytes, path: tuple[bytes, ...], change: Callable[[bytes], bytes], skip: int = 0) -> bytes:
    """Change what is in the first box at ``path``, ``skip`` bytes from the start; those around it grow along."""
    kind, at, end = next(each for each in boxes(content[skip:]) if each[0] == path[0])
    inside = content[skip + at + 8 : skip + end]
    before = {b"stsd": 8, b"avc1": 78}.get(kind, 0)
    changed = change(inside) if len(path) == 1 else in_boxes(inside, path[1:], change, before)
    return content[: skip + at] + box(kind, changed) + content[skip + end :]


_AVCC = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1", b"avcC")


def _sei(marker: bytes) -> bytes:
    """A message of H.264 with data that nobody registered."""
    return b"\x06\x05" + bytes([16 + len(marker)]) + bytes(range(1, 17)) + marker + b"\x80"


def _among_parameters(marker: bytes) -> Callable[[bytes], bytes]:
    """Put a message among the parameter sets of H.264 that stand in the head of an MP4."""

    def change(head: bytes) -> bytes:
        assert head[5] & 31 == 1
        at = 8 + struct.unpack_from(">H", head, 6)[0]
        count, said = head[at], _sei(marker)
        end = at + 1
        for _ in range(count):
            end += 2 + struct.unpack_from(">H", head, end)[0]
        return head[:at] + bytes([count + 1]) + head[at + 1 : end] + struct.pack(">H", len(said)) + said + head[end:]

    return change


def element(number: int, content: bytes) -> bytes:
    """An element of WebM."""
    return (
        number.to_bytes((number.bit_length() + 7) // 8, "big") + (len(content) | 1 << 56).to_bytes(8, "big") + content
    )


def in_webm(content: bytes, path: tuple[int, ...], change: Callable[[bytes], bytes]) -> bytes:
    """Change what is in the first element at ``path``."""
    number, at, inside, end = next(each for each in elements(content) if each[0] == path[0])
    held = content[inside:end]
    changed = change(held) if len(path) == 1 else in_webm(held, path[1:], change)
    return content[:at] + element(number, changed) + content[end:]


def _added(marker: bytes) -> Callable[[bytes], bytes]:
    """Add something to the first picture of a cluster, as WebM adds transparency."""

    def change(cluster: bytes) -> bytes:
        _, at, inside, end = next(each for each in elements(cluster) if each[0] == SIMPLE)
        plain = bytearray(cluster[inside:end])
        plain[3] &= 0x7F
        extra = element(0x75A1, element(0xA6, element(0xEE, b"\1") + element(0xA5, marker)))
        return cluster[:at] + element(GROUP, element(BLOCK, bytes(plain)) + extra) + cluster[end:]

    return change


def _attached(marker: bytes) -> bytes:
    file = (
        element(0x466E, b"a.txt") + element(0x4660, b"text/plain") + element(0x465C, marker) + element(0x46AE, b"\1")
    )
    return element(0x1941A469, element(0x61A7, file))


def _chapter(marker: bytes) -> bytes:
    shown = element(0x80, element(0x85, marker) + element(0x437C, b"eng"))
    return element(0x1043A770, element(0x45B9, element(0xB6, element(0x73C4, b"\1") + element(0x91, b"\0") + shown)))


def in_h264(content: bytes, marker: bytes) -> bytes:
    """Put the marker where x264 says what it is: a message (SEI) between the pictures."""
    at = content.index(b"x264 - core")
    return content[:at] + marker.ljust(11, b".")[: len(marker)] + content[at + len(marker) :]


def _id3(*frames: tuple[bytes, bytes]) -> bytes:
    body = b"".join(kind + struct.pack(">I", len(data)) + b"\0\0" + data for kind, data in frames)
    size = len(body)
    return b"ID3\x03\0\0" + bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127]) + body


def _flac_block(kind: int, data: bytes) -> bytes:
    return bytes([kind]) + struct.pack(">I", len(data))[1:] + data


def _in_flac(block: bytes) -> bytes:
    plain = song("flac")
    assert plain[4] & 0x7F == 0
    return plain[:42].replace(plain[4:5], bytes([plain[4] & 0x7F]), 1) + block + plain[42:]


def _flac_picture(marker: bytes) -> bytes:
    cover = encode(picture(16, 16), "JPEG", comment=marker)
    fields = struct.pack(">II", 3, 10) + b"image/jpeg" + struct.pack(">I", len(marker)) + marker
    return _flac_block(6, fields + struct.pack(">IIIII", 16, 16, 24, 0, len(cover)) + cover)


def _place(marker: bytes) -> bytes:
    """``udta`` with the place, as telephones write it."""
    text = b"+48.8582+002.2945/" + marker
    return box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(text), 0x15C7) + text))


def _apple(marker: bytes) -> bytes:
    """``meta`` with keys, as Apple writes it."""
    key = b"com.apple.quicktime.location.ISO6709"
    keys = box(b"keys", struct.pack(">II", 0, 1) + box(b"mdta", key))
    value = box(b"ilst", box(b"\0\0\0\1", box(b"data", struct.pack(">II", 1, 0) + marker)))
    handler = box(b"hdlr", bytes(8) + b"mdta" + bytes(12) + marker + b"\0")
    return box(b"meta", handler + keys + value)


def _beside(marker: bytes, kind: bytes = b"gpmd") -> bytes:
    """A video beside which a second track says where each moment was, as telephones, cameras and drones write it."""
    out = io.BytesIO()
    with av.open(io.BytesIO(film())) as source, av.open(out, "w", format="mp4") as target:
        streams = {each.index: target.add_stream_from_template(each) for each in source.streams}
        places: Any = target.add_data_stream("bin_data")
        for at in range(4):
            place = av.Packet(b"48.8582,2.2945 " + marker)
            place.stream, place.time_base = places, Fraction(1, 1_000)
            place.pts = place.dts = 250 * at
            place.duration = 250
            target.mux(place)
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
    content = out.getvalue()
    assert b"gpmd" in content
    return content.replace(b"gpmd", kind)


def _told_of(marker: bytes) -> bytes:
    """A WebM with subtitles."""
    words = b"WEBVTT\n\n00:00.100 --> 00:00.900\n48.8582 " + marker + b"\n"
    out = io.BytesIO()
    with (
        av.open(io.BytesIO(film("webm"))) as source,
        av.open(io.BytesIO(words), format="webvtt") as said,
        av.open(out, "w", format="webm") as target,
    ):
        every = [*source.streams, *said.streams]
        made = [target.add_stream_from_template(each) for each in every]
        for file in (said, source):
            for packet in file.demux():
                if packet.dts is not None:
                    packet.stream = made[every.index(packet.stream)]
                    target.mux(packet)
    return out.getvalue()


def _ape(marker: bytes) -> bytes:
    """A tag of APE, as some recorders leave it at the end."""
    item = struct.pack("<II", len(marker), 0) + b"Location\0" + marker
    head = struct.pack("<IIII8x", 2_000, len(item) + 32, 1, 0xA0000000)
    foot = struct.pack("<IIII8x", 2_000, len(item) + 32, 1, 0x80000000)
    return b"APETAGEX" + head + item + b"APETAGEX" + foot


def _text(marker: bytes) -> str:
    return marker.decode("ascii")


PLACES: dict[str, Callable[[bytes], bytes]] = {
    "mp4 tags": lambda m: film(tags={"title": _text(m), "comment": _text(m), "location": f"+48.8+2.2/{_text(m)}"}),
    "mp4 place": lambda m: in_moov(film(), _place(m)),
    "mp4 apple": lambda m: in_moov(film(), _apple(m)),
    "mp4 own tags": lambda m: film(tags={"com.android.model": _text(m)}, options={"movflags": "use_metadata_tags"}),
    "mp4 handler name": lambda m: film(stream_tags={"handler_name": _text(m), "language": "fra"}),
    "mp4 message between pictures": lambda m: in_h264(film(), m[:11]),
    "mp4 track of places": _beside,
    "mp4 track of an iPhone": lambda m: _beside(m, b"mebx"),
    "mp4 track of an Android": lambda m: _beside(m, b"camm"),
    "mp4 track of subtitles": lambda m: _beside(m, b"tx3g"),
    "mp4 chapters": lambda m: in_moov(
        film(), box(b"udta", box(b"chpl", bytes(7) + b"\1" + bytes(8) + bytes([len(m)]) + m))
    ),
    "mp4 own box": lambda m: film() + box(b"uuid", bytes(16) + m),
    "mp4 free box": lambda m: film() + box(b"free", m),
    "mp4 after the end": lambda m: film() + m,
    "mov tags": lambda m: film("mov", tags={"title": _text(m), "com.apple.quicktime.location.ISO6709": _text(m)}),
    "mov own tags": lambda m: film(
        "mov", tags={"com.apple.quicktime.location.ISO6709": _text(m)}, options={"movflags": "use_metadata_tags"}
    ),
    "mov place": lambda m: in_moov(film("mov"), _place(m)),
    "webm tags": lambda m: film(
        "webm", tags={"title": _text(m), "LOCATION": _text(m)}, stream_tags={"title": _text(m)}
    ),
    "mp4 message among the parameters": lambda m: in_boxes(film(), _AVCC, _among_parameters(m)),
    "mp4 profile of colours": lambda m: in_boxes(
        film(), _AVCC[:-1], lambda entry: entry + box(b"colr", b"prof" + icc(m)), 0
    ),
    "mp4 after the parameters": lambda m: in_boxes(film(), _AVCC, lambda head: head + m),
    "webm own data of the codec": lambda m: in_webm(
        film("webm"), (SEGMENT, TRACKS, TRACK), lambda track: track + element(PRIVATE, m)
    ),
    "webm subtitles": _told_of,
    "webm name of a track": lambda m: in_webm(
        film("webm"), (SEGMENT, TRACKS, TRACK), lambda track: track + element(0x536E, m)
    ),
    "webm added to a picture": lambda m: in_webm(
        in_webm(film("webm"), (SEGMENT, TRACKS, TRACK), lambda track: track + element(0x55EE, b"\1")),
        (SEGMENT, CLUSTER),
        _added(m),
    ),
    "webm attachment": lambda m: in_webm(film("webm"), (SEGMENT,), lambda inside: inside + _attached(m)),
    "webm chapter": lambda m: in_webm(film("webm"), (SEGMENT,), lambda inside: inside + _chapter(m)),
    "webm nothing": lambda m: in_webm(film("webm"), (SEGMENT,), lambda inside: inside + element(VOID, m)),
    "webm program": lambda m: in_webm(film("webm"), (SEGMENT, INFO), lambda info: info + element(0x5741, m)),
    "webm after the end": lambda m: film("webm") + m,
    "m4a tags": lambda m: song("m4a", tags={"title": _text(m), "artist": _text(m), "comment": _text(m)}),
    "m4a place": lambda m: in_moov(song("m4a"), _place(m)),
    "m4a apple": lambda m: in_moov(song("m4a"), _apple(m)),
    "m4a own box": lambda m: song("m4a") + box(b"uuid", bytes(16) + m),
    "mp3 tag of APE": lambda m: song("mp3") + _ape(m),
    "mp3 words": lambda m: _id3((b"USLT", b"\0eng\0" + m)) + song("mp3"),
    "mp3 tags": lambda m: song("mp3", tags={"title": _text(m), "TXXX": _text(m)}),
    "mp3 object": lambda m: _id3((b"GEOB", b"\0text/plain\0\0\0" + m)) + song("mp3"),
    "mp3 private": lambda m: _id3((b"PRIV", b"owner\0" + m)) + song("mp3"),
    "mp3 cover": lambda m: (
        _id3((b"APIC", b"\0image/jpeg\0\3\0" + encode(picture(16, 16), "JPEG", comment=m))) + song("mp3")
    ),
    "mp3 old tag at the end": lambda m: song("mp3") + b"TAG" + m[:30].ljust(125, b"\0"),
    "ogg comments": lambda m: song("ogg", tags={"title": _text(m), "METADATA_BLOCK_PICTURE": _text(m)}),
    "flac comments": lambda m: song("flac", tags={"title": _text(m), "location": _text(m)}),
    "ogg another after the end": lambda m: song("ogg") + song("ogg", tags={"title": _text(m)}),
    "flac room": lambda m: _in_flac(_flac_block(1, m)),
    "flac picture": lambda m: _in_flac(_flac_picture(m)),
    "flac application": lambda m: _in_flac(_flac_block(2, b"mine" + m)),
    "wav tags": lambda m: song("wav", tags={"title": _text(m), "comment": _text(m)}),
    "wav own chunk": lambda m: song("wav") + b"mine" + struct.pack("<I", len(m)) + m,
}
"""Where something can be hidden → a recording with the given bytes hidden there."""
