"""The SQL of posts, but for what deletes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import and_, bindparam, func, or_, select

from palabre.accounts import model as accounts
from palabre.accounts.rows import ACCOUNT_COLUMNS, account_columns, account_of
from palabre.accounts.tables import account, app
from palabre.graph.tables import block, follow
from palabre.ids import AccountId, PostId
from palabre.markup.entities import Entity
from palabre.posts.model import (
    Edge,
    Head,
    Mark,
    Mention,
    Post,
    PostView,
    QuotePolicy,
    QuoteState,
    Readable,
    ReplyPolicy,
    Visibility,
)
from palabre.posts.tables import hashtag, idempotency, post, post_hashtag, post_mention, viewer_post
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update, upsert

_decode_entities = msgspec.json.Decoder(tuple[Entity, ...]).decode
_decode_mentions = msgspec.json.Decoder(tuple[Mention, ...]).decode
_decode_tags = msgspec.json.Decoder(tuple[str, ...]).decode

POST_COLUMNS = Post.__struct_fields__
_POST_WIDTH = len(POST_COLUMNS)
_ACCOUNT_WIDTH = len(ACCOUNT_COLUMNS)
_AT = {name: index for index, name in enumerate(POST_COLUMNS)}
_ENTITIES, _MENTIONS, _HASHTAGS = _AT["entities"], _AT["mentions"], _AT["hashtags"]
_SENSITIVE, _VISIBILITY = _AT["sensitive"], _AT["visibility"]
_QUOTE_POLICY, _QUOTE_STATE = _AT["quote_policy"], _AT["quote_state"]
_REPLY_POLICY, _HIDDEN = _AT["reply_policy"], _AT["hidden"]
_EMPTY = "[]"


def post_of(row: Sequence[Any]) -> Post:
    """Make a post of a row with the columns of ``POST_COLUMNS``."""
    values = list(row)
    entities, mentions, hashtags = values[_ENTITIES], values[_MENTIONS], values[_HASHTAGS]
    values[_ENTITIES] = () if entities == _EMPTY else _decode_entities(entities)
    values[_MENTIONS] = () if mentions == _EMPTY else _decode_mentions(mentions)
    values[_HASHTAGS] = () if hashtags == _EMPTY else _decode_tags(hashtags)
    values[_SENSITIVE] = bool(values[_SENSITIVE])
    values[_VISIBILITY] = Visibility(values[_VISIBILITY])
    values[_QUOTE_POLICY] = QuotePolicy(values[_QUOTE_POLICY])
    values[_REPLY_POLICY] = ReplyPolicy(values[_REPLY_POLICY])
    values[_HIDDEN] = bool(values[_HIDDEN])
    if values[_QUOTE_STATE] is not None:
        values[_QUOTE_STATE] = QuoteState(values[_QUOTE_STATE])
    return Post(**dict(zip(POST_COLUMNS, values, strict=True)))


class Found(NamedTuple):
    """A post with its author and how the viewer stands to both; rights not yet decided."""

    view: PostView
    follows_author: bool
    blocked: bool
    standing: str
    media_count: int


_FOUND = (
    select(
        *(post.c[name] for name in POST_COLUMNS),
        *account_columns(),
        func.coalesce(viewer_post.c.marks, 0),
        follow.c.id.is_not(None),
        block.c.id.is_not(None),
        post.c.media_count,
        app.c.name,
        app.c.website,
    )
    .join_from(post, account, account.c.id == post.c.author)
    .outerjoin(viewer_post, and_(viewer_post.c.account == bindparam("viewer"), viewer_post.c.post == post.c.id))
    .outerjoin(follow, and_(follow.c.follower == bindparam("viewer"), follow.c.followed == post.c.author))
    .outerjoin(block, and_(block.c.account == post.c.author, block.c.target == bindparam("viewer")))
    .outerjoin(app, app.c.id == post.c.app)
)
_FOUND_AMONG = statement(_FOUND.where(among(post.c.id, "ids")))
_FOUND_ONE = statement(_FOUND.where(post.c.id == bindparam("id")))


def _found(row: Sequence[Any]) -> Found:
    end = _POST_WIDTH + _ACCOUNT_WIDTH
    marks, follows, blocked, media_count, app_name, app_website = row[end:]
    author = account_of(row[_POST_WIDTH:end])
    found = post_of(row[:_POST_WIDTH])
    if author.sensitized and media_count and not found.sensitive:
        found = msgspec.structs.replace(found, sensitive=True)
    view = PostView(
        post=found,
        author=author,
        marks=Mark(marks),
        app_name=app_name,
        app_website=app_website,
    )
    return Found(view, bool(follows), bool(blocked), author.standing, media_count)


def find(db: Snapshot, viewer: AccountId | None, ids: Collection[PostId]) -> dict[PostId, Found]:
    """Load the posts among ``ids`` with their authors: one statement."""
    if not ids:
        return {}
    if len(ids) == 1:
        rows = db.all(_FOUND_ONE, viewer=viewer or 0, id=next(iter(ids)))
    else:
        rows = db.all(_FOUND_AMONG, viewer=viewer or 0, ids=list(ids))
    return {(found := _found(row)).view.post.id: found for row in rows}


def may_read(of: sa.FromClause, author: sa.FromClause) -> sa.ColumnElement[bool]:
    """Say ``rules.may_read`` in SQL, for what needs no more of a post than that; a test compares the two."""
    viewer: sa.BindParameter[int] = bindparam("viewer")
    blocked = sa.exists().where(block.c.account == of.c.author, block.c.target == viewer)
    follows = sa.exists().where(follow.c.follower == viewer, follow.c.followed == of.c.author)
    mentioned = sa.exists().where(post_mention.c.account == viewer, post_mention.c.post == of.c.id)
    visible = or_(
        of.c.visibility == Visibility.PUBLIC.value,
        of.c.visibility == Visibility.UNLISTED.value,
        mentioned,
        and_(of.c.visibility == Visibility.FOLLOWERS.value, follows),
    )
    return or_(of.c.author == viewer, and_(author.c.standing == accounts.Standing.ACTIVE.value, ~blocked, visible))


_original, _writer = post.alias("original"), account.alias("writer")


def _head(of: sa.FromClause) -> tuple[sa.ColumnElement[Any], ...]:
    narrow = and_(of.c.visibility != Visibility.PUBLIC.value, of.c.visibility != Visibility.UNLISTED.value)
    return (
        of.c.author,
        of.c.visibility,
        sa.case((narrow, of.c.mentions), else_=None),
        of.c.reply_to,
        of.c.thread,
    )


_READABLE = (
    select(post.c.id, func.coalesce(viewer_post.c.marks, 0), post.c.repost_of, *_head(post), *_head(_original))
    .join_from(post, account, account.c.id == post.c.author)
    .outerjoin(_original, _original.c.id == post.c.repost_of)
    .outerjoin(_writer, _writer.c.id == _original.c.author)
    .outerjoin(
        viewer_post,
        and_(
            viewer_post.c.account == bindparam("viewer"),
            viewer_post.c.post == func.coalesce(post.c.repost_of, post.c.id),
        ),
    )
    .where(may_read(post, account), or_(post.c.repost_of.is_(None), may_read(_original, _writer)))
)
_READABLE_AMONG = statement(_READABLE.where(among(post.c.id, "ids")))
_READABLE_ONE = statement(_READABLE.where(post.c.id == bindparam("id")))


def readable(db: Snapshot, viewer: AccountId | None, ids: Collection[PostId]) -> list[Readable]:
    """Return which of ``ids`` the viewer may read, in no order: one statement."""
    if len(ids) == 1:
        rows = db.all(_READABLE_ONE, viewer=viewer or 0, id=next(iter(ids)))
    else:
        rows = db.all(_READABLE_AMONG, viewer=viewer or 0, ids=list(ids)) if ids else []
    return [_readable(row) for row in rows]


def _readable(row: Sequence[Any]) -> Readable:
    number, marks, original = row[:3]
    return Readable(
        PostId(number),
        marks,
        _head_of(row[3:8], original or 0),
        None if original is None else _head_of(row[8:13], 0),
    )


def _head_of(row: Sequence[Any], original: int) -> Head:
    author, visibility, mentions, reply_to, thread = row
    to = tuple(each.account for each in _decode_mentions(mentions)) if mentions else ()
    return Head(author, visibility, to, original, reply_to, thread)


_of_thread = post.c.thread == bindparam("thread")
_out = (
    select(post.c.id, post.c.reply_to, post.c.hidden, sa.literal(0).label("only"))
    .where(_of_thread, post.c.repost_of.is_(None), post.c.visibility != Visibility.WAITING.value)
    .order_by(post.c.id)
    .limit(bindparam("most"))
    .subquery("edges_out")
)
_waiting = (
    select(post.c.id, post.c.reply_to, post.c.hidden, post.c.author.label("only"))
    .where(_of_thread, post.c.visibility == sa.literal_column(f"'{Visibility.WAITING.value}'"))
    .order_by(post.c.id.desc())
    .limit(bindparam("most"))
    .subquery("edges_waiting")
)
_THREAD = statement(sa.union_all(select(_out), select(_waiting)))


def thread_edges(db: Snapshot, thread: PostId, *, most: int) -> list[Edge]:
    """Return the posts of a conversation, oldest first, folded ones last. What waits takes no place."""
    rows = db.all(_THREAD, thread=thread, most=most)
    return sorted((Edge(PostId(row[0]), row[1], bool(row[2]), row[3]) for row in rows), key=lambda edge: edge.place)


class Standing(NamedTuple):
    """A post of a conversation, and what decides about its place there."""

    post: PostId
    reply_to: int | None
    author: AccountId
    ups: int
    downs: int
    hidden: bool = False


_STANDING = statement(
    select(post.c.id, post.c.reply_to, post.c.author, post.c.ups, post.c.downs, post.c.hidden)
    .where(
        _of_thread,
        post.c.repost_of.is_(None),
        or_(post.c.visibility != Visibility.WAITING.value, post.c.author == bindparam("viewer")),
    )
    .order_by(post.c.id)
    .limit(bindparam("most"))
)


def thread_standing(db: Snapshot, viewer: AccountId | None, thread: PostId, *, most: int) -> list[Standing]:
    """Return the posts of a conversation with their votes, oldest first."""
    return [Standing(*row) for row in db.all(_STANDING, thread=thread, viewer=viewer or 0, most=most)]


# Who did what with a post

_LIKED_BY = statement(
    select(viewer_post.c.liked, viewer_post.c.account)
    .where(
        viewer_post.c.post == bindparam("post"),
        viewer_post.c.liked < bindparam("upper"),
        viewer_post.c.liked > bindparam("lower"),
    )
    .order_by(viewer_post.c.liked.desc())
    .limit(bindparam("most"))
)
_REPOSTED_BY = statement(
    select(post.c.id, post.c.author)
    .where(
        post.c.repost_of == bindparam("post"),
        post.c.id < bindparam("upper"),
        post.c.id > bindparam("lower"),
    )
    .order_by(post.c.id.desc())
    .limit(bindparam("most"))
)


def likers(db: Snapshot, of: PostId, *, upper: int, lower: int, most: int) -> list[tuple[int, AccountId]]:
    """Return ``(id of the like, account)``, newest first."""
    return [(row[0], row[1]) for row in db.all(_LIKED_BY, post=of, upper=upper, lower=lower, most=most)]


def reposters(db: Snapshot, of: PostId, *, upper: int, lower: int, most: int) -> list[tuple[int, AccountId]]:
    """Return ``(id of the repost, account)``, newest first."""
    return [(row[0], row[1]) for row in db.all(_REPOSTED_BY, post=of, upper=upper, lower=lower, most=most)]


_REPOST_BY = statement(
    select(post.c.id).where(post.c.repost_of == bindparam("original"), post.c.author == bindparam("author"))
)


def repost_by(db: Snapshot, original: PostId, author: AccountId) -> PostId | None:
    """Return the repost of ``original`` by ``author``, if there is one."""
    found = db.value(_REPOST_BY, original=original, author=author)
    return None if found is None else PostId(found)


# Writing

_INSERT = insert(post)
_MENTION = insert(post_mention, ignore=True)
_TAG_USED = upsert(
    hashtag,
    key=["key"],
    change={
        "posts_count": hashtag.c.posts_count + 1,
        "last_post": sa.case(
            (hashtag.c.last_post < sa.bindparam("used"), sa.bindparam("used")), else_=hashtag.c.last_post
        ),
    },
)
_TAG_POST = statement(
    sa.insert(post_hashtag).from_select(
        ["hashtag", "post", "author"],
        select(
            hashtag.c.id, bindparam("post", type_=sa.BigInteger()), bindparam("author", type_=sa.BigInteger())
        ).where(among(hashtag.c.key, "keys")),
    )
)
_REPLIED = update(post, post.c.id == bindparam("target"), replies_count=post.c.replies_count + bindparam("by"))
_REPOSTED = update(post, post.c.id == bindparam("target"), reposts_count=post.c.reposts_count + bindparam("by"))
_LIKED = update(post, post.c.id == bindparam("target"), likes_count=post.c.likes_count + bindparam("by"))
_QUOTED = update(post, post.c.id == bindparam("target"), quotes_count=post.c.quotes_count + bindparam("by"))
_VOTED_ON = update(
    post,
    post.c.id == bindparam("target"),
    ups=post.c.ups + bindparam("more_ups"),
    downs=post.c.downs + bindparam("more_downs"),
)


def insert_post(tx: Transaction, new: Post, *, listed: bool, local: bool, media_count: int) -> None:
    """Write a post's row and the rows of its mentions."""
    values = {name: getattr(new, name) for name in POST_COLUMNS}
    values["entities"] = msgspec.json.encode(new.entities).decode()
    values["mentions"] = msgspec.json.encode(new.mentions).decode()
    values["hashtags"] = msgspec.json.encode(new.hashtags).decode()
    tx.run(_INSERT, **values, listed=listed, local=local, media_count=media_count)
    insert_mentions(tx, new)


def insert_mentions(tx: Transaction, of: Post) -> None:
    """Note whom a post mentions; of one that waits nobody, so that it can reach nobody."""
    if of.visibility is Visibility.WAITING:
        return
    tx.run_many(_MENTION, ({"account": mention.account, "post": of.id} for mention in of.mentions))


def tag_post(tx: Transaction, tags: dict[str, str], of: Post, *, new_id: int) -> None:
    """Note that ``of`` uses ``tags`` (key to spelling). Nothing is read, so that nothing waits for an answer."""
    for offset, (key, name) in enumerate(tags.items()):
        tx.run(
            _TAG_USED, id=new_id + offset, key=key, name=name, created=of.created, last_post=of.created,
            posts_count=1, used=of.created, usable=True, listable=True,
        )  # fmt: skip
    tx.run(_TAG_POST, keys=list(tags), post=of.id, author=of.author)


def count_reply(tx: Transaction, target: PostId, by: int) -> None:
    """Change the count of replies."""
    tx.run(_REPLIED, target=target, by=by)


def count_repost(tx: Transaction, target: PostId, by: int) -> None:
    """Change the count of reposts."""
    tx.run(_REPOSTED, target=target, by=by)


def count_like(tx: Transaction, target: PostId, by: int) -> None:
    """Change the count of likes."""
    tx.run(_LIKED, target=target, by=by)


def count_quote(tx: Transaction, target: PostId, by: int) -> None:
    """Change the count of quotes."""
    tx.run(_QUOTED, target=target, by=by)


def count_votes(tx: Transaction, target: PostId, *, ups: int, downs: int) -> None:
    """Change the counts of votes on a reply."""
    tx.run(_VOTED_ON, target=target, more_ups=ups, more_downs=downs)


_MARKS_AMONG = statement(
    select(viewer_post.c.post, viewer_post.c.marks).where(
        viewer_post.c.account == bindparam("account"), among(viewer_post.c.post, "posts")
    )
)
_MARKS_BY = statement(
    select(viewer_post.c.account, viewer_post.c.marks).where(
        viewer_post.c.post == bindparam("post"), among(viewer_post.c.account, "accounts")
    )
)
_ALL_MARKS = statement(
    select(viewer_post.c.post, viewer_post.c.marks)
    .where(viewer_post.c.account == bindparam("account"))
    .limit(bindparam("most"))
)
_SET_MARKS = upsert(viewer_post, key=["account", "post"], change=["marks", "liked", "bookmarked", "voted", "pinned"])
_MARKED = statement(
    select(
        viewer_post.c.marks, viewer_post.c.liked, viewer_post.c.bookmarked, viewer_post.c.voted, viewer_post.c.pinned
    ).where(viewer_post.c.account == bindparam("account"), viewer_post.c.post == bindparam("post"))
)
_UNMARK = delete(viewer_post, viewer_post.c.account == bindparam("who"), viewer_post.c.post == bindparam("which"))


class Marked(NamedTuple):
    """A row of ``viewer_post``."""

    marks: int
    liked: int | None = None
    bookmarked: int | None = None
    voted: int | None = None
    pinned: int | None = None

    def placed(self, column: str, place: int | None) -> Marked:
        """Return this with another place in one of the lists."""
        values: dict[str, Any] = {column: place}
        return self._replace(**values)


def marked(db: Snapshot, viewer: AccountId, of: PostId) -> Marked:
    """Return what ``viewer`` did with a post."""
    row = db.one(_MARKED, account=viewer, post=of)
    return Marked(*row) if row else Marked(0)


def marks_among(db: Snapshot, viewer: AccountId, posts: Collection[PostId]) -> dict[PostId, Mark]:
    """Return the marks of ``viewer`` on ``posts``, where there are any."""
    return {row[0]: Mark(row[1]) for row in db.all(_MARKS_AMONG, account=viewer, posts=list(posts))}


def marks_by(db: Snapshot, of: PostId, accounts: Collection[AccountId]) -> dict[AccountId, int]:
    """Return the marks of ``accounts`` on a post, where there are any."""
    return dict(db.all(_MARKS_BY, post=of, accounts=list(accounts)))


def all_marks(db: Snapshot, viewer: AccountId, *, most: int) -> dict[int, int]:
    """Return the marks of ``viewer`` on all posts, at most ``most``."""
    return dict(db.all(_ALL_MARKS, account=viewer, most=most))


def set_marks(tx: Transaction, viewer: AccountId, of: PostId, value: Marked) -> None:
    """Write what ``viewer`` did with a post; nothing leaves no row."""
    if value.marks:
        tx.run(_SET_MARKS, account=viewer, post=of, **value._asdict())
    else:
        tx.run(_UNMARK, who=viewer, which=of)


class AppShown(NamedTuple):
    """What is shown of the app that a post was written with."""

    name: str
    website: str | None


_APP = statement(select(app.c.name, app.c.website).where(app.c.id == bindparam("id")))


def app_of(db: Snapshot, number: int) -> AppShown | None:
    """Return what is shown of an app."""
    row = db.one(_APP, id=number)
    return AppShown(*row) if row else None


# Idempotency

_KEY = statement(
    select(idempotency.c.post).where(
        idempotency.c.account == bindparam("account"), idempotency.c.key == bindparam("key")
    )
)
_KEEP_KEY = insert(idempotency, ignore=True)
_OLD_KEYS = delete(idempotency, idempotency.c.created < bindparam("before"))


def post_of_key(db: Snapshot, author: AccountId, key: bytes) -> PostId | None:
    """Return what ``author`` published under a client's key before; under another key, what waits for its time."""
    found = db.value(_KEY, account=author, key=key)
    return None if found is None else PostId(found)


def keep_key(tx: Transaction, author: AccountId, key: bytes, made: int) -> None:
    """Remember what was published under a client's key."""
    tx.run(_KEEP_KEY, account=author, key=key, post=made, created=tx.now)


def forget_keys(tx: Transaction, before: int) -> int:
    """Forget keys older than ``before``."""
    return tx.change(_OLD_KEYS, before=before)
