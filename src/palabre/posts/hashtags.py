"""Hashtags: found by their beginning, and how much they were used in the last week."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
import sqlalchemy as sa
from sqlalchemy import and_, bindparam, func, select

from palabre.clock import DAY, Instant
from palabre.ids import first_id
from palabre.markup.entities import hashtag_key
from palabre.paging import Slice, Window, cut
from palabre.posts.errors import HashtagInvalid, HashtagNotFound
from palabre.posts.tables import hashtag as hashtags
from palabre.posts.tables import post_hashtag
from palabre.store import Snapshot, Transaction, among, statement, update
from palabre.store.pages import Pages

DAYS = 7
"""Of so many the uses are told."""
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
    usable: bool = True
    """Whether new posts may have it."""
    listable: bool = True
    """Whether it is found and suggested."""


_columns = tuple(hashtags.c[name] for name in ("id", "name", "posts_count", "last_post", "usable", "listable"))
_led_to = and_(hashtags.c.posts_count > 0, hashtags.c.usable, hashtags.c.listable)
"""What search and suggestions lead to."""
_day = (post_hashtag.c.post // sa.literal_column(str(first_id(DAY)))).label("day")
_BY_KEY = statement(select(*_columns).where(hashtags.c.key == bindparam("wanted"), hashtags.c.posts_count > 0))
_BY_ID = statement(select(*_columns).where(among(hashtags.c.id, "ids"), hashtags.c.posts_count > 0))
_near = (
    select(*_columns, hashtags.c.key)
    .where(hashtags.c.key >= bindparam("first"), hashtags.c.key < bindparam("past"), _led_to)
    .order_by(hashtags.c.key)
    .limit(_CANDIDATES)
    .subquery()
)
_BEGINNING = statement(
    select(*(_near.c[column.name] for column in _columns))
    .order_by((_near.c.key == bindparam("first")).desc(), _near.c.posts_count.desc(), _near.c.key)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_UNUSABLE = statement(select(hashtags.c.key).where(~hashtags.c.usable))
_NOTE = "unusable hashtags"
_ALL = Pages(select(hashtags.c.id, *_columns), hashtags.c.id)
_ANY = statement(select(*_columns).where(hashtags.c.id == bindparam("number")))
_SET_TERMS = update(
    hashtags,
    hashtags.c.id == bindparam("number"),
    name=bindparam("new_name"),
    usable=bindparam("new_usable"),
    listable=bindparam("new_listable"),
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


def unused_hashtag(db: Snapshot, word: str) -> Hashtag:
    """Return what there is to say of a hashtag that no public post has: no statement."""
    return Hashtag(id=0, name=word, posts_count=0, last_post=db.now, history=_week(db.now // DAY, 0, {}))


def hashtags_among(db: Snapshot, ids: Collection[int]) -> list[Hashtag]:
    """Return those of ``ids`` that public posts have, in no order. Two statements."""
    return _with_history(db, db.structs(_BY_ID, Hashtag, ids=list(ids))) if ids else []


def all_hashtags(db: Snapshot, window: Window) -> Slice[Hashtag]:
    """Return hashtags for moderators, the newest first; also those without a post by now. Two statements."""
    rows = _ALL.rows(db, window)
    found = [
        Hashtag(id=number, name=name, posts_count=count, last_post=last, usable=bool(usable), listable=bool(listable))
        for _, number, name, count, last, usable, listable in rows
    ]
    return cut(list(zip((row[0] for row in rows), _with_history(db, found), strict=True)))


def any_hashtag(db: Snapshot, number: int) -> Hashtag:
    """Return a hashtag for moderators. Two statements.

    Raises:
        HashtagNotFound: nobody has ever used it in public.

    """
    found = db.structs(_ANY, Hashtag, number=number)
    if not found:
        raise HashtagNotFound
    return _with_history(db, found)[0]


def unusable_among(db: Snapshot, keys: Collection[str]) -> set[str]:
    """Return which of these folded hashtags no new post may have. One statement; a transaction runs it once.

    All of them are read, for they are few: so a batch of posts does not wait for an answer at each.
    """
    if not keys:
        return set()
    if not isinstance(db, Transaction):
        return set(keys).intersection(db.column(_UNUSABLE))
    known: frozenset[str] | None = db.notes.get(_NOTE)
    if known is None:
        known = db.notes[_NOTE] = frozenset(db.column(_UNUSABLE))
    return set(keys) & known


def set_terms(tx: Transaction, number: int, *, name: str, usable: bool, listable: bool) -> None:
    """Write how a hashtag is spelt, and what moderators let happen with it.

    Raises:
        HashtagNotFound: nobody has ever used it in public.
        HashtagInvalid: ``name`` is another word, not another spelling.

    """
    before = any_hashtag(tx, number)
    if hashtag_key(name) != hashtag_key(before.name):
        raise HashtagInvalid(field="display_name")
    tx.notes.pop(_NOTE, None)
    tx.run(_SET_TERMS, number=number, new_name=name, new_usable=usable, new_listable=listable)


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
            _USES, ids=[each.id for each in found], since=first_id((today - DAYS + 1) * DAY)
        )
    }
    return [msgspec.structs.replace(each, history=_week(today, each.id, uses)) for each in found]


def _week(today: int, number: int, uses: Mapping[tuple[int, int], tuple[int, int]]) -> tuple[Day, ...]:
    """Return the days, in days since 1970, up to ``today``; ``uses`` is by hashtag and day: posts and authors."""
    days = range(today, today - DAYS, -1)
    return tuple(Day(Instant(day * DAY), *uses.get((number, day), (0, 0))) for day in days)
