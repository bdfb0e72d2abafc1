"""SQLite through apsw: WAL, durable group commits, checkpoints only when we say so.

One process owns checkpointing, so ``wal_autocheckpoint`` is off on every connection (a standby that follows
the WAL must never see it reset behind its back). ``secure_delete`` overwrites what is deleted, and
:meth:`SqliteEngine.purge` empties the WAL, so that a deleted text is in no file.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import apsw

from palabre import clock
from palabre.errors import Refusal
from palabre.events import Event
from palabre.store.engine import Batch, Outcome, Recorded, Seal, StoreUnavailable, WriteFunction
from palabre.store.session import Snapshot, Transaction

T = TypeVar("T")

_CHECKPOINT_PAGES = 4_000
"""About 16 MB of WAL: copied into the database while nothing waits."""
_RESTART_PAGES = 40_000
"""About 160 MB: a writer that is never idle pauses to let the WAL start over."""
_BUSY_MS = 15_000


class SqliteSnapshot(Snapshot):
    """A read transaction."""

    dialect = "sqlite"

    def __init__(self, connection: apsw.Connection) -> None:
        super().__init__(clock.now())
        self._connection = connection

    def _fetch(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return self._connection.execute(text, params).fetchall()


class SqliteTransaction(Transaction):
    """A part of the open write transaction."""

    dialect = "sqlite"

    def __init__(self, connection: apsw.Connection) -> None:
        super().__init__(clock.now())
        self._connection = connection

    def _fetch(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return self._connection.execute(text, params).fetchall()

    def _execute(self, text: str, params: Mapping[str, Any]) -> None:
        self._connection.execute(text, params)

    def _change(self, text: str, params: Mapping[str, Any]) -> int:
        before = self._connection.total_changes()
        self._connection.execute(text, params)
        return self._connection.total_changes() - before

    def attempt(self, work: Any) -> Any:
        """Run ``work`` in a savepoint of its own."""
        facts = len(self.facts)
        self._connection.execute("SAVEPOINT attempt")
        try:
            value = work()
        except Refusal as refusal:
            self._connection.execute("ROLLBACK TO attempt")
            self._connection.execute("RELEASE attempt")
            del self.facts[facts:]
            return refusal
        self._connection.execute("RELEASE attempt")
        return value


class SqliteReader:
    """A connection that only reads."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    @contextmanager
    def snapshot(self) -> Iterator[SqliteSnapshot]:
        """Hold one WAL snapshot for all statements inside."""
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                yield SqliteSnapshot(self._connection)
            finally:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()


class SqliteWriter:
    """The writing connection, and the keeper of the WAL."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._pages = 0
        connection.set_wal_hook(self._committed)

    def _committed(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._pages = pages
        return apsw.SQLITE_OK

    def run_batch(self, works: Sequence[WriteFunction], seal: Seal) -> Batch:
        """Run each function in a savepoint, then commit all with one fsync."""
        try:
            return self._run_batch(works, seal)
        except (apsw.FullError, apsw.IOError, apsw.BusyError, apsw.ReadOnlyError, apsw.CorruptError) as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            refused = StoreUnavailable()
            refused.__cause__ = error
            return Batch([Outcome(None, refused) for _ in works], [], set())

    def _run_batch(self, works: Sequence[WriteFunction], seal: Seal) -> Batch:
        execute = self._connection.execute
        outcomes: list[Outcome] = []
        facts: list[Event] = []
        wakes: set[str] = set()
        execute("BEGIN IMMEDIATE")
        for work in works:
            outcome, tx = self._run_one(work)
            if outcome.error is not None and isinstance(outcome.error, apsw.ConstraintError):
                outcome, tx = self._run_one(work)  # two requests at once, or two equal ids: the second look sees why
            outcomes.append(outcome)
            if outcome.error is None:
                facts += tx.facts
                wakes |= tx.wakes
        recorded: list[Recorded] = seal(SqliteTransaction(self._connection), facts) if facts else []
        execute("COMMIT")
        if self._pages > _RESTART_PAGES:
            self.checkpoint("RESTART")
        return Batch(outcomes, recorded, wakes)

    def _run_one(self, work: WriteFunction) -> tuple[Outcome, SqliteTransaction]:
        tx = SqliteTransaction(self._connection)
        execute = self._connection.execute
        execute("SAVEPOINT work")
        try:
            value = work(tx)
        except (apsw.FullError, apsw.IOError, apsw.CorruptError):
            raise
        except Exception as error:  # handed to the caller, who awaits it
            execute("ROLLBACK TO work")
            execute("RELEASE work")
            return Outcome(None, error), tx
        execute("RELEASE work")
        return Outcome(value, None), tx

    def idle(self) -> None:
        """Copy the WAL into the database when it has grown, so that it can start over."""
        if self._pages > _CHECKPOINT_PAGES:
            self.checkpoint("PASSIVE")

    def checkpoint(self, mode: str) -> None:
        """Run ``PRAGMA wal_checkpoint(mode)``; a reader in the way is not an error."""
        self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
        self._pages = 0

    def close(self) -> None:
        """Leave a short WAL behind and close."""
        with contextlib.suppress(apsw.BusyError):  # another process reads: it, or the next start, will do it
            self.checkpoint("TRUNCATE")
        self._connection.close()


class SqliteEngine:
    """A database in one file."""

    dialect: Any = "sqlite"
    inline_reads = True

    def __init__(self, path: Path) -> None:
        self.path = path

    def _open(self, *, readonly: bool = False) -> apsw.Connection:
        flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        connection = apsw.Connection(str(self.path), flags=flags, statementcachesize=400)
        connection.set_busy_timeout(_BUSY_MS)
        # Keep a plan when parameters change. With STAT4, which apsw is built with, SQLite would otherwise prepare a
        # statement anew at every call with other values: 190 µs instead of 15 for a guarded read of one post.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        for pragma in (
            "mmap_size = 4294967296",
            "cache_size = -16384",
            "temp_store = memory",
            "wal_autocheckpoint = 0",
            "secure_delete = ON",
            "foreign_keys = OFF",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        return connection

    def reader(self) -> SqliteReader:
        """Open a connection that cannot write."""
        connection = self._open(readonly=self.path.exists())
        connection.execute("PRAGMA query_only = ON").fetchall()
        return SqliteReader(connection)

    def writer(self) -> SqliteWriter:
        """Open the writing connection: WAL, and a commit that returns only when it is on disk."""
        connection = self._open()
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        connection.execute("PRAGMA synchronous = FULL").fetchall()
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()  # wal_checkpoint needs a touched file
        return SqliteWriter(connection)

    def execute_script(self, script: str) -> None:
        """Run a migration in one transaction."""
        connection = self._open()
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            connection.execute("PRAGMA synchronous = FULL").fetchall()
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute(script)
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        finally:
            connection.close()

    def purge(self) -> None:
        """Empty the WAL: old page images in it may still show what was deleted."""
        connection = self._open()
        try:
            connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
            connection.set_busy_timeout(2_000)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.close()

    def size(self) -> int:
        """Return the bytes of the database and its WAL."""
        return sum(part.stat().st_size for part in (self.path, Path(f"{self.path}-wal")) if part.exists())
