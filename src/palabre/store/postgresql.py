"""PostgreSQL through psycopg 3, synchronous: the same core code, in threads.

A batch of write functions is one transaction on one connection, in pipeline mode: commands do not wait for
their answers, only queries do. If the database itself objects to one of them (a unique key, a deadlock),
the batch is rolled back and each function runs again by itself, so one bad request harms no other.

If the connection breaks while a commit is under way, nobody knows whether it happened: it is looked up when the
database, or its successor, is back (``postgresql_doubt``), and only what was certainly rolled back runs again.
Connections are opened by ``postgresql_links``, which knows who leads when there are several machines.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import structlog

from palabre import clock
from palabre.errors import Refusal
from palabre.events import Event
from palabre.store.engine import Batch, Holds, Outcome, Recorded, Seal, StoreUnavailable, WriteFunction
from palabre.store.postgresql_doubt import Fate, fate_of
from palabre.store.postgresql_links import NOT_THE_PRIMARY, Links, Outage, Vigil
from palabre.store.session import Snapshot, Transaction

FAULTS: tuple[type[Exception], ...] = (psycopg.Error,)
"""What the database itself says when it cannot be used."""

_ATTEMPTS = 3
_PASSING = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.UniqueViolation,
    psycopg.errors.LockNotAvailable,
)
_GONE = (psycopg.OperationalError, *NOT_THE_PRIMARY)
"""The connection, or the machine's right to write, may be gone."""
_DOUBT = 3.0
"""Seconds until the database has to say what became of a commit; then whoever waits is told that it is away."""
_MARK = "SELECT pg_current_xact_id()::text, current_setting('synchronous_standby_names') <> ''"
"""The number of the transaction, and whether its commit waits for a standby."""
_WAITED = 0.25
"""Seconds: a commit that took longer may have waited for a standby in vain.

Its machine may have been replaced meanwhile, and whoever watches it lets the waiting go before it is stopped (Patroni
does when it is started beside a primary that it does not know): what it then says is committed, the next primary
never had.
"""
_READ_PATIENCE = 5.0
"""How long a read looks for a machine that answers, when there are several."""
_REWRITTEN_ALWAYS = 16 * 1024**2
"""A table up to this is written anew at each purge: about a tenth of a second."""
_REWRITTEN_DAILY = 1024**3
"""One up to this once a day; a larger one when the operator says so (docs/explanation/deletion.md)."""
_CHANGED_TABLES = """
SELECT relname, n_dead_tup, n_tup_del, pg_table_size(relid) FROM pg_stat_user_tables
WHERE n_dead_tup > 0 OR n_tup_del > 0 ORDER BY relname
"""

_log = structlog.get_logger("store")


class PostgresqlSnapshot(Snapshot):
    """A read-only transaction at repeatable read, or one statement."""

    dialect = "postgresql"

    def __init__(self, cursor: psycopg.Cursor[Any], *, alone: bool = False) -> None:
        super().__init__(clock.now(), alone=alone)
        self._cursor = cursor  # the reader's only one: to make one for each statement costs a quarter of it

    def _fetch(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return self._cursor.execute(text, params).fetchall()


class _Line:
    """The open write transaction: its pipeline, and two cursors: to make one for each statement costs time.

    Answers are read from ``asking`` before it is used again; what ``telling`` says has none that anybody reads.
    """

    __slots__ = ("asking", "pipeline", "telling")

    def __init__(self, connection: psycopg.Connection[Any], pipeline: psycopg.Pipeline) -> None:
        self.pipeline = pipeline
        self.asking = connection.cursor()
        self.telling = connection.cursor()


class PostgresqlTransaction(Transaction):
    """A part of the open write transaction, in a pipeline."""

    dialect = "postgresql"

    def __init__(self, line: _Line) -> None:
        super().__init__(clock.now())
        self._line = line
        self.wrote = False
        """Whether there may be something to undo."""

    def _fetch(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        self.wrote = self.wrote or not text.startswith("SELECT")
        return self._line.asking.execute(text, params).fetchall()

    def _execute(self, text: str, params: Mapping[str, Any]) -> None:
        self.wrote = True
        self._line.telling.execute(text, params)

    def _change(self, text: str, params: Mapping[str, Any]) -> int:
        self.wrote = True
        cursor = self._line.asking.execute(text, params)
        self._line.pipeline.sync()
        return cursor.rowcount

    def attempt(self, work: Any) -> Any:
        """Run ``work`` in a savepoint of its own."""
        facts = len(self.facts)
        tell = self._line.telling.execute
        tell("SAVEPOINT attempt")
        try:
            value = work()
        except Refusal as refusal:
            tell("ROLLBACK TO SAVEPOINT attempt")
            del self.facts[facts:]
            return refusal
        tell("RELEASE SAVEPOINT attempt")
        return value


_BEGIN_READ = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def _say(connection: psycopg.Connection[Any], command: bytes) -> None:
    """Send a command without parameters and without an answer: a quarter of the cost of ``execute``."""
    result = connection.pgconn.exec_(command)
    if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
        raise psycopg.OperationalError(result.get_error_message())


class PostgresqlReader:
    """A connection that only reads; it comes back by itself after the server was away."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._patience = _READ_PATIENCE if links.several else 0.0
        self._reign = 0
        self._connection: psycopg.Connection[Any] | None = None
        self._cursor: psycopg.Cursor[Any] | None = None
        self._lock = threading.Lock()

    def _ready(self) -> tuple[psycopg.Connection[Any], psycopg.Cursor[Any]]:
        if self._reign != self._links.reign and self._connection is not None:
            self._connection.close()  # there is another primary
        if self._connection is None or self._cursor is None or self._connection.closed:
            self._connection, self._reign = self._links.reading()
            self._cursor = self._connection.cursor()
        return self._connection, self._cursor

    @contextmanager
    def snapshot(self, *, alone: bool = False) -> Iterator[PostgresqlSnapshot]:
        """Hold one snapshot for all statements inside; one ``alone`` takes one round trip instead of three."""
        with self._lock:
            fresh = self._connection is None or self._connection.closed
            try:
                connection, cursor = self._ready()
            except psycopg.OperationalError as error:
                raise StoreUnavailable(patience=self._patience) from error
            try:
                if not alone:
                    _say(connection, _BEGIN_READ)
                yield PostgresqlSnapshot(cursor, alone=alone)
            except psycopg.OperationalError as error:
                connection.close()
                raise StoreUnavailable(lost=not fresh, patience=self._patience) from error
            finally:
                if not alone:
                    self._end(connection)

    @staticmethod
    def _end(connection: psycopg.Connection[Any]) -> None:
        if not connection.closed:
            try:
                _say(connection, b"COMMIT")  # after a ROLLBACK psycopg would forget its prepared statements
            except psycopg.Error:  # it broke after the last answer; the next snapshot opens another
                connection.close()

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()


class _InDoubt(Exception):  # noqa: N818 - not known to be an error
    """The connection broke while a commit was under way."""

    def __init__(self, number: str, batch: Batch) -> None:
        self.number = number
        self.batch = batch


class _ToUndo(Exception):  # noqa: N818 - not an error of its own
    """A function raised after it had written, and there is no savepoint to go back to."""


class PostgresqlWriter:
    """The writing connection."""

    def __init__(self, links: Links, holds: Holds | None = None) -> None:
        self._links = links
        self._holds = holds
        self._outage = Outage(links)
        self._vigil = Vigil(links)
        self._connection: psycopg.Connection[Any] | None = None

    def _ready(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = self._links.primary()
        return self._connection

    def _is_away(self) -> bool:
        return self._connection is None or self._connection.closed

    def run_batch(self, works: Sequence[WriteFunction], seal: Seal) -> Batch:
        """Run all functions in one transaction; each alone if the database objects to any."""
        try:
            return self._run_once(works, seal)
        except psycopg.Error as error:
            self._recover()
            if len(works) == 1:
                return self._run_alone(works[0], seal, error)
            if self._is_away():
                return self._away(len(works), error)  # not one connection attempt for each of them
        outcomes: list[Outcome] = []
        facts: list[Recorded] = []
        wakes: set[str] = set()
        for work in works:
            one = self.run_batch([work], seal)
            outcomes += one.outcomes
            facts += one.facts
            wakes |= one.wakes
            if self._is_away() and isinstance(one.outcomes[0].error, StoreUnavailable):  # nor here
                outcomes += [one.outcomes[0]] * (len(works) - len(outcomes))
                break
        return Batch(outcomes, facts, wakes)

    def _run_alone(self, work: WriteFunction, seal: Seal, error: psycopg.Error) -> Batch:
        for _ in range(_ATTEMPTS):
            if not isinstance(error, _PASSING):
                break
            try:
                return self._run_once([work], seal)
            except psycopg.Error as again:
                self._recover()
                error = again
        if isinstance(error, _GONE):
            return self._away(1, error)
        return Batch([Outcome(None, error)], [], set())

    @staticmethod
    def _away(count: int, error: BaseException) -> Batch:
        _log.error("nothing can be written", reason=str(error).strip() or type(error).__name__)
        refused = StoreUnavailable()
        refused.__cause__ = error
        return Batch([Outcome(None, refused)] * count, [], set())

    def _recover(self) -> None:
        if self._connection is not None and not self._connection.closed:
            try:
                self._connection.execute("ROLLBACK")
            except psycopg.Error:
                self._connection.close()

    def _run_once(self, works: Sequence[WriteFunction], seal: Seal) -> Batch:
        """Run all in one transaction; on a connection that turns out to be dead, again on a new one.

        With several machines it waits for the next primary, as far as patience goes.
        """
        doubts = 0
        savepoints = False
        while True:
            fresh = self._is_away()
            try:
                with self._vigil.over(self._ready()):
                    batch = self._run(works, seal, savepoints=savepoints)
            except _ToUndo:
                savepoints = True
            except _InDoubt as doubt:
                fate = self._became(doubt)
                if fate is Fate.COMMITTED:
                    return doubt.batch
                doubts += 1
                if fate is not Fate.ROLLED_BACK or doubts == _ATTEMPTS:
                    return self._away(len(works), doubt)
            except _GONE as error:
                if not self._goes_on(error, fresh=fresh):
                    raise
            else:
                self._outage.over()
                return batch

    def _goes_on(self, error: psycopg.Error, *, fresh: bool) -> bool:
        """Tell whether to try on another connection; ``fresh``: this one was made for the attempt that failed."""
        if isinstance(error, NOT_THE_PRIMARY) and self._connection is not None:
            self._connection.close()
        return self._is_away() and (not fresh or self._outage.waits())

    def _became(self, doubt: _InDoubt) -> Fate:
        """Find out whether a transaction was committed, when the database or its successor is back."""
        until = clock.monotonic() + max(_DOUBT, self._links.patience)
        facts = doubt.batch.facts
        while True:
            try:
                connection = self._ready()
                look = self._holds and facts and partial(self._holds, PostgresqlSnapshot(connection.cursor()), facts)
                fate = fate_of(connection, doubt.number, look or None)
            except _GONE:
                if self._connection is not None:
                    self._connection.close()
                fate = Fate.OPEN
            if fate is not Fate.OPEN:
                _log.warning("a commit was in doubt", fate=fate.value, writes=len(doubt.batch.outcomes))
                return fate
            if clock.monotonic() > until or self._links.ending.wait(0.1):
                return Fate.UNKNOWN

    def _run(self, works: Sequence[WriteFunction], seal: Seal, *, savepoints: bool) -> Batch:
        """Run all, with a savepoint before each if asked: most that refuse do so before they write anything.

        Raises:
            _ToUndo: a savepoint is missing; everything was undone.

        """
        connection = self._ready()
        outcomes: list[Outcome] = []
        facts: list[Event] = []
        wakes: set[str] = set()
        recorded: list[Recorded] = []
        alone = len(works) == 1
        number, confirmed = "", False
        began = clock.monotonic()
        try:
            with connection.pipeline() as pipeline:
                connection.execute("BEGIN")
                marked = connection.execute(_MARK)
                line = _Line(connection, pipeline)
                for work in works:
                    outcome, tx = self._run_one(line, work, alone=alone, savepoint=savepoints and not alone)
                    outcomes.append(outcome)
                    if outcome.error is None:
                        facts += tx.facts
                        wakes |= tx.wakes
                if facts:
                    recorded = seal(PostgresqlTransaction(line), facts)
                if not alone or outcomes[0].error is None:
                    number, confirmed = marked.fetchall()[0]
                    connection.execute("COMMIT")
        except psycopg.OperationalError as error:
            if number and connection.closed:
                raise _InDoubt(number, Batch(outcomes, recorded, wakes)) from error
            raise
        except psycopg.Error:
            raise
        except Exception:  # not the database's: the journal's, for instance; the transaction must not stay open
            self._recover()
            raise
        batch = Batch(outcomes, recorded, wakes)
        if confirmed and clock.monotonic() - began > _WAITED and self._links.is_replaced():
            _log.error("a write was let go by a machine that was replaced")
            connection.close()
            raise _InDoubt(number, batch)
        return batch

    @staticmethod
    def _run_one(
        line: _Line, work: WriteFunction, *, alone: bool, savepoint: bool
    ) -> tuple[Outcome, PostgresqlTransaction]:
        """Run one function and undo it if it raises: to its savepoint, or with the transaction if it is ``alone``."""
        tx = PostgresqlTransaction(line)
        tell = line.telling.execute
        if savepoint:
            tell("SAVEPOINT work")
        try:
            value = work(tx)
        except psycopg.Error:
            raise
        except Exception as error:  # handed to the caller, who awaits it
            if alone or savepoint:
                tell("ROLLBACK" if alone else "ROLLBACK TO SAVEPOINT work")
            elif tx.wrote:
                raise _ToUndo from error
            return Outcome(None, error), tx
        if savepoint:
            tell("RELEASE SAVEPOINT work")
        return Outcome(value, None), tx

    def idle(self) -> None:
        """Nothing to keep up: the server does it."""

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()


class PostgresqlEngine:
    """A database on a PostgreSQL server, version 15 or later."""

    dialect: Any = "postgresql"
    inline_reads = False

    def __init__(self, url: str, *, primary_seconds: float = 0.0) -> None:
        """Open nothing yet; ``primary_seconds`` is how long a write waits for a new primary, of several machines."""
        self.url = url
        self.holds: Holds | None = None
        self._links = Links(url, patience=primary_seconds)
        self.several = self._links.several
        self._deleted: dict[str, int] = {}
        self._rewritten: dict[str, int] = {}

    def reader(self) -> PostgresqlReader:
        """Open a connection for reading, when it is first needed."""
        return PostgresqlReader(self._links)

    def writer(self) -> PostgresqlWriter:
        """Open the connection for writing, when it is first needed."""
        return PostgresqlWriter(self._links, self.holds)

    def execute_script(self, script: str) -> None:
        """Run a migration in one transaction, waiting at most 4 s for a lock."""
        with self._links.primary_in_time() as connection, connection.transaction():
            connection.execute("SET LOCAL lock_timeout = '4s'")
            connection.execute(script.encode())

    def purge(self) -> None:
        """Let VACUUM free the rows that were deleted, and write small tables anew, so that no page shows them.

        VACUUM alone leaves their bytes in the page until something else needs the room; ``VACUUM FULL`` writes a
        new file, but nobody can use the table meanwhile: it is for what takes a moment, or a second once a day.
        """
        with self._links.primary() as connection:
            connection.execute("SET lock_timeout = '500ms'")
            busy: psycopg.Error | None = None
            for table, dead, deleted, size in connection.execute(_CHANGED_TABLES).fetchall():
                name = psycopg.sql.Identifier(table)
                rewrites = deleted > self._deleted.get(table, 0) and self._may_rewrite(table, size)
                try:
                    if rewrites:
                        connection.execute(psycopg.sql.SQL("VACUUM (FULL) {}").format(name))
                        self._deleted[table] = deleted
                        self._rewritten[table] = clock.now()
                    elif dead:
                        connection.execute(psycopg.sql.SQL("VACUUM {}").format(name))
                except psycopg.errors.LockNotAvailable as error:
                    busy = error
            if busy is not None:
                raise busy  # the next turn does it

    def _may_rewrite(self, table: str, size: int) -> bool:
        if size <= _REWRITTEN_ALWAYS:
            return True
        since = clock.now() - self._rewritten.setdefault(table, clock.now())
        return size <= _REWRITTEN_DAILY and since > clock.DAY

    def serve(self) -> None:
        """Nothing: many may."""

    def serve_no_more(self) -> None:
        """Nothing: many may."""

    def hurry(self) -> None:
        """Wait for no primary any more."""
        self._links.ending.set()

    def size(self) -> int:
        """Return the bytes of the database."""
        with self._links.reading().connection as connection:
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
            return int(row[0]) if row else 0
