"""A strict reader of the formats that Palabre stores: names every part, refuses whatever it does not know."""

from __future__ import annotations

import struct


class ForeignError(AssertionError):
    """A part that has no business in a stored picture."""


def scan(content: bytes) -> list[str]:
    """Return the parts of a JPEG, PNG, WebP, MP4 or WebM; raise ``ForeignError`` for any but those that draw it."""
    if content.startswith(b"\xff\xd8"):
        return _jpeg(content)
    if content.startswith(b"\x89PNG"):
        return _png(content)
    if content.startswith(b"RIFF"):
        return _webp(content)
    if content[4:8] == b"ftyp":
        return _mp4(content)
    if content.startswith(b"\x1a\x45\xdf\xa3"):
        return _webm(content)
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


# WebM: the elements by their numbers, and what is in those that have others inside
_EBML, SEGMENT, INFO, TRACKS, TRACK, CLUSTER, GROUP = (
    0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0x1F43B675, 0xA0,
)  # fmt: skip
_SEEKS, _SEEK, _CUES, _CUE, _CUE_AT, _TAGS, _TAG, _TARGETS, _SAID = (
    0x114D9B74, 0x4DBB, 0x1C53BB6B, 0xBB, 0xB7, 0x1254C367, 0x7373, 0x63C0, 0x67C8,
)  # fmt: skip
_VIDEO, _COLOUR, _AUDIO, VOID, PRIVATE, CODEC, BLOCK, SIMPLE = 0xE0, 0x55B0, 0xE1, 0xEC, 0x63A2, 0x86, 0xA1, 0xA3
_TAG_NAME, _MUXER, _WRITER, _LANGUAGE = 0x45A3, 0x4D80, 0x5741, 0x22B59C
_ELEMENTS: dict[int, set[int]] = {
    0: {_EBML, SEGMENT},
    _EBML: {0x4286, 0x42F7, 0x42F2, 0x42F3, 0x4282, 0x4287, 0x4285},
    SEGMENT: {_SEEKS, VOID, INFO, TRACKS, CLUSTER, _CUES, _TAGS},
    _SEEKS: {_SEEK},
    _SEEK: {0x53AB, 0x53AC},
    INFO: {0x2AD7B1, _MUXER, _WRITER, 0x4489, VOID},
    TRACKS: {TRACK},
    TRACK: {
        0xD7, 0x73C5, 0x83, CODEC, 0x9C, _LANGUAGE, 0x88, _VIDEO, _AUDIO, PRIVATE, 0x56AA, 0x56BB, 0x23E383, VOID,
    },
    _VIDEO: {0xB0, 0xBA, 0x9A, 0x53B8, 0x54B0, 0x54BA, 0x54B2, _COLOUR, VOID},
    _COLOUR: {0x55B1, 0x55B7, 0x55B8, 0x55B9, 0x55BA, 0x55BB},
    _AUDIO: {0xB5, 0x9F, 0x6264, 0x78B5, VOID},
    CLUSTER: {0xE7, SIMPLE, GROUP, 0xAB},
    GROUP: {BLOCK, 0x9B, 0xFB, 0x75A2},
    _CUES: {_CUE, VOID},
    _CUE: {0xB3, _CUE_AT},
    _CUE_AT: {0xF7, 0xF1, 0xF0, 0xB2},
    _TAGS: {_TAG},
    _TAG: {_TARGETS, _SAID},
    _TARGETS: {0x63C5, 0x68CA},
    _SAID: {_TAG_NAME, 0x4487, 0x447A, 0x4484},
}  # fmt: skip


def elements(content: bytes, at: int = 0, end: int | None = None) -> list[tuple[int, int, int, int]]:
    """Number, beginning, beginning of what is inside and end of each element of a WebM."""
    found = []
    end = len(content) if end is None else end
    while at < end:
        wide = 9 - content[at].bit_length()
        number = int.from_bytes(content[at : at + wide], "big")
        long = 9 - content[at + wide].bit_length()
        size = int.from_bytes(content[at + wide : at + wide + long], "big") & ((1 << 7 * long) - 1)
        inside = at + wide + long
        after = end if size == (1 << 7 * long) - 1 else inside + size
        found.append((number, at, inside, after))
        at = after
    return found


def _webm(content: bytes, within: int = 0, at: int = 0, end: int | None = None) -> list[str]:
    parts: list[str] = []
    inner = elements(content, at, end)
    codec = next((content[inside:after] for number, _, inside, after in inner if number == CODEC), b"")
    for number, _, inside, after in inner:
        if number not in _ELEMENTS[within]:
            raise ForeignError(f"WebM element {number:x} in {within:x}")
        value = content[inside:after]
        if number == VOID and value.strip(b"\0"):
            raise ForeignError("something in what is empty")
        if number == PRIVATE and (codec != b"A_OPUS" or len(value) != 19 or not value.startswith(b"OpusHead")):
            raise ForeignError(f"something of its own for {codec!r}")
        if number in {_MUXER, _WRITER} and not value.startswith(b"Lav"):
            raise ForeignError("the name of a program")
        if number == _TAG_NAME and value not in {b"ENCODER", b"DURATION"}:
            raise ForeignError(f"WebM tag {value!r}")
        if number == _LANGUAGE and value != b"und":
            raise ForeignError("a language")
        parts.append(f"{number:x}")
        if number in _ELEMENTS:
            parts += _webm(content, number, inside, after)
    return parts
