"""All the SQL of groups of notifications."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, bindparam, func, literal_column, select

from palabre.accounts.model import Account
from palabre.accounts.rows import account_columns, account_of
from palabre.accounts.tables import account
from palabre.ids import AccountId, PostId
from palabre.notifications.model import GroupName, Kind
from palabre.notifications.sql import shown
from palabre.notifications.tables import notification
from palabre.paging import Window
from palabre.store import Snapshot, Transaction, among, delete, statement
from palabre.store.pages import Pages

_n = notification.c
_NONE: ColumnElement[int] = literal_column("0")
"""Written out: an index of a part of the rows is not used for a condition whose value comes later."""
_kind = and_(_n.account == bindparam("viewer"), _n.kind == bindparam("kind"), _n.bucket > _NONE)
_about_post = and_(_kind, _n.post == bindparam("about"))
_about_none = and_(_kind, _n.post.is_(None))
_LATEST_ABOUT_POST = statement(select(_n.bucket).where(_about_post).order_by(_n.bucket.desc()).limit(1))
_LATEST_ABOUT_NONE = statement(
    select(_n.bucket).where(_about_none).order_by(_n.post.desc(), _n.bucket.desc()).limit(1)
)
"""Ordered by the post too, though there is none: PostgreSQL does not take ``IS NULL`` for one value, and would sort
all that the index has of this kind, which of somebody with many followers is a lot."""

_counted = (
    select(_n.kind, _n.post, _n.bucket, func.count(), func.max(_n.id))
    .join_from(notification, account, account.c.id == _n.actor)
    .where(
        _n.account == bindparam("viewer"),
        among(_n.kind, "kinds"),
        among(_n.bucket, "buckets"),
        _n.bucket > _NONE,
        _n.filtered.is_(False),
        *shown(),
    )
    .group_by(_n.kind, _n.post, _n.bucket)
)
_COUNT_ABOUT_POSTS = statement(_counted.where(among(_n.post, "posts")))
_COUNT_ABOUT_NONE = statement(_counted.where(_n.post.is_(None)))

_actors = (
    select(_n.id, *account_columns())
    .join_from(notification, account, account.c.id == _n.actor)
    .where(_n.bucket == bindparam("bucket"), _n.filtered.is_(False), *shown())
)
_ACTORS_ABOUT_POST = Pages(_actors.where(_about_post), _n.id)
_ACTORS_ABOUT_NONE = Pages(_actors.where(_about_none), _n.id)
_members = select(_n.id).where(_n.bucket == bindparam("bucket")).limit(bindparam("most"))
_MEMBERS_ABOUT_POST = statement(_members.where(_about_post))
_MEMBERS_ABOUT_NONE = statement(_members.where(_about_none))
_DELETE = delete(notification, among(_n.id, "ids"))


def latest_bucket(db: Snapshot, told: AccountId, kind: Kind, post: PostId | None) -> int:
    """Load the newest group of this kind about this post; 0 for none."""
    if post is None:
        return int(db.value(_LATEST_ABOUT_NONE, viewer=told, kind=kind.value) or 0)
    return int(db.value(_LATEST_ABOUT_POST, viewer=told, kind=kind.value, about=post) or 0)


def counts(db: Snapshot, viewer: AccountId, names: Collection[GroupName]) -> dict[GroupName, tuple[int, int]]:
    """Load how many each group has, and its newest one: at most two statements."""
    found: dict[GroupName, tuple[int, int]] = {}
    about_posts = [name for name in names if name.post is not None]
    about_none = [name for name in names if name.post is None]
    for chosen, query in ((about_posts, _COUNT_ABOUT_POSTS), (about_none, _COUNT_ABOUT_NONE)):
        if not chosen:
            continue
        lists: dict[str, list[int]] = {"buckets": list({name.bucket for name in chosen})}
        if query is _COUNT_ABOUT_POSTS:
            lists["posts"] = list({name.post for name in chosen if name.post is not None})
        kinds = list({name.kind.value for name in chosen})
        for kind, post, bucket, count, newest in db.all(query, viewer=viewer, now=db.now, kinds=kinds, **lists):
            found[GroupName(Kind(kind), post, bucket)] = (count, newest)
    return found


def actors(db: Snapshot, viewer: AccountId, name: GroupName, window: Window) -> list[tuple[int, Account]]:
    """Load who is in a group, each with the notification, the newest first: one statement."""
    params = {"viewer": viewer, "now": db.now, "kind": name.kind.value, "bucket": name.bucket}
    if name.post is None:
        rows = _ACTORS_ABOUT_NONE.rows(db, window, **params)
    else:
        rows = _ACTORS_ABOUT_POST.rows(db, window, about=name.post, **params)
    return [(row[0], account_of(row[1:])) for row in rows]


def delete_group(tx: Transaction, viewer: AccountId, name: GroupName, most: int) -> int:
    """Remove at most ``most`` of a group; return how many there were."""
    params = {"viewer": viewer, "kind": name.kind.value, "bucket": name.bucket, "most": most}
    found = (
        tx.column(_MEMBERS_ABOUT_NONE, **params)
        if name.post is None
        else tx.column(_MEMBERS_ABOUT_POST, about=name.post, **params)
    )
    if found:
        tx.run(_DELETE, ids=found)
    return len(found)
