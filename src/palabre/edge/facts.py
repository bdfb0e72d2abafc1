"""Facts as they reach this process: its caches first, then whoever waits for news."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

import structlog

from palabre import journal
from palabre.events import Event
from palabre.journal import Cursor, Journal, read_after
from palabre.store import Database
from palabre.store.engine import Recorded

_LOOK_SECONDS = 0.25
"""How often to look for facts of another process, such as the command line."""
_LOOKS = 5
"""So often the journal is read for a batch that waits for what comes before it, within the same time."""

_log = structlog.get_logger("facts")


class Facts:
    """Hands every fact, in the order of the journal, to all who take note of it."""

    def __init__(self, database: Database, events: Iterable[type[Event]]) -> None:
        """``events`` are all kinds that anybody takes note of."""
        self._database = database
        self._journal = Journal(events)
        self._cursor: Cursor | None = None
        self._behind = asyncio.Event()
        self._reading = asyncio.Lock()
        self._waiting: deque[tuple[int, Callable[[], None]]] = deque()
        """The first position of each batch that waits to be shown, and what shows it."""
        self._catching: asyncio.Task[None] | None = None
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
        self._database.catch_up = self._catch_up
        self._database.listeners.append(self._committed)

    def _take(self, event: Event) -> None:
        self._batch.append(event)
        for taker in self.takers:
            taker(event)

    def _catch_up(self, recorded: list[Recorded], show: Callable[[], None]) -> None:
        """Let a batch wait until what another process wrote before it is known: who wrote it relies on both.

        Where several servers write to one PostgreSQL that is nearly every batch. What waits is answered in its order,
        and one read serves all that waits.
        """
        if not self._waiting and recorded[0].position <= self.position + 1:
            show()
            return
        self._waiting.append((recorded[0].position, show))
        if self._catching is None:
            self._catching = asyncio.get_running_loop().create_task(self._read_for_who_waits(), name="facts, behind")

    async def _read_for_who_waits(self) -> None:
        try:
            for _ in range(_LOOKS):
                while await self._read_on() and self._waiting:
                    pass
                if not self._waiting:
                    return
                await asyncio.sleep(_LOOK_SECONDS / _LOOKS)  # another machine leads, and does not have all of it yet
        except Exception:  # it may be away for a while: what is durable is answered, and looking goes on
            _log.exception("cannot read the journal")
        finally:
            self._catching = None
            self._show(all_of_it=True)

    def _show(self, *, all_of_it: bool = False) -> None:
        while self._waiting and (all_of_it or self._waiting[0][0] <= self.position + 1):
            _, show = self._waiting.popleft()
            show()

    async def _read_on(self) -> int:
        """Apply what stands in the journal after the cursor, at most 1,000 facts; return how many were read."""
        cursor = self._begun()
        async with self._reading:
            if entries := await self._database.read(read_after, cursor.position):
                cursor.read_on(entries)
                self._finish({"jobs", "purge"})  # what the other process wanted woken, nobody knows
                self._show()
            return len(entries)

    def _committed(self, recorded: list[Recorded], wakes: set[str]) -> None:
        if self._cursor is not None and recorded and not self._cursor.take(recorded):
            self._behind.set()  # the journal could not be read
        self._finish(wakes)

    def _finish(self, wakes: set[str]) -> None:
        batch, self._batch = self._batch, []
        if batch or wakes:
            for told in self.after:
                told(batch, wakes)

    def _begun(self) -> Cursor:
        if self._cursor is None:
            msg = "start() comes first"
            raise RuntimeError(msg)
        return self._cursor

    async def follow(self) -> None:
        """Look for facts that other processes wrote; runs until cancelled."""
        self._begun()
        while True:
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._behind.wait()
            except TimeoutError:
                pass
            self._behind.clear()
            try:
                while await self._read_on():
                    pass
            except Exception:  # the database may be away for a while; looking goes on
                _log.exception("cannot read the journal")
                await asyncio.sleep(1)
