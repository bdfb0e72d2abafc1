"""Notifications that say the same about the same post, together.

A group begins with the first like, repost or follow and stays open for twelve hours; which group a notification is of
is decided when it is written and never changes, so a group keeps its name. A page is made of the notifications of its
span, each group where its newest one in the span stands; a group may go on on the page below.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from palabre import jobs
from palabre.accounts.model import Account
from palabre.ids import AccountId, PostId
from palabre.notifications import groups_sql, sql
from palabre.notifications.errors import NotificationNotFound
from palabre.notifications.model import GROUPED, GroupName, Kind, Narrow, NotificationLine
from palabre.notifications.queries import lines_of, notification_line
from palabre.paging import Slice, Window, cut
from palabre.store import Snapshot, Transaction

DISMISS = "notifications.dismiss_group"
"""The job that goes on with :func:`dismiss_group`, for :func:`dismiss_more`."""

SAMPLE = 8
"""How many people a group shows."""

_READ_PER_GROUP = 8
"""So many notifications are read for each group that a page may have."""
_SLICE = 500
_EVERYTHING = frozenset(Kind)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group, as far as one page shows it; or a notification that stands alone."""

    name: GroupName | None
    """``None``: it stands alone."""
    lines: tuple[NotificationLine, ...]
    """Those of the page, the newest first; never none."""
    count: int
    """How many there are in all."""
    newest: int
    """The newest notification of all."""

    @property
    def sample(self) -> list[AccountId]:
        """Return those who are shown, each once, the newest first."""
        return list(dict.fromkeys(line.actor for line in self.lines))[:SAMPLE]


class Dismissed(msgspec.Struct, frozen=True):
    """A group that its member wants gone."""

    account: AccountId
    kind: Kind
    post: PostId | None
    bucket: int


def name_of(kind: Kind, post: PostId | None, bucket: int, grouped: Collection[Kind] = GROUPED) -> GroupName | None:
    """Return the name of the group of a notification; ``None`` if it stands alone."""
    return GroupName(kind, post, bucket) if bucket and kind in grouped else None


def groups_page(
    db: Snapshot,
    viewer: AccountId,
    window: Window,
    *,
    kinds: Collection[Kind] = _EVERYTHING,
    actor: AccountId | None = None,
    grouped: Collection[Kind] = GROUPED,
    filtered: bool = False,
) -> Slice[Group]:
    """Return at most ``window.limit`` groups, the newest first. At most four statements, whatever they hold."""
    wide = msgspec.structs.replace(window, limit=window.limit * _READ_PER_GROUP)
    rows = sql.narrow_page(db, viewer, wide, sql.Wanted(list(kinds), actor, filtered)) if kinds else []
    if not rows:
        return Slice([], None, None)
    kept = _as_many_groups(rows, window, grouped)
    return Slice(_groups(db, viewer, kept, grouped), kept[0].id, kept[-1].id, len(kept))


def _as_many_groups(rows: list[Narrow], window: Window, grouped: Collection[Kind]) -> list[Narrow]:
    """Keep those rows, from the end that the page begins at, that make at most as many groups as it may have."""
    seen: set[object] = set()
    kept = []
    for row in reversed(rows) if window.upwards else rows:
        seen.add(name_of(Kind(row.kind), row.post, row.bucket, grouped) or row.id)
        if len(seen) > window.limit:
            break
        kept.append(row)
    return kept[::-1] if window.upwards else kept


def _groups(db: Snapshot, viewer: AccountId, rows: list[Narrow], grouped: Collection[Kind]) -> list[Group]:
    made: dict[object, tuple[GroupName | None, list[NotificationLine]]] = {}
    bucket_of = {row.id: name_of(Kind(row.kind), row.post, row.bucket, grouped) for row in rows}
    for line in lines_of(db, viewer, rows):
        name = bucket_of[line.id]
        made.setdefault(name or line.id, (name, []))[1].append(line)
    counts = groups_sql.counts(db, viewer, [name for name, _ in made.values() if name is not None])
    found = []
    for name, lines in made.values():
        count, newest = counts.get(name, (0, 0)) if name is not None else (1, lines[0].id)
        found.append(
            Group(name=name, lines=tuple(lines), count=max(count, len(lines)), newest=max(newest, lines[0].id))
        )
    return found


def group(db: Snapshot, viewer: AccountId, name: GroupName) -> Group:
    """Return one group, with its newest members.

    Raises:
        NotificationNotFound: the viewer has no such group, or may not see it any more.

    """
    rows = groups_sql.actors(db, viewer, name, Window(limit=SAMPLE))
    if not rows:
        raise NotificationNotFound
    first = notification_line(db, viewer, rows[0][0])
    lines = tuple(first._replace(id=number, actor=actor.id) for number, actor in rows)
    count, newest = groups_sql.counts(db, viewer, [name]).get(name, (len(rows), rows[0][0]))
    return Group(name=name, lines=lines, count=count, newest=newest)


def group_actors(db: Snapshot, viewer: AccountId, name: GroupName, window: Window) -> Slice[Account]:
    """Return who is in a group, the newest first; the cursors are notifications.

    Raises:
        NotificationNotFound: the viewer has no such group.

    """
    rows = groups_sql.actors(db, viewer, name, window)
    if not rows and not groups_sql.actors(db, viewer, name, Window(limit=1)):
        raise NotificationNotFound
    return cut(rows)


def unread_groups(
    db: Snapshot,
    viewer: AccountId,
    *,
    kinds: Collection[Kind] = _EVERYTHING,
    actor: AccountId | None = None,
    grouped: Collection[Kind] = GROUPED,
    most: int = 100,
) -> int:
    """Count the groups that the viewer has not seen, up to ``most``: two statements."""
    if not kinds:
        return 0
    window = Window(since=sql.seen_up_to(db, viewer), limit=most * _READ_PER_GROUP)
    rows = sql.narrow_page(db, viewer, window, sql.Wanted(list(kinds), actor))
    return min(most, len({name_of(Kind(row.kind), row.post, row.bucket, grouped) or row.id for row in rows}))


def dismiss_group(tx: Transaction, viewer: AccountId, name: GroupName) -> None:
    """Remove a group; at once what fits in a short transaction, the rest by a job.

    Raises:
        NotificationNotFound: the viewer has no such group.

    """
    gone = groups_sql.delete_group(tx, viewer, name, _SLICE)
    if not gone:
        raise NotificationNotFound
    if gone == _SLICE:
        jobs.enqueue(tx, DISMISS, Dismissed(viewer, name.kind, name.post, name.bucket))


def dismiss_more(tx: Transaction, left: Dismissed) -> bool:
    """Remove a slice of what :func:`dismiss_group` left; return whether nothing is left."""
    name = GroupName(left.kind, left.post, left.bucket)
    return groups_sql.delete_group(tx, left.account, name, _SLICE) < _SLICE
