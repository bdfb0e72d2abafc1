"""Puts a PostgreSQL cluster together from a copy and its log, lets PostgreSQL recover it, and reads all of it."""

from __future__ import annotations

import os
import shutil
import tarfile
import threading
from pathlib import Path

from palabre import clock
from palabre.clock import Instant
from palabre.survival.vaults.cluster import Cluster, EndedBefore, RecoveryFailed, binaries, give_away
from palabre.survival.vaults.errors import FolderTaken
from palabre.survival.vaults.rebuilding import MEDIA, Examined, Progress
from palabre.survival.vaults.sealed import Archive, BaseBackup, Begin, Changes, Piece, Wal

_SKEW = clock.SECOND
"""So far the clocks of the database and of the server may be apart."""


class ClusterRebuilding:
    """Unpacks the archive as it comes, and writes the segments of the log beside it."""

    looks_beyond = True
    page_size = 8_192

    def __init__(self, folder: Path, head: BaseBackup) -> None:
        """Prepare ``folder``.

        Raises:
            FolderTaken: there is something in it.
            NeedsPostgresql: this version is not installed.

        """
        if folder.exists() and any(folder.iterdir()):
            raise FolderTaken(folder=folder)
        self.folder = folder
        self.cluster = str(folder)
        self.log_folder = folder.with_name(f"{folder.name}.wal")
        self.at = Instant(0)
        self.files: dict[str, str] = {}
        self._binaries = binaries(head.version)
        self._head = head
        self._unpacking: _Unpacking | None = None
        self._next = 0
        self._gap = ""

    def begin(self, head: Begin | BaseBackup) -> None:
        """Empty the folders."""
        if not isinstance(head, BaseBackup):
            return
        self.finish()
        for folder in (self.folder, self.log_folder):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700, parents=True)
        self._head = head
        self.at, self.files = head.at, dict(head.files)
        self._next = head.start - head.start % head.segment
        self._unpacking = _Unpacking(self.folder)

    def piece(self, head: Piece | Archive, body: bytes) -> None:
        """Unpack some more."""
        if isinstance(head, Archive) and self._unpacking is not None:
            self._unpacking.write(body)

    def changes(self, head: Changes | Wal, body: bytes, until: Instant | None) -> bool:
        """Write bytes of the log where they belong."""
        if not isinstance(head, Wal):
            return True
        end = head.start + len(body)
        if end <= self._next:
            return True  # from before the snapshot
        if head.start > self._next:
            self._gap = "a part of the log is missing"
            return False
        place, data = self._next, memoryview(body)[self._next - head.start :]
        while data:
            inside = place % self._head.segment
            part = data[: self._head.segment - inside]
            self._write(place // self._head.segment, inside, part)
            place, data = place + len(part), data[len(part) :]
        self._next = place
        self.at = max(self.at, head.until if until is None else min(head.until, until))
        return until is None or head.until < until + _SKEW

    def _write(self, segment: int, inside: int, part: memoryview) -> None:
        each = (1 << 32) // self._head.segment
        name = f"{self._head.timeline:08X}{segment // each:08X}{segment % each:08X}"
        descriptor = os.open(self.log_folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, part, inside)
            os.ftruncate(descriptor, self._head.segment)  # PostgreSQL takes whole segments only
        finally:
            os.close(descriptor)

    def finish(self) -> None:
        """Wait until everything is unpacked."""
        if self._unpacking is not None:
            self._unpacking.finish()
            self._unpacking = None

    def examine(self, at: Instant | None, progress: Progress) -> Examined:
        """Let PostgreSQL recover the cluster, and read every row of the network."""
        self.folder.chmod(0o700)  # the archive says otherwise, and PostgreSQL insists
        give_away(self.folder, self.log_folder, through=self.folder.parent)
        problems = [self._gap] if self._gap else []
        progress("replaying the log", 0, 1)
        cluster = Cluster(self._binaries, self.folder, database=self._head.database, user=self._head.user)
        try:
            try:
                cluster.recover(self.log_folder, at)
            except EndedBefore:  # nothing was committed after that moment
                cluster.recover(self.log_folder, None)
            progress("replaying the log", 1, 1)
            sound = cluster.read_everything(lambda done, of: progress("checking the database", done, of))
            media = [str(name) for (name,) in cluster.rows(MEDIA)]
            size = int(cluster.rows("SELECT pg_database_size(current_database())")[0][0])
        except RecoveryFailed as failed:
            return Examined(sound=False, bytes=0, media=[], problems=[*problems, f"PostgreSQL said: {failed}"])
        finally:
            cluster.stop()
        cluster.settle()
        shutil.rmtree(self.log_folder)
        return Examined(sound=not sound, bytes=size, media=media, problems=[*problems, *sound])


class _Unpacking:
    """Unpacks a tar archive while it comes."""

    def __init__(self, into: Path) -> None:
        self._into = into
        out, self._in = os.pipe()
        self._thread = threading.Thread(target=self._unpack, args=(out,), name="palabre-unpack", daemon=True)
        self._thread.start()

    def _unpack(self, out: int) -> None:
        with open(out, "rb") as stream:
            try:
                with tarfile.open(fileobj=stream, mode="r|", bufsize=1 << 20) as archive:
                    archive.extractall(self._into, filter="data")
            except (tarfile.TarError, OSError):  # PostgreSQL finds out what is missing
                pass
            while stream.read(1 << 20):
                pass

    def write(self, content: bytes) -> None:
        data = memoryview(content)
        while data:
            data = data[os.write(self._in, data) :]

    def finish(self) -> None:
        os.close(self._in)
        self._thread.join()
