"""Which format some bytes are in, told from their content alone. Reads at most the first 128 bytes."""

from __future__ import annotations

from enum import StrEnum

HEAD = 128
"""How many bytes ``recognise`` looks at."""


class Format(StrEnum):
    """A format that is read, written, or both. The value is what apps call it."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    GIF = "image/gif"
    WEBP = "image/webp"
    HEIC = "image/heic"
    AVIF = "image/avif"
    MP4 = "video/mp4"
    MOV = "video/quicktime"
    WEBM = "video/webm"
    M4A = "audio/mp4"
    MP3 = "audio/mpeg"
    OGG = "audio/ogg"
    FLAC = "audio/flac"
    WAV = "audio/wav"

    @property
    def is_picture(self) -> bool:
        """Whether it is a picture, moving or not: the rest takes time to process and needs the extra ``video``."""
        return self.value.startswith("image/")


EXTENSIONS = {
    Format.JPEG: "jpg",
    Format.PNG: "png",
    Format.WEBP: "webp",
    Format.MP4: "mp4",
    Format.WEBM: "webm",
    Format.M4A: "m4a",
}
"""The formats that are stored, and the ending of their file names."""

_EBML = b"\x1a\x45\xdf\xa3"
_OLD_MOVIE = {b"moov", b"mdat", b"wide"}
"""QuickTime files from before brands begin with one of these."""
_BRANDS = {b"qt  ": Format.MOV, b"M4A ": Format.M4A, b"M4B ": Format.M4A}
_FILM_BRANDS = {b"iso", b"mp4", b"avc", b"M4V", b"MSN", b"3gp", b"3g2", b"das", b"f4v", b"XAV", b"dby"}
"""How the brands of MP4 begin, and of what telephones write that is read in the same way."""
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}


def recognise(head: bytes) -> Format | None:  # noqa: PLR0911 - one answer per beginning
    """Return the format of a file that begins with ``head``, or ``None`` when it is none of ours."""
    if head.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format.PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Format.GIF
    if head.startswith(b"RIFF"):
        return {b"WEBP": Format.WEBP, b"WAVE": Format.WAV}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _brand(head)
    if head[4:8] in _OLD_MOVIE:
        return Format.MOV
    if head.startswith(_EBML):
        return Format.WEBM if b"\x42\x82\x84webm" in head else None
    return _sound(head)


def _sound(head: bytes) -> Format | None:
    if head.startswith(b"OggS"):
        return Format.OGG
    if head.startswith(b"fLaC"):
        return Format.FLAC
    if head.startswith(b"ID3") or _is_mpeg_frame(head):
        return Format.MP3
    return None


def _is_mpeg_frame(head: bytes) -> bool:
    """Tell whether a frame of layer III begins here (ISO/IEC 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return False
    return head[1] & 0x18 != 0x08 and head[2] >> 4 not in {0, 15} and head[2] & 0x0C != 0x0C


def _brand(head: bytes) -> Format | None:
    """Tell HEIC, AVIF and films apart: the major brand decides, else the first compatible brand that is known."""
    end = min(int.from_bytes(head[:4], "big"), HEAD, len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    for brand in brands:
        if brand in _AVIF_BRANDS:
            return Format.AVIF
        if brand in _HEIC_BRANDS:
            return Format.HEIC
        if brand in _BRANDS:
            return _BRANDS[brand]
        if brand[:3] in _FILM_BRANDS:
            return Format.MP4
    return None


_FOREIGN = (
    (b"PK\x03\x04", "ZIP"),
    (b"%PDF", "PDF"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "EXE"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\0\0\1\0", "ICO"),
    (b"8BPS", "PSD"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (_EBML, "Matroska"),
    (b"FLV", "FLV"),
    (b"\x30\x26\xb2\x75", "Windows Media"),
    (b"#!AMR", "AMR"),
    (b"MThd", "MIDI"),
    (b"%!PS", "PostScript"),
    (b"#!", "script"),
)


def name_of(head: bytes) -> str | None:
    """Return what a file that is none of ours is called, for the refusal; ``None`` if even that is unknown."""
    for beginning, name in _FOREIGN:
        if head.startswith(beginning):
            return name
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "AVI"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<svg") or (text.startswith((b"<?xml", b"<!doctype svg", b"<!--")) and b"svg" in text):
        return "SVG"
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<script")):
        return "HTML"
    return "XML" if text.startswith(b"<?xml") else None
