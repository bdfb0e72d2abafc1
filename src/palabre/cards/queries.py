"""Reading cards. Those of a post are as readable as the post: ask only for posts already let through."""

from __future__ import annotations

from collections.abc import Collection

from palabre.cards import sql
from palabre.cards.model import Card
from palabre.store import Snapshot


def cards_among(db: Snapshot, ids: Collection[int]) -> dict[int, Card]:
    """Load cards. One statement."""
    return sql.cards(db, ids) if ids else {}


def is_cardless(db: Snapshot, url: str) -> bool:
    """Tell whether a page was asked lately and had no card."""
    return sql.is_cardless(db, url)


def card_of(db: Snapshot, url: str) -> Card | None:
    """Return the card of a page, if it was read already."""
    return sql.by_url(db, url)
