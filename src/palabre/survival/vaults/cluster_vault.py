"""A vault of a network on PostgreSQL: copies of the cluster's folder, and its log."""

from __future__ import annotations

from typing import Any

import psycopg

from palabre import clock
from palabre.ids import random_name
from palabre.survival.vaults.errors import CannotFollow
from palabre.survival.vaults.objects import Stopped
from palabre.survival.vaults.replication import Identity, Replication, Start
from palabre.survival.vaults.sealed import Archive, BaseBackup, Complete, Wal
from palabre.survival.vaults.state import WalPosition
from palabre.survival.vaults.vault import PUSH_MS, Vault
from palabre.survival.vaults.wal import Received, WalFollower

_PIECE = 1 << 20


class ClusterVault(Vault[Received]):
    """Writes base backups and the log, as the replication protocol brings them."""

    source: WalFollower

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._next = 0
        """Where the log has to go on; 0 when it may begin anywhere."""

    def continues(self) -> bool:
        """Tell whether the vault knows where to go on; whether that is still there shows when it is asked for."""
        known = self.state.wal
        if not self.source.from_position(known):
            return False
        self._next = known.end
        return True

    def take(self, captured: Received | None) -> None:
        """Keep what is new; several vaults may be at different places."""
        if captured is not None and self._next:
            known = self.state.wal
            same = not known.end or (known.system, known.timeline) == (
                captured.cluster.system,
                captured.cluster.timeline,
            )
            if captured.end <= self._next and same:
                return
            if captured.start > self._next or not same:
                captured = None
            else:
                captured = captured._replace(start=self._next, data=captured.data[self._next - captured.start :])
        super().take(captured)
        self._next = captured.end if captured is not None else 0

    def _note_position(self, last: Received) -> None:
        self.state.wal = WalPosition(system=last.cluster.system, timeline=last.cluster.timeline, end=last.end)

    def _push_changes(self, taken: list[Received]) -> None:
        known = self.state
        head = Wal(
            at=self._moment(taken[0].first),
            until=taken[-1].at,
            base=known.base,
            lineage=known.lineage,
            start=taken[0].start,
        )
        self._put(head, b"".join(each.data for each in taken))

    def snapshot(self) -> None:
        """Put a copy of the cluster into the vault while it goes on, and the log that makes it consistent."""
        source, known = self.source, self.state
        cluster = source.ready()
        files = self._files()
        source.capture()
        with self._lock:
            if self._missed:
                self._forget_pending()
                known.lineage = random_name()
                known.wal = WalPosition()
                self._next = 0
                self._missed = False
        self.push()
        line = Replication(source.url)
        try:
            end = self._copy(line, cluster, files)
        finally:
            line.close()
        if end is None:
            return
        first, pieces, consistent, at = end
        while known.wal.end < consistent:
            source.capture()
            self.push()
            if self.behind():
                return
            source.check()
            if self.stopping.wait(0.05):
                raise Stopped
        self._put(
            Complete(at=self._moment(clock.now()), base=known.base, snapshot=first, pieces=pieces, end=consistent)
        )
        self._snapshot_is_whole(first, at, files)

    def _copy(
        self, line: Replication, cluster: Identity, files: dict[str, str]
    ) -> tuple[int, int, int, clock.Instant] | None:
        """Put the archive there; return its first object, how many pieces it has, where it is consistent, when."""
        known = self.state
        at = clock.now()
        first, pieces = 0, 0
        held = bytearray()
        version, database, user = self._who()
        for part in line.base_backup():
            if isinstance(part, Start):
                if part.timeline != cluster.timeline:
                    raise CannotFollow(problem="the cluster has been promoted in between")
                head = BaseBackup(
                    at=self._moment(at), lineage=known.lineage, before=known.base, files=files,
                    version=version, system=cluster.system, timeline=part.timeline, start=part.at,
                    segment=cluster.segment, database=database, user=user,
                )  # fmt: skip
                self._put(head)
                first = known.number
            elif isinstance(part, bytes):
                held += part
                while len(held) >= _PIECE:
                    self._put(
                        Archive(at=known.at, base=known.base, snapshot=first, index=pieces), bytes(held[:_PIECE])
                    )
                    del held[:_PIECE]
                    pieces += 1
                    if clock.now() - self._sent >= PUSH_MS:
                        self.push()
                    if self.behind():
                        return None  # too much happened meanwhile: the next turn begins anew
                    if self.stopping.is_set():
                        raise Stopped
            else:
                self._put(Archive(at=known.at, base=known.base, snapshot=first, index=pieces), bytes(held))
                return first, pieces + 1, part, at
        raise CannotFollow(problem="the copy of the cluster broke off")

    def _who(self) -> tuple[int, str, str]:
        """Ask for the major version of PostgreSQL, and for the names of database and role."""
        try:
            with psycopg.connect(self.source.url, connect_timeout=5) as connection:
                info = connection.info
                return info.server_version // 10_000, info.dbname, info.user
        except psycopg.Error as error:
            raise CannotFollow(problem=str(error).partition("\n")[0]) from error
