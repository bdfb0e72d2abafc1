"""Keeping cards, and forgetting those that no post has any more."""

from __future__ import annotations

from palabre.cards import sql
from palabre.cards.model import Card, Picture, Reading
from palabre.ids import new_id
from palabre.store import Transaction


def keep_card(tx: Transaction, url: str, reading: Reading, picture: Picture | None) -> Card:
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
        fetched=tx.now,
    )
    if sql.insert_card(tx, new):
        return new
    return sql.by_url(tx, url) or new


def forget_card(tx: Transaction, number: int) -> list[str]:
    """Remove a card; return the names of its files, for the caller to have them removed."""
    found = sql.cards(tx, [number]).get(number)
    if found is None:
        return []
    sql.delete_card(tx, number)
    return [found.image] if found.image else []
