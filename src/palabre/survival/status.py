"""How standbys are, written every second for ``palabre standby status``, ``doctor`` and the metrics."""

from __future__ import annotations

import msgspec

from palabre.clock import Instant
from palabre.survival.state import Part

_FILE = "status.json"


class PeerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One standby, as its primary sees it."""

    name: str
    connected: bool
    in_step: bool
    behind: int | None
    """Batches that it has not confirmed, also of one that is away; ``None``: nothing is known of it yet."""
    round_trip_ms: float | None
    behind_seconds: float | None = None
    """For how long it has lacked something; 0 if it has everything."""

    @property
    def lag(self) -> str:
        """How far it is, in words; empty if nothing is known."""
        if self.behind is None:
            return ""
        return f"{self.behind} batches behind" + (f" for {self.behind_seconds:.0f} s" if self.behind_seconds else "")


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """One server's part at this moment."""

    at: Instant
    role: str
    epoch: int
    durability: str = ""
    alone: bool = False
    """Whether writes are, or would be, on one machine only although there was a standby."""
    connected: bool | None = None
    in_step: bool | None = None
    turn: int = 0
    """Of a standby: which turn in step it heard last; of two in step in one epoch the higher has everything."""
    frames: int | None = None
    lease: str | None = None
    """What is wrong with the lease, empty if nothing is; ``None`` without automatic failover."""
    trouble: str = ""
    """Why a standby was not promoted, or what it cannot keep."""
    peers: list[PeerStatus] = []


def write_status(part: Part, status: Status) -> None:
    """Leave ``status`` where the commands find it."""
    part.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = part.folder / f".{_FILE}"
    aside.write_bytes(msgspec.json.encode(status))
    aside.rename(part.folder / _FILE)


def read_status(part: Part) -> Status | None:
    """Return what the running server said last."""
    try:
        return msgspec.json.decode((part.folder / _FILE).read_bytes(), type=Status)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
