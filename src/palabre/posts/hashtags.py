"""Hashtags: found by their beginning, and how much they were used in the last week."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam, func, select

from palabre.clock import DAY, Instant
from palabre.ids import first_id
from palabre.markup.entities import hashtag_key
from palabre.posts.tables import hashtag as hashtags
from palabre.posts.tables import post_hashtag
from palabre.store import Snapshot, among, statement

_DAYS = 7
_CANDIDATES = 2_000
"""How many that begin alike are looked at for the most used ones."""
_LAST = "\U0010ffff"


class Day(msgspec.Struct, frozen=True):
    """The uses of a hashtag on one day (UTC)."""

    day: Instant
    """Its midnight."""
    uses: int
    accounts: int


class Hashtag(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag that public posts have."""

    id: int
    name: str
    """As it was first written."""
    posts_count: int
    last_post: Instant
    history: tuple[Day, ...] = ()
    """The last seven days, today first."""


_columns = (hashtags.c.id, hashtags.c.name, hashtags.c.posts_count, hashtags.c.last_post)
_day = (post_hashtag.c.post // sa.literal_column(str(first_id(DAY)))).label("day")
_BY_KEY = statement(select(*_columns).where(hashtags.c.key == bindparam("wanted"), hashtags.c.posts_count > 0))
_BY_ID = statement(select(*_columns).where(among(hashtags.c.id, "ids"), hashtags.c.posts_count > 0))
_near = (
    select(*_columns, hashtags.c.key)
    .where(hashtags.c.key >= bindparam("first"), hashtags.c.key < bindparam("past"), hashtags.c.posts_count > 0)
    .order_by(hashtags.c.key)
    .limit(_CANDIDATES)
    .subquery()
)
_BEGINNING = statement(
    select(_near.c.id, _near.c.name, _near.c.posts_count, _near.c.last_post)
    .order_by((_near.c.key == bindparam("first")).desc(), _near.c.posts_count.desc(), _near.c.key)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_USES = statement(
    select(post_hashtag.c.hashtag, _day, func.count(), func.count(sa.distinct(post_hashtag.c.author)))
    .where(among(post_hashtag.c.hashtag, "ids"), post_hashtag.c.post >= bindparam("since"))
    .group_by(post_hashtag.c.hashtag, _day)
)


def hashtag(db: Snapshot, name: str) -> Hashtag | None:
    """Return a hashtag by name, however it is written; ``None`` if no public post has it. Two statements."""
    found = db.structs(_BY_KEY, Hashtag, wanted=hashtag_key(name))
    return _with_history(db, found)[0] if found else None


def hashtags_among(db: Snapshot, ids: Collection[int]) -> list[Hashtag]:
    """Return those of ``ids`` that public posts have, in no order. Two statements."""
    return _with_history(db, db.structs(_BY_ID, Hashtag, ids=list(ids))) if ids else []


def search_hashtags(db: Snapshot, text: str, *, limit: int, offset: int = 0) -> list[Hashtag]:
    """Return hashtags that begin with ``text``: itself first, then the most used. Two statements."""
    key = hashtag_key(text.strip())
    if not key:
        return []
    found = db.structs(_BEGINNING, Hashtag, first=key, past=key + _LAST, most=limit, skip=offset)
    return _with_history(db, found)


def _with_history(db: Snapshot, found: Collection[Hashtag]) -> list[Hashtag]:
    if not found:
        return []
    today = db.now // DAY
    uses = {
        (tag, day): (posts, authors)
        for tag, day, posts, authors in db.all(
            _USES, ids=[each.id for each in found], since=first_id((today - _DAYS + 1) * DAY)
        )
    }
    return [
        msgspec.structs.replace(
            each,
            history=tuple(
                Day(Instant(day * DAY), *uses.get((each.id, day), (0, 0))) for day in range(today, today - _DAYS, -1)
            ),
        )
        for each in found
    ]
