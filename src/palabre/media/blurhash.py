"""BlurHash: a picture's colours in some thirty characters, shown while it loads.

Written out here because it runs once in a process of its own: there, importing a library for it takes ten
times as long as this does. The algorithm and the alphabet are those of https://blurha.sh.
"""

from __future__ import annotations

from math import cos, pi

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_LINEAR = [v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in range(256)]


def encode(rgb: bytes, width: int, height: int, *, across: int = 4, down: int = 4) -> str:
    """Return the hash of ``rgb`` (three bytes a pixel, rows from the top) with ``across`` by ``down`` components.

    The time grows with the pixels: give it a picture of about 32 by 32.
    """
    columns = [[cos(pi * i * x / width) for x in range(width)] for i in range(across)]
    rows = [[cos(pi * j * y / height) for y in range(height)] for j in range(down)]
    factors = [[0.0, 0.0, 0.0] for _ in range(across * down)]
    for channel in range(3):
        plane = [_LINEAR[v] for v in rgb[channel::3]]
        lines = [plane[y * width : (y + 1) * width] for y in range(height)]
        for i, column in enumerate(columns):
            sums = [sum(map(float.__mul__, column, line)) for line in lines]
            for j, row in enumerate(rows):
                scale = (2.0 if i or j else 1.0) / (width * height)
                factors[j * across + i][channel] = scale * sum(map(float.__mul__, row, sums))
    mean, details = factors[0], factors[1:]
    largest = max((abs(v) for factor in details for v in factor), default=0.0)
    step = max(0, min(82, int(largest * 166 - 0.5)))
    most = (step + 1) / 166
    return (
        _digits((across - 1) + (down - 1) * 9, 1)
        + _digits(step, 1)
        + _digits((_byte(mean[0]) << 16) + (_byte(mean[1]) << 8) + _byte(mean[2]), 4)
        + "".join(
            _digits(_level(red, most) * 361 + _level(green, most) * 19 + _level(blue, most), 2)
            for red, green, blue in details
        )
    )


def _digits(value: int, length: int) -> str:
    return "".join(_ALPHABET[value // 83 ** (length - 1 - at) % 83] for at in range(length))


def _byte(linear: float) -> int:
    """Return the sRGB byte of a ``linear`` intensity."""
    v = max(0.0, min(1.0, linear))
    return int((v * 12.92 if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055) * 255 + 0.5)


def _level(value: float, most: float) -> int:
    """Quantise a component to 0..18; the square root keeps the small ones apart."""
    share = value / most
    root = abs(share) ** 0.5
    return max(0, min(18, int((root if share >= 0 else -root) * 9 + 9.5)))
