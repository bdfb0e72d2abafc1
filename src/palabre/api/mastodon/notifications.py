"""What the member is told, one by one."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palabre.api.mastodon import entities as wire
from palabre.api.mastodon.entities.notification import KIND_OF, notification
from palabre.api.mastodon.pages import load
from palabre.api.mastodon.pieces import Loading, Pieces, Tails
from palabre.api.mastodon.tails import tails_for
from palabre.edge.answers import Page
from palabre.edge.binding import AccountRef, NotificationRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.ids import AccountId, Kind
from palabre.notifications import actions, queries
from palabre.notifications.errors import NotificationNotFound
from palabre.notifications.model import Kind as Told
from palabre.notifications.model import NotificationLine
from palabre.paging import Slice, empty


class NotificationPaging(Paging, kw_only=True):
    """The query of the notifications; kinds that nobody is told of here are simply none."""

    types: list[str] = msgspec.field(default_factory=list)
    exclude_types: list[str] = msgspec.field(default_factory=list)
    account_id: AccountRef | None = None
    include_filtered: bool = False
    """Also what waits among the requests."""


class Unread(msgspec.Struct, frozen=True):
    """How many notifications the member has not seen."""

    count: int


def kinds_of(words: list[str]) -> list[Told]:
    """Return the kinds that Mastodon's ``words`` name."""
    return [KIND_OF[word] for word in words if word in KIND_OF]


def _render(pieces: Pieces, told: NotificationLine, loaded: Loading, tails: Tails | None) -> wire.Notification | None:
    """Render ``told``, or return ``None`` if what it is about is gone in this moment, or is not wanted."""
    actor = loaded.authors.get(told.actor)
    if actor is None:
        return None
    if told.post is None:
        return notification(pieces.names, told, account=msgspec.Raw(actor))
    post = pieces.one(told.post, loaded, member=True, tails=tails)
    if post is None:
        return None
    return notification(pieces.names, told, account=msgspec.Raw(actor), status=msgspec.Raw(post))


async def _shown(app: Site, viewer: AccountId, lines: list[NotificationLine]) -> list[wire.Notification]:
    posts = [told.post for told in lines if told.post is not None]
    loaded = await load(app, viewer, posts, [told.actor for told in lines])
    pieces = app.part(Pieces)
    tails = await tails_for(app, pieces.names, viewer, posts, Context.NOTIFICATIONS)
    rendered = (_render(pieces, told, loaded, tails) for told in lines)
    return [one for one in rendered if one is not None]


async def notification_json(app: Site, viewer: AccountId, number: int) -> bytes | None:
    """Return the JSON of one notification; ``None`` if the viewer has none, or may not see it any more."""
    try:
        line = await app.db.read(queries.notification_line, viewer, number)
    except NotificationNotFound:
        return None
    shown = await _shown(app, viewer, [line])
    return msgspec.json.encode(shown[0]) if shown else None


@endpoint("GET", "/api/v1/notifications", scope="read:notifications")
async def notifications(
    query: NotificationPaging, request: Request, viewer: Viewer, app: Site
) -> Annotated[Page, list[wire.Notification]]:
    """Show what the member is told, newest first."""
    kinds = kinds_of(query.types)
    found: Slice[NotificationLine] = empty()
    if kinds or not query.types:
        found = await app.db.read(
            queries.notification_lines,
            viewer.account,
            query.window(app.ids, Kind.NOTIFICATION, usual=40, most=80),
            kinds=kinds or None,
            exclude=kinds_of(query.exclude_types),
            actor=query.account_id,
            filtered=query.include_filtered,
        )
    return Page(await _shown(app, viewer.account, found.items), link(request, found, Kind.NOTIFICATION))


@endpoint("GET", "/api/v1/notifications/unread_count", scope="read:notifications")
async def unread_count(viewer: Viewer, app: Site) -> Unread:
    """Count what the member has not seen."""
    return Unread(await app.db.read(queries.unread_count, viewer.account))


@endpoint("GET", "/api/v1/notifications/{notification}", scope="read:notifications")
async def show_notification(notification: NotificationRef, viewer: Viewer, app: Site) -> wire.Notification:
    """Show one notification."""
    line = await app.db.read(queries.notification_line, viewer.account, notification)
    shown = await _shown(app, viewer.account, [line])
    if not shown:
        raise NotificationNotFound
    return shown[0]


@endpoint("POST", "/api/v1/notifications/clear", scope="write:notifications")
async def clear(viewer: Viewer, app: Site) -> None:
    """Forget all notifications."""
    await app.db.write(actions.clear, viewer.account)


@endpoint("POST", "/api/v1/notifications/{notification}/dismiss", scope="write:notifications")
async def dismiss(notification: NotificationRef, viewer: Viewer, app: Site) -> None:
    """Forget one notification."""
    await app.db.write(actions.dismiss, viewer.account, notification)


ROUTES = (notifications, unread_count, show_notification, clear, dismiss)
