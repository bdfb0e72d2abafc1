"""All the SQL of cards."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import bindparam, select

from palabre.cards.model import Card
from palabre.cards.tables import link_card
from palabre.store import Snapshot, Transaction, among, delete, insert, statement

_COLUMNS = [link_card.c[name] for name in Card.__struct_fields__]
_INSERT = insert(link_card, ignore=True)
_AMONG = statement(select(*_COLUMNS).where(among(link_card.c.id, "ids")))
_BY_URL = statement(select(*_COLUMNS).where(link_card.c.url == bindparam("address")))
_DELETE = delete(link_card, link_card.c.id == bindparam("number"))


def insert_card(tx: Transaction, new: Card) -> bool:
    """Add one; ``False`` if its page has one already."""
    return tx.change(_INSERT, **msgspec.structs.asdict(new)) == 1


def cards(db: Snapshot, ids: Collection[int]) -> dict[int, Card]:
    """Load those among ``ids`` that exist: one statement."""
    return {found.id: found for found in db.structs(_AMONG, Card, ids=list(ids))}


def by_url(db: Snapshot, url: str) -> Card | None:
    """Load the card of a page."""
    return db.struct(_BY_URL, Card, address=url)


def delete_card(tx: Transaction, number: int) -> None:
    """Remove one."""
    tx.run(_DELETE, number=number)
