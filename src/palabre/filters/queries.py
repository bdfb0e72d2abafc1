"""A member's filters: nobody else sees them."""

from __future__ import annotations

from palabre.filters import sql
from palabre.filters.errors import FilterNotFound
from palabre.filters.model import Filter, FilteredPost, Keyword
from palabre.filters.rules import Sieve
from palabre.ids import AccountId
from palabre.store import Snapshot


def filters_of(db: Snapshot, viewer: AccountId) -> list[Filter]:
    """Return the viewer's filters, oldest first: at most three statements."""
    return sql.filters_of(db, viewer)


def filter_of(db: Snapshot, viewer: AccountId, number: int) -> Filter:
    """Return one of the viewer's filters.

    Raises:
        FilterNotFound: the viewer has no such filter.

    """
    for each in sql.filters_of(db, viewer):
        if each.id == number:
            return each
    raise FilterNotFound


def keyword_of(db: Snapshot, viewer: AccountId, number: int) -> tuple[Filter, Keyword]:
    """Return a word of one of the viewer's filters.

    Raises:
        FilterNotFound: the viewer has no such word.

    """
    for each in sql.filters_of(db, viewer):
        for word in each.keywords:
            if word.id == number:
                return each, word
    raise FilterNotFound


def filtered_post_of(db: Snapshot, viewer: AccountId, number: int) -> tuple[Filter, FilteredPost]:
    """Return a post that stands in one of the viewer's filters.

    Raises:
        FilterNotFound: there is none.

    """
    for each in sql.filters_of(db, viewer):
        for one in each.posts:
            if one.id == number:
                return each, one
    raise FilterNotFound


def sieve_of(db: Snapshot, viewer: AccountId) -> Sieve | None:
    """Return the viewer's filters made ready, or ``None`` if there are none. One statement for who has none."""
    found = sql.filters_of(db, viewer)
    return Sieve(found, db.now) if found else None
