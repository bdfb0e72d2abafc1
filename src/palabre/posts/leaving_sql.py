"""The SQL of what goes with a member who leaves."""

from __future__ import annotations

import msgspec
from sqlalchemy import bindparam, select

from palabre.ids import AccountId, PostId
from palabre.posts.model import Draft, Mention, Post
from palabre.posts.sql import POST_COLUMNS, post_of
from palabre.posts.tables import (
    featured_hashtag,
    followed_hashtag,
    idempotency,
    muted_thread,
    poll,
    poll_choice,
    post,
    post_mention,
    post_version,
    quote_request,
    reply_request,
    reply_rule,
    unpublished,
    viewer_post,
)
from palabre.store import Snapshot, Transaction, among, delete, statement, update

_decode_mentions = msgspec.json.Decoder(tuple[Mention, ...]).decode
_decode_draft = msgspec.json.Decoder(Draft).decode

_BY_AUTHOR = statement(
    select(*(post.c[name] for name in POST_COLUMNS))
    .where(post.c.author == bindparam("author"))
    .order_by(post.c.id.desc())
    .limit(bindparam("most"))
)
_MARKS_BY = statement(
    select(viewer_post.c.post, viewer_post.c.marks, post.c.author)
    .join_from(viewer_post, post, post.c.id == viewer_post.c.post, isouter=True)
    .where(viewer_post.c.account == bindparam("account"))
    .limit(bindparam("most"))
)
_MENTIONS_OF = statement(
    select(post_mention.c.post, post.c.mentions)
    .join_from(post_mention, post, post.c.id == post_mention.c.post, isouter=True)
    .where(post_mention.c.account == bindparam("account"))
    .limit(bindparam("most"))
)
_SET_MENTIONS = update(post, post.c.id == bindparam("target"), mentions=bindparam("left"))
_VERSIONS_OF = statement(
    select(post_version.c.id, post_version.c.mentions).where(
        among(post_version.c.post, "posts"), post_version.c.mentions != "[]"
    )
)
_SET_VERSION = update(post_version, post_version.c.id == bindparam("target"), mentions=bindparam("left"))
_UNMENTION = delete(post_mention, post_mention.c.account == bindparam("account"), among(post_mention.c.post, "posts"))
_UNCOUNT_VOTER = update(poll, poll.c.post == bindparam("asked"), voters=poll.c.voters - 1)
_UNCOUNT_CHOICE = update(
    poll_choice,
    poll_choice.c.post == bindparam("asked"),
    poll_choice.c.place == bindparam("taken"),
    votes=poll_choice.c.votes - 1,
)
_WAITING = statement(
    select(unpublished.c.id, unpublished.c.content)
    .where(unpublished.c.account == bindparam("account"))
    .limit(bindparam("most"))
)
_FORGET_WAITING = delete(unpublished, among(unpublished.c.id, "numbers"))
_OWN = (
    delete(followed_hashtag, followed_hashtag.c.account == bindparam("account")),
    delete(featured_hashtag, featured_hashtag.c.account == bindparam("account")),
    delete(muted_thread, muted_thread.c.account == bindparam("account")),
    delete(reply_rule, reply_rule.c.owner == bindparam("account")),
    delete(reply_rule, reply_rule.c.writer == bindparam("account")),
    delete(reply_request, reply_request.c.owner == bindparam("account")),
    delete(reply_request, reply_request.c.writer == bindparam("account")),
    delete(quote_request, quote_request.c.owner == bindparam("account")),
    delete(quote_request, quote_request.c.writer == bindparam("account")),
)
_KEYS_BY = delete(idempotency, idempotency.c.account == bindparam("account"))


def by_author(db: Snapshot, author: AccountId, *, most: int) -> list[Post]:
    """Load posts and reposts of an author, the newest first, whoever may read them."""
    return [post_of(row) for row in db.all(_BY_AUTHOR, author=author, most=most)]


def marks_by(db: Snapshot, account: AccountId, *, most: int) -> list[tuple[PostId, int, AccountId | None]]:
    """Return what an account did with posts, and who wrote them."""
    return [
        (PostId(row[0]), int(row[1]), None if row[2] is None else AccountId(row[2]))
        for row in db.all(_MARKS_BY, account=account, most=most)
    ]


def unmention(tx: Transaction, gone: AccountId, *, most: int) -> list[PostId]:
    """Let at most ``most`` posts mention ``gone`` no longer: what they say stays, but leads nowhere. Return them."""
    found = tx.all(_MENTIONS_OF, account=gone, most=most)
    for number, mentions in found:
        if mentions is not None:
            left = [each for each in _decode_mentions(mentions) if each.account != gone]
            tx.run(_SET_MENTIONS, target=number, left=msgspec.json.encode(left).decode())
    posts = [PostId(number) for number, _ in found]
    if posts:
        for version, mentions in tx.all(_VERSIONS_OF, posts=posts):
            left = [each for each in _decode_mentions(mentions) if each.account != gone]
            tx.run(_SET_VERSION, target=version, left=msgspec.json.encode(left).decode())
        tx.run(_UNMENTION, account=gone, posts=posts)
    return posts


def retract_vote(tx: Transaction, asked: PostId, taken: list[int]) -> None:
    """Count a voter less, and each of the choices that he took."""
    tx.run(_UNCOUNT_VOTER, asked=asked)
    for place in taken:
        tx.run(_UNCOUNT_CHOICE, asked=asked, taken=place)


def waiting(db: Snapshot, account: AccountId, *, most: int) -> list[tuple[int, Draft]]:
    """Load at most ``most`` drafts and scheduled posts."""
    return [(int(number), _decode_draft(content)) for number, content in db.all(_WAITING, account=account, most=most)]


def forget_waiting(tx: Transaction, numbers: list[int]) -> None:
    """Remove drafts and scheduled posts."""
    tx.run(_FORGET_WAITING, numbers=numbers)


def forget_own(tx: Transaction, account: AccountId) -> None:
    """Forget an account's clients' keys, its hashtags and muted threads, and which replies wait for its say."""
    for each in (_KEYS_BY, *_OWN):
        tx.run(each, account=account)
