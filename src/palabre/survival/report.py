"""How safe the network is, as anybody may know it: no name, no address, nothing to attack by."""

from __future__ import annotations

from pathlib import Path

import msgspec

from palabre import clock
from palabre.config import Config
from palabre.store.replication import Replication
from palabre.survival import drills
from palabre.survival.drills import DrillReport
from palabre.survival.state import Part
from palabre.survival.status import read_status

_FRESH_MS = 5 * clock.SECOND
_KEPT_SECONDS = 5.0
_SHOWN = 5


class StandbyStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The standbys together."""

    connected: int
    in_step: bool
    """Whether one has every write that was acknowledged."""
    behind: int | None
    """Batches of writes that the best of them has not confirmed, also if it is away; ``None`` where PostgreSQL keeps
    them, or while nothing is known of any."""
    behind_seconds: int | None = None
    """For how long that one has lacked something; ``None`` as before."""
    behind_bytes: int | None = None
    """Of standbys of PostgreSQL: bytes of its log that the best of them does not show yet."""


class VaultStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One vault."""

    age_seconds: int | None
    """How old the newest state is that the vault confirmed; ``None``: it holds none yet."""
    good: bool


class DrillStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One drill that was held."""

    kind: str
    began: str
    seconds: float
    passed: bool
    rto_seconds: float | None
    rpo_lost: int | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What ``/status`` tells."""

    role: str
    epoch: int
    durability: str
    """What a write waits for: ``standby``, ``prefer``, ``local``, or ``database`` where PostgreSQL decides."""
    writes_wait: bool
    """Whether no write is acknowledged now before it is on a second machine."""
    standby: StandbyStanding
    vaults: list[VaultStanding]
    drills: list[DrillStanding]


class Reporter:
    """Looks at the files that the running server leaves, at most every few seconds."""

    def __init__(self, folder: Path, config: Config) -> None:
        self._folder = folder
        self._config = config
        self._at = 0.0
        self._kept: Standing | None = None
        self._replication: Replication | None = None

    def note(self, replication: Replication | None) -> None:
        """Remember how PostgreSQL says that its standbys are; ``None``: it does not answer."""
        self._replication = replication

    def standing(self) -> Standing:
        """Return how things are, or were a few seconds ago."""
        if self._kept is None or clock.monotonic() - self._at > _KEPT_SECONDS:
            self._kept, self._at = self._look(), clock.monotonic()
        return self._kept

    def _look(self) -> Standing:
        part = Part(self._folder)
        vaults = [self._vault(address) for address in self._config.vaults]
        held = [_drill(drill) for drill in drills.last(self._folder, most=_SHOWN)]
        if self._config.database:
            return _of_postgresql(self._replication, part.state.epoch, vaults, held)
        return self._of_sqlite(part, vaults, held)

    def _of_sqlite(self, part: Part, vaults: list[VaultStanding], held: list[DrillStanding]) -> Standing:
        config = self._config
        status = read_status(part)
        fresh = status if status is not None and clock.now() - status.at < _FRESH_MS else None
        peers = [peer for peer in fresh.peers if peer.connected] if fresh else []
        in_step = any(peer.in_step for peer in peers)
        known = [peer for peer in fresh.peers if peer.behind is not None] if fresh else []
        best = min(known, key=lambda peer: peer.behind or 0, default=None)
        durability = config.durability if config.standby_listen else "local"
        return Standing(
            role=fresh.role if fresh else "primary",
            epoch=part.state.epoch,
            durability=durability,
            writes_wait=durability in {"standby", "prefer"} and in_step and not (fresh and fresh.alone),
            standby=StandbyStanding(
                connected=len(peers),
                in_step=in_step,
                behind=best.behind if best else None,
                behind_seconds=int(best.behind_seconds or 0) if best else None,
            ),
            vaults=vaults,
            drills=held,
        )

    def _vault(self, address: str) -> VaultStanding:
        from palabre.survival.vaults import state as states  # noqa: PLC0415 - ciphers: for those who have a vault
        from palabre.survival.vaults.places import shown  # noqa: PLC0415 - as above

        vault = states.load(self._folder, shown(address))
        age = max(0, clock.now() - vault.as_of) // clock.SECOND if vault.base and vault.as_of else None
        return VaultStanding(age_seconds=age, good=age is not None and not vault.failing)


def _of_postgresql(
    now: Replication | None, epoch: int, vaults: list[VaultStanding], held: list[DrillStanding]
) -> Standing:
    """Put together what PostgreSQL says itself; while it does not answer, that nobody follows."""
    standbys = now.standbys if now else []
    safe = bool(now and now.synchronous)
    behind = [each.behind for each in (now.synchronous if now and safe else standbys)]
    return Standing(
        role="primary" if now is None or now.leads else "standby",
        epoch=epoch,
        durability="database",
        writes_wait=safe,
        standby=StandbyStanding(
            connected=len(standbys), in_step=safe, behind=None, behind_bytes=min(behind, default=None)
        ),
        vaults=vaults,
        drills=held,
    )


def _drill(drill: DrillReport) -> DrillStanding:
    return DrillStanding(
        kind=drill.kind,
        began=clock.iso(drill.began),
        seconds=round(drill.seconds, 1),
        passed=drill.passed,
        rto_seconds=drill.rto_seconds,
        rpo_lost=drill.rpo_lost,
    )
