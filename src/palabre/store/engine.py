"""What a database driver must offer: snapshots for readers, and batches of writes that become durable at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from palabre.errors import Unavailable
from palabre.events import Event
from palabre.store.session import Snapshot, Transaction
from palabre.store.statement import Dialect

_RETRY_AFTER = 5
"""Seconds."""


class StoreUnavailable(Unavailable):
    """The database cannot be written or reached now.

    Details: ``lost``, a connection that was good broke; ``patience``, how many seconds a read may go on trying.
    """

    code = "store.unavailable"
    message = "The server cannot reach its storage right now. Please try again in a moment."

    def __init__(self, **details: object) -> None:
        """Ask whoever hears it to come back in a few seconds."""
        super().__init__(field=None, **{"retry_after": _RETRY_AFTER, **details})


class Recorded(NamedTuple):
    """A fact with its place in the journal."""

    position: int
    event: Event


class Outcome(NamedTuple):
    """What became of one write function: its value, or what it raised."""

    value: Any
    error: BaseException | None


class Batch(NamedTuple):
    """What became of a batch, once it is durable."""

    outcomes: list[Outcome]
    facts: list[Recorded]
    wakes: set[str]


WriteFunction = Callable[[Transaction], Any]
Seal = Callable[[Transaction, list[Event]], list[Recorded]]
"""Gives the facts of a batch their places in the journal, as the last thing before the commit."""
Holds = Callable[[Snapshot, Sequence[Recorded]], bool]
"""Looks whether the journal has exactly these facts: whether the commit that they were part of took effect."""


class Reader(Protocol):
    """One connection for reading, used by one thread at a time."""

    def snapshot(self, *, alone: bool = False) -> AbstractContextManager[Snapshot]:
        """Open a consistent view; ``alone``: of one statement, which needs no transaction around it."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


class Writer(Protocol):
    """The one connection through which this process writes; used by the writer thread only."""

    def run_batch(self, works: Sequence[WriteFunction], seal: Seal) -> Batch:
        """Run all of ``works`` and commit once; a function that raises leaves no trace."""
        ...

    def idle(self) -> None:
        """Do upkeep while nothing waits."""
        ...

    def close(self) -> None:
        """Close after the last batch."""
        ...


class Engine(Protocol):
    """A kind of database."""

    dialect: Dialect
    inline_reads: bool
    """Whether a short read costs less on the event loop than a change of thread."""
    several: bool
    """Whether the database is on several machines, of which one leads."""
    holds: Holds | None
    """What tells, after a connection broke while a commit was under way, whether it took effect."""

    def reader(self) -> Reader:
        """Open a connection for reading."""
        ...

    def writer(self) -> Writer:
        """Open the connection for writing."""
        ...

    def execute_script(self, script: str) -> None:
        """Run the statements of a migration in one transaction."""
        ...

    def purge(self) -> None:
        """Make deleted content leave the files, as far as the engine can."""
        ...

    def serve(self) -> None:
        """Be the one server of this database, if there can be only one; until :meth:`serve_no_more`."""
        ...

    def serve_no_more(self) -> None:
        """Let another process serve."""
        ...

    def hurry(self) -> None:
        """Let nothing wait any more for a database that is away: the process ends."""
        ...

    def size(self) -> int:
        """Return the bytes the database takes on disk."""
        ...
