"""All the SQL of cards."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import bindparam, select

from palabre.cards.model import Card
from palabre.cards.tables import cardless_page, link_card
from palabre.clock import Instant
from palabre.ids import AccountId
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update, upsert

_COLUMNS = [link_card.c[name] for name in Card.__struct_fields__]
_INSERT = insert(link_card, ignore=True)
_AMONG = statement(select(*_COLUMNS).where(among(link_card.c.id, "ids")))
_BY_URL = statement(select(*_COLUMNS).where(link_card.c.url == bindparam("address")))
_FORGET_CREATOR = update(link_card, link_card.c.creator == bindparam("account"), creator=None)
_c = cardless_page.c
_CARDLESS = upsert(cardless_page, key=["url"], change=["until"])
_FORGET_CARDLESS = delete(cardless_page, _c.until <= bindparam("now"))
_IS_CARDLESS = statement(select(_c.url).where(_c.url == bindparam("url"), _c.until > bindparam("now")))
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


def forget_creator(tx: Transaction, account: AccountId) -> None:
    """Take an account out of all cards that name it."""
    tx.run(_FORGET_CREATOR, account=account)


def remember_cardless(tx: Transaction, url: str, until: Instant) -> None:
    """Note that a page has no card, and forget what was noted of others long ago."""
    tx.run(_FORGET_CARDLESS, now=tx.now)
    tx.run(_CARDLESS, url=url, until=until)


def is_cardless(db: Snapshot, url: str) -> bool:
    """Tell whether it is noted that a page has no card."""
    return db.one(_IS_CARDLESS, url=url, now=db.now) is not None


def delete_card(tx: Transaction, number: int) -> None:
    """Remove one."""
    tx.run(_DELETE, number=number)
