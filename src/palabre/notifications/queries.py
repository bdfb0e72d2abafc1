"""What a member is told, and how much of it is new."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from palabre.clock import Instant
from palabre.ids import AccountId, PostId
from palabre.notifications import sql
from palabre.notifications.errors import NotificationNotFound
from palabre.notifications.model import Kind, Narrow, NotificationLine, NotificationView
from palabre.notifications.subjects import WITH_SUBJECT, subjects_of
from palabre.paging import Slice, Window
from palabre.posts.lines import readable_lines
from palabre.posts.model import Entry
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
    return Slice(_views(db, viewer, rows), rows[0].id, rows[-1].id, len(rows))


def notification_rows(
    db: Snapshot,
    viewer: AccountId,
    window: Window,
    *,
    kinds: Collection[Kind] | None = None,
    exclude: Collection[Kind] = (),
    actor: AccountId | None = None,
    filtered: bool = False,
) -> Slice[Narrow]:
    """Return the same page as :func:`notifications_page` before anything is loaded, whatever posts it is about.

    At most one statement; :func:`lines_about` leaves out what is about posts that the viewer may not read.
    """
    wanted = [kind for kind in (Kind if kinds is None else kinds) if kind not in exclude]
    rows = sql.narrow_page(db, viewer, window, sql.Wanted(wanted, actor, filtered)) if wanted else []
    if not rows:
        return Slice([], None, None)
    return Slice(rows, rows[0].id, rows[-1].id, len(rows))


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


def lines_of(db: Snapshot, viewer: AccountId, rows: list[Narrow]) -> list[NotificationLine]:
    """Return the lines of ``rows`` without those about posts that the viewer may not read: at most one statement."""
    return lines_about(rows, readable_lines(db, viewer, posts_of(rows)))


def posts_of(rows: Iterable[Narrow]) -> set[PostId]:
    """Return the posts that ``rows`` are about."""
    return {row.post for row in rows if row.post is not None}


def lines_about(rows: Iterable[Narrow], posts: Mapping[PostId, Entry]) -> list[NotificationLine]:
    """Return the lines of ``rows`` without those about posts that are not among ``posts``, the readable ones."""
    return [
        NotificationLine(
            row.id,
            Kind(row.kind),
            Instant(row.created),
            row.actor,
            None if row.post is None else posts[row.post],
            row.bucket,
            row.subject or 0,
        )
        for row in rows
        if row.post is None or row.post in posts
    ]


def _views(db: Snapshot, viewer: AccountId, rows: list[sql.Row]) -> list[NotificationView]:
    ids = list(dict.fromkeys(row.post for row in rows if row.post is not None))
    posts = {view.post.id: view for view in post_views(db, viewer, ids)} if ids else {}
    subjects = subjects_of(db, viewer, [(row.kind, row.subject) for row in rows])
    return [
        NotificationView(
            id=row.id,
            kind=row.kind,
            created=row.created,
            actor=row.actor,
            post=None if row.post is None else posts[row.post],
            bucket=row.bucket,
            about=subjects.get((row.kind, row.subject)),
        )
        for row in rows
        if (row.post is None or row.post in posts)
        and (row.kind not in WITH_SUBJECT or (row.kind, row.subject) in subjects)
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


def newest_up_to(db: Snapshot, viewer: AccountId, upto: int) -> int:
    """Return the newest notification of the viewer that is not newer than ``upto``; 0 for none."""
    return sql.newest(db, viewer, upto)


def seen_up_to(db: Snapshot, viewer: AccountId) -> int:
    """Return the newest notification that the viewer has seen; 0 for none. What is above is new."""
    return sql.seen_up_to(db, viewer)


def unread_among(
    db: Snapshot,
    viewer: AccountId,
    *,
    kinds: Collection[Kind] | None = None,
    exclude: Collection[Kind] = (),
    actor: AccountId | None = None,
    most: int = UNREAD_MOST,
) -> int:
    """Count of some kinds, or of one account, what the viewer has not seen yet, up to ``most``: two statements."""
    wanted = [kind for kind in (Kind if kinds is None else kinds) if kind not in exclude]
    if not wanted:
        return 0
    window = Window(since=sql.seen_up_to(db, viewer), limit=most)
    return len(sql.narrow_page(db, viewer, window, sql.Wanted(wanted, actor)))


def unread_count(db: Snapshot, viewer: AccountId, *, most: int = UNREAD_MOST) -> int:
    """Count what the viewer has not seen yet, up to ``most``: two statements."""
    return sql.count_after(db, viewer, sql.seen_up_to(db, viewer), most)
