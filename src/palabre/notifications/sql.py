"""All the SQL of notifications."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Integer, and_, bindparam, case, exists, func, or_, select

from palabre.accounts.model import Account
from palabre.accounts.rows import account_columns, account_of
from palabre.accounts.tables import account
from palabre.clock import Instant
from palabre.graph.tables import block, domain_block, mute
from palabre.ids import AccountId, PostId, new_id
from palabre.notifications.model import EACH_TIME, Kind, Narrow
from palabre.notifications.tables import notification, seen
from palabre.paging import Window
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update, upsert
from palabre.store.pages import Pages

_n = notification.c
_viewer = _n.account == bindparam("viewer")


def shown() -> tuple[ColumnElement[bool], ...]:
    """Return what must still hold when a notification is read, whatever held when it was written."""
    blocked = exists().where(
        or_(
            and_(block.c.account == _n.account, block.c.target == _n.actor),
            and_(block.c.account == _n.actor, block.c.target == _n.account),
        )
    )
    muted = exists().where(
        mute.c.account == _n.account,
        mute.c.target == _n.actor,
        mute.c.notifications.is_(True),
        or_(mute.c.expires.is_(None), mute.c.expires > bindparam("now")),
    )
    elsewhere = exists().where(domain_block.c.account == _n.account, domain_block.c.domain == account.c.domain)
    there = or_(account.c.standing == "active", _n.kind == Kind.SIGN_UP.value)  # who has joined may wait for approval
    return there, ~blocked, ~muted, ~elsewhere


_wanted = (
    among(_n.kind, "kinds"),
    or_(_n.filtered.is_(False), bindparam("filtered_too", type_=Integer) == 1),
)
_rows = (
    select(_n.id, _n.kind, _n.created, _n.post, _n.bucket, _n.subject, *account_columns())
    .join_from(notification, account, account.c.id == _n.actor)
    .where(_viewer, *shown())
)
_PAGE = Pages(_rows.where(*_wanted), _n.id)
_PAGE_OF_ACTOR = Pages(_rows.where(*_wanted, _n.actor == bindparam("actor")), _n.id)
_narrow = (
    select(_n.id, _n.kind, _n.created, _n.post, _n.actor, _n.bucket, _n.subject)
    .join_from(notification, account, account.c.id == _n.actor)
    .where(_viewer, *shown())
)
_NARROW = Pages(_narrow.where(*_wanted), _n.id)
_NARROW_OF_ACTOR = Pages(_narrow.where(*_wanted, _n.actor == bindparam("actor")), _n.id)
_NARROW_ONE = statement(_narrow.where(_n.id == bindparam("notification")))
_ONE = statement(_rows.where(_n.id == bindparam("notification")))
_SEEN = statement(select(seen.c.newest).where(seen.c.account == bindparam("viewer")))
_UNSEEN = statement(
    select(_n.id)
    .join_from(notification, account, account.c.id == _n.actor)
    .where(_viewer, *shown(), _n.filtered.is_(False), _n.id > bindparam("after"))
    .limit(bindparam("most"))
)
_recent = (
    select(_n.kind)
    .join_from(notification, account, account.c.id == _n.actor)
    .where(_viewer, *shown(), _n.filtered.is_(False), _n.id > bindparam("after"))
    .limit(bindparam("most"))
    .subquery("recent")
)
_COUNTS_AFTER = statement(select(_recent.c.kind, func.count()).group_by(_recent.c.kind))
_NEWEST = statement(select(_n.id).where(_viewer, _n.id <= bindparam("upto")).order_by(_n.id.desc()).limit(1))

_INSERT = insert(notification, ignore=True)
_between = and_(
    _n.account == bindparam("told"),
    _n.actor == bindparam("by"),
    _n.kind == bindparam("what"),
)
_ABOUT_NO_POST = statement(
    select(_n.id).where(_between, _n.post.is_(None), func.coalesce(_n.subject, 0) == bindparam("concerns"))
)
_DELETE_SUBJECT = delete(
    notification,
    _n.subject == bindparam("concerns"),
    among(_n.kind, "kinds"),
    or_(_n.account == bindparam("told"), bindparam("told", type_=BigInteger) == 0),
)
_DELETE_BETWEEN = delete(notification, _between, _n.post.is_(None))
_DELETE_ABOUT = delete(
    notification, _n.post == bindparam("about"), _n.actor == bindparam("by"), _n.kind == bindparam("what")
)
_BECOME = update(notification, _between, _n.post.is_(None), kind=bindparam("becomes"))
_DELETE_KIND = delete(notification, _n.post == bindparam("about"), _n.kind == bindparam("what"))
_of_kind = and_(_n.account == bindparam("told"), _n.kind == bindparam("what"))
_NEWEST_OF_KIND = statement(select(func.max(_n.created)).where(_of_kind, _n.post.is_(None)))
_DELETE_OF_KIND = delete(notification, _of_kind, _n.post.is_(None))
_DELETE_FROM = delete(notification, _n.account == bindparam("told"), _n.actor == bindparam("by"))
_OF_POSTS = statement(select(_n.id).where(among(_n.post, "posts")).limit(bindparam("most")))
_OF_ACCOUNT = statement(select(_n.id).where(_viewer, _n.id <= bindparam("upto")).limit(bindparam("most")))
_BY_ACTOR = statement(select(_n.id).where(_n.actor == bindparam("actor")).limit(bindparam("most")))
_FORGET_SEEN = delete(seen, seen.c.account == bindparam("account"))
_DELETE_AMONG = delete(notification, among(_n.id, "ids"))
_DELETE_ONE = delete(notification, _n.id == bindparam("notification"), _viewer)
_MARK_SEEN = upsert(
    seen,
    key=["account"],
    change={"newest": case((seen.c.newest < bindparam("reached"), bindparam("reached")), else_=seen.c.newest)},
)


class Row(NamedTuple):
    """A notification, its post not loaded yet."""

    id: int
    kind: Kind
    created: Instant
    post: PostId | None
    actor: Account
    bucket: int
    subject: int


def _row(row: tuple[Any, ...]) -> Row:
    number, kind, created, post, bucket, subject, *_ = row
    return Row(number, Kind(kind), Instant(created), post, account_of(row[6:]), bucket, subject or 0)


class Wanted(NamedTuple):
    """Which notifications of a member are asked for."""

    kinds: Collection[Kind]
    actor: AccountId | None = None
    filtered: bool = False
    """Whether those too that wait among the requests."""

    def params(self, db: Snapshot, viewer: AccountId) -> dict[str, Any]:
        """Return what the statements of a page are given."""
        kinds = [kind.value for kind in self.kinds]
        return {"viewer": viewer, "now": db.now, "kinds": kinds, "filtered_too": int(self.filtered)}


def page(db: Snapshot, viewer: AccountId, window: Window, wanted: Wanted) -> list[Row]:
    """Load notifications, the newest first: one statement."""
    params, actor = wanted.params(db, viewer), wanted.actor
    rows = (
        _PAGE.rows(db, window, **params) if actor is None else _PAGE_OF_ACTOR.rows(db, window, actor=actor, **params)
    )
    return [_row(row) for row in rows]


def narrow_page(db: Snapshot, viewer: AccountId, window: Window, wanted: Wanted) -> list[Narrow]:
    """Load of a page only what it is about: one statement."""
    params, actor = wanted.params(db, viewer), wanted.actor
    rows = (
        _NARROW.rows(db, window, **params)
        if actor is None
        else _NARROW_OF_ACTOR.rows(db, window, actor=actor, **params)
    )
    return [Narrow(*row) for row in rows]


def narrow_one(db: Snapshot, viewer: AccountId, number: int) -> Narrow | None:
    """Load of one notification of the viewer only what it is about."""
    row = db.one(_NARROW_ONE, viewer=viewer, now=db.now, notification=number)
    return Narrow(*row) if row else None


def one(db: Snapshot, viewer: AccountId, number: int) -> Row | None:
    """Load one notification of the viewer."""
    row = db.one(_ONE, viewer=viewer, now=db.now, notification=number)
    return _row(row) if row else None


def seen_up_to(db: Snapshot, viewer: AccountId) -> int:
    """Load the newest notification that the viewer has seen; 0 for none."""
    return int(db.value(_SEEN, viewer=viewer) or 0)


def count_after(db: Snapshot, viewer: AccountId, after: int, most: int) -> int:
    """Count the notifications after one, up to ``most``."""
    return len(db.all(_UNSEEN, viewer=viewer, now=db.now, after=after, most=most))


def counts_after(db: Snapshot, viewer: AccountId, after: int, most: int) -> list[tuple[str, int]]:
    """Count the notifications after one, up to ``most`` of all kinds together, for each kind."""
    return [(row[0], row[1]) for row in db.all(_COUNTS_AFTER, viewer=viewer, now=db.now, after=after, most=most)]


def newest(db: Snapshot, viewer: AccountId, upto: int = 2**63 - 1) -> int:
    """Load the id of the viewer's newest notification, of those up to ``upto``; 0 for none."""
    return int(db.value(_NEWEST, viewer=viewer, upto=upto) or 0)


def insert_new(
    tx: Transaction,
    told: AccountId,
    kind: Kind,
    actor: AccountId,
    post: PostId | None,
    *,
    bucket: int = 0,
    filtered: bool = False,
    subject: int = 0,
) -> int | None:
    """Add a notification and return its id, unless it is there already."""
    once = post is None and kind not in EACH_TIME  # the unique key takes two without a post for different
    if once and tx.one(_ABOUT_NO_POST, told=told, by=actor, what=kind.value, concerns=subject) is not None:
        return None
    number = new_id(tx.now)
    added = tx.change(
        _INSERT,
        id=number,
        account=told,
        kind=kind.value,
        actor=actor,
        post=post,
        created=tx.now,
        bucket=bucket,
        filtered=filtered,
        subject=subject or None,
    )
    return number if added else None


def delete_subject(tx: Transaction, subject: int, kinds: Collection[Kind], told: AccountId | None = None) -> None:
    """Remove what tells of a subject, to one member or to anybody."""
    tx.run(_DELETE_SUBJECT, concerns=subject, kinds=[kind.value for kind in kinds], told=told or 0)


def delete_between(tx: Transaction, told: AccountId, kind: Kind, actor: AccountId) -> None:
    """Remove what tells of an act of ``actor`` that concerns no post."""
    tx.run(_DELETE_BETWEEN, told=told, by=actor, what=kind.value)


def become(tx: Transaction, told: AccountId, actor: AccountId, before: Kind, after: Kind) -> None:
    """Let one notification tell another thing, in its place."""
    tx.run(_BECOME, told=told, by=actor, what=before.value, becomes=after.value)


def delete_about(tx: Transaction, post: PostId, kind: Kind, actor: AccountId) -> None:
    """Remove what tells of an act of ``actor`` on a post."""
    tx.run(_DELETE_ABOUT, about=post, by=actor, what=kind.value)


def delete_kind_about(tx: Transaction, post: PostId, kind: Kind) -> None:
    """Remove everything of one kind that tells of a post."""
    tx.run(_DELETE_KIND, about=post, what=kind.value)


def newest_of_kind(db: Snapshot, told: AccountId, kind: Kind) -> Instant | None:
    """Return when ``told`` was last told something that concerns no post."""
    found = db.value(_NEWEST_OF_KIND, told=told, what=kind.value)
    return None if found is None else Instant(found)


def delete_of_kind(tx: Transaction, told: AccountId, kind: Kind) -> None:
    """Remove everything of one kind that tells ``told`` of no post."""
    tx.run(_DELETE_OF_KIND, told=told, what=kind.value)


def delete_from(tx: Transaction, told: AccountId, actor: AccountId) -> None:
    """Remove everything that tells ``told`` of ``actor``."""
    tx.run(_DELETE_FROM, told=told, by=actor)


def delete_of_posts(tx: Transaction, posts: Collection[PostId], most: int) -> bool:
    """Remove at most ``most`` of what tells of ``posts``; return whether nothing is left."""
    found = tx.column(_OF_POSTS, posts=list(posts), most=most)
    if found:
        tx.run(_DELETE_AMONG, ids=found)
    return len(found) < most


def delete_of_account(tx: Transaction, viewer: AccountId, upto: int, most: int) -> bool:
    """Remove at most ``most`` notifications of the viewer up to ``upto``; return whether nothing is left."""
    found = tx.column(_OF_ACCOUNT, viewer=viewer, upto=upto, most=most)
    if found:
        tx.run(_DELETE_AMONG, ids=found)
    return len(found) < most


def delete_by_actor(tx: Transaction, actor: AccountId, most: int) -> bool:
    """Remove at most ``most`` of what tells of acts of ``actor``; return whether nothing is left."""
    found = tx.column(_BY_ACTOR, actor=actor, most=most)
    if found:
        tx.run(_DELETE_AMONG, ids=found)
    return len(found) < most


def forget_seen(tx: Transaction, account: AccountId) -> None:
    """Forget how far an account has looked."""
    tx.run(_FORGET_SEEN, account=account)


def delete_one(tx: Transaction, viewer: AccountId, number: int) -> bool:
    """Remove one notification of the viewer."""
    return tx.change(_DELETE_ONE, viewer=viewer, notification=number) == 1


def mark_seen(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Note that everything up to ``number`` is seen; never backwards."""
    tx.run(_MARK_SEEN, account=viewer, newest=number, reached=number)
