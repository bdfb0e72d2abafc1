"""Posts that wait for their time."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec

from palabre.api.mastodon.entities import ScheduledStatus
from palabre.api.mastodon.entities.scheduled_status import scheduled_status
from palabre.api.mastodon.pieces import Pieces
from palabre.clock import Instant, from_datetime
from palabre.edge.answers import Page
from palabre.edge.binding import UnpublishedRef
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import WrongValue
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, Kind
from palabre.media.model import Attachment
from palabre.media.queries import uploads_of
from palabre.paging import Slice, Window
from palabre.posts import unpublished
from palabre.posts.model import Unpublished
from palabre.store import Snapshot


class NewTime(msgspec.Struct, frozen=True):
    """The body of ``PUT /api/v1/scheduled_statuses/:id``."""

    scheduled_at: str


def time_of(text: str) -> Instant:
    """Read a time as apps write it (ISO 8601); without an offset it is UTC."""
    try:
        return from_datetime(dt.datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        raise WrongValue(
            field="scheduled_at",
            name="scheduled_at",
            expected="must be a date and time such as 2030-12-31T23:59:59Z",
        ) from None


def _one(db: Snapshot, viewer: AccountId, number: int) -> tuple[Unpublished, list[Attachment]]:
    found = unpublished.scheduled_of(db, viewer, number)
    return found, uploads_of(db, viewer, found.draft.media)


def _some(db: Snapshot, viewer: AccountId, window: Window) -> tuple[Slice[Unpublished], dict[int, Attachment]]:
    found = unpublished.scheduled_page(db, viewer, window)
    media = uploads_of(db, viewer, [each for one in found.items for each in one.draft.media])
    return found, {each.id: each for each in media}


async def shown(app: Site, viewer: AccountId, number: int) -> ScheduledStatus:
    """Return a scheduled post of the viewer's."""
    found, media = await app.db.read(_one, viewer, number)
    return scheduled_status(app.part(Pieces).names, found, media)


@endpoint("GET", "/api/v1/scheduled_statuses", scope="read:statuses")
async def scheduled(
    query: Paging, request: Request, viewer: Viewer, app: Site
) -> Annotated[Page, list[ScheduledStatus]]:
    """Show the viewer's posts that wait for their time."""
    found, media = await app.db.read(_some, viewer.account, query.window(app.ids, Kind.UNPUBLISHED))
    names = app.part(Pieces).names
    items = [
        scheduled_status(names, one, [media[each] for each in one.draft.media if each in media])
        for one in found.items
    ]
    return Page(items, link(request, found, Kind.UNPUBLISHED))


@endpoint("GET", "/api/v1/scheduled_statuses/{scheduled}", scope="read:statuses")
async def show_scheduled(scheduled: UnpublishedRef, viewer: Viewer, app: Site) -> ScheduledStatus:
    """Show one of them."""
    return await shown(app, viewer.account, scheduled)


@endpoint("PUT", "/api/v1/scheduled_statuses/{scheduled}", scope="write:statuses")
async def move_scheduled(scheduled: UnpublishedRef, body: NewTime, viewer: Viewer, app: Site) -> ScheduledStatus:
    """Give it another time."""
    await app.db.write(unpublished.reschedule, viewer.account, scheduled, time_of(body.scheduled_at))
    return await shown(app, viewer.account, scheduled)


@endpoint("DELETE", "/api/v1/scheduled_statuses/{scheduled}", scope="write:statuses")
async def cancel_scheduled(scheduled: UnpublishedRef, viewer: Viewer, app: Site) -> None:
    """Have it not published."""
    await app.db.write(unpublished.cancel, viewer.account, scheduled)


ROUTES = (scheduled, show_scheduled, move_scheduled, cancel_scheduled)
