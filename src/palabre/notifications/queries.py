"""What a member is told, and how much of it is new."""

from __future__ import annotations

from collections.abc import Collection

from palabre.clock import Instant
from palabre.ids import AccountId
from palabre.notifications import sql
from palabre.notifications.errors import NotificationNotFound
from palabre.notifications.model import Kind, NotificationLine, NotificationView
from palabre.paging import Slice, Window
from palabre.posts.lines import readable_lines
from palabre.posts.queries import post_views
from palabre.store import Snapshot

UNREAD_MOST = 100


def notifications_page(
    db: Snapshot,
    viewer: AccountId,
    window: Window,
    *,
    kinds: Collection[Kind] | None = None,
    exclude: Collection[Kind] = (),
    actor: AccountId | None = None,
    filtered: bool = False,
) -> Slice[NotificationView]:
    """Return notifications, the newest first: at most four statements.

    What the viewer must not or does not want to see any more is left out: of suspended, blocked, blocking and
    muted people, and about posts that he may no longer read; and, unless ``filtered``, what waits among the requests.
    """
    wanted = [kind for kind in (Kind if kinds is None else kinds) if kind not in exclude]
    rows = sql.page(db, viewer, window, sql.Wanted(wanted, actor, filtered)) if wanted else []
    if not rows:
        return Slice([], None, None)
    return Slice(_views(db, viewer, rows), rows[0].id, rows[-1].id)


def notification_lines(
    db: Snapshot,
    viewer: AccountId,
    window: Window,
    *,
    kinds: Collection[Kind] | None = None,
    exclude: Collection[Kind] = (),
    actor: AccountId | None = None,
    filtered: bool = False,
) -> Slice[NotificationLine]:
    """Return the same page as :func:`notifications_page` before anything is loaded. At most two statements."""
    wanted = [kind for kind in (Kind if kinds is None else kinds) if kind not in exclude]
    rows = sql.narrow_page(db, viewer, window, sql.Wanted(wanted, actor, filtered)) if wanted else []
    if not rows:
        return Slice([], None, None)
    return Slice(lines_of(db, viewer, rows), rows[0].id, rows[-1].id)


def notification_line(db: Snapshot, viewer: AccountId, number: int) -> NotificationLine:
    """Return one notification before anything is loaded.

    Raises:
        NotificationNotFound: the viewer has no such notification, or may not see it any more.

    """
    row = sql.narrow_one(db, viewer, number)
    lines = lines_of(db, viewer, [row]) if row else []
    if not lines:
        raise NotificationNotFound
    return lines[0]


def lines_of(db: Snapshot, viewer: AccountId, rows: list[sql.Narrow]) -> list[NotificationLine]:
    """Return the lines of ``rows`` without those about posts that the viewer may not read: at most one statement."""
    posts = readable_lines(db, viewer, {row.post for row in rows if row.post is not None})
    return [
        NotificationLine(
            row.id,
            Kind(row.kind),
            Instant(row.created),
            row.actor,
            None if row.post is None else posts[row.post],
            row.bucket,
        )
        for row in rows
        if row.post is None or row.post in posts
    ]


def _views(db: Snapshot, viewer: AccountId, rows: list[sql.Row]) -> list[NotificationView]:
    ids = list(dict.fromkeys(row.post for row in rows if row.post is not None))
    posts = {view.post.id: view for view in post_views(db, viewer, ids)} if ids else {}
    return [
        NotificationView(
            id=row.id,
            kind=row.kind,
            created=row.created,
            actor=row.actor,
            post=None if row.post is None else posts[row.post],
            bucket=row.bucket,
        )
        for row in rows
        if row.post is None or row.post in posts
    ]


def notification(db: Snapshot, viewer: AccountId, number: int) -> NotificationView:
    """Return one notification.

    Raises:
        NotificationNotFound: the viewer has no such notification, or may not see it any more.

    """
    row = sql.one(db, viewer, number)
    views = _views(db, viewer, [row]) if row else []
    if not views:
        raise NotificationNotFound
    return views[0]


def seen_up_to(db: Snapshot, viewer: AccountId) -> int:
    """Return the newest notification that the viewer has seen; 0 for none. What is above is new."""
    return sql.seen_up_to(db, viewer)


def unread_count(db: Snapshot, viewer: AccountId, *, most: int = UNREAD_MOST) -> int:
    """Count what the viewer has not seen yet, up to ``most``: two statements."""
    return sql.count_after(db, viewer, sql.seen_up_to(db, viewer), most)
