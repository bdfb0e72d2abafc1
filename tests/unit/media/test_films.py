"""Videos and recordings are drawn anew: what is seen and heard stays, and nothing else does."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import msgspec
import pytest
from PIL import Image

from palabre.errors import Refusal
from palabre.media import processing
from palabre.media.errors import (
    DamagedMedia,
    FilmsNotTaken,
    FilmTooWide,
    ForeignMedia,
    MediaBomb,
    MediaTooLarge,
    PictureNeeded,
    RecordingTooLong,
    TooManyStreams,
    UnsupportedMedia,
)
from palabre.media.formats import Format
from palabre.media.model import ProcessedPicture, Purpose, film_limits
from palabre.media.processing import process_film, process_picture
from unit.media.films import PLACES, SOUNDS, VIDEOS, box, film, song
from unit.media.samples import animation, encode, picture
from unit.media.scanning import scan

MARKER = b"xHIDDENxHERE"
LIMITS = film_limits(upload=20_000_000, seconds=60)


@pytest.fixture
def processed(tmp_path: Path) -> Callable[..., ProcessedPicture]:
    """Processes bytes as an upload."""

    def process(content: bytes, **limits: Any) -> ProcessedPicture:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return process_film(path, limits=msgspec.structs.replace(LIMITS, **limits))

    return process


Process = Callable[..., ProcessedPicture]


def opened(made: ProcessedPicture) -> Any:
    return av.open(io.BytesIO(made.full.content))


def counted(content: bytes) -> tuple[int, float]:
    """Decode everything; return how many pictures and how many seconds of sound there are."""
    pictures, samples = 0, 0
    with av.open(io.BytesIO(content)) as source:
        for frame in source.decode(*source.streams):
            if isinstance(frame, av.VideoFrame):
                pictures += 1
            else:
                samples += frame.samples
    return pictures, samples / 48_000


@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_was_hidden_in_an_upload_is_in_the_result(place: str, processed: Process) -> None:
    upload = PLACES[place](MARKER)
    hidden = MARKER[:11]
    assert hidden in upload
    made = processed(upload)
    files = [made.full.content, *([made.preview.content] if made.preview else [])]
    assert not any(hidden in each or b"48.8" in each for each in files)
    scan(made.full.content)
    with opened(made) as target:
        tags = {**target.metadata, **{key: value for each in target.streams for key, value in each.metadata.items()}}
        assert not set(tags) - {
            "major_brand", "minor_version", "compatible_brands", "encoder", "ENCODER", "language", "handler_name",
            "vendor_id", "DURATION",
        }  # fmt: skip


@pytest.mark.parametrize("container", VIDEOS)
def test_a_video_keeps_its_pictures_and_its_sound(container: str, processed: Process) -> None:
    made = processed(film(container, seconds=2))
    assert made.full.format is (Format.WEBM if container == "webm" else Format.MP4)
    assert (made.full.width, made.full.height) == (96, 64)
    pictures, sound = counted(made.full.content)
    assert pictures == 20
    assert 1.9 < sound < 2.2
    assert made.timing is not None
    assert (made.timing.frame_rate, made.timing.channels) == ("10/1", 1)
    assert 1.9 < made.timing.seconds < 2.1
    assert made.timing.bitrate == int(len(made.full.content) * 8 / made.timing.seconds)
    assert made.preview is not None
    poster = Image.open(io.BytesIO(made.preview.content)).convert("RGB")
    red, green, _ = poster.getpixel((48, 32))  # type: ignore[misc]
    assert red > 200 > 60 > green
    assert made.blurhash


@pytest.mark.parametrize("container", SOUNDS)
def test_a_recording_becomes_aac_in_mp4(container: str, processed: Process) -> None:
    made = processed(song(container, seconds=2))
    assert (made.full.format, made.full.width, made.preview, made.blurhash) == (Format.M4A, 0, None, None)
    with opened(made) as target:
        assert [each.codec_context.name for each in target.streams] == ["aac"]
    assert 1.9 < counted(made.full.content)[1] < 2.2


def test_the_index_stands_before_the_pictures(processed: Process) -> None:
    kinds = scan(processed(film()).full.content)
    assert kinds.index("moov") < kinds.index("mdat")


def test_what_browsers_play_is_copied_and_the_rest_becomes_h264(processed: Process) -> None:
    upload = film(sound=False)
    copied = processed(upload)
    drawn = processed(film(codec="mpeg4", sound=False))
    for made in (copied, drawn):
        with opened(made) as target:
            assert [each.codec_context.name for each in target.streams] == ["h264"]
        assert counted(made.full.content)[0] == 10
    with av.open(io.BytesIO(upload)) as source:
        last = [bytes(packet) for packet in source.demux() if packet.size][-1]
    assert last in copied.full.content
    assert last not in drawn.full.content


def test_a_big_video_that_is_encoded_anew_is_reduced(processed: Process) -> None:
    made = processed(film(codec="mpeg4", size=(1_920, 1_080), seconds=0.5))
    assert (made.full.width, made.full.height) == (1_280, 720)
    with opened(made) as target:
        assert (target.streams.video[0].width, target.streams.video[0].height) == (1_280, 720)


def turned(content: bytes) -> bytes:
    """Say that the video was filmed lying on the side: a matrix that turns it by 90 degrees."""
    at = content.index(b"tkhd") + 4 + 40
    matrix = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    return content[:at] + matrix + content[at + 36 :]


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_a_video_filmed_lying_down_is_seen_upright(codec: str, processed: Process) -> None:
    made = processed(turned(film(codec=codec, sound=False)))
    assert (made.full.width, made.full.height) == (64, 96)
    assert made.preview is not None
    assert (made.preview.width, made.preview.height) == (64, 96)
    with opened(made) as target:
        frame = next(target.decode(video=0))
        shown = (frame.height, frame.width) if frame.rotation % 180 else (frame.width, frame.height)
        assert shown == (64, 96)


def test_a_slow_motion_has_at_most_61_pictures_a_second(processed: Process) -> None:
    made = processed(film(rate=240, seconds=1, sound=False))
    assert 50 <= counted(made.full.content)[0] <= 62
    assert made.timing is not None
    assert made.timing.frame_rate == "60/1"


def test_a_moving_gif_becomes_a_silent_video() -> None:
    made = process_picture(animation("GIF", frames=5, delay=80), purpose=Purpose.POST)
    assert (made.full.format, made.animated) == (Format.MP4, True)
    scan(made.full.content)
    pictures, sound = counted(made.full.content)
    assert (pictures, sound) == (6, 0)  # the last one twice, so that it stays as long as the others
    assert made.preview is not None


def test_a_gif_with_transparent_parts_stays_a_picture() -> None:
    frames = [Image.new("RGBA", (32, 32), (255, 0, 0, 0)) for _ in range(3)]
    for at, frame in enumerate(frames):
        frame.paste((0, 80 * at, 255, 255), (8, 8, 24, 24))
    made = process_picture(
        encode(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=90, loop=0, disposal=2),
        purpose=Purpose.POST,
    )
    assert (made.full.format, made.animated) == (Format.WEBP, True)


def test_without_the_library_a_gif_is_a_moving_picture_and_videos_are_refused(
    processed: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processing, "find_spec", lambda _: None)
    with pytest.raises(FilmsNotTaken):
        processed(film())


# --- hostile -------------------------------------------------------------------------------------------


def _claiming(content: bytes, seconds: int) -> bytes:
    """Let the header claim a duration."""
    at = content.index(b"mvhd") + 4
    scale = struct.unpack_from(">I", content, at + 12)[0]
    return content[: at + 16] + struct.pack(">I", seconds * scale) + content[at + 20 :]


def _sized(content: bytes, width: int, height: int) -> bytes:
    """Let the description of the pictures claim a size."""
    at = content.index(b"mp4v", content.index(b"stsd")) + 4 + 24
    return content[:at] + struct.pack(">HH", width, height) + content[at + 4 :]


def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.mp4", bytes(10_000_000))
    return out.getvalue()


HOSTILE: dict[str, tuple[Callable[[], bytes], dict[str, Any], type[Refusal] | tuple[type[Refusal], ...]]] = {
    "longer than it claims": (lambda: _claiming(film(seconds=3), 1), {"seconds": 1}, RecordingTooLong),
    "too long": (lambda: song("mp3", seconds=4), {"seconds": 2}, RecordingTooLong),
    "too wide": (lambda: film(codec="mpeg4", size=(640, 64)), {"side_film": 600}, FilmTooWide),
    "a zip": (_zip_bomb, {}, ForeignMedia),
    "no time": (lambda: film(codec="mpeg4", size=(1_280, 720), rate=30, seconds=6), {"cpu_seconds": 1}, MediaBomb),
    "no memory": (
        lambda: film(codec="mpeg4", size=(1_920, 1_080), seconds=2, rate=30),
        {"memory": 150_000_000},
        (MediaBomb, DamagedMedia),  # as the library that runs out first says it
    ),
    "too many bytes": (lambda: song("wav", seconds=2), {"upload": 10_000}, MediaTooLarge),
    "only a head": (lambda: film()[:64], {}, DamagedMedia),
    "empty film": (lambda: box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov", b""), {}, DamagedMedia),
    "too many streams": (film, {"streams": 1}, TooManyStreams),
    "noise after a beginning": (lambda: b"OggS" + random.Random(1).randbytes(50_000), {}, DamagedMedia),
    "a picture": (lambda: b"ID3\x03\0\0\0\0\0\0" + encode(picture(), "JPEG"), {}, DamagedMedia),
}


def _saying(content: bytes, kind: bytes, offset: int, *numbers: int) -> bytes:
    """Write 32-bit numbers so many bytes after the name of the first box of this kind."""
    at = content.index(kind) + offset
    return content[:at] + struct.pack(f">{len(numbers)}I", *numbers) + content[at + 4 * len(numbers) :]


LIES: dict[str, tuple[bytes, int, tuple[int, ...]]] = {
    "an index longer than the file": (b"moov", -4, (0x7FFFFFFF,)),
    "pictures whose length is anything": (b"mdat", -4, (1,)),
    "a track longer than the index": (b"trak", -4, (0x7FFFFFFF,)),
    "a box shorter than its head": (b"mdia", -4, (3,)),
    "a box without an end": (b"stbl", -4, (0,)),
    "a thousand million samples": (b"stsz", 8, (1, 0x3FFFFFFF)),
    "sizes that are not there": (b"stsz", 12, (0x0FFFFFFF,)),
    "samples without end": (b"stts", 12, (0x7FFFFFFF, 0x7FFFFFFF)),
    "samples behind the end": (b"stco", 12, (0xFFFFFFF0,)),
    "samples in the head": (b"stco", 12, (4,)),
    "chunks of all samples": (b"stsc", 12, (1, 0x7FFFFFFF, 1)),
    "no clock": (b"mdhd", 16, (0,)),
    "a clock of four thousand million ticks": (b"mdhd", 16, (0xFFFFFFFF,)),
    "descriptions that are not there": (b"stsd", 8, (0xFFFF,)),
    "a beginning far away": (b"elst", 16, (0x7FFFFFFF,)),
}
"""What a head says that is not so: kind of box, where in it, what is written there."""


@pytest.mark.parametrize("lie", LIES)
def test_a_head_that_lies_is_refused_or_the_result_is_clean_and_short(lie: str, processed: Process) -> None:
    kind, offset, numbers = LIES[lie]
    plain = film(sound=False)
    lying = _saying(plain, kind, offset, *numbers)
    assert lying != plain
    try:
        made = processed(lying, cpu_seconds=20)
    except (DamagedMedia, RecordingTooLong, MediaBomb):
        return
    scan(made.full.content)
    assert made.timing is not None
    assert made.timing.seconds <= LIMITS.seconds + 1
    assert len(made.full.content) < 2 * len(plain)


def test_what_a_header_claims_of_the_duration_counts_for_nothing(processed: Process) -> None:
    made = processed(_claiming(film(), 3_600))
    assert made.timing is not None
    assert made.timing.seconds < 1.1


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_upload_is_refused_in_bounded_time(name: str, processed: Process) -> None:
    make, limits, refusal = HOSTILE[name]
    with pytest.raises(refusal):
        processed(make(), **{"cpu_seconds": 20, "wall_seconds": 60.0} | limits)


@pytest.mark.parametrize("container", [*VIDEOS, *SOUNDS])
def test_damaged_recordings_are_refused_or_come_out_clean(container: str, processed: Process) -> None:
    chance = random.Random(container)
    plain = film(container) if container in VIDEOS else song(container)
    for _ in range(4):
        broken = bytearray(plain)
        for _ in range(chance.choice((1, 20, 200))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        if chance.random() < 0.5:
            del broken[chance.randrange(len(broken)) :]
        try:
            made = processed(bytes(broken), cpu_seconds=20)
        except (DamagedMedia, UnsupportedMedia, RecordingTooLong, FilmTooWide, MediaBomb, TooManyStreams):
            continue
        scan(made.full.content)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<!DOCTYPE html><title>x</title>", "HTML"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04" + bytes(50), "ZIP"),
        (b"RIFF\0\0\0\0AVI LIST", "AVI"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x88matroska", "Matroska"),
        (b"II*\0\x08\0\0\0", "TIFF"),
    ],
)
def test_what_is_not_media_is_refused_by_its_name(content: bytes, name: str, processed: Process) -> None:
    with pytest.raises(ForeignMedia) as refused:
        processed(content)
    assert f"of the type {name}," in str(refused.value)


def test_a_text_is_refused_without_a_name(processed: Process) -> None:
    with pytest.raises(UnsupportedMedia):
        processed(b"hello")


def test_a_video_is_no_face() -> None:
    with pytest.raises(PictureNeeded):
        process_picture(film(), purpose=Purpose.AVATAR)


def test_the_server_itself_never_loads_the_library() -> None:
    parts = "palabre.serving, palabre.server, palabre.api.routes, palabre.web.routes, palabre.edge.films"
    program = f"import sys, {parts}; print('av' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
