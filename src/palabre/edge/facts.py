"""Facts as they reach this process: its caches first, then whoever waits for news."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import structlog

from palabre import journal
from palabre.events import Event
from palabre.journal import Cursor, Journal, read_after
from palabre.store import Database
from palabre.store.engine import Recorded

_LOOK_SECONDS = 0.25
"""How often to look for facts of another process, such as the command line."""

_log = structlog.get_logger("facts")


class Facts:
    """Hands every fact, in the order of the journal, to all who take note of it."""

    def __init__(self, database: Database, events: Iterable[type[Event]]) -> None:
        """``events`` are all kinds that anybody takes note of."""
        self._database = database
        self._journal = Journal(events)
        self._cursor: Cursor | None = None
        self._behind = asyncio.Event()
        self.takers: list[Callable[[Event], None]] = []
        """Called with each fact, on the event loop, before the writer of the fact is answered."""
        self.after: list[Callable[[list[Event], set[str]], None]] = []
        """Called once per batch, afterwards."""
        self._batch: list[Event] = []

    @property
    def position(self) -> int:
        """The newest fact that the caches know."""
        return self._cursor.position if self._cursor else 0

    async def start(self) -> None:
        """Begin at the newest fact: caches are empty, so nothing before it matters to them."""
        self._cursor = Cursor(self._journal, self._take, await self._database.read(journal.head))
        self._database.listeners.append(self._committed)

    def _take(self, event: Event) -> None:
        self._batch.append(event)
        for taker in self.takers:
            taker(event)

    def _committed(self, recorded: list[Recorded], wakes: set[str]) -> None:
        if self._cursor is not None and recorded and not self._cursor.take(recorded):
            self._catch_up(self._cursor, recorded[-1].position)
        self._finish(wakes)

    def _catch_up(self, cursor: Cursor, newest: int) -> None:
        """Read what another process wrote before ``newest``: who wrote that is answered next, and relies on it.

        One short read on the event loop: where several servers write to one PostgreSQL that is once a batch.
        """
        try:
            while cursor.position < newest and (entries := self._database.read_now(read_after, cursor.position)):
                cursor.read_on(entries)
        except Exception:  # it may be away for a while; looking goes on
            _log.exception("cannot read the journal")
        if cursor.position < newest:
            self._behind.set()

    def _finish(self, wakes: set[str]) -> None:
        batch, self._batch = self._batch, []
        if batch or wakes:
            for told in self.after:
                told(batch, wakes)

    async def follow(self) -> None:
        """Look for facts that other processes wrote; runs until cancelled."""
        cursor = self._cursor
        if cursor is None:
            msg = "start() comes first"
            raise RuntimeError(msg)
        while True:
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._behind.wait()
            except TimeoutError:
                pass
            self._behind.clear()
            try:
                while entries := await self._database.read(read_after, cursor.position):
                    cursor.read_on(entries)
                    self._finish({"jobs", "purge"})  # what the other process wanted woken, nobody knows
            except Exception:  # the database may be away for a while; looking goes on
                _log.exception("cannot read the journal")
                await asyncio.sleep(1)
