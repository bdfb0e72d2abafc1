"""Who may write into a vault: the server of the highest epoch that has claimed it.

A server claims its epoch before it writes the first object, and looks for higher claims whenever it finds an object
where its own next one belongs, and every hour. Objects of the log are never overwritten and have consecutive numbers.
So the first object of a successor stops its predecessor, however long that one was cut off, paused or asleep: the
next that it puts is there already, and then it finds the claim.
"""

from __future__ import annotations

import contextlib

from palabre.survival.vaults.errors import VaultTaken
from palabre.survival.vaults.places import AlreadyThere, Missing, Place
from palabre.survival.vaults.recovery import Recovery
from palabre.survival.vaults.sealed import seal_claim

_FOLDER = "epochs"
_PER_FOLDER = 4_096


def _name(epoch: int) -> str:
    return f"{_FOLDER}/{epoch // _PER_FOLDER:08x}/{epoch:012x}"


def _claimed(place: Place) -> list[int]:
    found = []
    for name, _ in place.names(_FOLDER):
        with contextlib.suppress(ValueError):
            epoch = int(name.rpartition("/")[2], 16)
            if _name(epoch) == name:
                found.append(epoch)
    return sorted(found)


def require(place: Place, epoch: int) -> list[int]:
    """Return the epochs that have claimed the vault.

    Raises:
        VaultTaken: one of them is higher than ``epoch``.
        PlaceUnavailable: the vault does not answer.

    """
    found = _claimed(place)
    if found and found[-1] > epoch:
        raise VaultTaken(place=place.shown, epoch=found[-1])
    return found


def claim(place: Place, recovery: Recovery, epoch: int) -> None:
    """Claim the vault for the server that leads since ``epoch``.

    Raises:
        VaultTaken: a server with a higher epoch has.
        PlaceUnavailable: the vault does not answer.

    """
    if epoch not in require(place, epoch):
        with contextlib.suppress(AlreadyThere):
            place.put(_name(epoch), seal_claim(recovery, epoch))


def highest(place: Place, recovery: Recovery) -> int:
    """Return the highest epoch that has claimed the vault, as the network's own seals prove; 0 if none has."""
    for epoch in reversed(_claimed(place)):
        with contextlib.suppress(Missing):
            if place.get(_name(epoch)) == seal_claim(recovery, epoch):
                return epoch
    return 0
