"""Saying where the network is, and changing the key that says it."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import msgspec

from palabre import journal
from palabre.beacon import sql
from palabre.beacon.errors import LastOrigin, NotNamed, SetElsewhere, WrongKeyring
from palabre.beacon.events import BeaconIssued
from palabre.beacon.model import VERSION, Beacon, Link, Places
from palabre.beacon.signing import Signer
from palabre.clock import DAY, SECOND
from palabre.ids import nonce
from palabre.keyring import Keyring
from palabre.store import Snapshot, Transaction

LIFETIME = 90 * DAY
"""How long a beacon is good."""
_RENEW = 7 * DAY
"""An unchanged one is signed anew after this."""
MOST_FORMER = 16
"""How many lost origins a beacon names, the newest first."""
_SEAL = "network key"


class Signing(NamedTuple):
    """The key that signs now, and all that were announced."""

    signer: Signer
    links: tuple[Link, ...]
    generation: int


def kept(db: Snapshot) -> tuple[str, Places]:
    """Return the newest beacon as it was signed (empty before the first), and what the operator said of places."""
    found = sql.kept(db)
    return found.body, found.places


def places(settings: Places, said: Places, origin: str, former: Collection[str] = ()) -> Places:
    """Put together where the network is: the settings count more than what was said.

    ``origin`` is always named, unless it is one of the ``former``, which were said to be lost.
    """
    origins = settings.origins or said.origins
    implied = origin not in origins and (origin not in former or not origins)
    return Places(
        origins=(origin, *origins) if implied else origins,
        onion=settings.onion or said.onion,
        reserve=settings.reserve or said.reserve,
    )


def signing(db: Snapshot, keyring: Keyring) -> Signing | None:
    """Return the key that signs; ``None`` before the first beacon.

    Raises:
        WrongKeyring: it cannot be read.

    """
    known = sql.keys(db)
    used = [key for key in known if key.link is not None]
    if not used or used[-1].sealed is None:
        return None
    return Signing(_open(keyring, used[-1].sealed), tuple(k.link for k in used if k.link), used[-1].generation)


def _open(keyring: Keyring, sealed: bytes) -> Signer:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - loaded where something is signed

    try:
        return Signer(bytes.fromhex(keyring.unseal(_SEAL, sealed)))
    except InvalidTag:
        raise WrongKeyring from None


def _seal(keyring: Keyring, seed: bytes) -> bytes:
    return keyring.seal(_SEAL, seed.hex())


def _begin(tx: Transaction, keyring: Keyring) -> Signing:
    """Make the first key of the keyring, and promise the second."""
    first, following = bytes.fromhex(keyring.network), nonce(32)
    signer = Signer(first)
    link = signer.link(signer.public, Signer(following))
    sql.add_key(tx, 0, _seal(keyring, first), link)
    sql.add_key(tx, 1, _seal(keyring, following), None)
    return Signing(signer, (link,), 0)


def is_due(db: Snapshot, settings: Places, origin: str, epoch: int) -> bool:
    """Whether :func:`issue` would sign a new beacon."""
    found = sql.kept(db)
    return not found.body or _differs(found, _wanted(found, settings, origin), epoch, db.now)


def _wanted(found: sql.Kept, settings: Places, origin: str) -> Places:
    return places(settings, found.places, origin, _former(found))


def _named(found: sql.Kept) -> tuple[str, ...]:
    return msgspec.json.decode(found.body, type=Beacon).origins if found.body else ()


def _former(found: sql.Kept) -> tuple[str, ...]:
    return msgspec.json.decode(found.body, type=Beacon).former if found.body else ()


def _differs(found: sql.Kept, wanted: Places, epoch: int, now: int) -> bool:
    before = msgspec.json.decode(found.body, type=Beacon)
    said = Places(origins=before.origins, onion=before.onion, reserve=before.reserve)
    return said != wanted or epoch > found.epoch or now - found.issued >= _RENEW


def issue(tx: Transaction, keyring: Keyring, settings: Places, origin: str, epoch: int) -> bytes:
    """Sign a new beacon if what the newest one says is not so any more, or it is a week old; return the newest.

    Args:
        tx: the open transaction.
        keyring: holds the first key, and opens the later ones.
        settings: what the settings of this server say.
        origin: the one in the accounts' addresses.
        epoch: of the server that leads.

    """
    found = sql.kept(tx)
    wanted = _wanted(found, settings, origin)
    if found.body and not _differs(found, wanted, epoch, tx.now):
        return found.body.encode()
    return _sign(tx, found, signing(tx, keyring) or _begin(tx, keyring), wanted, epoch)


def lose(tx: Transaction, keyring: Keyring, settings: Places, origin: str, epoch: int, lost: str) -> bytes:
    """Sign a beacon that names ``lost`` no more: whoever answers there is a stranger from now on; return it.

    Args:
        tx: the open transaction.
        keyring: as for :func:`issue`, like the three that follow.
        settings: see there.
        origin: may itself be the lost one.
        epoch: see there.
        lost: an origin of the network.

    Raises:
        NotNamed: it is none.
        SetElsewhere: the settings name it.
        LastOrigin: nothing would be left.

    """
    if lost in settings.origins:
        raise SetElsewhere(name="origins")
    issue(tx, keyring, settings, origin, epoch)
    found = sql.kept(tx)
    if lost not in _named(found):
        raise NotNamed(origin=lost)
    said = found.places
    left = tuple(each for each in said.origins if each != lost)
    found = found._replace(places=msgspec.structs.replace(said, origins=left))
    wanted = places(settings, found.places, origin, (*_former(found), lost))
    if set(wanted.origins) <= {*_former(found), lost}:
        raise LastOrigin(origin=lost)
    return _sign(tx, found, signing(tx, keyring) or _begin(tx, keyring), wanted, epoch)


def _sign(tx: Transaction, found: sql.Kept, by: Signing, wanted: Places, epoch: int) -> bytes:
    gone = [each for each in dict.fromkeys((*_named(found), *_former(found))) if each not in wanted.origins]
    epoch = max(epoch, found.epoch)
    sequence = found.sequence + 1 if epoch == found.epoch else 1
    fields = {
        "version": VERSION,
        "network": by.links[0].key,
        "epoch": epoch,
        "sequence": sequence,
        "issued": tx.now // SECOND,
        "expires": (tx.now + LIFETIME) // SECOND,
        "origins": list(wanted.origins),
        "onion": wanted.onion,
        "reserve": list(wanted.reserve),
        "former": gone[:MOST_FORMER],
        "keys": [msgspec.to_builtins(link) for link in by.links],
    }
    body = msgspec.json.encode(by.signer.beacon(fields), order="sorted")
    sql.keep(tx, found._replace(epoch=epoch, sequence=sequence, issued=tx.now, body=body.decode()))
    journal.record(tx, BeaconIssued(epoch=epoch, sequence=sequence))
    return body


def say_places(tx: Transaction, said: Places) -> None:
    """Note what the operator says of where the network is; :func:`issue` makes it known."""
    found = sql.kept(tx)
    sql.keep(tx, found._replace(places=said))


def renew(tx: Transaction, keyring: Keyring) -> None:
    """Encrypt the secret halves anew, when the key of the columns was renewed."""
    for key in sql.keys(tx):
        if key.sealed is not None:
            sql.seal_key(tx, key.generation, keyring.seal(_SEAL, keyring.unseal(_SEAL, key.sealed)))


def rotate(tx: Transaction, keyring: Keyring, settings: Places, origin: str, epoch: int) -> bytes:
    """Sign with the key that was promised from now on, promise another, and forget the secret half of the old one."""
    before = signing(tx, keyring) or _begin(tx, keyring)
    sealed = next(key.sealed for key in sql.keys(tx) if key.generation == before.generation + 1)
    if sealed is None:
        msg = "the key that was promised is gone"
        raise ValueError(msg)
    following = nonce(32)
    signer = _open(keyring, sealed)
    link = signer.link(before.links[0].key, Signer(following))
    sql.use_key(tx, before.generation + 1, link)
    sql.retire_key(tx, before.generation)
    sql.add_key(tx, before.generation + 2, _seal(keyring, following), None)
    by = Signing(signer, (*before.links, link), before.generation + 1)
    found = sql.kept(tx)
    return _sign(tx, found, by, _wanted(found, settings, origin), epoch)
