"""What is not ciphertext in a vault: ``public/beacon.json``, for whoever looks for the network there."""

from __future__ import annotations

import contextlib

from palabre import clock
from palabre.beacon.rules import verified
from palabre.beacon.signing import check
from palabre.errors import Refusal
from palabre.survival.vaults.places import AlreadyThere, Missing, open_place

NAME = "public/beacon.json"


def put_beacon(address: str, body: bytes) -> bool:
    """Keep ``body`` in the vault at ``address`` in place of an older one; return whether that was needed.

    Raises:
        WrongPlace: there can be no vault.
        PlaceUnavailable: it does not answer; the next attempt puts it there.

    """
    with contextlib.closing(open_place(address)) as place:
        with contextlib.suppress(Missing):
            there = place.get(NAME)
            if there == body or _is_newer(there, body):
                return False
            place.delete([NAME])
        with contextlib.suppress(AlreadyThere):  # another server of the network was quicker
            place.put(NAME, body)
    return True


def _is_newer(there: bytes, body: bytes) -> bool:
    """Tell whether a server that leads by now has signed what is there: this one was replaced."""
    try:
        _, mine = verified(body, None, clock.now(), check)
        _, found = verified(there, mine, clock.now(), check)
    except Refusal:
        return False
    return (found.epoch, found.sequence) > (mine.epoch, mine.sequence)
