"""SQLite's log as others need to read it: where it ends, and what was committed since one looked last.

The log (``-wal``) is a header of 32 bytes and frames, each a header of 24 bytes and a page. When all of it has been
copied into the database it starts over with another *salt*: a new generation. Every frame carries the salt and a
checksum over all frames before it, so a place in the log is named by salt, number and checksum
(https://www.sqlite.org/fileformat2.html#walformat). Where the last commit ends stands in the index (``-shm``).
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from struct import Struct
from typing import Final, NamedTuple

HEADER: Final = 32
FRAME_HEADER: Final = 24
PAGE: Final = 4_096
FRAME: Final = FRAME_HEADER + PAGE

_INDEX = Struct("=2IIBBHII8s8s8s")
"""Version, unused, change, initialised, big-endian, page size, frames, pages, checksum of the last frame, salt, own
checksum: twice, so that a reader notices when it looked during a change."""
_TRIES = 1_000


class LogUnreadable(Exception):  # noqa: N818 - an answer to whoever looks, not a fault of his
    """The log is not as SQLite leaves it."""


class Place(NamedTuple):
    """A place in the log: after so many frames of the generation ``salt``."""

    salt: bytes
    frames: int
    checksum: bytes
    """Of the last frame before this place, as it stands in the log."""


NOWHERE: Final = Place(b"", 0, b"")
"""An empty log; its next generation has not begun."""


class Piece(NamedTuple):
    """Frames that were committed."""

    salt: bytes
    first: int
    """So many frames of the generation come before."""
    header: bytes
    """The log's own, which a copy begins with."""
    data: bytes
    end: Place


class StartedOver(NamedTuple):
    """The log was copied into the database up to its end, and will begin again."""

    after: Place


@cache
def _descriptor(path: str) -> int:
    """Open a file once and never close it: closing it would release the locks that SQLite holds on it here."""
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def offset(frames: int) -> int:
    """Return where in the file the frame after so many begins."""
    return HEADER + frames * FRAME


def end_of(database: Path) -> Place:
    """Return where the last commit ends. Some connection to the database must be open in this process.

    Raises:
        LogUnreadable: there is no index, or it is never at rest.

    """
    path = f"{database}-shm"
    try:
        descriptor = _descriptor(path)
        if os.fstat(descriptor).st_ino != os.stat(path).st_ino:  # noqa: PTH116 - beside fstat
            _descriptor.cache_clear()
            descriptor = _descriptor(path)
    except OSError as error:
        raise LogUnreadable(str(error)) from error
    for _ in range(_TRIES):
        both = os.pread(descriptor, 2 * _INDEX.size, 0)
        if both[: _INDEX.size] == both[_INDEX.size :] and len(both) == 2 * _INDEX.size:
            _, _, _, ready, _, size, frames, _, checksum, salt, _ = _INDEX.unpack(both[: _INDEX.size])
            if ready and size == PAGE:
                return Place(salt, frames, _big_endian(checksum)) if frames else NOWHERE
            if ready and not size:
                return NOWHERE  # nothing was ever written
    msg = "the index of the log is never at rest"
    raise LogUnreadable(msg)


_TWO_NATIVE = Struct("=2I")
_TWO_BIG = Struct(">2I")


def _big_endian(checksum: bytes) -> bytes:
    return _TWO_BIG.pack(*_TWO_NATIVE.unpack(checksum))


def read_database(database: Path, start: int, size: int) -> bytes:
    """Read from the database file itself, without disturbing SQLite's locks."""
    return os.pread(_descriptor(str(database)), size, start)


def database_bytes(database: Path) -> int:
    """Return the length of the database file."""
    return os.fstat(_descriptor(str(database))).st_size


def read_log(database: Path, first: int, count: int) -> tuple[bytes, bytes]:
    """Return the log's header and ``count`` frames after the ``first``.

    Raises:
        LogUnreadable: they are not all there.

    """
    descriptor = os.open(f"{database}-wal", os.O_RDONLY | os.O_CLOEXEC)  # SQLite holds no lock on this file
    try:
        header = os.pread(descriptor, HEADER, 0)
        data = os.pread(descriptor, count * FRAME, offset(first))
    finally:
        os.close(descriptor)
    if len(header) != HEADER or len(data) != count * FRAME:
        msg = "the log ends before the last commit"
        raise LogUnreadable(msg)
    return header, data


def checksum_at(database: Path, frames: int) -> bytes:
    """Return the checksum that the frame before this place carries."""
    return read_log(database, frames - 1, 1)[1][16:24]


class Tail:
    """Reads what was committed since the last look. Whoever uses it keeps the log from starting over meanwhile."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.at = end_of(database)

    def news(self) -> list[Piece | StartedOver]:
        """Return what happened to the log."""
        end = end_of(self.database)
        found: list[Piece | StartedOver] = []
        if self.at.frames and end.salt != self.at.salt:
            found.append(StartedOver(self.at))
            self.at = NOWHERE
        if end.frames > self.at.frames:
            header, data = read_log(self.database, self.at.frames, end.frames - self.at.frames)
            found.append(Piece(end.salt, self.at.frames, header, data, end))
            self.at = end
        return found
