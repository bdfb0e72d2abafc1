"""What is costly to count: counted once for all who ask, and shown for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from palabre import clock
from palabre.clock import Instant
from palabre.store import Database, Snapshot

T = TypeVar("T")


class Tally(Generic[T]):
    """A result kept in memory. Nothing is lost with it: it is counted again."""

    def __init__(self, count: Callable[[Snapshot], T], shown_for: int) -> None:
        """``shown_for`` in milliseconds."""
        self._count = count
        self._shown_for = shown_for
        self._last: tuple[Instant, T] | None = None
        self._one_counts = asyncio.Lock()

    async def get(self, database: Database, *, anew: bool = False) -> T:
        """Return the result; nothing is read if the last one is new enough, unless it is to be counted ``anew``."""
        before = self._last if anew else None
        last = None if anew else self._good()
        if last is None:
            async with self._one_counts:  # for everybody who waits
                last = None if anew and self._last is before else self._good()
                if last is None:
                    now = clock.now()
                    last = self._last = now, await database.read_slow(self._count)
        return last[1]

    def _good(self) -> tuple[Instant, T] | None:
        if self._last is None or not 0 <= clock.now() - self._last[0] < self._shown_for:
            return None
        return self._last
