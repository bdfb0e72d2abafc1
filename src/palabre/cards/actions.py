"""Keeping cards, and forgetting those that no post has any more."""

from __future__ import annotations

from palabre.cards import sql
from palabre.cards.model import Card, Picture, Reading
from palabre.clock import HOUR, Instant
from palabre.ids import AccountId, new_id
from palabre.store import Transaction

CARDLESS_FOR = 6 * HOUR
"""How long a page without a card is not asked again."""


def keep_card(
    tx: Transaction, url: str, reading: Reading, picture: Picture | None, creator: AccountId | None = None
) -> Card:
    """Keep what was read at ``url``, or return what somebody else has read there meanwhile."""
    new = Card(
        id=new_id(tx.now),
        url=url,
        title=reading.title,
        description=reading.description,
        author=reading.author,
        provider=reading.provider,
        published=reading.published,
        image=picture.file if picture else None,
        image_description=reading.image_description if picture else "",
        width=picture.width if picture else 0,
        height=picture.height if picture else 0,
        blurhash=picture.blurhash if picture else None,
        language=reading.language,
        creator=creator,
        fetched=tx.now,
    )
    if sql.insert_card(tx, new):
        return new
    return sql.by_url(tx, url) or new


def remember_cardless(tx: Transaction, url: str) -> None:
    """Note that the page at ``url`` has no card, so that it is not asked again for every post that links it."""
    sql.remember_cardless(tx, url, Instant(tx.now + CARDLESS_FOR))


def forget_creator(tx: Transaction, account: AccountId) -> None:
    """Forget that pages name ``account`` as their author."""
    sql.forget_creator(tx, account)


def forget_card(tx: Transaction, number: int) -> list[str]:
    """Remove a card; return the names of its files, for the caller to have them removed."""
    found = sql.cards(tx, [number]).get(number)
    if found is None:
        return []
    sql.delete_card(tx, number)
    return [found.image] if found.image else []
