"""Puts a database together from what a vault holds: here the file of SQLite."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import apsw

from palabre.clock import Instant
from palabre.survival.vaults.sealed import Archive, BaseBackup, Begin, Changes, Piece, Wal

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

MEDIA = """
SELECT file FROM attachment UNION SELECT preview FROM attachment
UNION SELECT avatar FROM account WHERE avatar IS NOT NULL UNION SELECT header FROM account WHERE header IS NOT NULL
"""


class Examined(NamedTuple):
    """What a look at the database that was put together shows."""

    sound: bool
    """Whether it is consistent."""
    bytes: int
    media: list[str]
    """The media that it refers to."""
    problems: list[str]


class Rebuilding(Protocol):
    """A database that is put together."""

    at: Instant
    """Everything committed by then is in it."""
    files: dict[str, str]
    page_size: int
    cluster: str
    """The folder of the PostgreSQL cluster, if it is one."""
    looks_beyond: bool
    """Whether objects that began after a moment may hold what was committed before it."""

    def begin(self, head: Begin | BaseBackup) -> None:
        """Begin with a snapshot; what was there before is worth nothing."""
        ...

    def piece(self, head: Piece | Archive, body: bytes) -> None:
        """Add a piece of the snapshot."""
        ...

    def changes(self, head: Changes | Wal, body: bytes, until: Instant | None) -> bool:
        """Add changes, those after the moment ``until`` left out; return whether more are wanted."""
        ...

    def finish(self) -> None:
        """Make durable what is there."""
        ...

    def examine(self, at: Instant | None, progress: Progress) -> Examined:
        """Check it, as it was at the moment ``at``."""
        ...


class FileRebuilding:
    """Writes pages into a new database file."""

    looks_beyond = False
    cluster = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self.page_size = 4_096
        self.size = 0
        self.at = Instant(0)
        self.files: dict[str, str] = {}

    def begin(self, head: Begin | BaseBackup) -> None:
        """Empty the file."""
        os.ftruncate(self._descriptor, 0)
        if isinstance(head, Begin):
            self.page_size = head.page_size
        self.at, self.files = head.at, dict(head.files)

    def piece(self, head: Piece | Archive, body: bytes) -> None:
        """Write pages as they stood in the file."""
        if isinstance(head, Piece):
            os.pwrite(self._descriptor, body, (head.first - 1) * self.page_size)

    def changes(self, head: Changes | Wal, body: bytes, until: Instant | None) -> bool:
        """Write pages step by step."""
        offset = 0
        for step in head.steps if isinstance(head, Changes) else ():
            if until is not None and step.at > until:
                return False
            for number in step.pages:
                page = body[offset : offset + self.page_size]
                os.pwrite(self._descriptor, page, (number - 1) * self.page_size)
                offset += self.page_size
            self.size, self.at = step.size, max(self.at, step.at)
        return True

    def finish(self) -> None:
        """Cut the file to its size, and close it."""
        os.ftruncate(self._descriptor, self.size * self.page_size)
        os.fsync(self._descriptor)
        os.close(self._descriptor)

    def examine(self, at: Instant | None, progress: Progress) -> Examined:  # noqa: ARG002 - what is later was left out
        """Let SQLite look at every page."""
        progress("checking the database", 0, 1)
        size = self.size * self.page_size
        connection = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            said: list[Any] = connection.execute("PRAGMA integrity_check").fetchall()
            names = [str(name) for (name,) in connection.execute(MEDIA).fetchall()]
        except apsw.Error:
            return Examined(sound=False, bytes=size, media=[], problems=[])
        finally:
            connection.close()
        progress("checking the database", 1, 1)
        return Examined(sound=said == [("ok",)], bytes=size, media=names, problems=[])
