"""Which conversations stand in whose list: reactions to posts and notifications.

A post for the mentioned alone comes into its author's list at once, and into the list of each member who is told of
it: so nobody gets a conversation from somebody whom he blocks or whose mentions wait among his requests.
"""

from __future__ import annotations

from palabre import jobs, journal
from palabre.accounts.events import AccountDeleted
from palabre.conversations import sql
from palabre.conversations.events import ConversationMoved
from palabre.events import Event
from palabre.ids import AccountId, PostId
from palabre.notifications.events import NotificationsMerged, Notified
from palabre.notifications.model import Kind
from palabre.posts.events import PostCreated, PostDeleted
from palabre.posts.model import Visibility
from palabre.store import Transaction

FORGET_MEMBER = "conversations.forget_member"
"""The job that removes what is left of the list of a deleted account, for :func:`forget_member`."""

_FORGET_AT_ONCE = 500
_PRIVATE = "conversations.private"
"""Note of a step: the posts for the mentioned alone, each with its thread."""


def _move(tx: Transaction, account: AccountId, thread: PostId, post: PostId, *, unread: bool) -> None:
    sql.move(tx, account, thread, post, unread=unread)
    found = sql.of_thread(tx, account, thread)
    if found is not None and found.last_post == post:
        journal.record(tx, ConversationMoved(conversation=found.id, account=account))


def _created(tx: Transaction, fact: PostCreated) -> None:
    thread = tx.notes[_PRIVATE].get(fact.post)  # it may be deleted by now
    if fact.visibility == Visibility.MENTIONED and fact.repost_of is None and thread is not None:
        _move(tx, fact.author, thread, fact.post, unread=False)


def _notified(tx: Transaction, fact: Notified) -> None:
    if fact.what != Kind.MENTION or fact.post is None:
        return
    thread = tx.notes[_PRIVATE].get(fact.post)
    if thread is not None:
        _move(tx, fact.account, thread, fact.post, unread=True)


def _merged(tx: Transaction, fact: NotificationsMerged) -> None:
    for post, thread in sorted(sql.private_among(tx, fact.posts)) if fact.posts else ():
        _move(tx, fact.account, thread, post, unread=True)


def _deleted(tx: Transaction, fact: PostDeleted) -> None:
    """Let the conversations that ended with the post end with the one before it, or end."""
    for row in sql.ending_with(tx, [fact.post]):
        before = sql.last_of(tx, row.account, row.thread)
        if before is None:
            sql.delete_one(tx, row.account, row.id)
        else:
            sql.point(tx, row.id, before)


def _left(tx: Transaction, fact: AccountDeleted) -> None:
    """Nothing of before is still to come here: the facts are read in their order."""
    if not forget_member(tx, fact.account):
        jobs.enqueue(tx, FORGET_MEMBER, fact.account)


def forget_member(tx: Transaction, gone: AccountId) -> bool:
    """Remove a slice of the list of a deleted account; return whether nothing is left."""
    return sql.delete_of_account(tx, gone, _FORGET_AT_ONCE)


def _prepare(tx: Transaction, facts: list[Event]) -> None:
    posts = {fact.post for fact in facts if isinstance(fact, PostCreated) and fact.visibility == Visibility.MENTIONED}
    posts |= {fact.post for fact in facts if isinstance(fact, Notified) and fact.what == Kind.MENTION and fact.post}
    tx.notes[_PRIVATE] = dict(sql.private_among(tx, posts)) if posts else {}


subscriber = journal.Subscriber(
    "conversations",
    {
        PostCreated: _created,
        Notified: _notified,
        NotificationsMerged: _merged,
        PostDeleted: _deleted,
        AccountDeleted: _left,
    },
    prepare=_prepare,
)
