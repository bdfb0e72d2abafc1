"""Which notifications a member's filters hide: lists leave them out, so what counts as new does too."""

from __future__ import annotations

from collections import Counter

from palabre.edge.lenses import matches_in
from palabre.edge.site import Site
from palabre.filters.model import Context
from palabre.filters.rules import Sieve, hides
from palabre.ids import AccountId
from palabre.notifications.model import Kind
from palabre.notifications.queries import UNREAD_MOST, notification_rows, posts_of, seen_up_to
from palabre.paging import Window
from palabre.posts.queries import post_views
from palabre.store import Snapshot


def _hidden(
    db: Snapshot, viewer: AccountId, sieve: Sieve, since: int | None, most: int, actor: AccountId | None
) -> Counter[Kind]:
    after = seen_up_to(db, viewer) if since is None else since
    rows = notification_rows(db, viewer, Window(since=after, limit=most), actor=actor).items
    views = {view.post.id: view for view in post_views(db, viewer, list(posts_of(rows)))}
    return Counter(
        Kind(row.kind)
        for row in rows
        if row.post in views and hides(matches_in(sieve, viewer, views[row.post]), Context.NOTIFICATIONS)
    )


async def hidden_by_filters(
    app: Site, viewer: AccountId, *, since: int | None = None, actor: AccountId | None = None, most: int = UNREAD_MOST
) -> Counter[Kind]:
    """Count by kind which of the newest ``most`` notifications the viewer's filters hide.

    Of those after ``since``, by default after what he has seen; of ``actor`` alone if one is given. No statement for
    whoever hides nothing there.
    """
    lens = await app.lenses.get(viewer)
    if lens is None or lens.sieve is None or not lens.sieve.hides_in(Context.NOTIFICATIONS):
        return Counter()
    return await app.db.read(_hidden, viewer, lens.sieve, since, most, actor)
