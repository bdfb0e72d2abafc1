"""Follows the WAL of a running network: each page that was committed, in the order of commits.

Only files are read. The database file and its shared memory carry SQLite's locks, which POSIX drops when *any*
descriptor of theirs is closed: so the database file is opened once and never closed before the process ends.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import apsw
import structlog

from palabre import clock
from palabre.clock import Instant
from palabre.store.scrubbing import scrubbed
from palabre.store.sqlite import SqliteEngine

_WAL_HEADER = 32
_FRAME = struct.Struct(">IIIIII")
_AT_ONCE = 256
_TRIES = 5

_log = structlog.get_logger("vault")
_kept_open: dict[tuple[int, int], int] = {}


class Position(NamedTuple):
    """A place in the WAL: which WAL, how many frames of it, and what the last of them looks like."""

    salts: str = ""
    frames: int = 0
    last: str = ""


class Captured(NamedTuple):
    """What was committed since the capture before."""

    at: Instant
    size: int
    """Of the database, in pages."""
    pages: dict[int, bytes]
    position: Position

    @property
    def weight(self) -> int:
        """Bytes of the pages."""
        return sum(map(len, self.pages.values()))


class LogFollower:
    """Reads the WAL of one database and hands on what it finds; ``None`` means that something was missed."""

    def __init__(self, engine: SqliteEngine) -> None:
        self.engine = engine
        self.takers: list[Callable[[Captured | None], None]] = []
        self.page_size = 4_096
        self.seen = clock.now()
        """Everything committed by then was handed on."""
        self._position = Position()
        self._owned = False
        self._wal = f"{engine.path}-wal"
        self._connection: apsw.Connection | None = None

    def start(self) -> None:
        """Attach: from now on the WAL starts over only when it was read."""
        connection = apsw.Connection(str(self.engine.path), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_timeout(2_000)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
        found: Any = connection.execute("PRAGMA page_size").fetchall()
        self.page_size = found[0][0]
        self._connection = connection
        with self.engine.still:
            self._owned = self.engine.keep()
            self.engine.log_readers.append(self._before_it_starts_over)

    def follow(self) -> None:
        """Hand on what is in the WAL now; the rest is for whoever captures."""
        self.capture()

    def check(self) -> None:
        """Nothing but the file is needed."""

    def stop(self) -> None:
        """Let go."""
        with self.engine.still:
            if self._before_it_starts_over in self.engine.log_readers:
                self.engine.log_readers.remove(self._before_it_starts_over)
            if self._connection is not None:
                self._connection.close()
                self._connection = None
                self.engine.let_go()

    def _before_it_starts_over(self) -> bool:
        try:
            self.capture()
        except Exception:  # the network goes on; whoever follows begins anew
            _log.exception("the log could not be read")
            self._tell(None)
        return True

    def capture(self) -> None:
        """Hand on what was committed since the last time."""
        for _ in range(_TRIES):
            if self._try():
                return
        with self.engine.still:  # it moved all the time
            if not self._try():
                _log.warning("the log cannot be followed")
                self._tell(None)

    def _tell(self, captured: Captured | None) -> None:
        for take in self.takers:
            take(captured)

    def _try(self) -> bool:
        at = clock.now()
        frames, _ = self._length()
        header = self._header()
        if not frames or len(header) < _WAL_HEADER:
            self._moved_on("")
            self.seen = at
            return True
        salts = header[16:24]
        known = self._position
        start = known.frames if salts.hex() == known.salts else 0
        if frames < start:
            return False
        read = self._read(start, frames, salts)
        if read is None or self._header() != header or self._length()[0] < frames:
            return False
        self._moved_on(salts.hex())
        self.seen = at
        if frames > start:
            pages, size, last = read
            self._position = Position(salts.hex(), frames, last)
            self._tell(Captured(at, size, pages, self._position))
        return True

    def _moved_on(self, salts: str) -> None:
        """Note which WAL is followed now; if another process may have let it start over, something was missed."""
        if salts != self._position.salts:
            if self._position.frames and not self._owned:
                self._tell(None)
            self._position = Position(salts)
        self._owned = self.engine.own()

    def _length(self) -> tuple[int, int]:
        """Return how many frames are committed, and how many of them are in the database file already."""
        if self._connection is None:
            return 0, 0
        found: Any = self._connection.execute("PRAGMA wal_checkpoint(NOOP)").fetchall()
        _, frames, copied = found[0]
        return max(0, frames), max(0, copied)

    def _header(self) -> bytes:
        try:
            with open(self._wal, "rb") as file:  # noqa: PTH123 - a path of SQLite's making
                return file.read(_WAL_HEADER)
        except FileNotFoundError:
            return b""

    def _read(self, start: int, end: int, salts: bytes) -> tuple[dict[int, bytes], int, str] | None:
        """Read frames ``start`` to ``end``; ``None`` if they are not (or no longer) what was committed."""
        pages: dict[int, bytes] = {}
        size, last = 0, b""
        long = _FRAME.size + self.page_size
        if start == end:
            return pages, size, ""
        with open(self._wal, "rb") as file:  # noqa: PTH123 - a path of SQLite's making
            file.seek(_WAL_HEADER + start * long)
            for first in range(start, end, _AT_ONCE):
                count = min(_AT_ONCE, end - first)
                piece = file.read(count * long)
                if len(piece) < count * long:
                    return None
                for offset in range(0, len(piece), long):
                    number, size, *_ = _FRAME.unpack_from(piece, offset)
                    last = piece[offset : offset + _FRAME.size]
                    if last[8:16] != salts:
                        return None
                    pages[number] = piece[offset + _FRAME.size : offset + long]
        return (pages, size, last.hex()) if size else None

    def continues(self, position: Position, fingerprint: str) -> bool:
        """Tell whether the WAL, read from its beginning, holds everything since ``position`` or ``fingerprint``."""
        if fingerprint and fingerprint == self.database_fingerprint():
            return True
        if not position.frames:
            return False
        header = self._header()
        if header[16:24].hex() != position.salts or self._length()[0] < position.frames:
            return False
        read = self._read(position.frames - 1, position.frames, header[16:24])
        return read is not None and read[2] == position.last

    def database_fingerprint(self) -> str:
        """Return what changes whenever the database file does."""
        found = self.engine.path.stat()
        return f"{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"

    def closed_fingerprint(self) -> str:
        """Return the fingerprint of a database that is whole without its WAL, or nothing."""
        with contextlib.suppress(FileNotFoundError):
            if os.stat(self._wal).st_size:  # noqa: PTH116 - a path of SQLite's making
                return ""
        return self.database_fingerprint()

    def begin_scan(self) -> Captured:
        """Return what is in the WAL but not yet in the database file: with it, a copy of the file is consistent.

        Call with the engine still; pages of the file may then be read in any order while the network goes on, as
        long as all that is captured from here on is applied after them.
        """
        self.capture()
        frames, copied = self._length()
        header = self._header()
        if frames > copied:
            read = self._read(copied, frames, header[16:24])
            if read is not None:
                return Captured(clock.now(), read[1], read[0], self._position)
        return Captured(clock.now(), self.file_pages(), {}, self._position)

    def file_pages(self) -> int:
        """Return how many pages the database file has."""
        return self.engine.path.stat().st_size // self.page_size

    def file_piece(self, first: int, count: int) -> bytes:
        """Read ``count`` pages of the database file, from number ``first`` on."""
        found = self.engine.path.stat()
        key = (found.st_dev, found.st_ino)
        if key not in _kept_open:
            _kept_open[key] = os.open(self.engine.path, os.O_RDONLY | os.O_CLOEXEC)  # see the top of the file
        return os.pread(_kept_open[key], count * self.page_size, (first - 1) * self.page_size)

    @contextlib.contextmanager
    def pinned(self) -> Iterator[None]:
        """Keep the WAL as it is, also for the server that owns it; not for long."""
        connection = apsw.Connection(str(self.engine.path), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        try:
            connection.execute("BEGIN").fetchall()
            connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
            yield
        finally:
            connection.close()


def clean(number: int, page: bytes) -> bytes:
    """Remove from a page what SQLite left in its unused part, as the database file never has it either."""
    return scrubbed(page, first=number == 1)
