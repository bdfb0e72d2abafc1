"""An announcement, as a member sees it."""

from __future__ import annotations

import msgspec

from palabre.clock import Instant


class Reaction(msgspec.Struct, frozen=True):
    """An emoji, how many have answered with it, and whether the viewer has."""

    name: str
    count: int
    me: bool = False


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """Something that all members are told."""

    id: int
    text: str
    starts: Instant | None = None
    ends: Instant | None = None
    all_day: bool = False
    published: Instant
    updated: Instant
    read: bool = False
    """Whether the viewer has dismissed it."""
    reactions: tuple[Reaction, ...] = ()
    """The oldest first."""
