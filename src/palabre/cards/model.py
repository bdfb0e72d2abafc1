"""What a linked page says of itself."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from palabre.clock import Instant
from palabre.ids import AccountId


def publisher_of(url: str) -> str:
    """Return the host of an address, without ``www.``; empty if it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What was read on a page; everything is plain text."""

    title: str
    description: str = ""
    author: str = ""
    provider: str = ""
    published: str | None = None
    language: str | None = None
    creator: str | None = None
    """Whom it names as its author in the fediverse: ``name@domain``."""
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
    language: str | None = None
    creator: AccountId | None = None
    """An account of this network whom the page names as its author. Whether it agrees, its profile says."""
    fetched: Instant

    @property
    def publisher(self) -> str:
        """The host that it stands on, without ``www.``."""
        return publisher_of(self.url)
