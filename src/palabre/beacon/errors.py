"""Why a beacon is not believed, and what cannot be announced."""

from __future__ import annotations

from palabre.errors import Conflict, Invalid, Unavailable


class BeaconRefused(Invalid):
    """A beacon is not believed; what was known before stays."""

    code = "beacon.refused"
    message = "The beacon is not believed."


class BeaconMalformed(BeaconRefused):
    """It cannot be read as a beacon of a version known here; detail: ``problem``."""

    code = "beacon.malformed"
    message = "This is no beacon: {problem}"


class BeaconForeign(BeaconRefused):
    """It is another network's; detail: ``network``."""

    code = "beacon.foreign"
    message = "This is the beacon of another network, {network}."


class BeaconWrongKey(BeaconRefused):
    """Its keys do not follow from those that are known."""

    code = "beacon.wrong_key"
    message = "The keys of this beacon do not follow from those of the network."


class BeaconForged(BeaconRefused):
    """Its signature is wrong."""

    code = "beacon.forged"
    message = "The signature of this beacon is wrong."


class BeaconExpired(BeaconRefused):
    """Its time is over; detail: ``expired``."""

    code = "beacon.expired"
    message = "This beacon was good until {expired}."


class BeaconOlder(BeaconRefused):
    """A newer one is known; details: ``epoch``, ``sequence``."""

    code = "beacon.older"
    message = "A newer beacon is known: epoch {epoch}, number {sequence}."


class NoBeacon(Unavailable):
    """The server has not announced where it is yet."""

    code = "beacon.none"
    message = "There is no beacon yet. Please try again in a moment."


class WrongKeyring(Unavailable):
    """The network's signing key cannot be read with this keyring: it is another network's, or an older one."""

    code = "beacon.wrong_keyring"
    message = "The keyring does not open the key of this network's beacon. Restore the keyring that belongs to it."


class WrongNonce(Invalid):
    """What a proof is asked for has to be 16 to 64 letters, digits, ``-`` and ``_``."""

    code = "beacon.wrong_nonce"
    message = "nonce must be 16 to 64 letters, digits, - and _"


class NotNamed(Conflict):
    """The beacon does not name this origin; detail: ``origin``."""

    code = "beacon.not_named"
    message = "{origin} is no origin of this network: see palabre beacon"


class LastOrigin(Conflict):
    """Without it the beacon would name no origin; detail: ``origin``."""

    code = "beacon.last_origin"
    message = "{origin} is the only origin: name another one first, with palabre beacon set --origin"


class SetElsewhere(Conflict):
    """The settings already say it; detail: ``name``."""

    code = "beacon.set_elsewhere"
    message = "{name} is set in palabre.toml or the environment, which count more: change it there, and restart."
