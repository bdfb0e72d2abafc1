"""Pictures for sample people, drawn here so that none has to be shipped: landscapes and faces of two colours."""

from __future__ import annotations

import io
import math
from hashlib import blake2b

from PIL import Image, ImageDraw, ImageFilter

_SKIES = [
    ((255, 183, 120), (92, 66, 120), (24, 26, 54)),
    ((173, 216, 240), (96, 148, 180), (28, 62, 72)),
    ((255, 226, 170), (214, 120, 100), (70, 40, 60)),
    ((200, 235, 210), (90, 150, 130), (22, 54, 50)),
    ((236, 214, 240), (140, 120, 190), (40, 36, 84)),
]
"""Sky at the horizon, the far hills, the near ones."""


def _chance(seed: str, number: int) -> float:
    """Return the same fraction of one for the same seed, always."""
    return int.from_bytes(blake2b(f"{seed}/{number}".encode(), digest_size=4).digest(), "big") / 2**32


def _between(first: tuple[int, int, int], second: tuple[int, int, int], part: float) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _tone(hue: float, level: float, depth: float) -> tuple[int, int, int]:
    red, green, blue = (round(255 * (level + depth * math.cos(math.tau * (hue + part / 3)))) for part in range(3))
    return red, green, blue


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def landscape(seed: str, width: int, height: int) -> bytes:
    """Draw hills under a low sun; the same ``seed`` gives the same place. PNG."""
    sky, far, near = _SKIES[int(_chance(seed, 0) * len(_SKIES))]
    column = Image.new("RGB", (1, height))
    zenith = _between(sky, far, 0.75)
    for y in range(height):
        column.putpixel((0, y), _between(zenith, sky, min(1.0, y / (height * 0.62))))
    picture = column.resize((width, height))
    draw = ImageDraw.Draw(picture)
    sun, size = width * (0.2 + 0.6 * _chance(seed, 1)), height * (0.07 + 0.05 * _chance(seed, 2))
    middle = height * (0.34 + 0.12 * _chance(seed, 3))
    draw.ellipse((sun - size, middle - size, sun + size, middle + size), fill=_between(sky, (255, 255, 255), 0.7))
    picture = picture.filter(ImageFilter.GaussianBlur(height / 300))
    draw = ImageDraw.Draw(picture)
    ridges = 5
    for ridge in range(ridges):
        part = ridge / (ridges - 1)
        base, swing = height * (0.5 + 0.11 * ridge), height * (0.11 - 0.012 * ridge)
        waves = [
            (1.2 + 2.5 * _chance(seed, 10 * ridge + n) * (n + 1), 7 * _chance(seed, 10 * ridge + n + 5))
            for n in range(4)
        ]
        line = []
        for x in range(0, width + 4, 4):
            heights = (
                math.sin(often * math.tau * x / width + start) / (n + 1.3) for n, (often, start) in enumerate(waves)
            )
            line.append((x, base + swing * sum(heights)))
        draw.polygon([(0, height), *line, (width, height)], fill=_between(_between(sky, far, 0.6), near, part))
    return _png(picture)


def face(seed: str, size: int = 400) -> bytes:
    """Draw somebody's picture: a shape on a ground, in colours that only this ``seed`` has. PNG."""
    hue = _chance(seed, 0)
    large = size * 3
    ground, shape, light = (_tone(hue, 0.55, 0.22), _tone(hue + 0.12, 0.32, 0.2), _tone(hue + 0.3, 0.84, 0.1))
    picture = Image.new("RGB", (large, large), ground)
    draw = ImageDraw.Draw(picture)
    tilt = _chance(seed, 1) * 0.2 - 0.1
    shoulders = large * (0.34 + 0.08 * _chance(seed, 2))
    centre = large * (0.5 + tilt)
    draw.ellipse((large / 2 - shoulders, large * 0.68, large / 2 + shoulders, large * 1.5), fill=shape)
    head = large * (0.17 + 0.03 * _chance(seed, 3))
    draw.ellipse((centre - head, large * 0.4 - head, centre + head, large * 0.4 + head * 1.25), fill=light)
    hair = head * 1.12
    box = (centre - hair, large * 0.365 - hair, centre + hair, large * 0.365 + hair)
    draw.pieslice(box, 180 - 40 * _chance(seed, 4), 360 + 40 * _chance(seed, 5), fill=shape)
    return _png(picture.resize((size, size), Image.Resampling.LANCZOS))
