"""Draw a stranger's video or sound recording anew. Runs in the confined process only; needs the extra ``video``.

Nothing is copied from the upload but what can be seen and heard. Sound is always encoded anew. Pictures are
copied where browsers play them as they are (H.264 in MP4, VP8 and VP9 in WebM), without the messages that
H.264 may carry between them; everything else becomes H.264. Containers are written by us from nothing: tags,
places, names of devices, chapters, covers, subtitles and data streams have no way in.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import av

from palabre.media import rendering
from palabre.media.film_streams import (
    MOST_RATE,
    TICKS,
    CopiedPictures,
    EncodedPictures,
    Output,
    Sound,
    frame_of,
    stream_of,
    upright,
    write_frame,
)
from palabre.media.formats import Format
from palabre.media.rendering import Drawn, Encoded, Refused

_DEMUXERS = {
    Format.MP4: "mov",
    Format.MOV: "mov",
    Format.M4A: "mov",
    Format.WEBM: "matroska",
    Format.MP3: "mp3",
    Format.OGG: "ogg",
    Format.FLAC: "flac",
    Format.WAV: "wav",
}
_VIDEO_DECODERS = frozenset({
    "h264", "hevc", "vp8", "vp9", "libvpx", "libvpx-vp9", "libdav1d", "av1", "mpeg4", "mjpeg", "h263", "theora",
    "prores",
})  # fmt: skip
_AUDIO_DECODERS = frozenset({
    "aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "libvorbis", "flac", "alac", "ac3", "eac3",
    "amrnb", "amrwb",
    "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_u8", "pcm_f32le", "pcm_f32be",
    "pcm_alaw", "pcm_mulaw", "speex",
})  # fmt: skip
_COPIED_PIXELS = frozenset({"yuv420p", "yuvj420p"})
_COPIED_RATE = 61
"""Frames a second up to which a video is copied; the rest of a slow motion's frames is dropped."""
_MOST_PACKETS = 2_000_000
_DAMAGE = 50
"""So many packets in a row that cannot be decoded mean that the rest cannot either."""

for _part in pkgutil.walk_packages(av.__path__, "av."):
    if not _part.name.endswith(("__main__", "datasets")):
        importlib.import_module(_part.name)  # it loads parts when they are first used, when it is too late here

_Limits = dict[str, int]
Progress = Callable[[int], None]


class Timing(NamedTuple):
    """What is known of a recording beside its pictures."""

    seconds: float
    frame_rate: str = ""
    """As a fraction, ``30/1``."""
    bitrate: int = 0
    """Bits a second, all together."""
    channels: int = 0


def draw(data: Any, fmt: Format, limits: _Limits, progress: Progress) -> tuple[Drawn, Timing]:
    """Return the recording in ``data`` (a seekable binary file), which begins like ``fmt``, drawn anew.

    Raises:
        Refused: too long, too big, too many streams, or built to exhaust.
        Exception: whatever a decoder makes of damaged data; see ``confined``.

    """
    with av.open(data, format=_DEMUXERS[fmt], metadata_errors="ignore", options={"enable_drefs": "0"}) as source:
        if len(source.streams) > limits["streams"]:
            raise Refused("streams", streams=len(source.streams))
        if source.duration and source.duration > limits["seconds"] * 1_000_000:
            raise Refused("seconds", seconds=source.duration // 1_000_000)
        video = _picture_stream(source)
        audio = next(iter(source.streams.audio), None)
        if audio is not None and (audio.codec_context is None or audio.codec_context.name not in _AUDIO_DECODERS):
            audio = None
        if video is None and audio is None:
            raise Refused("damaged")
        if video is not None:
            _check(video, limits)
        return _Recording(source, video, audio, fmt, limits, progress).drawn()


def _picture_stream(source: Any) -> Any:
    """Return the first video stream that is one, rather than the cover of a song."""
    for stream in source.streams.video:
        context = stream.codec_context
        if context is None or stream.disposition & av.stream.Disposition.attached_pic:
            continue
        if context.name in _VIDEO_DECODERS:
            return stream
    return None


def _check(stream: Any, limits: _Limits) -> None:
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > limits["pixels_film"] or max(width, height) > limits["side_film"]:
        raise Refused("film_pixels", width=width, height=height)


class _Recording:
    """One recording on its way through: read packet by packet, written as it goes."""

    def __init__(self, source: Any, video: Any, audio: Any, fmt: Format, limits: _Limits, progress: Progress) -> None:
        self.source, self.video, self.audio, self.limits = source, video, audio, limits
        self.progress = progress
        self.format = Format.M4A if video is None else Format.WEBM if _fits_webm(video, fmt) else Format.MP4
        self.content = bytearray()
        muxer = {Format.WEBM: "webm", Format.M4A: "ipod"}.get(self.format, "mp4")
        options = {} if self.format is Format.WEBM else {"movflags": "faststart"}
        self.target = av.open(
            Output(self.content, limits["bytes_out"]),
            "w",
            format=muxer,
            options={"fflags": "+bitexact", "strict": "-2", **options},
            io_open=lambda *_: Output(self.content, limits["bytes_out"]),
        )
        self.pictures = self._pictures() if video is not None else None
        self.sound = Sound(self.target, audio, opus=self.format is Format.WEBM) if audio is not None else None
        self.frames = 0
        self.end = 0.0
        self.said = -1
        self.poster: Any = None

    def _pictures(self) -> CopiedPictures | EncodedPictures:
        if self.format is Format.WEBM or _fits_mp4(self.video):
            return CopiedPictures(self.target, self.video)
        return EncodedPictures(self.target, self.video, self.limits)

    def drawn(self) -> tuple[Drawn, Timing]:
        """Read all, write all, and look at the first picture."""
        damage = 0
        for packet in self._packets():
            try:
                if packet.stream is self.audio and self.sound is not None:
                    self.sound.take(packet)
                elif self.pictures is not None:
                    if self.poster is None:
                        self._look(packet)
                    self.pictures.take(packet)
                damage = 0
            except (av.error.InvalidDataError, av.error.ArgumentError):
                damage += 1
                if damage > _DAMAGE:
                    raise
        for part in (self.pictures, self.sound):
            if part is not None:
                part.finish()
        self.target.close()
        return self._result()

    def _packets(self) -> Iterator[Any]:
        wanted = [stream for stream in (self.video, self.audio) if stream is not None]
        for stream in wanted:
            stream.thread_count = 1
        start: float | None = None
        for count, packet in enumerate(self.source.demux(wanted)):
            if count > _MOST_PACKETS:
                raise Refused("bomb")
            if packet.size == 0 or packet.is_corrupt:
                continue
            at = packet.pts if packet.pts is not None else packet.dts
            if at is not None:
                moment = float(at * packet.time_base)
                start = moment if start is None else min(start, moment)
                lasts = float((packet.duration or 0) * packet.time_base)
                self.end = max(self.end, moment - start + lasts)
                if self.end > self.limits["seconds"] + 1:
                    raise Refused("seconds", seconds=int(self.end))
                self._tell()
            if packet.stream is self.video:
                self.frames += 1
            yield packet

    def _tell(self) -> None:
        whole = (self.source.duration or 0) / 1_000_000
        share = min(99, int(100 * self.end / whole)) if whole > 0 else 0
        if share > self.said:
            self.said = share
            self.progress(share)

    def _look(self, packet: Any) -> None:
        """Keep the first picture that can be decoded, for the poster."""
        if isinstance(self.pictures, EncodedPictures):
            return  # it meets the decoded frames itself
        for frame in self.video.decode(packet):
            self.poster = upright(frame)
            return

    def _result(self) -> tuple[Drawn, Timing]:
        content = bytes(self.content if self.format is Format.WEBM else _without_profiles(self.content))
        seconds = round(self.end, 3)
        if not content or seconds <= 0:
            raise Refused("damaged")
        bitrate = int(len(content) * 8 / seconds)
        channels = self.sound.channels if self.sound is not None else 0
        if self.video is None:
            if self.sound is None or not self.sound.heard:
                raise Refused("damaged")
            return Drawn(Encoded(content, self.format, 0, 0), None, None, animated=False), Timing(
                seconds, bitrate=bitrate, channels=channels
            )
        if isinstance(self.pictures, EncodedPictures):
            self.poster = self.pictures.poster
        if self.poster is None:
            raise Refused("damaged")
        preview = rendering.preview_of(self.poster, self.limits, always=True)
        scale = self.pictures.scale if self.pictures is not None else 1.0
        width, height = (max(2, int(each * scale) // 2 * 2) for each in (self.poster.width, self.poster.height))
        if scale == 1.0:
            width, height = self.poster.width, self.poster.height
        rate = Fraction(self.video.average_rate or Fraction(self.frames / seconds)).limit_denominator(1_001)
        rate = min(rate, Fraction(MOST_RATE)) if isinstance(self.pictures, EncodedPictures) else rate
        drawn = Drawn(
            Encoded(content, self.format, width, height), preview, rendering.blur(self.poster), animated=False
        )
        return drawn, Timing(seconds, f"{rate.numerator}/{rate.denominator}", bitrate, channels)


def _without_profiles(content: bytearray) -> bytearray:
    """Empty the profiles of colours in the head of an MP4, which the muxer repeats; H.264 says itself what it needs.

    They have names, descriptions and serial numbers of devices. The box stays, as one that holds nothing.
    """
    at = 0
    while at + 8 <= len(content):
        size, kind = int.from_bytes(content[at : at + 4], "big"), bytes(content[at + 4 : at + 8])
        if kind == b"moov":
            found = content.find(b"colrprof", at, at + size)
            while found >= 0:
                end = found - 4 + int.from_bytes(content[found - 4 : found], "big")
                content[found:end] = b"free" + bytes(end - found - 4)
                found = content.find(b"colrprof", end, at + size)
            break
        if size < 8:
            break
        at += size
    return content


def _fits_webm(stream: Any, fmt: Format) -> bool:
    """Tell whether the pictures may be copied; what stands before the first of them would be copied, too."""
    context = stream.codec_context
    known = context.name in {"vp8", "vp9", "libvpx", "libvpx-vp9"}
    return fmt is Format.WEBM and known and _only_features(bytes(context.extradata or b""))


def _only_features(head: bytes) -> bool:
    """Tell whether ``head`` is empty or says of VP9 what it may say: four features at most, of a byte each."""
    features = [head[at : at + 3] for at in range(0, len(head), 3)]
    return len(features) <= 4 and all(len(each) == 3 and 1 <= each[0] <= 4 and each[1] == 1 for each in features)


def _fits_mp4(stream: Any) -> bool:
    """Tell whether every browser plays the pictures as they are."""
    context = stream.codec_context
    rate = stream.average_rate
    return (
        context.name == "h264"
        and context.pix_fmt in _COPIED_PIXELS
        and bool(context.extradata)
        and rate is not None
        and rate <= _COPIED_RATE
    )


def silent(frames: list[Any], delays: list[int], limits: _Limits) -> Encoded:
    """Return the opaque pictures ``frames`` as a video without sound; each stays for its delay, in ms."""
    width, height = (max(2, each // 2 * 2) for each in (frames[0].width, frames[0].height))
    content = bytearray()

    def opened(*_: object) -> Output:
        return Output(content, limits["bytes_out"])

    options = {"fflags": "+bitexact", "movflags": "faststart"}
    with av.open(opened(), "w", format="mp4", options=options, io_open=opened) as target:
        stream = stream_of(target, width, height)
        at = 0
        for image, delay in zip(frames, delays, strict=False):
            frame = frame_of(image)
            # A GIF that asks for less than 20 ms gets 100 ms, as in every browser.
            write_frame(target, stream, frame.reformat(width, height, "yuv420p", dst_color_range=1), at)
            at += (delay if delay >= 20 else 100) * TICKS // 1_000
        write_frame(target, stream, frame.reformat(width, height, "yuv420p", dst_color_range=1), max(at - 1, 1))
        target.mux(stream.encode(None))
    return Encoded(bytes(content), Format.MP4, width, height)
