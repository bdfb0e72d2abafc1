"""All the SQL of timelines: narrow rows, in the order they are shown."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import and_, bindparam, case, func, or_, select

from palabre.accounts.model import Standing
from palabre.accounts.tables import account
from palabre.graph.tables import block, domain_block, follow, mute
from palabre.ids import AccountId, PostId
from palabre.posts.model import Mention, Visibility
from palabre.posts.tables import hashtag, post, post_hashtag, post_mention, viewer_post
from palabre.store import Snapshot, Statement, among, statement
from palabre.timelines.model import Entry
from palabre.timelines.rules import Candidate
from palabre.timelines.shared import Line

_original = post.alias("original")
_shown = func.coalesce(post.c.repost_of, post.c.id)
_in_public = and_(account.c.standing == Standing.ACTIVE.value, ~account.c.limited)
"""Whether what somebody says is shown to people who do not follow him and have not come to see it."""


def _hidden_by(author: sa.ColumnElement[Any], *, muted: bool) -> sa.ColumnElement[bool]:
    """Somebody between viewer and author blocks (or, with ``muted``, the viewer mutes)."""
    viewer: sa.BindParameter[int] = bindparam("viewer")
    conditions = [
        sa.exists().where(block.c.account == author, block.c.target == viewer),
        sa.exists().where(block.c.account == viewer, block.c.target == author),
    ]
    if muted:
        conditions.append(
            sa.exists().where(
                mute.c.account == viewer,
                mute.c.target == author,
                or_(mute.c.expires.is_(None), mute.c.expires > bindparam("now")),
            )
        )
    return or_(*conditions)


_far_enough = ~sa.exists().where(
    domain_block.c.account == bindparam("viewer"), domain_block.c.domain == account.c.domain
)
"""The viewer does not hide everybody of the author's network."""


def _blocked_by(author: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return sa.exists().where(block.c.account == author, block.c.target == bindparam("viewer"))


_MARKS = func.coalesce(viewer_post.c.marks, 0)
_marks_join = and_(viewer_post.c.account == bindparam("viewer"), viewer_post.c.post == _shown)


def _page(query: Any, key: sa.ColumnElement[Any], *, upwards: bool) -> Statement:
    bounded = query.where(key < bindparam("upper"), key > bindparam("lower"))
    return statement(bounded.order_by(key.asc() if upwards else key.desc()).limit(bindparam("most")))


def _entries(db: Snapshot, query: Statement, *, upwards: bool, **params: Any) -> list[tuple[int, Entry]]:
    rows = db.all(query, now=db.now, **params)
    found = [(row[0], Entry(row[1], row[2] or 0, row[3])) for row in rows]
    return found[::-1] if upwards else found


@cache
def _local(*, upwards: bool, only_media: bool) -> Statement:
    query = (
        select(post.c.id, post.c.id, post.c.repost_of, _MARKS)
        .join_from(post, account, account.c.id == post.c.author)
        .outerjoin(viewer_post, _marks_join)
        .where(
            post.c.listed,
            post.c.local,
            _in_public,
            ~_hidden_by(post.c.author, muted=True),
        )
    )
    if only_media:
        query = query.where(post.c.media_count > 0)
    return _page(query, post.c.id, upwards=upwards)


def local(
    db: Snapshot, viewer: AccountId | None, *, upper: int, lower: int, most: int, upwards: bool, only_media: bool
) -> list[tuple[int, Entry]]:
    """Return public posts of this network that begin or continue their author's own thread."""
    query = _local(upwards=upwards, only_media=only_media)
    return _entries(db, query, upwards=upwards, viewer=viewer or 0, upper=upper, lower=lower, most=most)


_TAG_IDS = statement(select(hashtag.c.key, hashtag.c.id).where(among(hashtag.c.key, "keys")))


def hashtag_ids(db: Snapshot, keys: list[str]) -> dict[str, int]:
    """Return the ids of the hashtags that exist among ``keys``."""
    return dict(db.all(_TAG_IDS, keys=keys))


@cache
def _hashtag(*, upwards: bool, only_media: bool, also: bool, none: bool) -> Statement:
    query = (
        select(post_hashtag.c.post, post.c.id, post.c.repost_of, _MARKS)
        .join_from(post_hashtag, post, post.c.id == post_hashtag.c.post)
        .join(account, account.c.id == post.c.author)
        .outerjoin(viewer_post, _marks_join)
        .where(
            post.c.visibility == Visibility.PUBLIC.value,
            _in_public,
            ~_hidden_by(post.c.author, muted=True),
            _far_enough,
        )
    )
    if also:
        query = query.where(among(post_hashtag.c.hashtag, "any_of")).distinct()
        every = post_hashtag.alias("every")
        query = query.where(
            select(func.count()).where(every.c.post == post.c.id, among(every.c.hashtag, "all_of")).scalar_subquery()
            == bindparam("all_count")
        )
    else:
        query = query.where(post_hashtag.c.hashtag == bindparam("tag"))
    if none:
        unwanted = post_hashtag.alias("unwanted")
        query = query.where(~sa.exists().where(unwanted.c.post == post.c.id, among(unwanted.c.hashtag, "none_of")))
    if only_media:
        query = query.where(post.c.media_count > 0)
    return _page(query, post_hashtag.c.post, upwards=upwards)


def of_hashtag(
    db: Snapshot,
    viewer: AccountId | None,
    *,
    any_of: list[int],
    all_of: list[int],
    none_of: list[int],
    upper: int,
    lower: int,
    most: int,
    upwards: bool,
    only_media: bool,
) -> list[tuple[int, Entry]]:
    """Return public posts with one of ``any_of``, all of ``all_of`` and none of ``none_of`` (ids of hashtags)."""
    also = len(any_of) > 1 or bool(all_of)
    query = _hashtag(upwards=upwards, only_media=only_media, also=also, none=bool(none_of))
    params: dict[str, Any] = {"upper": upper, "lower": lower, "most": most, "viewer": viewer or 0}
    if also:
        params |= {"any_of": any_of, "all_of": all_of, "all_count": len(all_of)}
    else:
        params["tag"] = any_of[0]
    if none_of:
        params["none_of"] = none_of
    return _entries(db, query, upwards=upwards, **params)


@cache
def _linking(*, upwards: bool) -> Statement:
    query = (
        select(post.c.id, post.c.id, post.c.repost_of, _MARKS)
        .join_from(post, account, account.c.id == post.c.author)
        .outerjoin(viewer_post, _marks_join)
        .where(
            post.c.card == bindparam("card"),
            post.c.card.is_not(None),
            post.c.visibility == Visibility.PUBLIC.value,
            _in_public,
            ~_hidden_by(post.c.author, muted=True),
            _far_enough,
        )
    )
    return _page(query, post.c.id, upwards=upwards)


def linking(
    db: Snapshot, viewer: AccountId | None, card: int, *, upper: int, lower: int, most: int, upwards: bool
) -> list[tuple[int, Entry]]:
    """Return public posts that show a card."""
    query = _linking(upwards=upwards)
    return _entries(db, query, upwards=upwards, viewer=viewer or 0, card=card, upper=upper, lower=lower, most=most)


class Author(NamedTuple):
    """How somebody whose posts are asked for stands to the viewer."""

    standing: str
    blocks_viewer: bool
    followed: bool


_AUTHOR = statement(
    select(
        account.c.standing,
        _blocked_by(account.c.id),
        sa.exists().where(follow.c.follower == bindparam("viewer"), follow.c.followed == account.c.id),
    ).where(account.c.id == bindparam("author"))
)


def author_for(db: Snapshot, viewer: AccountId | None, author: AccountId) -> Author | None:
    """Return how ``author`` stands to the viewer, if there is such an account: one statement."""
    row = db.one(_AUTHOR, viewer=viewer or 0, author=author)
    return Author(row[0], bool(row[1]), bool(row[2])) if row else None


@cache
def _account(*, upwards: bool, replies: bool, reposts: bool, only_media: bool, tagged: bool, own: bool) -> Statement:
    query = (
        select(post.c.id, post.c.id, post.c.repost_of, _MARKS)
        .outerjoin_from(post, viewer_post, _marks_join)
        .where(post.c.author == bindparam("author"))
    )
    if not own:
        query = query.where(
            or_(
                among(post.c.visibility, "visibilities"),
                sa.exists().where(post_mention.c.account == bindparam("viewer"), post_mention.c.post == post.c.id),
            )
        )
    if not replies:
        query = query.where(or_(post.c.reply_to_author.is_(None), post.c.reply_to_author == post.c.author))
    if not reposts:
        query = query.where(post.c.repost_of.is_(None))
    else:
        original_author = (
            select(_original.c.author).where(_original.c.id == post.c.repost_of).correlate(post).scalar_subquery()
        )
        query = query.where(or_(post.c.repost_of.is_(None), ~_blocked_by(original_author)))
    if only_media:
        query = query.where(post.c.media_count > 0)
    if tagged:
        query = query.where(
            sa.exists().where(post_hashtag.c.post == post.c.id, post_hashtag.c.hashtag == bindparam("tag"))
        )
    return _page(query, post.c.id, upwards=upwards)


def of_account(
    db: Snapshot,
    viewer: AccountId | None,
    author: AccountId,
    *,
    visibilities: list[str],
    tag: int | None,
    replies: bool,
    reposts: bool,
    only_media: bool,
    upper: int,
    lower: int,
    most: int,
    upwards: bool,
) -> list[tuple[int, Entry]]:
    """Return posts of ``author`` whose visibility is among ``visibilities``, or that mention the viewer."""
    own = viewer == author
    query = _account(
        upwards=upwards, replies=replies, reposts=reposts, only_media=only_media, tagged=tag is not None, own=own
    )
    params: dict[str, Any] = {"author": author, "viewer": viewer or 0, "upper": upper, "lower": lower, "most": most}
    if not own:
        params["visibilities"] = visibilities
    if tag is not None:
        params["tag"] = tag
    return _entries(db, query, upwards=upwards, **params)


# Windows that all readers share

_shared_local = (
    select(post.c.id, post.c.author)
    .join_from(post, account, account.c.id == post.c.author)
    .where(post.c.listed, post.c.local, _in_public)
)
_SHARED_LOCAL = statement(_shared_local.order_by(post.c.id.desc()).limit(bindparam("most")))
_SHARED_TAG = statement(
    select(post_hashtag.c.post, post.c.author)
    .join_from(hashtag, post_hashtag, post_hashtag.c.hashtag == hashtag.c.id)
    .join(post, post.c.id == post_hashtag.c.post)
    .join(account, account.c.id == post.c.author)
    .where(
        hashtag.c.key == bindparam("key"),
        post.c.visibility == Visibility.PUBLIC.value,
        _in_public,
    )
    .order_by(post_hashtag.c.post.desc())
    .limit(bindparam("most"))
)
_STANDING = statement(select(account.c.standing).where(account.c.id == bindparam("author")))
_narrow = and_(post.c.visibility != Visibility.PUBLIC.value, post.c.visibility != Visibility.UNLISTED.value)
_SHARED_AUTHOR = statement(
    select(
        post.c.id,
        post.c.visibility,
        case((_narrow, post.c.mentions), else_=None),
        post.c.reply_to_author,
        post.c.repost_of,
        _original.c.author,
    )
    .outerjoin_from(post, _original, _original.c.id == post.c.repost_of)
    .where(post.c.author == bindparam("author"))
    .order_by(post.c.id.desc())
    .limit(bindparam("most"))
)
_decode_mentions = msgspec.json.Decoder(tuple[Mention, ...]).decode


def shared_local(db: Snapshot, *, most: int) -> list[tuple[int, Line]]:
    """Return the newest lines of what is said here, for everybody."""
    return [(post, Line(author)) for post, author in db.all(_SHARED_LOCAL, most=most)]


def shared_tag(db: Snapshot, key: str, *, most: int) -> list[tuple[int, Line]]:
    """Return the newest lines of a hashtag, for everybody."""
    return [(post, Line(author)) for post, author in db.all(_SHARED_TAG, key=key, most=most)]


def shared_author(db: Snapshot, author: AccountId, *, most: int) -> list[tuple[int, Line]] | None:
    """Return the newest lines of an account, for everybody; ``None`` if it is not active."""
    if db.value(_STANDING, author=author) != Standing.ACTIVE.value:
        return None
    return [
        (
            number,
            Line(
                author,
                visibility,
                () if visibility == Visibility.WAITING.value else _mentioned(mentions),
                to,
                original or 0,
                by or 0,
            ),
        )
        for number, visibility, mentions, to, original, by in db.all(_SHARED_AUTHOR, author=author, most=most)
    ]


def _mentioned(mentions: str | None) -> tuple[int, ...]:
    return tuple(each.account for each in _decode_mentions(mentions)) if mentions else ()


@cache
def _marked(column: str, *, upwards: bool) -> Statement:
    key = viewer_post.c[column]
    return _page(
        select(key, viewer_post.c.post).where(viewer_post.c.account == bindparam("viewer"), key.is_not(None)),
        key,
        upwards=upwards,
    )


def marked(
    db: Snapshot, viewer: AccountId, column: str, *, upper: int, lower: int, most: int, upwards: bool
) -> list[tuple[int, PostId]]:
    """Return ``(id of the mark, post)`` for what ``viewer`` has ``liked`` or ``bookmarked``, newest mark first."""
    rows = db.all(_marked(column, upwards=upwards), viewer=viewer, upper=upper, lower=lower, most=most)
    found = [(row[0], PostId(row[1])) for row in rows]
    return found[::-1] if upwards else found


# The pull query of a home timeline


@cache
def _pull(*, upwards: bool, tagged: bool) -> Statement:
    def newest(query: Any, key: sa.ColumnElement[Any]) -> Any:
        inside = query.where(key > bindparam("lower"), key < bindparam("upper"))
        return inside.order_by(key.asc() if upwards else key.desc()).limit(bindparam("most"))

    mine = newest(
        select(post.c.id, sa.literal(0).label("tagged")).where(among(post.c.author, "authors")), post.c.id
    ).subquery("newest")
    if tagged:
        with_tag = newest(
            select(post_hashtag.c.post.label("id"), sa.literal(1).label("tagged"))
            .distinct()
            .join_from(hashtag, post_hashtag, post_hashtag.c.hashtag == hashtag.c.id)
            .join(account, account.c.id == post_hashtag.c.author)
            .where(among(hashtag.c.key, "tags"), ~account.c.limited),
            post_hashtag.c.post,
        ).subquery("with_tag")
        both = sa.union_all(select(mine), select(with_tag)).subquery("both")
        inner: Any = newest(
            select(both.c.id, func.max(both.c.tagged).label("tagged")).group_by(both.c.id), both.c.id
        ).subquery("newest_of_both")
    else:
        inner = mine
    original_author = (
        select(_original.c.author).where(_original.c.id == post.c.repost_of).correlate(post).scalar_subquery()
    )
    return statement(
        select(
            post.c.id,
            post.c.author,
            post.c.visibility,
            post.c.reply_to_author,
            post.c.repost_of,
            case((post.c.repost_of.is_(None), None), else_=original_author),
            post.c.language,
            inner.c.tagged,
        )
        .join_from(inner, post, post.c.id == inner.c.id)
        .order_by(post.c.id.asc() if upwards else post.c.id.desc())
    )


def pull(
    db: Snapshot,
    authors: list[int],
    tags: list[str],
    *,
    lower: int,
    upper: int,
    most: int,
    upwards: bool = False,
) -> list[Candidate]:
    """Return posts of ``authors`` or with one of ``tags``, between two ids, newest (``upwards``: oldest) first."""
    params: dict[str, Any] = {"authors": authors, "lower": lower, "upper": upper, "most": most}
    if tags:
        params["tags"] = tags
    rows = db.all(_pull(upwards=upwards, tagged=bool(tags)), **params)
    return [Candidate(*row) for row in rows]


_MUTE_ENDS = statement(
    select(func.min(mute.c.expires)).where(mute.c.account == bindparam("reader"), mute.c.expires > bindparam("now"))
)


def first_mute_to_end(db: Snapshot, reader: AccountId) -> int | None:
    """Return when the first of the reader's timed mutes ends, in milliseconds since 1970."""
    found = db.value(_MUTE_ENDS, reader=reader, now=db.now)
    return None if found is None else int(found)
