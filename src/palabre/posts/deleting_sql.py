"""The SQL of deleting posts, and what others left on them."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, func, select

from palabre.ids import AccountId, PostId
from palabre.posts.model import QuoteState, Visibility
from palabre.posts.tables import (
    hashtag,
    idempotency,
    muted_thread,
    post,
    post_hashtag,
    post_mention,
    quote_request,
    viewer_post,
)
from palabre.store import Transaction, among, delete, statement, update

_DELETE = delete(post, among(post.c.id, "ids"))
_DELETE_MENTIONS = delete(post_mention, among(post_mention.c.post, "ids"))
_TAGS_OF = statement(
    select(post_hashtag.c.hashtag, func.count())
    .where(among(post_hashtag.c.post, "ids"))
    .group_by(post_hashtag.c.hashtag)
)
_UNCOUNT_TAG = update(hashtag, hashtag.c.id == bindparam("tag"), posts_count=hashtag.c.posts_count - bindparam("by"))
_FORGET_TAGS = delete(
    hashtag, among(hashtag.c.id, "tags"), hashtag.c.posts_count <= 0, hashtag.c.usable, hashtag.c.listable
)
_FORGET_MUTED = delete(
    muted_thread,
    muted_thread.c.thread == bindparam("ended"),
    ~select(post.c.id).where(post.c.thread == muted_thread.c.thread).exists(),
)
_DELETE_TAGS = delete(post_hashtag, among(post_hashtag.c.post, "ids"))
_DELETE_KEYS = delete(idempotency, among(idempotency.c.post, "ids"))
_DELETE_ASKED = delete(quote_request, among(quote_request.c.post, "ids"))
_ORPHANED_REPLIES = statement(
    select(post.c.id).where(among(post.c.reply_to, "ids")).order_by(post.c.id).limit(bindparam("most"))
)
_ORPHAN = update(post, among(post.c.id, "replies"), reply_to=None)
_MARKS_LEFT = statement(
    select(viewer_post.c.account).where(viewer_post.c.post == bindparam("post")).limit(bindparam("most"))
)
_DELETE_MARKS = delete(viewer_post, viewer_post.c.post == bindparam("gone"), among(viewer_post.c.account, "accounts"))
_REPOSTS_LEFT = statement(
    select(post.c.id, post.c.author).where(post.c.repost_of == bindparam("gone")).limit(bindparam("most"))
)


def delete_posts(tx: Transaction, ids: list[PostId]) -> None:
    """Remove posts and what belongs to them alone."""
    tx.run(_DELETE, ids=ids)
    tx.run(_DELETE_MENTIONS, ids=ids)
    untag(tx, ids)
    tx.run(_DELETE_KEYS, ids=ids)


def untag(tx: Transaction, ids: list[PostId]) -> None:
    """Forget which hashtags posts use, and the hashtags that nobody else uses."""
    used = tx.all(_TAGS_OF, ids=ids)
    for tag, count in used:
        tx.run(_UNCOUNT_TAG, tag=tag, by=count)
    if used:
        tx.run(_FORGET_TAGS, tags=[tag for tag, _ in used])  # a word that only these posts used
        tx.run(_DELETE_TAGS, ids=ids)


def forget_muted(tx: Transaction, thread: PostId) -> None:
    """Forget who muted a conversation of which nothing is left."""
    tx.run(_FORGET_MUTED, ended=thread)


def orphan_replies(tx: Transaction, of: list[PostId], *, most: int) -> list[PostId]:
    """Let at most ``most`` replies to gone posts stand alone; return them.

    They stay replies to somebody, so that they do not appear where replies are left out.
    """
    replies = tx.column(_ORPHANED_REPLIES, ids=of, most=most)
    if replies:
        tx.run(_ORPHAN, replies=replies)
    return replies


def delete_marks(tx: Transaction, of: PostId, *, most: int) -> int:
    """Forget at most ``most`` members' marks on a gone post; return how many there were."""
    accounts = tx.column(_MARKS_LEFT, post=of, most=most)
    if accounts:
        tx.run(_DELETE_MARKS, gone=of, accounts=accounts)
    return len(accounts)


def reposts_left(tx: Transaction, of: PostId, *, most: int) -> list[tuple[PostId, AccountId]]:
    """Return reposts of a gone post with their authors, at most ``most``."""
    return [(row[0], row[1]) for row in tx.all(_REPOSTS_LEFT, gone=of, most=most)]


_decode_tags = msgspec.json.Decoder(tuple[str, ...]).decode
_QUOTES_LEFT = statement(
    select(post.c.id, post.c.author, post.c.visibility, post.c.hashtags)
    .where(post.c.quote_of == bindparam("gone"), post.c.quote_state != QuoteState.DELETED.value)
    .limit(bindparam("most"))
)
_QUOTES_GONE = update(post, among(post.c.id, "quotes"), quote_state=QuoteState.DELETED.value, quote_grant=None)


class Quoting(NamedTuple):
    """A post that quotes, as far as a fact about it needs it."""

    post: PostId
    author: AccountId
    visibility: Visibility
    hashtags: tuple[str, ...]


def void_quotes(tx: Transaction, of: PostId, *, most: int) -> list[Quoting]:
    """Let at most ``most`` quotes of a gone post say that it is gone; return them."""
    found = [
        Quoting(PostId(number), AccountId(author), Visibility(visibility), _decode_tags(tags))
        for number, author, visibility, tags in tx.all(_QUOTES_LEFT, gone=of, most=most)
    ]
    quotes = [each.post for each in found]
    if quotes:
        tx.run(_QUOTES_GONE, quotes=quotes)
        tx.run(_DELETE_ASKED, ids=quotes)
    return found
