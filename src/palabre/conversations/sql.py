"""All the SQL of conversations."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import and_, bindparam, case, exists, literal, or_, select

from palabre.conversations.tables import conversation
from palabre.ids import AccountId, PostId, new_id
from palabre.paging import Window
from palabre.posts.model import Visibility
from palabre.posts.tables import post, post_mention
from palabre.store import Snapshot, Transaction, among, delete, statement, update, upsert
from palabre.store.pages import Pages

_c = conversation.c
_rows = select(_c.id, _c.account, _c.thread, _c.last_post, _c.unread)
_own = _c.account == bindparam("viewer")
_PAGE = Pages(_rows.where(_own), _c.last_post)
_ONE = statement(_rows.where(_c.id == bindparam("conversation"), _own))
_OF_THREAD = statement(_rows.where(_own, _c.thread == bindparam("about")))
_ENDING_WITH = statement(_rows.where(among(_c.last_post, "posts")))
_newer = _c.last_post < bindparam("newest")
_MOVE = upsert(
    conversation,
    key=["account", "thread"],
    change={
        "last_post": case((_newer, bindparam("newest")), else_=_c.last_post),
        "unread": case((_newer, bindparam("is_unread")), else_=_c.unread),
    },
)
_POINT = update(conversation, _c.id == bindparam("conversation"), last_post=bindparam("newest"))
_MARK = {
    unread: update(
        conversation, _c.id == bindparam("conversation"), _own, _c.unread.is_(not unread), unread=literal(unread)
    )
    for unread in (False, True)
}
_newest = select(_c.last_post, _c.unread).where(_own).order_by(_c.last_post.desc()).limit(200).subquery()
_UNREAD = statement(
    select(_newest.c.last_post).where(_newest.c.unread).order_by(_newest.c.last_post.desc()).limit(bindparam("most"))
)
_DELETE = delete(conversation, _c.id == bindparam("conversation"), _own)
_OF_ACCOUNT = statement(select(_c.id).where(_own).limit(bindparam("most")))
_DELETE_AMONG = delete(conversation, among(_c.id, "ids"))
_BEFORE = statement(
    select(post.c.id)
    .where(
        post.c.thread == bindparam("about"),
        post.c.visibility == Visibility.MENTIONED.value,
        post.c.repost_of.is_(None),
        or_(
            post.c.author == bindparam("viewer"),
            exists().where(and_(post_mention.c.account == bindparam("viewer"), post_mention.c.post == post.c.id)),
        ),
    )
    .order_by(post.c.id.desc())
    .limit(1)
)
_PRIVATE = statement(
    select(post.c.id, post.c.thread).where(among(post.c.id, "posts"), post.c.visibility == Visibility.MENTIONED.value)
)


class Row(NamedTuple):
    """A conversation before anything that it shows is loaded."""

    id: int
    account: AccountId
    thread: PostId
    last_post: PostId
    unread: bool


def page(db: Snapshot, viewer: AccountId, window: Window) -> list[Row]:
    """Load conversations, whichever was written in last first; the cursors are their last posts."""
    return [Row(*row) for row in _PAGE.rows(db, window, viewer=viewer)]


def one(db: Snapshot, viewer: AccountId, number: int) -> Row | None:
    """Load one conversation of the viewer's list."""
    row = db.one(_ONE, viewer=viewer, conversation=number)
    return Row(*row) if row else None


def unread_ends(db: Snapshot, viewer: AccountId, *, most: int) -> list[PostId]:
    """Return the last posts of those of the newest 200 conversations that are not read."""
    return [PostId(each) for each in db.column(_UNREAD, viewer=viewer, most=most)]


def of_thread(db: Snapshot, viewer: AccountId, thread: PostId) -> Row | None:
    """Load the conversation of a thread."""
    row = db.one(_OF_THREAD, viewer=viewer, about=thread)
    return Row(*row) if row else None


def ending_with(db: Snapshot, posts: Collection[PostId]) -> list[Row]:
    """Load the conversations of which one of ``posts`` is the last."""
    return [Row(*row) for row in db.all(_ENDING_WITH, posts=list(posts))]


def move(tx: Transaction, account: AccountId, thread: PostId, post_id: PostId, *, unread: bool) -> None:
    """Put a post at the end of a conversation, which may begin with it; an older one changes nothing."""
    tx.run(
        _MOVE,
        id=new_id(tx.now),
        account=account,
        thread=thread,
        last_post=post_id,
        unread=unread,
        newest=post_id,
        is_unread=unread,
    )


def point(tx: Transaction, number: int, post_id: PostId) -> None:
    """Let a conversation end with another post."""
    tx.run(_POINT, conversation=number, newest=post_id)


def mark(tx: Transaction, viewer: AccountId, number: int, *, unread: bool) -> bool:
    """Note that a conversation is read, or is not; return whether that is new."""
    return tx.change(_MARK[unread], viewer=viewer, conversation=number) == 1


def delete_one(tx: Transaction, viewer: AccountId, number: int) -> bool:
    """Remove a conversation from a list."""
    return tx.change(_DELETE, viewer=viewer, conversation=number) == 1


def delete_of_account(tx: Transaction, viewer: AccountId, most: int) -> bool:
    """Remove at most ``most`` conversations from a list; return whether none is left in it."""
    found = tx.column(_OF_ACCOUNT, viewer=viewer, most=most)
    if found:
        tx.run(_DELETE_AMONG, ids=found)
    return len(found) < most


def last_of(db: Snapshot, viewer: AccountId, thread: PostId) -> PostId | None:
    """Load the newest post of a thread that is for the mentioned alone, of or to the viewer."""
    found = db.value(_BEFORE, viewer=viewer, about=thread)
    return None if found is None else PostId(found)


def private_among(db: Snapshot, posts: Collection[PostId]) -> list[tuple[PostId, PostId]]:
    """Load which of ``posts`` are for the mentioned alone, each with its thread."""
    return [(PostId(row[0]), PostId(row[1])) for row in db.all(_PRIVATE, posts=list(posts))]
