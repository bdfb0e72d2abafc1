"""All the SQL of the beacon."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, select

from palabre.beacon import tables
from palabre.beacon.model import Link, Places
from palabre.store import Snapshot, Transaction, insert, statement, update, upsert

_b = tables.beacon.c
_k = tables.network_key.c

_BEACON = statement(select(_b.epoch, _b.sequence, _b.issued, _b.body, _b.places).where(_b.only == 1))
_KEEP = upsert(tables.beacon, key=["only"], change=["epoch", "sequence", "issued", "body", "places"])
_KEYS = statement(select(_k.generation, _k.seed_sealed, _k.link).order_by(_k.generation))
_INSERT_KEY = insert(tables.network_key, ignore=True)
_USE_KEY = update(tables.network_key, _k.generation == bindparam("number"), link=bindparam("announced"))
_RETIRE_KEY = update(tables.network_key, _k.generation == bindparam("number"), seed_sealed=None)

_SEAL_KEY = update(tables.network_key, _k.generation == bindparam("number"), seed_sealed=bindparam("sealed"))


class Kept(NamedTuple):
    """The newest beacon as stored."""

    epoch: int = 0
    sequence: int = 0
    issued: int = 0
    body: str = ""
    places: Places = Places()


class Key(NamedTuple):
    """A signing key as stored."""

    generation: int
    sealed: bytes | None
    link: Link | None


def kept(db: Snapshot) -> Kept:
    """Load the newest beacon; an empty one before the first."""
    row = db.one(_BEACON)
    if row is None:
        return Kept()
    epoch, sequence, issued, body, places = row
    return Kept(epoch, sequence, issued, body, msgspec.json.decode(places, type=Places))


def keep(tx: Transaction, new: Kept) -> None:
    """Store the newest beacon."""
    places = msgspec.json.encode(new.places).decode()
    tx.run(_KEEP, only=1, epoch=new.epoch, sequence=new.sequence, issued=new.issued, body=new.body, places=places)


def keys(db: Snapshot) -> list[Key]:
    """Load all signing keys, oldest first; the last is promised, the one before signs."""
    return [
        Key(
            row[0],
            None if row[1] is None else bytes(row[1]),
            msgspec.json.decode(row[2], type=Link) if row[2] else None,
        )
        for row in db.all(_KEYS)
    ]


def add_key(tx: Transaction, generation: int, sealed: bytes, link: Link | None) -> None:
    """Add a key, unless another process just did."""
    written = msgspec.json.encode(link).decode() if link else ""
    tx.run(_INSERT_KEY, generation=generation, seed_sealed=sealed, link=written, created=tx.now)


def use_key(tx: Transaction, generation: int, link: Link) -> None:
    """Note that a promised key signs from now on."""
    tx.run(_USE_KEY, number=generation, announced=msgspec.json.encode(link).decode())


def seal_key(tx: Transaction, generation: int, sealed: bytes) -> None:
    """Store the secret half of a key as it is encrypted now."""
    tx.run(_SEAL_KEY, number=generation, sealed=sealed)


def retire_key(tx: Transaction, generation: int) -> None:
    """Forget the secret half of a key."""
    tx.run(_RETIRE_KEY, number=generation)
