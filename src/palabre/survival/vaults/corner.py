"""What is not ciphertext in a vault: ``public/beacon.json``, for whoever looks for the network there."""

from __future__ import annotations

import contextlib

from palabre.survival.vaults.places import AlreadyThere, Missing, open_place

NAME = "public/beacon.json"


def put_beacon(address: str, body: bytes) -> bool:
    """Keep ``body`` in the vault at ``address`` in place of an older one; return whether that was needed.

    Raises:
        WrongPlace: there can be no vault.
        PlaceUnavailable: it does not answer; the next attempt puts it there.

    """
    place = open_place(address)
    with contextlib.suppress(Missing):
        if place.get(NAME) == body:
            return False
        place.delete([NAME])
    with contextlib.suppress(AlreadyThere):  # another server of the network was quicker
        place.put(NAME, body)
    return True
