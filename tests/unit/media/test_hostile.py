"""Files made to exhaust, to break or to mislead a decoder, and a confined process that was taken over."""

from __future__ import annotations

import json
import random
import resource
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from palabre.errors import Refusal
from palabre.media import processing
from palabre.media.errors import (
    DamagedMedia,
    MediaBomb,
    ProcessingFailed,
    TooManyFrames,
    TooManyPixels,
    UnsupportedMedia,
)
from palabre.media.model import Limits, ProcessedPicture, Purpose
from palabre.media.processing import process_picture
from unit.media.samples import FORMATS, animation, chunk, encode, picture, riff, segment
from unit.media.scanning import scan


def process(source: bytes | Path, **limits: float) -> ProcessedPicture:
    return process_picture(source, purpose=Purpose.POST, limits=Limits(**limits))


def png(
    width: int, height: int, pixels: bytes, *, bits: int = 8, kind: int = 0, interlaced: int = 0, extra: bytes = b""
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, interlaced)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(pixels))
        + chunk(b"IEND", b"")
    )


def resized_jpeg(width: int, height: int, *, progressive: bool = False, scans: int = 0) -> bytes:
    plain = encode(picture(), "JPEG", progressive=progressive)
    at = plain.index(b"\xff\xc2" if progressive else b"\xff\xc0") + 5
    last = plain[plain.rindex(b"\xff\xda") : -2]
    return plain[:at] + struct.pack(">HH", height, width) + plain[at + 4 : -2] + last * scans + b"\xff\xd9"


GIF_FRAME = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"


def gif(body: bytes, *, size: int = 1) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", size, size, 0x80, 0, 0) + bytes(6) + body + b";"


def webp(width: int, height: int, frames: int) -> bytes:
    one = encode(picture(16, 16), "WEBP")[12:]
    frame = riff(b"ANMF", bytes(6) + (15).to_bytes(3, "little") * 2 + (50).to_bytes(3, "little") + b"\0" + one)
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = riff(b"VP8X", b"\x02\0\0\0" + size) + riff(b"ANIM", bytes(6)) + frame * frames
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def resized_heif(fmt: str, width: int, height: int) -> bytes:
    plain = encode(picture(), fmt)
    at = plain.index(b"ispe") + 8
    return plain[:at] + struct.pack(">II", width, height) + plain[at + 8 :]


BOMBS: dict[str, tuple[Callable[[], bytes], type[Refusal]]] = {
    "png of 2.5 gigapixels": (lambda: png(50_000, 50_000, bytes(10_000_000), bits=1), TooManyPixels),
    "png too long": (lambda: png(1, 20_000, bytes(40_000)), TooManyPixels),
    "png interlaced, half a gigabyte": (lambda: png(8_000, 8_000, b"", bits=16, kind=6, interlaced=1), MediaBomb),
    "png of a million chunks": (lambda: png(9, 9, bytes(90), extra=chunk(b"prVt", b"") * 1_000_000), MediaBomb),
    "jpeg of 4 gigapixels": (lambda: resized_jpeg(65_500, 65_500), TooManyPixels),
    "jpeg drawn a hundred times": (lambda: resized_jpeg(8_000, 8_000, progressive=True, scans=90), MediaBomb),
    "gif of 20,000 frames": (lambda: gif(GIF_FRAME * 20_000), TooManyFrames),
    "gif of a million frames": (lambda: gif(GIF_FRAME * 1_000_000), TooManyFrames),
    "webp of 268 megapixels": (lambda: webp(16_383, 16_383, 2), TooManyPixels),
    "webp of 20,000 frames": (lambda: webp(16, 16, 20_000), TooManyFrames),
    "webp animation of 500 megapixels": (lambda: webp(1_000, 1_000, 500), TooManyFrames),
    "heic of 3.6 gigapixels": (lambda: resized_heif("HEIF", 60_000, 60_000), TooManyPixels),
    "avif of 3.6 gigapixels": (lambda: resized_heif("AVIF", 60_000, 60_000), TooManyPixels),
    "avif of 100 megapixels": (lambda: resized_heif("AVIF", 10_000, 10_000), TooManyPixels),
}


def used() -> float:
    """Processor time of all processes that were started here and have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_recognised_within_two_seconds_of_processor_time(name: str) -> None:
    """With the limits of a running server, under which it could take fifteen: what it is, its structure tells."""
    make, refusal = BOMBS[name]
    source = make()
    before = used()
    with pytest.raises(refusal) as refused:
        process_picture(source, purpose=Purpose.POST, limits=Limits())
    assert 0 < used() - before <= 2
    if refusal is TooManyPixels:
        assert "At most 64 megapixels and 16384 pixels on a side" in str(refused.value)
    if refusal is TooManyFrames:
        assert "At most 1000 frames" in str(refused.value)


def test_texts_that_unpack_to_gigabytes_are_never_unpacked() -> None:
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(7_900_000), 9))
    assert process(png(9, 9, bytes(90), extra=text * 300), cpu_seconds=1).full.width == 9


def test_more_memory_or_time_than_allowed_is_refused_as_a_bomb() -> None:
    with pytest.raises(MediaBomb):
        process(resized_jpeg(6_000, 5_000, progressive=True), memory=120 * 1_048_576)
    with pytest.raises(MediaBomb):
        process(gif(GIF_FRAME * 900, size=360), cpu_seconds=1)


@pytest.mark.parametrize("fmt", [*FORMATS, "moving GIF", "moving WEBP"])
def test_damaged_files_are_refused_or_come_out_clean(fmt: str) -> None:
    chance = random.Random(fmt)
    plain = animation(fmt.split()[1]) if " " in fmt else encode(picture(), fmt)
    refused = 0
    for _ in range(6):
        broken = bytearray(plain)
        for _ in range(chance.choice((1, 3, 30))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        if chance.random() < 0.3:
            del broken[chance.randrange(len(broken)) :]
        try:
            made = process(bytes(broken))
        except (DamagedMedia, UnsupportedMedia, TooManyPixels, TooManyFrames, MediaBomb):
            refused += 1
        else:
            scan(made.full.content)
    assert refused


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_file_that_stops_in_the_middle_is_refused(fmt: str) -> None:
    plain = encode(picture(500, 400), fmt)
    for share in (0.3, 0.6):
        with pytest.raises(DamagedMedia):
            process(plain[: int(len(plain) * share)])


SCRIPT = b"/*<script>alert(1)</script>*/=1;alert(document.domain)//"


@pytest.mark.parametrize(
    "source",
    [
        lambda: encode(picture(), "JPEG")[:2] + segment(0xFE, SCRIPT) + encode(picture(), "JPEG")[2:] + SCRIPT,
        lambda: gif(b"\x21\xfe" + bytes([len(SCRIPT)]) + SCRIPT + b"\0" + GIF_FRAME) + SCRIPT,
        lambda: png(9, 9, bytes(90), extra=chunk(b"tEXt", b"Comment\0" + SCRIPT)) + b"<html>" + SCRIPT,
        lambda: encode(picture(), "WEBP") + b"PK\x03\x04" + SCRIPT,
        lambda: encode(picture(), "HEIF") + SCRIPT,
    ],
)
def test_a_picture_that_is_also_something_else_comes_out_as_a_picture_only(source: Callable[[], bytes]) -> None:
    made = process(source())
    assert b"script" not in made.full.content
    assert b"alert" not in made.full.content
    scan(made.full.content)


@pytest.mark.parametrize(
    "head", [SCRIPT, b"<!DOCTYPE html><img src='data:", b"%!PS-Adobe", b"PK\x03\x04", b"push graphic-context"]
)
def test_what_only_contains_a_picture_is_none(head: bytes) -> None:
    with pytest.raises(UnsupportedMedia):
        process(head + encode(picture(), "JPEG"))


# --- a confined process that misbehaves ----------------------------------------------------------------


def children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def reply(content: bytes = b"", *parts: dict, **header: object) -> str:
    """A program that reads its upload and answers with this header and these bytes."""
    answer = json.dumps(header | {"pictures": list(parts)}).encode() + b"\n" + content
    return f"import os, sys; sys.stdin.buffer.read(); os.write(1, {answer!r})"


def part(fmt: str = "image/jpeg", *, size: int = 4, width: int = 1) -> dict:
    return {"format": fmt, "width": width, "height": 1, "size": size}


JPEG = b"\xff\xd8\xff\xdb"


@pytest.mark.parametrize(
    ("program", "refusal"),
    [
        ("import os; os.kill(os.getpid(), 9)", ProcessingFailed),
        ("raise SystemExit(1)", ProcessingFailed),
        ("import os; os.kill(os.getpid(), 11)", DamagedMedia),
        ("import os; os.kill(os.getpid(), 6)", MediaBomb),
        ("import os\nwhile True: os.write(1, bytes(65536))", MediaBomb),
        ("import time; time.sleep(1000)", MediaBomb),
        ("import os, time; os.close(1); time.sleep(1000)", MediaBomb),
        ("pass", DamagedMedia),
        ('import os; os.write(1, b"<html>\\n")', DamagedMedia),
        (reply(), DamagedMedia),
        (reply(b"<htm", part("text/html")), DamagedMedia),
        (reply(b"GIF8", part("image/gif")), DamagedMedia),
        (reply(b"<htm", part()), DamagedMedia),
        (reply(JPEG + b"more", part()), DamagedMedia),
        (reply(JPEG, part(size=9)), DamagedMedia),
        (reply(JPEG, part(width=0)), DamagedMedia),
        (reply(JPEG * 3, part(), part(), part()), DamagedMedia),
        (reply(JPEG, part(), blurhash="<b>onload"), DamagedMedia),
        (reply(refused="anything"), DamagedMedia),
    ],
)
def test_nothing_that_the_confined_process_does_is_believed(
    program: str, refusal: type[Refusal], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = tmp_path / "upload"
    source.write_bytes(encode(picture(), "JPEG"))
    before = children()
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    monkeypatch.setattr(processing, "_PROGRAM", program)
    with pytest.raises(refusal):
        process(source, wall_seconds=1.5, bytes_out=1_000_000)
    assert children() == before
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    assert list(tmp_path.iterdir()) == [source]


def test_a_true_reply_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processing, "_PROGRAM", reply(JPEG, part(), blurhash="U00000"))
    assert process(encode(picture(), "JPEG")).full.content == JPEG
