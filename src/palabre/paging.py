"""One page of a list, in the terms of all the APIs: bounds by the id of the row, not by its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")
U = TypeVar("U")

NEWEST = 2**63 - 1
"""Above every id."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows are asked for, newest first unless ``after`` is given.

    ``before`` and ``since`` are exclusive bounds; ``after`` (Mastodon's ``min_id``) asks for the rows closest
    above it instead of the newest.
    """

    before: int | None = None
    since: int | None = None
    after: int | None = None
    limit: int = 20

    @property
    def upper(self) -> int:
        """Every row is below this."""
        return NEWEST if self.before is None else self.before

    @property
    def lower(self) -> int:
        """Every row is above this."""
        return max(self.since or 0, self.after or 0)

    @property
    def upwards(self) -> bool:
        """Whether the rows closest to the lower bound are wanted."""
        return self.after is not None


class Slice(msgspec.Struct, Generic[T], frozen=True):
    """A page: what is shown, newest first, and the rows it was cut from.

    The cursors are those of the rows read, not of the items shown: a guard may hide some of them.
    """

    items: list[T]
    newest: int | None
    """Cursor for the page above; ``None`` if no row was read."""
    oldest: int | None
    """Cursor for the page below."""
    read: int = 0
    """How many rows were read: fewer than asked for, and there are no more. A guard may hide any number of them."""

    def map(self, change: Callable[[T], T]) -> Slice[T]:
        """Return the slice with each item changed."""
        return self.showing([change(item) for item in self.items])

    def showing(self, items: list[U]) -> Slice[U]:
        """Return the same page of rows with these items: those that are left, or what is made of them."""
        return Slice(items, self.newest, self.oldest, self.read)


def empty() -> Slice[T]:
    """Return a page with nothing on it."""
    return Slice([], None, None)


def cut(rows: Sequence[tuple[int, T]]) -> Slice[T]:
    """Make a page of ``(cursor, item)`` rows, newest first."""
    if not rows:
        return empty()
    return Slice([item for _, item in rows], rows[0][0], rows[-1][0], len(rows))
