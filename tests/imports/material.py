"""What the makers of X archives and of Mastodon exports share."""

from __future__ import annotations

import datetime as dt
import io
import random
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

FIRST = 1_420_070_400_000  # 2015-01-01
SPAN = 5 * 365 * 86_400_000
WORDS = [
    *["alors", "bridge", "café", "carrousel", "evening", "forêt", "garden", "harbour", "île", "jamais", "kettle"],
    *["lantern", "murmure", "night", "océan", "paper", "quartz", "river", "silence", "table", "umbrella", "village"],
    *["winter", "yes", "zebra", "東京", "你好", "مرحبا", "привет", "🎉", "🚲", "naïve", "über"],
]
SPOILS = ("unclosed", "quote", "extra", "deep", "huge", "encoding", "shape", "date")


@dataclass
class Made:
    """What an archive holds that a reader must find again: source key → text, and why the rest stays out."""

    path: Path
    posts: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, list[str]] = field(default_factory=dict)
    """Of each post that shows something: pictures, videos and recordings."""
    films: set[str] = field(default_factory=set)
    """Those that take time."""
    created: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)

    def out(self, reason: str, count: int = 1) -> None:
        self.left_out[reason] = self.left_out.get(reason, 0) + count


@cache
def picture(number: int, *, size: tuple[int, int] = (1200, 800)) -> bytes:
    """A photograph with the place where it was taken, as a telephone writes it."""
    chance = random.Random(number)
    image = Image.new("RGB", (24, 16))
    image.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(24 * 16)])
    image = image.resize(size, Image.Resampling.BICUBIC)
    ImageDraw.Draw(image).text((40, 40), f"picture {number}", fill="white")
    exif = Image.Exif()
    exif[0x010F] = "Telephone"
    exif.get_ifd(0x8825)[1] = "N"
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=85, exif=exif)
    return kept.getvalue()


@cache
def moving(kind: str) -> bytes:
    """A short video, GIF or recording, with what a telephone writes into it."""
    from unit.media.films import film, song

    tags = {"title": "Telephone", "location": "+47.5-122.3/"}
    if kind == "audio":
        return song("mp3", seconds=0.5, tags=tags)
    return film("mp4", seconds=0.5, sound=kind == "video", tags=tags)


def sentence(chance: random.Random, least: int = 4, most: int = 30) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(least, most)))


def base62(chance: random.Random, length: int) -> str:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return "".join(chance.choices(alphabet, k=length))


def utc(at: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at / 1000, dt.UTC)


def iso(at: int) -> str:
    return f"{utc(at):%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}Z"


def spoiled(entry: str, how: str | None, date: str, text: str) -> bytes:
    whole = entry.encode()
    if how == "unclosed":
        return whole[: whole.rindex(b"}")]
    if how == "extra":
        return whole + b"}"
    if how == "quote":
        return entry.replace(text, text + '"', 1).encode()
    if how == "deep":
        return entry.replace(text, f'"x" : {"[" * 10_000}{"]" * 10_000}, {text}', 1).encode()
    if how == "huge":
        return entry.replace(text, text + '"' + random.Random(1).randbytes(1_000_000).hex() + '", "x" : ', 1).encode()
    if how == "encoding":
        return entry.replace(text, text + '"\udcff\udcfe", "x" : ', 1).encode("utf-8", "surrogateescape")
    if how == "shape":
        return re.sub(re.escape(text) + r'"(?:[^"\\]|\\.)*"', lambda _: text + "[1, 2]", entry, count=1).encode()
    if how == "date":
        return entry.replace(date, date + "Xyz 99 ", 1).encode()
    return whole
