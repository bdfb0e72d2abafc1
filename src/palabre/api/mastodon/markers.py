"""How far the member has read, for all apps of the member."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities import Marker
from palabre.clock import iso
from palabre.edge.binding import PostRef
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, IdCodec, Kind, UnknownId, counted, read_count
from palabre.notifications.actions import mark_seen
from palabre.notifications.queries import newest_up_to
from palabre.store import Transaction
from palabre.timelines.markers import Marker as Stored
from palabre.timelines.markers import Timeline, markers, move_marker

_KINDS = {Timeline.HOME: Kind.POST, Timeline.NOTIFICATIONS: Kind.NOTIFICATION}


class Asked(msgspec.Struct, frozen=True):
    """The query of ``GET /api/v1/markers``; timelines that do not exist have no marker."""

    timeline: list[str] = msgspec.field(default_factory=list)


class HomeRead(msgspec.Struct, frozen=True):
    """Up to which post."""

    last_read_id: PostRef


class NotificationsRead(msgspec.Struct, frozen=True):
    """Up to which notification: its id, or the number of the newest of a group."""

    last_read_id: str


class Moved(msgspec.Struct, frozen=True):
    """The body of ``POST /api/v1/markers``."""

    home: HomeRead | None = None
    notifications: NotificationsRead | None = None


class Markers(msgspec.Struct, frozen=True, omit_defaults=True):
    """The markers asked for, those that there are."""

    home: Marker | None = None
    notifications: Marker | None = None


def _render(app: Site, found: dict[Timeline, Stored]) -> Markers:
    return Markers(
        **{
            timeline.value: Marker(app.ids.encode(_KINDS[timeline], kept.last_read), kept.version, iso(kept.updated))
            for timeline, kept in found.items()
        }
    )


@endpoint("GET", "/api/v1/markers", scope="read:statuses")
async def show_markers(query: Asked, viewer: Viewer, app: Site) -> Markers:
    """Show how far the member has read."""
    wanted = [timeline for timeline in Timeline if timeline.value in query.timeline]
    return _render(app, await app.db.read(markers, viewer.account, wanted))


def _notification(tx: Transaction, viewer: AccountId, ids: IdCodec, told: str) -> int:
    count = read_count(told)
    # Some apps look for the very id that the marker has, so it is that of a notification.
    number = ids.try_decode(Kind.NOTIFICATION, told) if count is None else newest_up_to(tx, viewer, counted(count)[1])
    if not number:
        raise UnknownId(field="notifications[last_read_id]")
    return number


def _move(tx: Transaction, viewer: AccountId, body: Moved, ids: IdCodec) -> dict[Timeline, Stored]:
    moved = []
    if body.home is not None:
        move_marker(tx, viewer, Timeline.HOME, body.home.last_read_id)
        moved.append(Timeline.HOME)
    if body.notifications is not None:
        seen = _notification(tx, viewer, ids, body.notifications.last_read_id)
        move_marker(tx, viewer, Timeline.NOTIFICATIONS, seen)
        mark_seen(tx, viewer, seen)
        moved.append(Timeline.NOTIFICATIONS)
    return markers(tx, viewer, moved)


@endpoint("POST", "/api/v1/markers", scope="write:statuses")
async def move_markers(body: Moved, viewer: Viewer, app: Site) -> Markers:
    """Note how far the member has read; notifications up to there are no longer new."""
    return _render(app, await app.db.write(_move, viewer.account, body, app.ids))


ROUTES = (show_markers, move_markers)
