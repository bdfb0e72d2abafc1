"""Conversations of which a member does not want to be told."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, literal, select, union_all

from palabre import journal
from palabre.filters.tables import post_filter
from palabre.ids import AccountId, PostId
from palabre.posts.events import ThreadMuted, ThreadUnmuted
from palabre.posts.queries import readable_post
from palabre.posts.tables import muted_thread, post
from palabre.store import Snapshot, Transaction, among, delete, insert, statement

_m = muted_thread.c
_INSERT = insert(muted_thread, ignore=True)
_DELETE = delete(muted_thread, _m.account == bindparam("owner"), _m.thread == bindparam("muted"))
_OF = statement(
    union_all(
        select(literal("thread").label("kind"), _m.thread.label("number")).where(_m.account == bindparam("owner")),
        select(literal("filter"), post_filter.c.id).where(post_filter.c.account == bindparam("owner")),
    )
)
_MUTING_AMONG = statement(select(_m.account).where(_m.thread == bindparam("muted"), among(_m.account, "ids")))
_ANY = statement(select(_m.thread).limit(1))
_THREADS = statement(select(post.c.id, post.c.thread).where(among(post.c.id, "ids")))


def _thread_of(db: Snapshot, viewer: AccountId, of: PostId) -> PostId:
    found = readable_post(db, viewer, of)
    if found.repost_of is not None:
        found = readable_post(db, viewer, found.repost_of)
    return found.thread


def mute_thread(tx: Transaction, viewer: AccountId, of: PostId) -> PostId:
    """Tell the viewer no longer of the conversation of a post; return the post.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.

    """
    thread = _thread_of(tx, viewer, of)
    if tx.change(_INSERT, account=viewer, thread=thread):
        journal.record(tx, ThreadMuted(account=viewer, thread=thread))
    return of


def unmute_thread(tx: Transaction, viewer: AccountId, of: PostId) -> PostId:
    """Tell the viewer again of the conversation of a post; return the post.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.

    """
    thread = _thread_of(tx, viewer, of)
    if tx.change(_DELETE, owner=viewer, muted=thread):
        journal.record(tx, ThreadUnmuted(account=viewer, thread=thread))
    return of


def mutes_and_filters(db: Snapshot, viewer: AccountId) -> tuple[frozenset[PostId], bool]:
    """Return the conversations that the viewer has muted, and whether he has filters. One statement for both."""
    rows = db.all(_OF, owner=viewer)
    return frozenset(PostId(number) for kind, number in rows if kind == "thread"), any(
        kind == "filter" for kind, _ in rows
    )


def muting_among(db: Snapshot, thread: PostId, accounts: Collection[AccountId]) -> set[AccountId]:
    """Return which of ``accounts`` have muted a conversation. One statement."""
    return set(map(AccountId, db.column(_MUTING_AMONG, muted=thread, ids=list(accounts)))) if accounts else set()


def anybody_mutes(db: Snapshot) -> bool:
    """Tell whether anybody has muted a conversation. One statement, which reads one row."""
    return db.one(_ANY) is not None


def threads_of(db: Snapshot, posts: Collection[PostId]) -> dict[PostId, PostId]:
    """Return the conversation of each post, for those who may read it. One statement."""
    return {PostId(number): PostId(thread) for number, thread in db.all(_THREADS, ids=list(posts))} if posts else {}
