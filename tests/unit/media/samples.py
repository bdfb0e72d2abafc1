"""Pictures for tests, made here: every format, and every place in it where something could be hidden."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import pillow_heif
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

pillow_heif.register_heif_opener()

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "HEIF", "AVIF")


def picture(width: int = 96, height: int = 64, *, mode: str = "RGB") -> Image.Image:
    """A picture with smooth colours: red grows to the right, green downwards."""
    red = Image.linear_gradient("L").rotate(90).resize((width, height))
    green = Image.linear_gradient("L").resize((width, height))
    made = Image.merge("RGB", (red, green, Image.new("L", (width, height), 60)))
    if mode == "RGBA":
        made.putalpha(Image.radial_gradient("L").resize((width, height)))
        return made
    return made.convert(mode)


def quarters(width: int = 96, height: int = 64) -> Image.Image:
    """Red, green, blue and white corners (top left, top right, bottom left, bottom right): shows how it is turned."""
    made = Image.new("RGB", (width, height), "white")
    made.paste("red", (0, 0, width // 2, height // 2))
    made.paste("lime", (width // 2, 0, width, height // 2))
    made.paste("blue", (0, height // 2, width // 2, height))
    return made


def encode(image: Image.Image, fmt: str, **options: object) -> bytes:
    """Encode with Pillow."""
    out = io.BytesIO()
    if fmt == "AVIF":
        options.setdefault("speed", 10)
    image.save(out, fmt, **options)
    return out.getvalue()


def animation(fmt: str, *, frames: int = 5, size: tuple[int, int] = (48, 32), delay: int = 80) -> bytes:
    """An animation whose frames are all different."""
    made = [Image.new("RGB", size, (40 * at % 256, 255 - 40 * at % 256, 90)) for at in range(frames)]
    return encode(made[0], fmt, save_all=True, append_images=made[1:], duration=delay, loop=0)


# --- what is hidden ------------------------------------------------------------------------------------


def exif(marker: bytes, *, orientation: int = 1) -> bytes:
    """An EXIF block with the marker as description, camera, comment and place."""
    block = Image.Exif()
    text = marker.decode("ascii")
    block[0x0112] = orientation
    block[0x010E] = block[0x010F] = block[0x013B] = block[0x8298] = text
    block.get_ifd(0x8769).update({0x927C: marker * 2, 0x9286: b"ASCII\0\0\0" + marker, 0xA420: text})
    block.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2), 0x1B: marker})
    return block.tobytes()


def xmp(marker: bytes) -> bytes:
    """An XMP packet."""
    return (
        b"<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta><a>%s</a></x:xmpmeta><?xpacket end='w'?>"
        % (marker)
    )


def icc(marker: bytes) -> bytes:
    """An sRGB profile whose name is the marker, padded: the length of a tag must stay."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    name = "sRGB built-in".encode("utf-16-be")
    assert name in profile
    hidden = marker[: len(name)]
    return profile.replace(name, hidden.ljust(len(name), b" "))


def segment(kind: int, content: bytes) -> bytes:
    """A JPEG segment."""
    return b"\xff" + bytes([kind]) + struct.pack(">H", len(content) + 2) + content


def chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def riff(kind: bytes, content: bytes) -> bytes:
    """A RIFF chunk."""
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def blocks(content: bytes) -> bytes:
    """GIF data sub-blocks."""
    parts = [content[at : at + 255] for at in range(0, len(content), 255)]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def _in_jpeg(content: bytes) -> bytes:
    plain = encode(picture(), "JPEG")
    return plain[:2] + content + plain[2:]


def _in_png(content: bytes) -> bytes:
    plain = encode(picture(), "PNG")
    return plain[:33] + content + plain[33:]


def _before_iend(content: bytes) -> bytes:
    plain = encode(picture(), "PNG")
    return plain[:-12] + content + plain[-12:]


def _in_gif(content: bytes) -> bytes:
    plain = encode(picture(mode="P"), "GIF")
    assert plain[-1:] == b";"
    return plain[:-1] + content + b";"


def _in_webp(content: bytes) -> bytes:
    plain = encode(picture(), "WEBP", exif=exif(b"x"))  # makes Pillow write the extended header
    body = plain[12:] + content
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _thumbnail(marker: bytes) -> bytes:
    """EXIF with a second directory that holds a JPEG, as cameras write it."""
    small = encode(picture(16, 16), "JPEG", comment=marker)
    tags = (
        struct.pack(">H", 2) + struct.pack(">HHII", 0x0201, 4, 1, 40) + struct.pack(">HHII", 0x0202, 4, 1, len(small))
    )
    return (
        b"Exif\0\0MM\0*"
        + struct.pack(">I", 8)
        + struct.pack(">HI", 0, 14)
        + tags
        + struct.pack(">I", 0)
        + b"\0\0"
        + small
    )


def _iptc(marker: bytes) -> bytes:
    record = b"\x1c\x02\x78" + struct.pack(">H", len(marker)) + marker
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record + b"\0" * (len(record) % 2)


def _moving(fmt: str, **options: object) -> bytes:
    """Encode an animation with what is to be hidden in it."""
    frames = [picture(48, 32).rotate(30 * at) for at in range(4)]
    return encode(frames[0], fmt, save_all=True, append_images=frames[1:], duration=90, loop=0, **options)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


HIDING_PLACES: dict[str, Callable[[bytes], bytes]] = {
    "jpeg exif": lambda m: encode(picture(), "JPEG", exif=exif(m)),
    "jpeg exif thumbnail": lambda m: _in_jpeg(segment(0xE1, _thumbnail(m))),
    "jpeg jfif extension": lambda m: _in_jpeg(
        segment(0xE0, b"JFXX\0\x10" + encode(picture(8, 8), "JPEG", comment=m))
    ),
    "jpeg xmp": lambda m: encode(picture(), "JPEG", xmp=xmp(m)),
    "jpeg extended xmp": lambda m: _in_jpeg(segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 40 + m)),
    "jpeg iptc": lambda m: _in_jpeg(segment(0xED, _iptc(m))),
    "jpeg comment": lambda m: encode(picture(), "JPEG", comment=m),
    "jpeg profile": lambda m: encode(picture(), "JPEG", icc_profile=icc(m)),
    "jpeg adobe": lambda m: _in_jpeg(segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01" + m)),
    "jpeg own segment": lambda m: _in_jpeg(segment(0xEB, b"JP\0\0" + m)),
    "jpeg several pictures": lambda m: _in_jpeg(
        segment(0xE2, b"MPF\0MM\0*" + encode(picture(8, 8), "JPEG", comment=m))
    ),
    "jpeg after the end": lambda m: encode(picture(), "JPEG") + m,
    "jpeg second picture after the end": lambda m: encode(picture(), "JPEG") + encode(picture(), "JPEG", comment=m),
    "png text": lambda m: encode(picture(), "PNG", pnginfo=_text(m, compressed=False)),
    "png compressed text": lambda m: encode(picture(), "PNG", pnginfo=_text(m, compressed=True)),
    "png international text": lambda m: _in_png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(m))),
    "png exif": lambda m: encode(picture(), "PNG", exif=exif(m)),
    "png raw profile": lambda m: _in_png(chunk(b"tEXt", b"Raw profile type exif\0\nexif\n8\n" + m.hex().encode())),
    "png profile": lambda m: encode(picture(), "PNG", icc_profile=icc(m)),
    "png own chunk": lambda m: _in_png(chunk(b"prVt", m)),
    "png chunk before the end": lambda m: _before_iend(chunk(b"caBX", m)),
    "png after the end": lambda m: encode(picture(), "PNG") + m,
    "moving png text": lambda m: _moving("PNG", pnginfo=_text(m, compressed=False)),
    "moving png exif": lambda m: _moving("PNG", exif=exif(m)),
    "gif comment": lambda m: encode(picture(mode="P"), "GIF", comment=m),
    "gif xmp": lambda m: _in_gif(b"\x21\xff\x0bXMP DataXMP" + blocks(xmp(m))),
    "gif plain text": lambda m: _in_gif(b"\x21\x01\x0c" + bytes(12) + blocks(m)),
    "gif own extension": lambda m: _in_gif(b"\x21\xff\x0bPALABRE1.00" + blocks(m)),
    "gif after the end": lambda m: encode(picture(mode="P"), "GIF") + m,
    "moving gif comment": lambda m: animation("GIF")[:-1] + b"\x21\xfe" + blocks(m) + b";",
    "webp exif": lambda m: encode(picture(), "WEBP", exif=exif(m)),
    "webp xmp": lambda m: encode(picture(), "WEBP", xmp=xmp(m)),
    "webp profile": lambda m: encode(picture(), "WEBP", icc_profile=icc(m)),
    "webp own chunk": lambda m: _in_webp(riff(b"mine", m)),
    "moving webp exif": lambda m: _moving("WEBP", exif=exif(m)),
    "moving webp xmp": lambda m: _moving("WEBP", xmp=xmp(m)),
    "webp after the end": lambda m: encode(picture(), "WEBP") + m,
    "heic exif": lambda m: encode(picture(), "HEIF", exif=exif(m)),
    "heic xmp": lambda m: encode(picture(), "HEIF", xmp=xmp(m)),
    "heic profile": lambda m: encode(picture(), "HEIF", icc_profile=icc(m)),
    "heic own box": lambda m: encode(picture(), "HEIF") + _box(b"uuid", bytes(16) + m),
    "avif exif": lambda m: encode(picture(), "AVIF", exif=exif(m)),
    "avif xmp": lambda m: encode(picture(), "AVIF", xmp=xmp(m)),
    "avif profile": lambda m: encode(picture(), "AVIF", icc_profile=icc(m)),
    "moving avif exif": lambda m: _moving("AVIF", exif=exif(m)),
    "avif own box": lambda m: encode(picture(), "AVIF") + _box(b"free", m),
}
"""Where something can be hidden → a picture with the given bytes hidden there."""


def _text(marker: bytes, *, compressed: bool) -> PngInfo:
    info = PngInfo()
    info.add_text("Comment", marker.decode("ascii"), zip=compressed)
    return info
