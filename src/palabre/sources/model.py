"""Feeds as values."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from palabre.clock import Instant
from palabre.ids import AccountId


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a feed, as plain text."""

    guid: str
    """What names it in its feed; an address, or anything."""
    title: str
    summary: str
    link: str
    """Empty if it has none of the web."""
    published: int | None
    """Milliseconds since 1970, if the feed says it in a way that can be read."""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed says."""

    title: str
    language: str | None
    entries: tuple[Entry, ...]
    """In the order of the feed, at most :data:`~palabre.sources.reading.MOST_ENTRIES`."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The feed that an account is fed from."""

    id: int
    account: AccountId
    url: str
    title: str
    etag: str
    modified: str
    due: Instant
    fetched: Instant | None
    failures: int
    problem: str | None
    created: Instant

    @property
    def home(self) -> str:
        """The site that it comes from: its whole address may hold a secret, and is its member's alone."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}/"

    @property
    def given_up(self) -> bool:
        """Whether it is fetched no more, because it failed for too long."""
        return self.due == 0


class Polling(msgspec.Struct, frozen=True):
    """What a job is about: it is good only as long as the feed is due at that very moment."""

    source: int
    due: int
