"""What domain functions are given: a ``Snapshot`` to read, a ``Transaction`` to write. The signature tells which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from palabre.clock import Instant
from palabre.errors import Refusal
from palabre.events import Event
from palabre.store.statement import Dialect, Statement

T = TypeVar("T")


class AnotherStatement(Exception):  # noqa: N818 - not an error: the query is run again
    """A query that was taken to run one statement asks for a second, which would see another state."""


class Snapshot:
    """One consistent view of the database, at one instant. Subclassed per driver."""

    dialect: Dialect

    def __init__(self, now: Instant, *, alone: bool = False) -> None:
        self.now = now
        self.statements = 0
        """How many statements were run; tests assert on it."""
        self._alone = alone

    def _fetch(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def all(self, query: Statement, **params: Any) -> list[tuple[Any, ...]]:
        """Return every row as a tuple."""
        compiled = query.compiled(self.dialect)
        if self._alone and self.statements:
            self.statements = 0  # nothing of what was read is used
            raise AnotherStatement
        self.statements += 1
        return self._fetch(compiled.text, compiled.bind(params))

    def one(self, query: Statement, **params: Any) -> tuple[Any, ...] | None:
        """Return the first row, or ``None``."""
        rows = self.all(query, **params)
        return rows[0] if rows else None

    def value(self, query: Statement, **params: Any) -> Any:
        """Return the first column of the first row, or ``None``."""
        rows = self.all(query, **params)
        return rows[0][0] if rows else None

    def column(self, query: Statement, **params: Any) -> list[Any]:
        """Return the first column of every row."""
        return [row[0] for row in self.all(query, **params)]

    def structs(self, query: Statement, kind: type[T], **params: Any) -> list[T]:
        """Return every row as a ``kind``, matched by column name; 0 and 1 become booleans."""
        columns = query.compiled(self.dialect).columns
        return [
            msgspec.convert(dict(zip(columns, row, strict=True)), kind, strict=False)
            for row in self.all(query, **params)
        ]

    def struct(self, query: Statement, kind: type[T], **params: Any) -> T | None:
        """Return the first row as a ``kind``, or ``None``."""
        found = self.structs(query, kind, **params)
        return found[0] if found else None


class Transaction(Snapshot):
    """A snapshot that may also write. What it writes becomes durable with the batch it is part of, or not at all."""

    def __init__(self, now: Instant) -> None:
        super().__init__(now)
        self.facts: list[Event] = []
        """What happened, in order; the journal takes them in the same commit."""
        self.wakes: set[str] = set()
        """Names of what should look for work after the commit, such as ``jobs``."""
        self.notes: dict[str, Any] = {}
        """What was looked up once for all that this transaction does."""

    def _execute(self, text: str, params: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def _change(self, text: str, params: Mapping[str, Any]) -> int:
        raise NotImplementedError

    def run(self, command: Statement, **params: Any) -> None:
        """Run a command whose count of rows does not matter. PostgreSQL does not wait for it."""
        compiled = command.compiled(self.dialect)
        self.statements += 1
        self._execute(compiled.text, compiled.bind(params))

    def change(self, command: Statement, **params: Any) -> int:
        """Run a command and return how many rows it touched."""
        compiled = command.compiled(self.dialect)
        self.statements += 1
        return self._change(compiled.text, compiled.bind(params))

    def run_many(self, command: Statement, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run a command once per row of parameters."""
        for row in rows:
            self.run(command, **row)

    def attempt(self, work: Callable[[], T]) -> T | Refusal:
        """Run ``work``; if it refuses, undo what it wrote and return the refusal."""
        raise NotImplementedError
