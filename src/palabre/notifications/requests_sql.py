"""All the SQL of what waits: policies, whom a member lets through, and what is filtered."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import FromClause, Select, and_, bindparam, exists, func, literal, or_, select

from palabre.accounts.tables import account
from palabre.graph.tables import follow
from palabre.ids import AccountId, PostId, time_of
from palabre.notifications.rules import Policy, Sender, Treatment
from palabre.notifications.sql import shown
from palabre.notifications.tables import notification, permission, policy
from palabre.paging import Window
from palabre.posts.tables import post
from palabre.store import (
    Snapshot,
    Transaction,
    about_pairs,
    among,
    delete,
    insert,
    pair_parameters,
    statement,
    update,
    upsert,
)

_n = notification.c
_CHOICES = Policy.__struct_fields__
_viewer = _n.account == bindparam("viewer")
_waiting = and_(_viewer, _n.filtered.is_(True))

LOOKED_AT = 2_000
"""How many filtered notifications, the newest ones, the list of requests is made from."""
THREAD_LOOKED_AT = 200

_back, _forth = follow.alias("back"), follow.alias("forth")
_sender = account.alias("sender")


def _standing(pair: FromClause) -> Select[Any]:
    sender, told = pair.c.first, pair.c.second
    return (
        select(
            sender,
            told,
            *(policy.c[name] for name in _CHOICES),
            permission.c.sender,
            _forth.c.id,
            _back.c.id,
            _sender.c.created,
            _sender.c.limited,
        )
        .select_from(pair)
        .join(_sender, _sender.c.id == sender)
        .outerjoin(policy, policy.c.account == told)
        .outerjoin(permission, and_(permission.c.account == told, permission.c.sender == sender))
        .outerjoin(_forth, and_(_forth.c.follower == told, _forth.c.followed == sender))
        .outerjoin(_back, and_(_back.c.follower == sender, _back.c.followed == told))
    )


_STANDINGS = about_pairs(_standing)
_POLICY = statement(select(*(policy.c[name] for name in _CHOICES)).where(policy.c.account == bindparam("viewer")))
_KEEP_POLICY = upsert(policy, key=["account"], change=_CHOICES)
_PERMIT = insert(permission, ignore=True)
_FORBID = delete(permission, permission.c.account == bindparam("told"), permission.c.sender == bindparam("by"))
_FORGET_POLICY = delete(policy, policy.c.account == bindparam("gone"))
_FORGET_PERMISSIONS = delete(
    permission, or_(permission.c.account == bindparam("gone"), permission.c.sender == bindparam("gone"))
)

_of_thread = (
    select(post.c.id, post.c.author)
    .where(post.c.thread == bindparam("thread"))
    .order_by(post.c.id.desc())
    .limit(THREAD_LOOKED_AT)
    .subquery("newest")
)
_WROTE = statement(select(_of_thread.c.author).distinct().where(among(_of_thread.c.author, "told")))

_newest = (
    select(_n.id, _n.actor)
    .join_from(notification, account, account.c.id == _n.actor)
    .where(_waiting, *shown())
    .order_by(_n.id.desc())
    .limit(LOOKED_AT)
    .subquery("newest")
)
_groups = select(
    _newest.c.actor,
    func.count().label("count"),
    func.min(_newest.c.id).label("first"),
    func.max(_newest.c.id).label("last"),
).group_by(_newest.c.actor)
_grouped = _groups.subquery()
_inside = (
    select(_grouped)
    .where(_grouped.c.last < bindparam("upper"), _grouped.c.last > bindparam("lower"))
    .limit(bindparam("most"))
)
_DOWN = statement(_inside.order_by(_grouped.c.last.desc()))
_UP = statement(_inside.order_by(_grouped.c.last))
_ONE = statement(select(_grouped).where(_grouped.c.actor == bindparam("by")))
_SUMMARY = statement(select(func.count(), func.coalesce(func.sum(_grouped.c.count), 0)).select_from(_grouped))
_POSTS = statement(
    select(_n.actor, func.max(_n.post))
    .where(_waiting, among(_n.actor, "senders"), _n.post.is_not(None))
    .group_by(_n.actor)
)
_of_sender = and_(_n.account == bindparam("told"), _n.actor == bindparam("by"), _n.filtered.is_(True))
_FILTERED = statement(select(_n.id, _n.kind, _n.post).where(_of_sender).limit(bindparam("most")))
_MERGE = update(notification, among(_n.id, "ids"), filtered=literal(False))  # noqa: FBT003 - what the column takes
_DELETE = delete(notification, among(_n.id, "ids"))
_MERGING = statement(
    select(literal(1)).where(
        exists().where(
            permission.c.account == bindparam("viewer"),
            _n.account == permission.c.account,
            _n.actor == permission.c.sender,
            _n.filtered.is_(True),
        )
    )
)


def standings(
    db: Snapshot, pairs: Collection[tuple[AccountId, AccountId]]
) -> dict[tuple[AccountId, AccountId], tuple[Policy, Sender]]:
    """Load of each ``(sender, member)`` what the member wants, and how the sender stands to him: one statement."""
    found = {}
    for sender, told, *choices, permitted, followed, follower, created, limited in db.all(
        _STANDINGS, **pair_parameters(db.dialect, pairs)
    ):
        since = None if follower is None else time_of(follower)
        found[(AccountId(sender), AccountId(told))] = (
            _policy(choices),
            Sender(permitted is not None, followed is not None, since, created, bool(limited)),
        )
    return found


def _policy(choices: Collection[str | None]) -> Policy:
    given = {name: Treatment(chosen) for name, chosen in zip(_CHOICES, choices, strict=True) if chosen is not None}
    return Policy(**given)


def policy_of(db: Snapshot, viewer: AccountId) -> Policy:
    """Load what a member wants."""
    row = db.one(_POLICY, viewer=viewer)
    return _policy(row) if row else Policy()


def keep_policy(tx: Transaction, viewer: AccountId, wanted: Policy) -> None:
    """Store what a member wants."""
    tx.run(_KEEP_POLICY, account=viewer, **{name: getattr(wanted, name).value for name in _CHOICES})


def permit(tx: Transaction, viewer: AccountId, sender: AccountId) -> None:
    """Let everything of ``sender`` through from now on."""
    tx.run(_PERMIT, account=viewer, sender=sender)


def forbid(tx: Transaction, viewer: AccountId, sender: AccountId) -> None:
    """Take that back."""
    tx.run(_FORBID, told=viewer, by=sender)


def forget_member(tx: Transaction, gone: AccountId) -> None:
    """Forget what an account wants to hear of whom, and who wants to hear of it."""
    tx.run(_FORGET_POLICY, gone=gone)
    tx.run(_FORGET_PERMISSIONS, gone=gone)


def wrote_in(db: Snapshot, thread: PostId, told: Collection[AccountId]) -> set[AccountId]:
    """Load who of ``told`` has written one of the newest posts of a conversation."""
    return set(db.column(_WROTE, thread=thread, told=list(told)))


class Waiting(NamedTuple):
    """What waits of one sender."""

    sender: AccountId
    amount: int
    first: int
    """The oldest notification."""
    last: int


def page(db: Snapshot, viewer: AccountId, window: Window) -> list[Waiting]:
    """Load who waits, whoever was heard of last first: one statement."""
    chosen = _UP if window.upwards else _DOWN
    rows = db.all(chosen, viewer=viewer, now=db.now, upper=window.upper, lower=window.lower, most=window.limit)
    found = [Waiting(*row) for row in rows]
    return found[::-1] if window.upwards else found


def one(db: Snapshot, viewer: AccountId, sender: AccountId) -> Waiting | None:
    """Load what waits of one sender."""
    row = db.one(_ONE, viewer=viewer, now=db.now, by=sender)
    return Waiting(*row) if row else None


def summary(db: Snapshot, viewer: AccountId) -> tuple[int, int]:
    """Count the senders who wait, and what waits of them."""
    row = db.one(_SUMMARY, viewer=viewer, now=db.now)
    return (int(row[0]), int(row[1])) if row else (0, 0)


def newest_posts(db: Snapshot, viewer: AccountId, senders: Collection[AccountId]) -> dict[AccountId, PostId]:
    """Load the newest post that waits of each sender."""
    return dict(db.all(_POSTS, viewer=viewer, senders=list(senders)))


def filtered(db: Snapshot, viewer: AccountId, sender: AccountId, most: int) -> list[tuple[int, str, PostId | None]]:
    """Load at most ``most`` filtered notifications of one sender: id, kind, post."""
    return [(row[0], row[1], row[2]) for row in db.all(_FILTERED, told=viewer, by=sender, most=most)]


def merge(tx: Transaction, numbers: Collection[int]) -> None:
    """Let notifications no longer wait."""
    tx.run(_MERGE, ids=list(numbers))


def delete_filtered(tx: Transaction, numbers: Collection[int]) -> None:
    """Remove notifications."""
    tx.run(_DELETE, ids=list(numbers))


def is_merging(db: Snapshot, viewer: AccountId) -> bool:
    """Tell whether something still waits that the viewer has accepted."""
    return db.one(_MERGING, viewer=viewer) is not None
