"""Decode a stranger's picture and draw it anew. Runs in the confined process only.

Nothing is copied from the upload but what can be seen: savers are told to keep no metadata, colours are
converted to sRGB and the profile dropped, resolution is set to the default, and the colour under fully
transparent pixels (which picture editors leave behind when something is erased) is wiped.
"""

from __future__ import annotations

import io
import re
import sys
from importlib.util import find_spec
from math import sqrt
from typing import Any, NamedTuple

import pyvips

from palabre.media import blurhash
from palabre.media.formats import Format

_QUALITY = 82
_PREVIEW_QUALITY = 80
_LOSSLESS_BITS = 4
"""A drawing or screenshot stays lossless up to this many bits a pixel; a photograph takes far more."""
_MOST_SCAN_PIXELS = 1_000_000_000
"""Pixels times passes over them in a progressive JPEG: a camera's 64 megapixels in 10 passes are 0.64e9."""
_MOST_RAW = 320 * 1_048_576
"""Bytes of an interlaced PNG, which must be held whole."""
_BOXES = {"avatar": (400, 400), "header": (1_500, 500)}


_Limits = dict[str, int]


class Refused(Exception):  # noqa: N818 - an answer, as in palabre.errors
    """The picture is refused; ``reason`` is what the parent turns into one of its errors."""

    def __init__(self, reason: str, **details: object) -> None:
        """Keep ``reason`` and ``details`` for the reply."""
        self.reason = reason
        self.details = details
        super().__init__(reason)


class Encoded(NamedTuple):
    """A picture ready to be stored."""

    content: bytes
    format: Format
    width: int
    height: int


class Drawn(NamedTuple):
    """All that comes of one upload."""

    full: Encoded
    preview: Encoded | None
    blurhash: str | None
    animated: bool


class _Source(NamedTuple):
    """An upload, opened but not decoded. ``width`` and ``height`` are of one frame as it is to be seen."""

    width: int
    height: int
    frames: int
    lossless: bool
    reopen: Any
    """Called with how many times smaller it may be read at least; returns it upright, as a sequential image."""
    passes: int = 1
    """How often the decoder goes over the whole picture."""


def prepare(fmt: Format, purpose: str = "post") -> None:
    """Load all that ``fmt`` needs, since nothing can be loaded later; leave libvips only the loaders named here."""
    if fmt is Format.HEIC:
        import pillow_heif  # noqa: PLC0415 - a tenth of a second that other formats are spared

        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.options.THUMBNAILS = False
        pillow_heif.options.DEPTH_IMAGES = False
        pillow_heif.options.AUX_IMAGES = False
    if fmt is Format.AVIF:
        from PIL import AvifImagePlugin, ImageOps, TiffImagePlugin  # noqa: F401, PLC0415 - the last one reads EXIF

        AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    if not fmt.is_picture or (fmt is Format.GIF and purpose == "post" and find_spec("av")):
        from palabre.media import film  # noqa: F401, PLC0415 - a large library, for those who need it
    pyvips.cache_set_max(0)
    pyvips.operation_block_set("VipsForeignLoad", True)  # noqa: FBT003 - its signature
    for loader in ("VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadNsgif", "VipsForeignLoadWebp"):
        pyvips.operation_block_set(loader, False)  # noqa: FBT003


def draw(data: bytes, fmt: Format, purpose: str, limits: _Limits) -> Drawn:
    """Draw the picture in ``data``, which begins like ``fmt``, anew for ``purpose``.

    Raises:
        Refused: too big, too many frames, or built to exhaust.
        Exception: whatever a decoder makes of damaged data; see ``confined``.

    """
    source = _OPENERS[fmt](data, limits)
    _check(source, limits)
    if purpose in _BOXES:
        image = _cropped(source, *_BOXES[purpose])
        return Drawn(_encode(_flat(image), lossless=source.lossless), None, None, animated=False)
    if source.frames > 1:
        return _animation(data, fmt, source, limits)
    scale = scale_to(source.width, source.height, limits["pixels_out"], limits["side_out"])
    image = _flat(_clean(_resized(source.reopen(1 / scale), source, scale)))
    full = _encode(image, lossless=source.lossless)
    return Drawn(full, preview_of(image, limits), blur(image), animated=False)


def _check(source: _Source, limits: _Limits) -> None:
    width, height, frames = source.width, source.height, source.frames
    if width * height > limits["pixels_in"] or max(width, height) > limits["side_in"]:
        raise Refused("pixels", width=width, height=height)
    if frames > limits["frames"] or (frames > 1 and frames * width * height > limits["animation_in"]):
        raise Refused("frames", width=width, height=height, frames=frames)
    if width * height * source.passes > _MOST_SCAN_PIXELS:
        raise Refused("bomb")


# --- opening ------------------------------------------------------------------------------------------


def _upright(image: Any) -> tuple[int, int]:
    """Return width and height after the orientation is applied."""
    turned = image.get_typeof("orientation") and 5 <= image.get("orientation") <= 8
    return (image.height, image.width) if turned else (image.width, image.height)


def _open_jpeg(data: bytes, _limits: _Limits) -> _Source:
    header = pyvips.Image.jpegload_buffer(data, access="sequential")
    width, height = _upright(header)
    passes = data.count(b"\xff\xda")

    def reopen(reduction: float) -> Any:
        shrink = next(n for n in (8, 4, 2, 1) if n <= max(1.0, reduction))
        image = pyvips.Image.jpegload_buffer(data, shrink=shrink, access="sequential", fail_on="error")
        return _turned(image)

    return _Source(width, height, 1, lossless=False, reopen=reopen, passes=passes)


def _open_png(data: bytes, _limits: _Limits) -> _Source:
    data = _without_texts(data)
    header = pyvips.Image.pngload_buffer(data, access="sequential")
    width, height = _upright(header)
    sample = 2 if header.format == "ushort" else 1
    if header.get_typeof("interlaced") and width * height * header.bands * sample > _MOST_RAW:
        raise Refused("bomb")

    def reopen(_reduction: float) -> Any:
        return _turned(pyvips.Image.pngload_buffer(data, access="sequential", fail_on="error"))

    return _Source(width, height, 1, lossless=True, reopen=reopen)


_MOST_CHUNKS = 100_000
_PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"eXIf"}


def _without_texts(data: bytes) -> bytes:
    """Return a PNG with only the chunks that decide how it looks; texts may each unpack to megabytes."""
    kept, at, chunks = [data[:8]], 8, 0
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if kind in _PNG_KEPT:
            kept.append(data[at:end])
        if kind == b"IEND":
            break
        at = end
        chunks += 1
        if chunks > _MOST_CHUNKS:
            raise Refused("bomb")
    return b"".join(kept)


def _open_gif(data: bytes, _limits: _Limits) -> _Source:
    header = pyvips.Image.gifload_buffer(data, access="sequential")

    def reopen(_reduction: float) -> Any:
        return pyvips.Image.gifload_buffer(data, access="sequential", fail_on="error")

    return _Source(header.width, header.height, _pages(header), lossless=True, reopen=reopen)


def _open_webp(data: bytes, limits: _Limits) -> _Source:
    width, height = _webp_size(data)
    if width * height > limits["pixels_in"]:
        raise Refused("pixels", width=width, height=height)  # libvips makes room for a frame as it opens
    header = pyvips.Image.webpload_buffer(data, access="sequential")
    width, height = _upright(header)

    def reopen(reduction: float) -> Any:
        scale = 1 / max(1, int(reduction))
        return _turned(pyvips.Image.webpload_buffer(data, scale=scale, access="sequential", fail_on="error"))

    return _Source(width, height, _pages(header), lossless=b"VP8L" in data[:64], reopen=reopen)


def _webp_size(data: bytes) -> tuple[int, int]:
    """Read width and height from the first chunk (RFC 9649)."""
    match data[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case _:
            return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF


def _open_heic(data: bytes, _limits: _Limits) -> _Source:
    import pillow_heif  # noqa: PLC0415 - loaded by prepare

    opened = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True, bgr_mode=False)
    return _from_pillow(opened, opened.to_pillow)


def _open_avif(data: bytes, limits: _Limits) -> _Source:
    from PIL import AvifImagePlugin, ImageOps  # noqa: PLC0415 - loaded by prepare

    try:
        opened = AvifImagePlugin.AvifImageFile(io.BytesIO(data))
    except SyntaxError:
        width, height = _largest_in_heif(data)
        if width * height > limits["pixels_in"]:  # libavif refuses it too, but does not say why
            raise Refused("pixels", width=width, height=height) from None
        raise
    source = _from_pillow(opened, lambda: ImageOps.exif_transpose(opened))
    if opened.getexif().get(0x0112, 1) >= 5:
        return source._replace(width=source.height, height=source.width)
    return source


def _largest_in_heif(data: bytes) -> tuple[int, int]:
    """Return the largest size that an ``ispe`` property near the beginning states (ISO/IEC 23008-12)."""
    stated = re.findall(rb"\0\0\0\x14ispe\0\0\0\0(.{4})(.{4})", data[:65_536], re.DOTALL)
    sizes = [(int.from_bytes(width, "big"), int.from_bytes(height, "big")) for width, height in stated]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def _from_pillow(opened: Any, decode: Any) -> _Source:
    """Wrap a picture that Pillow decodes; its colour profile goes with the pixels, and nothing else does."""
    width, height = opened.size

    def reopen(reduction: float) -> Any:
        decoded = decode()
        if reduction >= 2:
            decoded = decoded.reduce(int(reduction))
        if decoded.mode not in {"RGB", "RGBA"}:
            decoded = decoded.convert("RGBA" if "A" in decoded.mode else "RGB")
        bands = len(decoded.mode)
        image = pyvips.Image.new_from_memory(decoded.tobytes(), decoded.width, decoded.height, bands, "uchar")
        image = image.copy(interpretation="srgb")
        profile = opened.info.get("icc_profile")
        if profile:
            image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
        return image

    return _Source(width, height, 1, lossless=False, reopen=reopen)


_OPENERS = {
    Format.JPEG: _open_jpeg,
    Format.PNG: _open_png,
    Format.GIF: _open_gif,
    Format.WEBP: _open_webp,
    Format.HEIC: _open_heic,
    Format.AVIF: _open_avif,
}


def _pages(image: Any) -> int:
    return int(image.get("n-pages")) if image.get_typeof("n-pages") else 1


def _turned(image: Any) -> Any:
    """Apply the orientation. Only turning needs the picture whole in memory; most are upright."""
    if not image.get_typeof("orientation") or image.get("orientation") == 1:
        return image
    return image.copy_memory().autorot()


# --- drawing ------------------------------------------------------------------------------------------


def scale_to(width: int, height: int, pixels: int, side: int) -> float:
    """Return by what to multiply both sides, at most 1, so that area and sides fit."""
    return min(1.0, sqrt(pixels / (width * height)), side / width, side / height)


def _resized(image: Any, source: _Source, scale: float) -> Any:
    """Return ``image`` at ``scale`` times the size of ``source``; it may have been read smaller already."""
    width, height = max(1, int(source.width * scale)), max(1, int(source.height * scale))
    if (width, height) == (image.width, image.height):
        return image
    form, alpha = image.format, image.hasalpha()
    if alpha:  # or the colour of transparent pixels bleeds into their neighbours
        image = image.premultiply()
    image = image.resize(width / image.width, vscale=height / image.height)
    return image.unpremultiply().cast(form) if alpha else image


def _clean(image: Any) -> Any:
    """Return ``image`` decoded in memory: sRGB, 8 bits, 3 or 4 bands, nothing attached."""
    image = image.copy_memory()
    if image.get_typeof("icc-profile-data"):
        try:
            image = image.icc_transform("srgb", embedded=True, intent="perceptual", depth=8).copy_memory()
        except pyvips.Error:
            # A profile that is broken, or of another colour space than the pixels, is as good as none.
            image = image.copy()
            image.remove("icc-profile-data")
    if image.interpretation != "srgb":
        image = image.colourspace("srgb")
    if image.format != "uchar":
        image = image.cast("uchar")
    return _detached(image.copy_memory())


def _detached(image: Any) -> Any:
    """Return ``image`` without a single field that came with the upload."""
    image = image.copy(xres=1.0, yres=1.0, xoffset=0, yoffset=0)
    for field in image.get_fields():
        if field not in _BASIC_FIELDS and image.get_typeof(field):
            image.remove(field)
    return image


_BASIC_FIELDS = {
    "width", "height", "bands", "format", "coding", "interpretation",
    "xoffset", "yoffset", "xres", "yres", "filename",
}  # fmt: skip


def _flat(image: Any) -> Any:
    """Drop an alpha band that hides nothing; wipe the colour under pixels that cannot be seen."""
    if not image.hasalpha():
        return image
    alpha = image[image.bands - 1]
    if alpha.min() == 255:
        return image[0:3].copy_memory()
    return (alpha == 0).ifthenelse([0] * image.bands, image).copy_memory()


def _cropped(source: _Source, box_width: int, box_height: int) -> Any:
    """Return the middle of the picture in the shape of the box; smaller, but never bigger than the box."""
    scale = min(1.0, max(box_width / source.width, box_height / source.height))
    image = _clean(_resized(source.reopen(1 / scale), source, scale))
    share = min(1.0, image.width / box_width, image.height / box_height)
    width, height = max(1, int(box_width * share)), max(1, int(box_height * share))
    return image.crop((image.width - width) // 2, (image.height - height) // 2, width, height).copy_memory()


def preview_of(image: Any, limits: _Limits, *, always: bool = False) -> Encoded | None:
    """Return the picture small, or ``None`` when it is small already and there need not be one."""
    scale = scale_to(image.width, image.height, limits["pixels_preview"], limits["side_out"])
    if scale == 1.0 and not always:
        return None
    width, height = max(1, int(image.width * scale)), max(1, int(image.height * scale))
    small = _detached(image.thumbnail_image(width, height=height, size="force").copy_memory())
    if small.hasalpha():
        content = small.webpsave_buffer(Q=_PREVIEW_QUALITY, keep="none")
        return Encoded(content, Format.WEBP, small.width, small.height)
    content = small.jpegsave_buffer(Q=_PREVIEW_QUALITY, optimize_coding=True, interlace=True, keep="none")
    return Encoded(content, Format.JPEG, small.width, small.height)


def blur(image: Any) -> str:
    """Return the blurhash of ``image``."""
    small = image.thumbnail_image(32, height=32)
    if small.hasalpha():
        small = small.flatten(background=[255, 255, 255])
    return blurhash.encode(bytes(small.cast("uchar").write_to_memory()), small.width, small.height)


def _encode(image: Any, *, lossless: bool) -> Encoded:
    """Encode a still picture: PNG where that is lossless and cheap, else JPEG, or WebP when it has alpha."""
    if lossless:
        content = image.pngsave_buffer(compression=6, keep="none")
        if len(content) * 8 <= max(_LOSSLESS_BITS * image.width * image.height, 2_000_000):
            return Encoded(content, Format.PNG, image.width, image.height)
    if image.hasalpha():
        content = image.webpsave_buffer(Q=_QUALITY, effort=2, keep="none")
        return Encoded(content, Format.WEBP, image.width, image.height)
    content = image.jpegsave_buffer(Q=_QUALITY, optimize_coding=True, interlace=True, keep="none")
    return Encoded(content, Format.JPEG, image.width, image.height)


# --- animations ---------------------------------------------------------------------------------------


def _animation(data: bytes, fmt: Format, source: _Source, limits: _Limits) -> Drawn:
    """Draw a GIF as a silent video; one with transparent parts, and other animations, as animated WebP."""
    area = min(limits["pixels_out"], limits["animation_out"] // source.frames)
    scale = scale_to(source.width, source.height, area, limits["side_out"])
    width, height = max(1, int(source.width * scale)), max(1, int(source.height * scale))
    load = pyvips.Image.gifload_buffer if fmt is Format.GIF else pyvips.Image.webpload_buffer
    strip = load(data, n=-1, access="sequential", fail_on="error")
    delays = strip.get("delay") if strip.get_typeof("delay") else [100] * source.frames
    loop = strip.get("loop") if strip.get_typeof("loop") else 0
    frames = [
        _clean(_resized(strip.crop(0, at * source.height, source.width, source.height), source, scale))
        for at in range(source.frames)
    ]
    first = _flat(frames[0])
    film = sys.modules.get("palabre.media.film")  # loaded by prepare, or not to be had
    if film is not None and fmt is Format.GIF and not any(each.hasalpha() and each[3].min() < 255 for each in frames):
        full = film.silent(frames, delays, limits)
        return Drawn(full, preview_of(first, limits, always=True), blur(first), animated=True)
    image = _detached(pyvips.Image.arrayjoin(frames, across=1))
    image.set_type(pyvips.GValue.gint_type, "page-height", height)
    image.set_type(pyvips.GValue.array_int_type, "delay", [max(20, min(60_000, int(d))) for d in delays])
    image.set_type(pyvips.GValue.gint_type, "loop", max(0, min(65_535, int(loop))))
    full = Encoded(image.webpsave_buffer(Q=75, effort=2, keep="none"), Format.WEBP, width, height)
    return Drawn(full, preview_of(first, limits, always=True), blur(first), animated=True)
