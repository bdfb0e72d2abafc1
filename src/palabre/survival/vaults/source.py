"""What a vault follows: the log of a database, handed on piece by piece as it is committed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Protocol, TypeVar

from palabre.clock import Instant


class Weighed(Protocol):
    """What a source hands on."""

    @property
    def at(self) -> Instant:
        """Everything committed by then is in it or before it."""
        ...

    @property
    def weight(self) -> int:
        """Its bytes."""
        ...


T = TypeVar("T", bound=Weighed)


class Source(Protocol[T]):
    """Follows the log of a database and hands on what was committed."""

    takers: list[Callable[[T | None], None]]
    """``None`` tells them that something was missed."""
    seen: Instant
    """Everything committed by then was handed on."""

    def start(self) -> None:
        """Attach to the database; nothing is handed on yet."""
        ...

    def follow(self) -> None:
        """Hand on what is there, and from now on what comes."""
        ...

    def capture(self) -> None:
        """Hand on what was committed since the last time."""
        ...

    def pinned(self) -> contextlib.AbstractContextManager[None]:
        """Keep the log as it is, also for the server that owns it; not for long."""
        ...

    def check(self) -> None:
        """Raise ``CannotFollow`` if the database cannot be followed now."""
        ...

    def closed_fingerprint(self) -> str:
        """Return what tells later whether the database was changed while nobody followed, or nothing."""
        ...

    def stop(self) -> None:
        """Let go."""
        ...
