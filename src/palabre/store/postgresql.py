"""PostgreSQL through psycopg 3, synchronous: the same core code, in threads.

A batch of write functions is one transaction on one connection, in pipeline mode: commands do not wait for
their answers, only queries do. If the database itself objects to one of them (a unique key, a deadlock),
the batch is rolled back and each function runs again by itself, so one bad request harms no other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import IsolationLevel

from palabre import clock
from palabre.errors import Refusal
from palabre.events import Event
from palabre.store.engine import Batch, Outcome, Recorded, Seal, StoreUnavailable, WriteFunction
from palabre.store.session import Snapshot, Transaction

_ATTEMPTS = 3
_PASSING = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.UniqueViolation,
    psycopg.errors.LockNotAvailable,
)


class PostgresqlSnapshot(Snapshot):
    """A read-only transaction at repeatable read."""

    dialect = "postgresql"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        super().__init__(clock.now())
        self._connection = connection

    def _fetch(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return self._connection.execute(text, params).fetchall()


class PostgresqlTransaction(Transaction):
    """A part of the open write transaction, in a pipeline."""

    dialect = "postgresql"

    def __init__(self, connection: psycopg.Connection[Any], pipeline: psycopg.Pipeline) -> None:
        super().__init__(clock.now())
        self._connection = connection
        self._pipeline = pipeline

    def _fetch(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return self._connection.execute(text, params).fetchall()

    def _execute(self, text: str, params: Mapping[str, Any]) -> None:
        self._connection.execute(text, params)

    def _change(self, text: str, params: Mapping[str, Any]) -> int:
        cursor = self._connection.execute(text, params)
        self._pipeline.sync()
        return cursor.rowcount

    def attempt(self, work: Any) -> Any:
        """Run ``work`` in a savepoint of its own."""
        facts = len(self.facts)
        self._connection.execute("SAVEPOINT attempt")
        try:
            value = work()
        except Refusal as refusal:
            self._connection.execute("ROLLBACK TO SAVEPOINT attempt")
            del self.facts[facts:]
            return refusal
        self._connection.execute("RELEASE SAVEPOINT attempt")
        return value


class PostgresqlReader:
    """A connection that only reads; it comes back by itself after the server was away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None
        self._lock = threading.Lock()

    def _ready(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            connection = psycopg.connect(self._url, prepare_threshold=2, connect_timeout=5)
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            self._connection = connection
        return self._connection

    @contextmanager
    def snapshot(self) -> Iterator[PostgresqlSnapshot]:
        """Hold one snapshot for all statements inside."""
        with self._lock:
            try:
                connection = self._ready()
            except psycopg.OperationalError as error:
                raise StoreUnavailable from error
            try:
                yield PostgresqlSnapshot(connection)
            except psycopg.OperationalError as error:
                connection.close()
                raise StoreUnavailable from error
            finally:
                if not connection.closed:
                    connection.rollback()

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()


class PostgresqlWriter:
    """The writing connection."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None

    def _ready(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True, prepare_threshold=2, connect_timeout=5)
        return self._connection

    def run_batch(self, works: Sequence[WriteFunction], seal: Seal) -> Batch:
        """Run all functions in one transaction; each alone if the database objects to any."""
        try:
            return self._run(works, seal)
        except psycopg.Error as error:
            self._recover()
            if len(works) == 1:
                return self._run_alone(works[0], seal, error)
        outcomes: list[Outcome] = []
        facts: list[Recorded] = []
        wakes: set[str] = set()
        for work in works:
            one = self.run_batch([work], seal)
            outcomes += one.outcomes
            facts += one.facts
            wakes |= one.wakes
        return Batch(outcomes, facts, wakes)

    def _run_alone(self, work: WriteFunction, seal: Seal, error: psycopg.Error) -> Batch:
        for _ in range(_ATTEMPTS):
            if not isinstance(error, _PASSING):
                break
            try:
                return self._run([work], seal)
            except psycopg.Error as again:
                self._recover()
                error = again
        if isinstance(error, psycopg.OperationalError):
            refused = StoreUnavailable()
            refused.__cause__ = error
            return Batch([Outcome(None, refused)], [], set())
        return Batch([Outcome(None, error)], [], set())

    def _recover(self) -> None:
        if self._connection is not None and not self._connection.closed:
            try:
                self._connection.execute("ROLLBACK")
            except psycopg.Error:
                self._connection.close()

    def _run(self, works: Sequence[WriteFunction], seal: Seal) -> Batch:
        connection = self._ready()
        outcomes: list[Outcome] = []
        facts: list[Event] = []
        wakes: set[str] = set()
        recorded: list[Recorded] = []
        alone = len(works) == 1
        with connection.pipeline() as pipeline:
            connection.execute("BEGIN")
            for work in works:
                tx = PostgresqlTransaction(connection, pipeline)
                if not alone:
                    connection.execute("SAVEPOINT work")
                try:
                    value = work(tx)
                except psycopg.Error:
                    raise
                except Exception as error:  # handed to the caller, who awaits it
                    connection.execute("ROLLBACK" if alone else "ROLLBACK TO SAVEPOINT work")
                    outcomes.append(Outcome(None, error))
                    continue
                if not alone:
                    connection.execute("RELEASE SAVEPOINT work")
                outcomes.append(Outcome(value, None))
                facts += tx.facts
                wakes |= tx.wakes
            if facts:
                recorded = seal(PostgresqlTransaction(connection, pipeline), facts)
            if not alone or outcomes[0].error is None:
                connection.execute("COMMIT")
        return Batch(outcomes, recorded, wakes)

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

    def __init__(self, url: str) -> None:
        self.url = url

    def reader(self) -> PostgresqlReader:
        """Open a connection for reading, when it is first needed."""
        return PostgresqlReader(self.url)

    def writer(self) -> PostgresqlWriter:
        """Open the connection for writing, when it is first needed."""
        return PostgresqlWriter(self.url)

    def execute_script(self, script: str) -> None:
        """Run a migration in one transaction, waiting at most 4 s for a lock."""
        with psycopg.connect(self.url, connect_timeout=5) as connection:
            connection.execute("SET LOCAL lock_timeout = '4s'")
            connection.execute(script.encode())

    def purge(self) -> None:
        """Let VACUUM overwrite the dead rows of the tables that hold members' words."""
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            for (table,) in connection.execute(
                "SELECT relname FROM pg_stat_user_tables WHERE n_dead_tup > 0 ORDER BY relname"
            ).fetchall():
                connection.execute(psycopg.sql.SQL("VACUUM {}").format(psycopg.sql.Identifier(table)))

    def size(self) -> int:
        """Return the bytes of the database."""
        with psycopg.connect(self.url, connect_timeout=5) as connection:
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
            return int(row[0]) if row else 0
