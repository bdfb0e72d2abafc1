"""What the operator has to know before it is too late: the same on a page, in ``doctor`` and in the metrics."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from palabre import clock
from palabre.clock import Instant
from palabre.config import Config
from palabre.survival import drills
from palabre.survival.state import Part
from palabre.survival.status import read_status

VAULT_LATE_MS: Final = 26 * clock.HOUR
COMPLAINT_MS: Final = 7 * clock.DAY
DRILL_MS: Final = 30 * clock.DAY


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong, or that will be missed one day."""

    code: str
    urgent: bool
    """Whether writes are at risk now; else it is advice."""
    words: str
    mend: str = ""
    since: Instant = Instant(0)


CODES: Final = (
    "replaced", "no_standby", "alone", "lease_unreachable", "no_vault", "vault_failing", "vault_late", "vault_lying",
    "no_drill",
)  # fmt: skip


def alarms(folder: Path, config: Config) -> list[Alarm]:
    """Look at what running servers left in ``folder``; the urgent ones first. None where the network moved away."""
    if Part(folder).state.successor:
        return []
    found = [*_standbys(folder, config), *_vaults(folder, config), *_drills(folder)]
    return sorted(found, key=lambda alarm: not alarm.urgent)


def _standbys(folder: Path, config: Config) -> list[Alarm]:
    if config.database:
        return []
    part = Part(folder)
    status = read_status(part)
    found = []
    if part.state.fenced:
        found.append(
            Alarm(
                code="replaced",
                urgent=True,
                words=f"another server leads since epoch {part.state.fenced}; nothing may be written here",
                mend=f"Make this one its standby: palabre standby join ADDRESS --data {folder}",
            )
        )
    connected = status is not None and any(peer.connected for peer in status.peers)
    if not config.standby_listen or not part.peers() or (status is not None and not status.alone and not connected):
        found.append(
            Alarm(
                code="no_standby",
                urgent=False,
                words="there is no standby: what is written is on this machine, and in vaults a little later",
                mend="docs/how-to/two-machines.md has one in ten minutes.",
            )
        )
    elif status is not None and status.alone:
        found.append(
            Alarm(
                code="alone",
                urgent=True,
                words="no standby is in step: what is written now would be on this machine only",
                mend="Look at the other machine: palabre standby status, and its log.",
                since=status.at,
            )
        )
    if status is not None and status.lease:
        found.append(
            Alarm(
                code="lease_unreachable",
                urgent=True,
                words=f"the lease cannot be renewed, and without it no write is answered: {status.lease}",
                mend="Can this machine reach the third place that the setting lease names?",
                since=status.at,
            )
        )
    return found


def _vaults(folder: Path, config: Config) -> list[Alarm]:
    if not config.vaults:
        return [
            Alarm(
                code="no_vault",
                urgent=False,
                words="there is no vault: when this machine is gone, the network is",
                mend="docs/how-to/keep-a-vault.md tells how to set one up in five minutes.",
            )
        ]
    from palabre.survival.vaults import state as states  # noqa: PLC0415 - ciphers: for those who have a vault
    from palabre.survival.vaults.places import shown  # noqa: PLC0415 - as above

    found = []
    for address in config.vaults:
        vault = states.load(folder, shown(address))
        if vault.failing:
            words = f"the vault {vault.place} cannot be kept since {clock.iso(vault.failing)}: {vault.problem}"
            found.append(Alarm(code="vault_failing", urgent=True, words=words, since=vault.failing))
        elif not vault.base or clock.now() - vault.success > VAULT_LATE_MS:
            words = (
                f"the vault {vault.place} was last written to at {clock.iso(vault.success)}"
                if vault.base
                else f"the vault {vault.place} holds no whole snapshot yet"
            )
            found.append(Alarm(code="vault_late", urgent=True, words=words, since=vault.success))
        if clock.now() - vault.complained < COMPLAINT_MS:
            words = f"the vault {vault.place} had lost something at {clock.iso(vault.complained)}: {vault.complaint}"
            mend = "A new snapshot was made. See what is left with: palabre backup verify"
            found.append(Alarm(code="vault_lying", urgent=True, words=words, mend=mend, since=vault.complained))
    return found


def _drills(folder: Path) -> list[Alarm]:
    last = next((drill for drill in drills.last(folder, most=100) if drill.passed), None)
    if last is not None and clock.now() - last.began < DRILL_MS:
        return []
    words = (
        "no drill has passed here yet" if last is None else f"the last drill that passed was {clock.iso(last.began)}"
    )
    mend = "palabre drill shows, on copies, that the network survives what it should."
    return [Alarm(code="no_drill", urgent=False, words=words, mend=mend, since=last.began if last else Instant(0))]
