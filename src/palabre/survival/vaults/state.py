"""What a server remembers of each vault, so that a vault that forgets or lies is found out."""

from __future__ import annotations

import fcntl
import os
from hashlib import blake2b
from pathlib import Path

import msgspec

from palabre.clock import Instant
from palabre.survival.vaults.errors import VaultBusy
from palabre.survival.vaults.follower import Position
from palabre.survival.vaults.sealed import FIRST_LINK

_FOLDER = "vaults"


class WalPosition(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the log of a PostgreSQL cluster."""

    system: str = ""
    timeline: int = 0
    end: int = 0
    """In bytes, as PostgreSQL counts: everything before it is known."""


class SnapshotSpan(msgspec.Struct, kw_only=True):
    """A whole snapshot: the objects from ``first`` to ``last``."""

    first: int
    last: int
    at: Instant


class VaultState(msgspec.Struct, kw_only=True):
    """What was put into a vault, and how it went."""

    place: str
    epoch: int = 0
    """The epoch in which this server has written to it; another makes it begin as one that remembers nothing."""
    number: int = 0
    """The newest object; never goes back."""
    seal: str = FIRST_LINK.hex()
    """Its seal."""
    oldest: int = 1
    """What is older was removed."""
    lineage: str = ""
    whole: str = ""
    """The lineage of the newest whole snapshot."""
    base: int = 0
    """The first object of the newest whole snapshot."""
    snapshots: list[SnapshotSpan] = []
    position: Position = Position()
    """How far the log was read for what is in the vault."""
    wal: WalPosition = WalPosition()
    """The same for PostgreSQL."""
    closed: str = ""
    """What the database file looked like when everything was in the vault and the server stopped."""
    recipient: str = ""
    """The public half of the key to which the newest objects are encrypted."""
    first_of_key: int = 1
    """The first object that is encrypted to it."""
    files: str = ""
    """Digest of settings and keyring in the vault."""
    at: Instant = Instant(0)
    """The moment that the newest object bears; never goes back."""
    changed: Instant = Instant(0)
    """The moment of the newest change in the vault."""
    as_of: Instant = Instant(0)
    """Everything committed by then is in the vault."""
    success: Instant = Instant(0)
    """When the vault last did what it was asked to."""
    failing: Instant = Instant(0)
    """Since when it does not."""
    problem: str = ""
    complaint: str = ""
    """What the vault was found to have lost or changed."""
    complained: Instant = Instant(0)
    media: int = 0
    """How many media are in it."""
    media_waiting: int = 0
    written: int = 0
    """Bytes put there by this machine."""


class MediaGone(msgspec.Struct, kw_only=True):
    """Media of the vault that the network no longer has, and since when."""

    since: dict[str, Instant] = {}


def _stem(folder: Path, place: str) -> Path:
    return folder / _FOLDER / blake2b(place.encode(), digest_size=8).hexdigest()


def state_path(folder: Path, place: str) -> Path:
    """Return where the state of the vault shown as ``place`` is."""
    return _stem(folder, place).with_suffix(".json")


def gone_path(folder: Path, place: str) -> Path:
    """Return where the list of media that are gone is."""
    return _stem(folder, place).with_suffix(".gone.json")


def load(folder: Path, place: str) -> VaultState:
    """Read what is remembered of a vault, if anything."""
    try:
        return msgspec.json.decode(state_path(folder, place).read_bytes(), type=VaultState)
    except (FileNotFoundError, msgspec.DecodeError):
        return VaultState(place=place)


def load_gone(folder: Path, place: str) -> MediaGone:
    """Read which media are gone."""
    try:
        return msgspec.json.decode(gone_path(folder, place).read_bytes(), type=MediaGone)
    except (FileNotFoundError, msgspec.DecodeError):
        return MediaGone()


def save(path: Path, state: VaultState | MediaGone) -> None:
    """Replace what is remembered: all of it or nothing."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    partial = path.with_name(f"{path.name}.new")
    partial.write_bytes(msgspec.json.encode(state))
    partial.replace(path)


def lock(folder: Path, place: str) -> int:
    """Become the only process of this folder that writes to the vault; return what to close in the end.

    Raises:
        VaultBusy: another one is.

    """
    path = _stem(folder, place).with_suffix(".lock")
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise VaultBusy(place=place) from None
    return descriptor
