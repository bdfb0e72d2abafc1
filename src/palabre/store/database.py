"""The database as the shell sees it: ``await db.read(query, …)`` and ``await db.write(action, …)``.

Writes go through one thread that drains a queue: each function in a savepoint, one durable commit for all,
then the facts are shown to the listeners and only after that the callers get their answers. So whoever is
answered finds his own change in every cache of this process.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future as ThreadFuture
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog

from palabre import clock
from palabre.events import Event
from palabre.store.engine import Batch, Engine, Outcome, Reader, Recorded, StoreUnavailable, Writer
from palabre.store.session import AnotherStatement, Snapshot, Transaction

P = ParamSpec("P")
T = TypeVar("T")

Listener = Callable[[list[Recorded], set[str]], None]
"""Told of each durable batch: its facts, and the names of what should look for work."""

Answer = Callable[[BaseException | None], None]
"""Gives the callers of a batch their answers; or, if it cannot be vouched for, that error instead."""

CatchUp = Callable[[list[Recorded], Callable[[], None]], None]
"""Is given the facts of a batch, and what shows them; calls that once all that comes before them is known."""

_BATCH = 128
_IDLE_SECONDS = 0.25
_PAUSE_SECONDS = 0.1
_THREADS = 8
_PATIENCE = 8
"""Patient work waits for so many batches of members' writes, then goes with the next."""

_log = structlog.get_logger("store")


def _no_journal(_tx: Transaction, facts: list[Event]) -> list[Recorded]:
    return [Recorded(0, fact) for fact in facts]


class _Work:
    __slots__ = ("deliver", "run")

    def __init__(self, run: Callable[[Transaction], Any], deliver: Callable[[Outcome], None]) -> None:
        self.run = run
        self.deliver = deliver


class Database:
    """Readers, the writer thread and its queue."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.dialect = engine.dialect
        self.seal: Callable[[Transaction, list[Event]], list[Recorded]] = _no_journal
        self.listeners: list[Listener] = []
        self.vouch: Callable[[Answer], None] | None = None
        """Given each durable batch on the event loop; answers it when a standby has it too."""
        self.catch_up: CatchUp | None = None
        """Given each batch with facts on the event loop, before its listeners: other processes may have written."""
        self.admit: Callable[[], None] | None = None
        """Called before a write is queued; raises if this server may not write now."""
        self._urgent: deque[_Work] = deque()
        self._patient: deque[_Work] = deque()
        self._wake = threading.Condition()
        self._passed_over = 0
        self._closing = False
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._inline: Reader | None = None
        self._local = threading.local()
        self._opened: list[Reader] = []
        self._pool: ThreadPoolExecutor | None = None
        self.batches = 0
        self.written = 0

    @classmethod
    def open(cls, url: str | None, folder: Path, *, primary_seconds: float = 0.0) -> Database:
        """Open PostgreSQL at ``url``, or the SQLite file in ``folder``.

        With PostgreSQL on several machines a write waits ``primary_seconds`` for one that leads.
        """
        if url and url.startswith(("postgresql://", "postgres://")):
            from palabre.store.postgresql import PostgresqlEngine  # noqa: PLC0415 - optional dependency

            return cls(PostgresqlEngine(url, primary_seconds=primary_seconds))
        from palabre.store.sqlite import SqliteEngine  # noqa: PLC0415 - not loaded with PostgreSQL

        return cls(SqliteEngine(folder / "palabre.db"))

    @staticmethod
    def faults(url: str | None) -> tuple[type[Exception], ...]:
        """Return what is raised when the database of ``open`` itself is at fault: gone, damaged, not ours to read."""
        try:
            if url:
                from palabre.store.postgresql import FAULTS  # noqa: PLC0415 - as above
            else:
                from palabre.store.sqlite import FAULTS  # noqa: PLC0415 - as above
        except ImportError:  # the driver is not there
            return (ImportError,)
        return (*FAULTS, OSError)

    # Reading

    async def read(self, query: Callable[Concatenate[Snapshot, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``query`` on one snapshot: at once on SQLite, in a thread on PostgreSQL."""
        if self.engine.inline_reads:
            return self.read_now(query, *args, **kwargs)
        return await self.read_slow(query, *args, **kwargs)

    async def read_slow(self, query: Callable[Concatenate[Snapshot, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query that may take more than 2 ms in a thread with its own connection."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads(), partial(self._read_here, query, *args, **kwargs))

    def read_now(self, query: Callable[Concatenate[Snapshot, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``query`` in this thread."""
        if self._inline is None:
            self._inline = self.engine.reader()
        return run_query(self._inline, query, *args, **kwargs)

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            workers = 2 if self.engine.inline_reads else _THREADS
            self._pool = ThreadPoolExecutor(workers, thread_name_prefix="palabre-read")
        return self._pool

    def _read_here(self, query: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        reader: Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = self.engine.reader()
            self._opened.append(reader)
        return run_query(reader, query, *args, **kwargs)

    # Writing

    async def write(self, action: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``action`` in the next batch; return when what it wrote is durable."""
        return await self._enqueue(self._urgent, lambda tx: action(tx, *args, **kwargs))

    async def write_patiently(
        self, action: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``action`` (imports, purges, at most some 1,000 rows) without keeping a member's write waiting."""
        return await self._enqueue(self._patient, lambda tx: action(tx, *args, **kwargs))

    def write_now(self, action: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``action`` from a thread that is not the event loop's, and wait."""
        done: ThreadFuture[Any] = ThreadFuture()

        def deliver(outcome: Outcome) -> None:
            if outcome.error is not None:
                done.set_exception(outcome.error)
            else:
                done.set_result(outcome.value)

        self._put(self._urgent, _Work(lambda tx: action(tx, *args, **kwargs), deliver))
        result: T = done.result()
        return result

    async def _enqueue(self, queue: deque[_Work], action: Callable[[Transaction], T]) -> T:
        loop = asyncio.get_running_loop()
        self._loop = loop
        waiting: asyncio.Future[Any] = loop.create_future()

        def deliver(outcome: Outcome) -> None:
            if waiting.cancelled():
                return  # the client went away; what it asked for is done all the same
            if outcome.error is not None:
                waiting.set_exception(outcome.error)
            else:
                waiting.set_result(outcome.value)

        self._put(queue, _Work(action, deliver))
        result: T = await waiting
        return result

    def _put(self, queue: deque[_Work], work: _Work) -> None:
        if self.admit is not None:
            self.admit()
        with self._wake:
            if self._closing:
                raise StoreUnavailable
            queue.append(work)
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_forever, name="palabre-write", daemon=True)
                self._thread.start()
            self._wake.notify()

    def _take(self) -> list[_Work] | None:
        with self._wake:
            if not self._urgent and not self._patient:
                if self._closing:
                    return None
                self._wake.wait(_IDLE_SECONDS)
            taken = [self._urgent.popleft() for _ in range(min(len(self._urgent), _BATCH))]
            if self._patient and (not taken or self._passed_over >= _PATIENCE):
                taken.append(self._patient.popleft())
                self._passed_over = 0
            elif self._patient:
                self._passed_over += 1
            return taken

    def _write_forever(self) -> None:
        writer: Writer | None = None
        while (works := self._take()) is not None:
            try:
                writer = writer or self.engine.writer()
                if not works:
                    writer.idle()
                    continue
                batch = writer.run_batch([work.run for work in works], self.seal)
            except Exception as error:  # the thread must live; every caller learns of it
                batch = Batch([Outcome(None, error) for _ in works], [], set())
            self.batches += 1
            self.written += len(works)
            self._hand_over(works, batch)
        if writer is not None:
            writer.close()

    def _hand_over(self, works: list[_Work], batch: Batch) -> None:
        if self._loop is not None:
            try:
                self._loop.call_soon_threadsafe(self._settle, works, batch)
            except RuntimeError:  # the loop has ended: nobody awaits anything on it any more
                self._loop = None
            else:
                return
        self._deliver(works, batch)

    def _settle(self, works: list[_Work], batch: Batch) -> None:
        if self.vouch is None:
            self._show(works, batch)
        else:
            self.vouch(lambda error: self._show(works, batch, error))

    def _show(self, works: list[_Work], batch: Batch, doubt: BaseException | None = None) -> None:
        if self.catch_up is None or not batch.facts:
            self._deliver(works, batch, doubt)
        else:
            self.catch_up(batch.facts, partial(self._deliver, works, batch, doubt))

    def _deliver(self, works: list[_Work], batch: Batch, doubt: BaseException | None = None) -> None:
        if batch.facts or batch.wakes:
            for listener in self.listeners:
                try:
                    listener(batch.facts, batch.wakes)
                except Exception:  # what is durable is durable: the others and the callers still have to be told
                    _log.exception("a listener failed")
        for work, outcome in zip(works, batch.outcomes, strict=True):
            try:
                work.deliver(outcome if doubt is None else Outcome(None, doubt))
            except Exception:  # one caller's trouble is not the next one's
                _log.exception("an answer could not be given")

    def close(self) -> None:
        """Finish what is queued, then close every connection."""
        self.engine.hurry()
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
        if self._pool is not None:
            self._pool.shutdown()
        for reader in self._opened:
            reader.close()
        if self._inline is not None:
            self._inline.close()
        self.engine.serve_no_more()


_several: set[CodeType] = set()
"""Queries that have run more than one statement: they need a transaction around them."""


def run_query(reader: Reader, query: Callable[Concatenate[Snapshot, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run ``query``; again if the database was restarted since the last read, or as long as another may answer.

    Most queries are one statement, which sees one state of the database without a transaction. One that asks for more
    is begun anew in a transaction, and from then on has one from the beginning.
    """
    began = clock.monotonic()
    code: CodeType | None = getattr(query, "__code__", None)
    alone = code is not None and code not in _several
    while True:
        try:
            with reader.snapshot(alone=alone) as snapshot:
                return query(snapshot, *args, **kwargs)
        except AnotherStatement:
            alone = False
            if code is not None:
                _several.add(code)
        except StoreUnavailable as away:
            if away.details.get("lost"):
                continue  # a new connection may be good; if it breaks too, it was not lost
            patience = away.details.get("patience")
            if not isinstance(patience, float) or clock.monotonic() - began >= patience:
                raise
            clock.pause(_PAUSE_SECONDS)
