"""What the member is told, the same things about the same post together."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.accounts.model import Account
from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.graph.model import AccountCollection, Relationship
from palabre.ids import AccountId, Kind
from palabre.moderation.model import Deed, ReportView
from palabre.notifications import actions
from palabre.notifications.model import Kind as Told
from palabre.notifications.model import NotificationView
from palabre.notifications.queries import notifications_page, unread_count
from palabre.notifications.requests import summary
from palabre.paging import Slice, Window
from palabre.posts.model import PostView
from palabre.store import Snapshot
from palabre.web.beside import Beside, beside
from palabre.web.page import go, page, show
from palabre.web.pages.profiles import related
from palabre.web.windows import Paged, more_address, window

_PAGE = 40
_FACES = 8
_TOGETHER = {Told.LIKE, Told.REPOST, Told.FOLLOW}


class Asked(Paged, frozen=True, kw_only=True):
    """The query of the page."""

    only: Literal["", "mention"] = ""


class Group(msgspec.Struct, kw_only=True):
    """One or several notifications that say the same about the same post."""

    kind: str
    post: PostView | None
    created: int
    """Of the newest."""
    new: bool
    everybody: list[Account]
    about: ReportView | Deed | AccountCollection | None = None
    """What it is about, if no post."""

    @property
    def actors(self) -> list[Account]:
        """Those whose faces are shown."""
        return self.everybody[:_FACES]

    @property
    def others(self) -> int:
        """How many there are beside the first."""
        return len(self.everybody) - 1


def grouped(found: list[NotificationView], new: int) -> list[Group]:
    """Put together what is of one group, as it was decided when it was written; the newest first.

    What is older than groups: likes and reposts of one post, and follows that came one after the other.

    The first ``new`` are not seen yet; what is seen does not mix with what is not.
    """
    groups: list[Group] = []
    open_groups: dict[tuple[str, int, int, bool], Group] = {}
    for place, each in enumerate(found):
        is_new = place < new
        about = each.post.shown.post.id if each.post else 0
        key = (each.kind.value, about, each.bucket, is_new)
        if each.kind is not Told.FOLLOW and not each.bucket:
            open_groups = {name: group for name, group in open_groups.items() if name[0] != Told.FOLLOW}
        group = open_groups.get(key)
        if group is not None and each.kind in _TOGETHER:
            if all(actor.id != each.actor.id for actor in group.everybody):
                group.everybody.append(each.actor)
            continue
        group = Group(
            kind=each.kind.value,
            post=each.post,
            created=each.created,
            new=is_new,
            everybody=[each.actor],
            about=each.about,
        )
        groups.append(group)
        open_groups[key] = group
    return groups


def _page(
    db: Snapshot, viewer: AccountId, rows: Window, kinds: tuple[Told, ...] | None
) -> tuple[Slice[NotificationView], int, int, dict[AccountId, Relationship | None]]:
    found = notifications_page(db, viewer, rows, kinds=kinds)
    followers = list({each.actor.id: each.actor for each in found.items if each.kind is Told.FOLLOW}.values())
    relations = related(db, viewer, followers) if followers else {}
    return found, unread_count(db, viewer), summary(db, viewer)[0], relations


@page("GET", "/notifications")
async def notifications(request: Request, viewer: Viewer, app: Site, query: Asked) -> Answer:
    """Show them; seeing the first page is having seen them all."""
    rows = window(app.ids, Kind.NOTIFICATION, query, _PAGE)
    kinds = (Told.MENTION,) if query.only else None
    found, unread, waiting, relations = await app.db.read(_page, viewer.account, rows, kinds)
    first = rows.before is None and not query.only
    if first and unread and found.newest is not None:
        await app.db.write(actions.mark_seen, viewer.account, found.newest)
    more = more_address(app.ids, Kind.NOTIFICATION, "/notifications", found, _PAGE, only=query.only)
    template = "parts/notices.html" if query.part else "notifications.html"
    return await show(
        request,
        template,
        at="/notifications",
        context=Context.NOTIFICATIONS,
        waiting=waiting,
        relations=relations,
        groups=grouped(found.items, unread if first else 0),
        only=query.only,
        more_address=more,
        beside=Beside() if query.part else await beside(app, viewer),
    )


@page("POST", "/notifications/clear")
async def clear(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Remove them all."""
    await app.db.write(actions.clear, viewer.account)
    return go(request, "/notifications", flash="cleared")


ROUTES = (notifications, clear)
