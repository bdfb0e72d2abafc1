"""Which format some bytes are in, told from their content alone. Reads at most the first 128 bytes."""

from __future__ import annotations

from enum import StrEnum

HEAD = 128
"""How many bytes ``recognise`` looks at."""


class Format(StrEnum):
    """A picture format that is read, written, or both."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    GIF = "image/gif"
    WEBP = "image/webp"
    HEIC = "image/heic"
    AVIF = "image/avif"


EXTENSIONS = {Format.JPEG: "jpg", Format.PNG: "png", Format.WEBP: "webp"}
"""The formats that are stored, and the ending of their file names."""

_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}


def recognise(head: bytes) -> Format | None:
    """Return the format of a file that begins with ``head``, or ``None`` when it is none of ours."""
    if head.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format.PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Format.GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Format.WEBP
    if head[4:8] == b"ftyp":
        return _brand(head)
    return None


def _brand(head: bytes) -> Format | None:
    """Tell HEIC from AVIF: the major brand decides, else the first compatible brand that is known."""
    end = min(int.from_bytes(head[:4], "big"), HEAD, len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    for brand in brands:
        if brand in _AVIF_BRANDS:
            return Format.AVIF
        if brand in _HEIC_BRANDS:
            return Format.HEIC
    return None
