"""SQLite through apsw: WAL, durable group commits, checkpoints only when we say so.

One process owns checkpointing, so ``wal_autocheckpoint`` is off on every connection, and a lock on a file beside
the database tells other processes to leave the WAL alone: what follows it (``SqliteEngine.log_readers``) must
never see it start over behind its back. ``secure_delete`` overwrites what is deleted, ``scrubbing``
what SQLite overlooks, and :meth:`SqliteEngine.purge` empties the WAL, so that a deleted text is in no file.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import apsw
import structlog

from palabre import clock
from palabre.errors import Refusal
from palabre.events import Event
from palabre.markup import words
from palabre.store import scrubbing
from palabre.store.engine import Batch, Holds, Outcome, Recorded, Seal, StoreUnavailable, WriteFunction
from palabre.store.session import Snapshot, Transaction
from palabre.store.turns import Turns

FAULTS: tuple[type[Exception], ...] = (apsw.Error,)
"""What the database itself says when it cannot be used."""

T = TypeVar("T")

_CHECKPOINT_PAGES = 4_000
"""About 16 MB of WAL: copied into the database while nothing waits."""
_RESTART_PAGES = 40_000
"""About 160 MB: a writer that is never idle pauses to let the WAL start over."""
_BUSY_MS = 15_000
_PURGE_BUSY_MS = 500
"""A purge keeps writers waiting no longer than this for a slow reader; it is tried again."""

_STORAGE = (
    apsw.BusyError,
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.FullError,
    apsw.IOError,
    apsw.LockedError,
    apsw.NoMemError,
    apsw.ProtocolError,
    apsw.ReadOnlyError,
)
"""Not the fault of whoever writes: nothing of the batch is kept."""

_log = structlog.get_logger("store")


class LogFollower(Protocol):
    """Whoever has to see all of the log; called with ``SqliteEngine.still`` held."""

    def grown(self) -> None:
        """Look at the log: something was committed, or it has started over."""
        ...


class WalStillRead(Exception):  # noqa: N818 - no error: the next turn succeeds
    """Somebody reads what is in the WAL, so it cannot be emptied now."""


def _checkpoint(connection: apsw.Connection, mode: str) -> bool:
    """Run ``PRAGMA wal_checkpoint(mode)``; return whether all of it was done."""
    connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()  # wal_checkpoint needs a touched file
    rows = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
    return not rows[0][0]


class SqliteSnapshot(Snapshot):
    """A read transaction."""

    dialect = "sqlite"

    def __init__(self, connection: apsw.Connection, *, alone: bool = False) -> None:
        super().__init__(clock.now(), alone=alone)
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
    def snapshot(self, *, alone: bool = False) -> Iterator[SqliteSnapshot]:
        """Hold one WAL snapshot for all statements inside; a statement ``alone`` is its own."""
        with self._lock:
            if alone:
                yield SqliteSnapshot(self._connection, alone=True)
                return
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

    def __init__(self, engine: SqliteEngine, connection: apsw.Connection, checkpointer: apsw.Connection) -> None:
        self._engine = engine
        self._connection = connection
        self._checkpointer = checkpointer
        self._pages = 0
        connection.set_wal_hook(self._committed)

    def _committed(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._pages = pages
        return apsw.SQLITE_OK

    def run_batch(self, works: Sequence[WriteFunction], seal: Seal) -> Batch:
        """Run each function in a savepoint, then commit all with one fsync."""
        try:
            with self._engine.still, self._engine.turn():
                batch = self._run_batch(works, seal)
                if self._engine.follower is not None:
                    self._engine.follower.grown()
        except Exception as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if not isinstance(error, _STORAGE):
                raise
            _log.error("nothing can be written", reason=str(error) or type(error).__name__)
            refused = StoreUnavailable()
            refused.__cause__ = error
            return Batch([Outcome(None, refused) for _ in works], [], set())
        if self._pages > _RESTART_PAGES:
            self._try_checkpoint("RESTART")  # whatever becomes of it, the batch is durable
        return batch

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
        return Batch(outcomes, recorded, wakes)

    def _run_one(self, work: WriteFunction) -> tuple[Outcome, SqliteTransaction]:
        tx = SqliteTransaction(self._connection)
        execute = self._connection.execute
        execute("SAVEPOINT work")
        try:
            value = work(tx)
        except _STORAGE:
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
            self._try_checkpoint("PASSIVE")

    def _try_checkpoint(self, mode: str) -> None:
        try:
            self._engine.empty_log(self._checkpointer, mode)
        except apsw.Error as error:  # a full disk, or a reader in the way; the WAL keeps everything until then
            _log.warning("the log could not be copied", reason=str(error) or type(error).__name__)
        self._pages = 0  # the next commit says how long it is

    def close(self) -> None:
        """Leave a short WAL behind and close."""
        self._checkpointer.set_busy_timeout(_PURGE_BUSY_MS)  # another process may read; the next start will do it
        self._try_checkpoint("TRUNCATE")
        self._connection.close()
        self._checkpointer.close()
        self._engine.let_go()


class SqliteEngine:
    """A database in one file."""

    dialect: Any = "sqlite"
    inline_reads = True
    several = False
    holds: Holds | None = None

    def __init__(self, path: Path) -> None:
        self.path = path
        self.still = threading.RLock()
        """Held while a batch runs or the WAL is copied: for who holds it, this process changes nothing."""
        self.log_readers: list[Callable[[], bool]] = []
        """Called, with ``still`` held, before the WAL may start over: each reads what it has not read yet, and
        returns whether the WAL may go. Must be quick, and must not raise."""
        self.follower: LogFollower | None = None
        """Told of every change of the log; without it, the log of a followed database never starts over."""
        self.turns = Turns(path)
        self._lock: int | None = None
        self._keepers = 0

    def own(self) -> bool:
        """Become the one process that lets the WAL start over, unless another is; return whether this one is."""
        with self.still:
            if self._lock is None:
                lock = os.open(f"{self.path}-owner", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(lock)
                    return False
                self._lock = lock
            return True

    def _disown(self) -> None:
        with self.still:
            if self._lock is not None and not self._keepers:
                os.close(self._lock)
                self._lock = None

    @contextmanager
    def may_start_over(self) -> Iterator[bool]:
        """Hold everything still, and tell whether the WAL may be copied and start over."""
        with self.still, self.turns.emptying():
            read = [reader() for reader in self.log_readers]  # every one, also when one says no
            yield all(read) and self.own() and (self.follower is not None or not self.turns.followed)

    def empty_log(self, checkpointer: apsw.Connection, mode: str) -> bool:
        """Copy the WAL into the database if that may be; return whether all of it was done."""
        with self.may_start_over() as free:
            done = free and _checkpoint(checkpointer, mode)
            if self.follower is not None:
                self.follower.grown()
            return done

    def turn(self) -> AbstractContextManager[None]:
        """Keep another process from emptying the WAL while this one writes, unless this is the one that would."""
        return contextlib.nullcontext() if self._lock is not None else self.turns.writing()

    @contextmanager
    def alone(self) -> Iterator[Callable[[], None]]:
        """Open a database that nobody else has open; SQLite reads and checks its WAL. Yields what empties the WAL."""
        connection = self._open_checkpointer()

        def empty() -> None:
            if not _checkpoint(connection, "TRUNCATE"):
                raise WalStillRead

        try:
            connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
            yield empty
        finally:
            connection.close()

    def _open(self, *, readonly: bool = False, vfs: str | None = None) -> apsw.Connection:
        flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        connection = apsw.Connection(str(self.path), flags=flags, vfs=vfs, statementcachesize=400)
        connection.set_busy_timeout(_BUSY_MS)
        # Keep a plan when parameters change. With STAT4, which apsw is built with, SQLite would otherwise prepare a
        # statement anew at every call with other values: 190 µs instead of 15 for a guarded read of one post.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)  # only the checkpointer scrubs what it copies
        for pragma in (
            "mmap_size = 4294967296",
            "cache_size = -16384",
            "temp_store = memory",
            "wal_autocheckpoint = 0",
            "secure_delete = ON",
            "foreign_keys = OFF",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        functions: dict[str, Any] = {"palabre_tokens": words.token_line, "palabre_place": words.place_of}
        for name, function in functions.items():
            # The triggers that take a deleted post out of the full-text index ask which words it had.
            connection.create_scalar_function(name, function, deterministic=True, flags=apsw.SQLITE_INNOCUOUS)
        return connection

    def _open_checkpointer(self) -> apsw.Connection:
        scrubbing.register()
        connection = self._open(vfs=scrubbing.VFS)
        connection.execute("PRAGMA mmap_size = 0").fetchall()
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
        self.keep()
        return SqliteWriter(self, connection, self._open_checkpointer())

    def keep(self) -> bool:
        """Own the WAL, if no other process does, until :meth:`let_go`; return whether it is so."""
        with self.still:
            self._keepers += 1
            return self.own()

    def let_go(self) -> None:
        """Let another process own the WAL, unless something here still needs it."""
        with self.still:
            self._keepers -= 1
            self._disown()

    def serve(self) -> None:
        """Be the one server of this database.

        Raises:
            AlreadyServed: another process is.

        """
        self.turns.serve()

    def serve_no_more(self) -> None:
        """Let another process serve."""
        self.turns.serve_no_more()

    def hurry(self) -> None:
        """Nothing: a file is there or it is not."""

    def execute_script(self, script: str) -> None:
        """Run a migration in one transaction, and leave what it wrote in the database file itself."""
        connection = self._open()
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            connection.execute("PRAGMA synchronous = FULL").fetchall()
            written: list[int] = []

            def note(_connection: apsw.Connection, _name: str, pages: int) -> int:
                written.append(pages)
                return apsw.SQLITE_OK

            connection.set_wal_hook(note)
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
        if written:
            with contextlib.suppress(WalStillRead):  # a server runs: its own checkpoints will do it
                self.purge()

    def purge(self) -> None:
        """Empty the WAL: old page images in it may still show what was deleted.

        Raises:
            WalStillRead: somebody reads it; try again.

        """
        connection = self._open_checkpointer()
        try:
            connection.set_busy_timeout(_PURGE_BUSY_MS)
            emptied = self.empty_log(connection, "TRUNCATE")
        finally:
            connection.close()
            self._disown()
        if not emptied:
            raise WalStillRead

    def size(self) -> int:
        """Return the bytes of the database and its WAL."""
        return sum(part.stat().st_size for part in (self.path, Path(f"{self.path}-wal")) if part.exists())
