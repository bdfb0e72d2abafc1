"""What a linked page says of itself."""

from __future__ import annotations

import msgspec

from palabre.clock import Instant


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What was read on a page; everything is plain text."""

    title: str
    description: str = ""
    author: str = ""
    provider: str = ""
    published: str | None = None
    image_url: str | None = None
    image_description: str = ""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """The picture of a card, drawn anew and kept here."""

    file: str
    width: int
    height: int
    blurhash: str | None


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A card as stored."""

    id: int
    url: str
    title: str
    description: str
    author: str
    provider: str
    published: str | None
    image: str | None
    """Name in the media store."""
    image_description: str
    width: int
    height: int
    blurhash: str | None
    fetched: Instant
