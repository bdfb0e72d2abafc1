"""What members do with their notifications."""

from __future__ import annotations

import msgspec

from palabre import jobs, journal
from palabre.ids import AccountId
from palabre.notifications import sql
from palabre.notifications.errors import NotificationNotFound
from palabre.notifications.events import NotificationsSeen
from palabre.store import Transaction

CLEAR = "notifications.clear"
"""The job that goes on with :func:`clear`, for :func:`clear_more`."""

_SLICE = 1_000


class Cleared(msgspec.Struct, frozen=True):
    """What a member wants gone."""

    account: AccountId
    upto: int


def dismiss(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Remove one notification.

    Raises:
        NotificationNotFound: the viewer has no such notification.

    """
    if not sql.delete_one(tx, viewer, number):
        raise NotificationNotFound


def clear(tx: Transaction, viewer: AccountId) -> None:
    """Remove all notifications; at once what fits in a short transaction, the rest by a job."""
    upto = sql.newest(tx, viewer)
    if not upto:
        return
    sql.mark_seen(tx, viewer, upto)
    journal.record(tx, NotificationsSeen(account=viewer, newest=upto))
    left = Cleared(viewer, upto)
    if not clear_more(tx, left):
        jobs.enqueue(tx, CLEAR, left)


def clear_more(tx: Transaction, left: Cleared) -> bool:
    """Remove a slice of what :func:`clear` left; return whether nothing is left."""
    return sql.delete_of_account(tx, left.account, left.upto, _SLICE)


def mark_seen(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Note that the viewer has seen everything up to ``number``. Going back changes nothing."""
    if number > sql.seen_up_to(tx, viewer):
        sql.mark_seen(tx, viewer, number)
        journal.record(tx, NotificationsSeen(account=viewer, newest=number))
