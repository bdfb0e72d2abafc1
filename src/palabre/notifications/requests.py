"""What waits: the policy of a member, and requests to be heard of.

A request is nothing of its own: it is what the member has filtered of one sender, and named by the sender. So it ends
when its last notification does, whatever removes that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from palabre import jobs, journal
from palabre.accounts.model import Account
from palabre.accounts.queries import accounts
from palabre.clock import Instant
from palabre.ids import AccountId, PostId, time_of
from palabre.notifications import requests_sql as sql
from palabre.notifications.errors import RequestNotFound
from palabre.notifications.events import NotificationsMerged
from palabre.notifications.model import Kind
from palabre.notifications.rules import Policy, Treatment
from palabre.paging import Slice, Window
from palabre.posts.lines import readable_lines
from palabre.posts.model import Entry
from palabre.store import Snapshot, Transaction

MERGE = "notifications.merge"
"""The job that goes on with :func:`accept`, for :func:`merge_more`."""
DROP = "notifications.drop_filtered"
"""The job that goes on with :func:`dismiss`, for :func:`drop_more`."""

_SLICE = 500


class Pair(msgspec.Struct, frozen=True):
    """A member and somebody whose notifications wait."""

    account: AccountId
    sender: AccountId


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What waits of one sender."""

    sender: Account
    count: int
    first: Instant
    last: Instant
    post: Entry | None
    """The newest post among it that the viewer may read."""


def policy_of(db: Snapshot, viewer: AccountId) -> Policy:
    """Return what a member wants."""
    return sql.policy_of(db, viewer)


def change_policy(tx: Transaction, viewer: AccountId, changed: Mapping[str, Treatment | None]) -> Policy:
    """Change what a member wants from now on, by the names of ``Policy``, and return it; what is ``None`` stays."""
    kept = msgspec.structs.replace(
        sql.policy_of(tx, viewer), **{name: chosen for name, chosen in changed.items() if chosen is not None}
    )
    sql.keep_policy(tx, viewer, kept)
    return kept


def summary(db: Snapshot, viewer: AccountId) -> tuple[int, int]:
    """Count who waits, and how much of them: of the newest 2,000 filtered notifications."""
    return sql.summary(db, viewer)


def requests_page(db: Snapshot, viewer: AccountId, window: Window) -> Slice[Request]:
    """Return who waits, whoever was heard of last first; the cursors are notifications. At most four statements."""
    rows = sql.page(db, viewer, window)
    if not rows:
        return Slice([], None, None)
    return Slice(_requests(db, viewer, rows), rows[0].last, rows[-1].last, len(rows))


def request(db: Snapshot, viewer: AccountId, sender: AccountId) -> Request:
    """Return what waits of one sender.

    Raises:
        RequestNotFound: nothing.

    """
    row = sql.one(db, viewer, sender)
    if row is None:
        raise RequestNotFound
    return _requests(db, viewer, [row])[0]


def _requests(db: Snapshot, viewer: AccountId, rows: list[sql.Waiting]) -> list[Request]:
    people = accounts(db, [row.sender for row in rows])
    newest = sql.newest_posts(db, viewer, [row.sender for row in rows])
    lines = readable_lines(db, viewer, set(newest.values())) if newest else {}
    return [
        Request(
            sender=people[row.sender],
            count=row.amount,
            first=Instant(time_of(row.first)),
            last=Instant(time_of(row.last)),
            post=lines.get(newest.get(row.sender, PostId(0))),
        )
        for row in rows
        if row.sender in people
    ]


def accept(tx: Transaction, viewer: AccountId, senders: Collection[AccountId]) -> None:
    """Let through what waits of ``senders``, and all that they do from now on.

    Raises:
        RequestNotFound: nothing waits of one of them; then nothing is done.

    """
    _require(tx, viewer, senders)
    for sender in senders:
        sql.permit(tx, viewer, sender)
        pair = Pair(viewer, sender)
        if not merge_more(tx, pair):
            jobs.enqueue(tx, MERGE, pair)


def permit(tx: Transaction, viewer: AccountId, sender: AccountId) -> None:
    """Let through all that ``sender`` does from now on, as :func:`accept` does."""
    sql.permit(tx, viewer, sender)


def dismiss(tx: Transaction, viewer: AccountId, senders: Collection[AccountId]) -> None:
    """Remove what waits of ``senders``; what they do later waits again.

    Raises:
        RequestNotFound: nothing waits of one of them; then nothing is done.

    """
    _require(tx, viewer, senders)
    for sender in senders:
        pair = Pair(viewer, sender)
        if not drop_more(tx, pair):
            jobs.enqueue(tx, DROP, pair)


def _require(tx: Transaction, viewer: AccountId, senders: Collection[AccountId]) -> None:
    for sender in senders:
        if sql.one(tx, viewer, sender) is None:
            raise RequestNotFound


def merge_more(tx: Transaction, pair: Pair) -> bool:
    """Let a slice through of what was accepted; return whether nothing is left."""
    found = sql.filtered(tx, pair.account, pair.sender, _SLICE)
    if found:
        sql.merge(tx, [number for number, _, _ in found])
        posts = tuple(post for _, kind, post in found if kind == Kind.MENTION and post is not None)
        journal.record(tx, NotificationsMerged(account=pair.account, sender=pair.sender, posts=posts))
    return len(found) < _SLICE


def drop_more(tx: Transaction, pair: Pair) -> bool:
    """Remove a slice of what was dismissed; return whether nothing is left."""
    found = sql.filtered(tx, pair.account, pair.sender, _SLICE)
    if found:
        sql.delete_filtered(tx, [number for number, _, _ in found])
    return len(found) < _SLICE


def is_merging(db: Snapshot, viewer: AccountId) -> bool:
    """Tell whether something still waits that the viewer has accepted."""
    return sql.is_merging(db, viewer)


def forget_member(tx: Transaction, gone: AccountId) -> bool:
    """Forget what a deleted account wants to hear of whom, and who wants to hear of it; nothing is left then."""
    sql.forget_member(tx, gone)
    return True
