"""The files of a standby: the same database and the same log, byte for byte; what does not fit is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final

from palabre.store import wal
from palabre.store.sqlite import SqliteEngine
from palabre.survival.state import Part
from palabre.survival.wire import Damaged, Emptied, Frames, Spot

CHUNK: Final = 256 * 1024
_SUM = 16
_SETTLE_BYTES = 64 * 1024 * 1024
"""So much of a copy may wait for the disk: what waits at its end must not take longer than anybody has patience."""


class Copy:
    """A standby's database file and log. No connection to the database is open while either is written here."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.database = part.data / "palabre.db"
        self._log_path = Path(f"{self.database}-wal")
        self._log: int | None = None
        self.at = wal.NOWHERE
        self._unsettled = 0

    def look(self) -> None:
        """Find out where the copy ends: SQLite reads the log and believes what its checksums prove."""
        self.at = wal.NOWHERE
        if not self.part.state.complete or not self.database.exists():
            return
        with SqliteEngine(self.database).alone():
            self.at = wal.end_of(self.database)
        self._open_log()
        if self._log is not None:
            os.ftruncate(self._log, wal.offset(self.at.frames) if self.at.frames else 0)

    def spot(self) -> Spot | None:
        """Return the end of the log as it is told to the primary."""
        return Spot(salt=self.at.salt, frames=self.at.frames, checksum=self.at.checksum) if self.at.frames else None

    def _open_log(self) -> int:
        if self._log is None:
            self._log = os.open(self._log_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._log

    def add(self, frames: Frames) -> None:
        """Append frames to the log; they are on disk when this returns.

        Raises:
            Damaged: they do not belong here.

        """
        count, rest = divmod(len(frames.data), wal.FRAME)
        begins = self.at.frames == 0
        if rest or not count or frames.first != self.at.frames or (not begins and frames.salt != self.at.salt):
            raise Damaged(f"frames after {frames.first} do not follow frame {self.at.frames}")
        if len(frames.header) != wal.HEADER or frames.header[16:24] != frames.salt:
            raise Damaged("the log's header is of another generation")
        for start in range(0, len(frames.data), wal.FRAME):
            if frames.data[start + 8 : start + 16] != frames.salt:
                raise Damaged("a frame is of another generation")
        log = self._open_log()
        if begins:
            os.ftruncate(log, 0)
            _write(log, frames.header, 0)
        _write(log, frames.data, wal.offset(frames.first))
        os.fdatasync(log)
        last = len(frames.data) - wal.FRAME
        self.at = wal.Place(frames.salt, frames.first + count, frames.data[last + 16 : last + 24])

    def empty(self, emptied: Emptied) -> None:
        """Copy the log into the database, as the primary did.

        Raises:
            Damaged: the log is not at the place where the primary's ended, or is not whole.

        """
        if (emptied.salt, emptied.frames) != (self.at.salt, self.at.frames):
            raise Damaged(f"the log was emptied at frame {emptied.frames}, this one is at {self.at.frames}")
        self.part.change(after=(self.at.salt, self.at.frames))
        engine = SqliteEngine(self.database)
        with engine.alone() as checkpoint:
            found = wal.end_of(self.database)
            if found != self.at:
                self.part.change(complete=False)
                raise Damaged(f"the log is good up to frame {found.frames} of {self.at.frames}")
            checkpoint()
        self.at = wal.NOWHERE

    # Copying the database file

    def begin(self) -> Iterator[bytes]:
        """Forget the log, then return the digest of each chunk of the database that is there."""
        self.part.change(complete=False, after=None)
        self.close()
        self.at = wal.NOWHERE
        for name in ("-wal", "-shm"):
            Path(f"{self.database}{name}").unlink(missing_ok=True)
        if self.database.exists():
            with self.database.open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield digest(chunk)

    def put(self, at: int, data: bytes) -> None:
        """Write a part of the database file."""
        descriptor = os.open(self.database, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _write(descriptor, data, at)
            self._unsettled += len(data)
            if self._unsettled >= _SETTLE_BYTES:
                os.fdatasync(descriptor)
                self._unsettled = 0
        finally:
            os.close(descriptor)

    def end(self, size: int) -> None:
        """Make the database file durable; it is good once the log up to the present is there too."""
        descriptor = os.open(self.database, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(descriptor, size)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Close the log."""
        if self._log is not None:
            os.close(self._log)
            self._log = None


def digest(chunk: bytes) -> bytes:
    """Return what two equal chunks have in common."""
    return blake2b(chunk, digest_size=_SUM).digest()


def _write(descriptor: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, at)
        view = view[written:]
        at += written
