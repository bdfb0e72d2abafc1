"""Who is told what: reactions to the facts of the graph and of posts.

Nobody is told about himself, nor by somebody he blocks, is blocked by or mutes with notifications, nor about a post
that he may not read. What is decided here is looked at again when it is read (``sql.py``).
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from palabre import jobs, journal
from palabre.events import Event
from palabre.graph.events import Blocked, Followed, FollowRequested, FollowRequestEnded, Unfollowed
from palabre.graph.queries import followed_among, tellable_among, watched_among, watchers_of
from palabre.ids import AccountId, PostId
from palabre.notifications import sql
from palabre.notifications.events import Notified
from palabre.notifications.model import Kind
from palabre.posts.errors import PostNotFound
from palabre.posts.events import PostCreated, PostDeleted, PostMarked
from palabre.posts.model import Mark, Visibility
from palabre.posts.queries import readable_post
from palabre.store import Transaction

TELL_WATCHERS = "notifications.tell_watchers"
"""The job that tells the next slice of the followers who want every post, for :func:`tell_watchers`."""
FORGET_POSTS = "notifications.forget_posts"
"""The job that removes what is left about deleted posts, for :func:`forget_posts`."""

_WATCHED = "notifications.watched"
"""Note of a step: the authors whom somebody watches."""
_WATCHERS_AT_ONCE = 200
_FORGET_AT_ONCE = 500


class Watched(msgspec.Struct, frozen=True):
    """A post whose author has more watchers than are told at once."""

    post: PostId
    author: AccountId
    after: AccountId
    """Those up to here have been told."""


def _tell(
    tx: Transaction, told: Collection[AccountId], kind: Kind, actor: AccountId, post: PostId | None = None
) -> None:
    others = [each for each in dict.fromkeys(told) if each != actor]
    if not others:
        return
    willing = tellable_among(tx, actor, others)
    for each in others:
        if each in willing:
            number = sql.insert_new(tx, each, kind, actor, post)
            if number is not None:
                journal.record(
                    tx, Notified(notification=number, account=each, what=kind.value, actor=actor, post=post)
                )


def _followed(tx: Transaction, fact: Followed) -> None:
    if fact.new:
        _tell(tx, [fact.followed], Kind.FOLLOW, fact.follower)


def _unfollowed(tx: Transaction, fact: Unfollowed) -> None:
    sql.delete_between(tx, fact.followed, Kind.FOLLOW, fact.follower)


def _asked(tx: Transaction, fact: FollowRequested) -> None:
    _tell(tx, [fact.followed], Kind.FOLLOW_REQUEST, fact.follower)


def _answered(tx: Transaction, fact: FollowRequestEnded) -> None:
    """A request that was accepted becomes the follow in its place: who accepted it need not be told of it anew."""
    if fact.accepted:
        sql.delete_between(tx, fact.followed, Kind.FOLLOW, fact.follower)
        sql.become(tx, fact.followed, fact.follower, Kind.FOLLOW_REQUEST, Kind.FOLLOW)
    else:
        sql.delete_between(tx, fact.followed, Kind.FOLLOW_REQUEST, fact.follower)


def _blocked(tx: Transaction, fact: Blocked) -> None:
    sql.delete_from(tx, fact.account, fact.target)


def _created(tx: Transaction, fact: PostCreated) -> None:
    if fact.repost_of is not None:
        if fact.repost_of_author is not None:
            _tell(tx, [fact.repost_of_author], Kind.REPOST, fact.author, fact.repost_of)
        return
    told = list(fact.mentions)
    if fact.reply_to_author is not None and _reads(tx, fact.reply_to_author, fact):
        told.append(fact.reply_to_author)
    _tell(tx, told, Kind.MENTION, fact.author, fact.post)
    to_others = fact.reply_to is not None and fact.reply_to_author != fact.author
    watched: set[AccountId] = tx.notes[_WATCHED]
    if not to_others and fact.visibility != Visibility.MENTIONED and fact.author in watched:
        _tell_slice(tx, Watched(fact.post, fact.author, AccountId(0)), told)


def _reads(tx: Transaction, reader: AccountId, fact: PostCreated) -> bool:
    """Tell whether somebody who is not blocked may read a post by its visibility."""
    match fact.visibility:
        case Visibility.PUBLIC | Visibility.UNLISTED:
            return True
        case Visibility.FOLLOWERS:
            return fact.author in followed_among(tx, reader, [fact.author])
        case _:
            return False


def _tell_slice(tx: Transaction, watched: Watched, told_already: Collection[AccountId]) -> None:
    watchers = watchers_of(tx, watched.author, after=watched.after, most=_WATCHERS_AT_ONCE)
    _tell(tx, [each for each in watchers if each not in told_already], Kind.POST, watched.author, watched.post)
    if len(watchers) == _WATCHERS_AT_ONCE:
        jobs.enqueue(tx, TELL_WATCHERS, msgspec.structs.replace(watched, after=watchers[-1]))


def tell_watchers(tx: Transaction, watched: Watched) -> bool:
    """Tell the next slice of watchers, and ask for the one after it."""
    try:
        post = readable_post(tx, watched.author, watched.post)
    except PostNotFound:
        return True  # deleted meanwhile
    mentioned = [each.account for each in post.mentions]
    _tell_slice(tx, watched, [*mentioned, *([post.reply_to_author] if post.reply_to_author else [])])
    return True


def _deleted(tx: Transaction, fact: PostDeleted) -> None:
    if fact.repost_of is not None:
        sql.delete_about(tx, fact.repost_of, Kind.REPOST, fact.author)
    gone = [fact.post, *fact.reposts]
    if not forget_posts(tx, gone):
        jobs.enqueue(tx, FORGET_POSTS, gone)


def forget_posts(tx: Transaction, gone: Collection[PostId]) -> bool:
    """Remove a slice of what tells of deleted posts; return whether nothing is left."""
    return sql.delete_of_posts(tx, gone, _FORGET_AT_ONCE)


def _marked(tx: Transaction, fact: PostMarked) -> None:
    if fact.added & Mark.LIKED:
        _tell(tx, [fact.author], Kind.LIKE, fact.account, fact.post)
    elif fact.removed & Mark.LIKED:
        sql.delete_about(tx, fact.post, Kind.LIKE, fact.account)


def _prepare(tx: Transaction, facts: list[Event]) -> None:
    tx.notes[_WATCHED] = watched_among(tx, {fact.author for fact in facts if isinstance(fact, PostCreated)})


subscriber = journal.Subscriber(
    "notifications",
    {
        Followed: _followed,
        Unfollowed: _unfollowed,
        FollowRequested: _asked,
        FollowRequestEnded: _answered,
        Blocked: _blocked,
        PostCreated: _created,
        PostDeleted: _deleted,
        PostMarked: _marked,
    },
    prepare=_prepare,
)
