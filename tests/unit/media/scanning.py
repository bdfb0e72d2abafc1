"""A strict reader of the formats that Palabre stores: names every part, refuses whatever it does not know."""

from __future__ import annotations

import struct


class ForeignError(AssertionError):
    """A part that has no business in a stored picture."""


def scan(content: bytes) -> list[str]:
    """Return the parts of a JPEG, PNG, WebP or MP4; raise ``ForeignError`` for any but those that draw it."""
    if content.startswith(b"\xff\xd8"):
        return _jpeg(content)
    if content.startswith(b"\x89PNG"):
        return _png(content)
    if content.startswith(b"RIFF"):
        return _webp(content)
    if content[4:8] == b"ftyp":
        return _mp4(content)
    raise ForeignError(content[:16])


_DRAWING = {0xC0: "SOF0", 0xC2: "SOF2", 0xC4: "DHT", 0xDB: "DQT", 0xDD: "DRI", 0xDA: "SOS"}


def _jpeg(content: bytes) -> list[str]:
    parts, at = [], 2
    while content[at : at + 2] != b"\xff\xd9":
        if content[at] != 0xFF or content[at + 1] not in _DRAWING:
            raise ForeignError(f"JPEG segment {content[at : at + 2].hex()} at {at}")
        kind = content[at + 1]
        parts.append(_DRAWING[kind])
        at += 2 + struct.unpack_from(">H", content, at + 2)[0]
        if kind == 0xDA:  # coded data: up to the next marker that is neither stuffing nor a restart
            while content[at] != 0xFF or content[at + 1] == 0 or 0xD0 <= content[at + 1] <= 0xD7:
                at += 1
    if at + 2 != len(content):
        raise ForeignError(f"{len(content) - at - 2} bytes after the end")
    return parts


def _png(content: bytes) -> list[str]:
    parts, at = [], 8
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        # The resolution is written always; it must be the same for everybody.
        usual = kind == b"pHYs" and content[at + 8 : at + 17] == struct.pack(">IIB", 1_000, 1_000, 1)
        if kind not in {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"} and not usual:
            raise ForeignError(f"PNG chunk {kind!r}")
        parts.append(kind.decode())
        at += length + 12
    if parts[-1] != "IEND":
        raise ForeignError("something after the end")
    return parts


def _webp(content: bytes) -> list[str]:
    if struct.unpack_from("<I", content, 4)[0] + 8 != len(content):
        raise ForeignError("something after the end")
    return _chunks(content[12:], {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})


def _chunks(content: bytes, known: set[bytes]) -> list[str]:
    parts, at = [], 0
    while at < len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        if kind not in known:
            raise ForeignError(f"WebP chunk {kind!r}")
        body = content[at + 8 : at + 8 + length]
        if kind == b"VP8X" and body[0] & 0b0010_1100:
            raise ForeignError("WebP header announces a profile, EXIF or XMP")
        parts.append(kind.decode().strip())
        if kind == b"ANMF":
            parts += _chunks(body[16:], {b"VP8 ", b"VP8L", b"ALPH"})
        at += 8 + length + length % 2
    return parts


_BOXES = {
    b"ftyp", b"moov", b"mdat", b"free", b"mvhd", b"trak", b"tkhd", b"edts", b"elst", b"mdia", b"mdhd", b"hdlr",
    b"minf", b"vmhd", b"smhd", b"dinf", b"dref", b"stbl", b"stsd", b"stts", b"stss", b"ctts", b"stsc", b"stsz",
    b"stco", b"sgpd", b"sbgp",
}  # fmt: skip
_NO_TAGS = bytes.fromhex(
    "000000356d657461000000000000002168646c7200000000000000006d6469726170706c00000000000000000000000008696c7374"
)
"""The list of tags that our muxer writes, which is empty."""
_WITH_BOXES = {b"moov", b"trak", b"edts", b"mdia", b"minf", b"dinf", b"stbl"}


def boxes(content: bytes) -> list[tuple[bytes, int, int]]:
    """Kind, beginning and end of each box of an MP4."""
    found, at = [], 0
    while at + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        if length == 1:
            length = struct.unpack_from(">Q", content, at + 8)[0]
        end = at + length if length else len(content)
        found.append((kind, at, end))
        at = max(end, at + 8)
    return found


def _mp4(content: bytes) -> list[str]:
    parts = []
    for kind, at, end in boxes(content):
        if kind == b"udta" and content[at + 8 : end] == _NO_TAGS:
            parts.append("udta")
            continue
        if kind not in _BOXES or (kind == b"free" and end > at + 8):
            raise ForeignError(f"MP4 box {kind!r}")
        if kind == b"hdlr" and content[at + 32 : end].strip(b"\0") not in {b"VideoHandler", b"SoundHandler"}:
            raise ForeignError("the name of a device")
        if kind in {b"mvhd", b"tkhd", b"mdhd"} and content[at + 12 : at + 20] != bytes(8):
            raise ForeignError("a moment of creation")
        parts.append(kind.decode())
        if kind in _WITH_BOXES:
            parts += _mp4(content[at + 8 : end])
    return parts
