"""What the member wants to hear of whom, and who waits to be heard."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palabre.api.mastodon.entities.notification_policy import (
    NotificationPolicy,
    NotificationPolicyV1,
    NotificationRequest,
    notification_policy,
    notification_policy_v1,
    notification_request,
)
from palabre.api.mastodon.pages import load
from palabre.api.mastodon.pieces import Pieces
from palabre.api.mastodon.tails import tails_for
from palabre.edge.answers import Page
from palabre.edge.binding import NotificationRequestRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.ids import AccountId, Kind
from palabre.notifications import requests
from palabre.notifications.errors import RequestNotFound
from palabre.notifications.requests import Request as Waiting
from palabre.notifications.rules import Policy, Treatment
from palabre.store import Snapshot


class PolicyChange(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``PATCH /api/v2/notifications/policy``: what is not named stays as it is."""

    for_not_following: Treatment | None = None
    for_not_followers: Treatment | None = None
    for_new_accounts: Treatment | None = None
    for_private_mentions: Treatment | None = None
    for_limited_accounts: Treatment | None = None


class PolicyChangeV1(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``PATCH /api/v1/notifications/policy``."""

    filter_not_following: bool | None = None
    filter_not_followers: bool | None = None
    filter_new_accounts: bool | None = None
    filter_private_mentions: bool | None = None


class Several(msgspec.Struct, frozen=True):
    """The body of methods on several requests."""

    id: list[NotificationRequestRef]


class Merged(msgspec.Struct, frozen=True):
    """Whether all that was accepted stands among the notifications."""

    merged: bool


def _kept(db: Snapshot, viewer: AccountId) -> tuple[Policy, tuple[int, int]]:
    return requests.policy_of(db, viewer), requests.summary(db, viewer)


@endpoint("GET", "/api/v2/notifications/policy", scope="read:notifications")
async def show_policy(viewer: Viewer, app: Site) -> NotificationPolicy:
    """Show what the member wants to hear of whom."""
    return notification_policy(*await app.db.read(_kept, viewer.account))


@endpoint("PATCH", "/api/v2/notifications/policy", scope="write:notifications")
async def change_policy(body: PolicyChange, viewer: Viewer, app: Site) -> NotificationPolicy:
    """Change it, for what happens from now on."""
    changed = {name.removeprefix("for_"): chosen for name, chosen in msgspec.structs.asdict(body).items()}
    await app.db.write(requests.change_policy, viewer.account, changed)
    return notification_policy(*await app.db.read(_kept, viewer.account))


@endpoint("GET", "/api/v1/notifications/policy", scope="read:notifications")
async def show_policy_v1(viewer: Viewer, app: Site) -> NotificationPolicyV1:
    """Show it to apps that can only filter or not."""
    return notification_policy_v1(*await app.db.read(_kept, viewer.account))


async def _change_v1(body: PolicyChangeV1, viewer: Viewer, app: Site) -> NotificationPolicyV1:
    treatments = {None: None, True: Treatment.FILTER, False: Treatment.ACCEPT}
    changed = {
        name.removeprefix("filter_"): treatments[chosen] for name, chosen in msgspec.structs.asdict(body).items()
    }
    await app.db.write(requests.change_policy, viewer.account, changed)
    return notification_policy_v1(*await app.db.read(_kept, viewer.account))


@endpoint("PATCH", "/api/v1/notifications/policy", scope="write:notifications")
async def change_policy_v1(body: PolicyChangeV1, viewer: Viewer, app: Site) -> NotificationPolicyV1:
    """Change it from such an app."""
    return await _change_v1(body, viewer, app)


@endpoint("PUT", "/api/v1/notifications/policy", scope="write:notifications")
async def put_policy_v1(body: PolicyChangeV1, viewer: Viewer, app: Site) -> NotificationPolicyV1:
    """Change it from such an app; the same as ``PATCH``."""
    return await _change_v1(body, viewer, app)


async def _shown(app: Site, viewer: AccountId, found: list[Waiting]) -> list[NotificationRequest]:
    posts = [each.post for each in found if each.post is not None]
    loaded = await load(app, viewer, posts, [each.sender.id for each in found])
    pieces = app.part(Pieces)
    tails = await tails_for(app, viewer, posts, Context.NOTIFICATIONS, loaded.quotes)
    shown = []
    for each in found:
        author = loaded.authors.get(each.sender.id)
        if author is None:
            continue
        json = None if each.post is None else loaded.one(each.post, reader=viewer, tails=tails)
        post = msgspec.UNSET if json is None else msgspec.Raw(json)
        shown.append(notification_request(pieces.names, each, account=msgspec.Raw(author), last_status=post))
    return shown


@endpoint("GET", "/api/v1/notifications/requests", scope="read:notifications")
async def list_requests(
    query: Paging, request: Request, viewer: Viewer, app: Site
) -> Annotated[Page, list[NotificationRequest]]:
    """Show who waits to be heard, whoever was heard of last first."""
    window = query.window(app.ids, Kind.NOTIFICATION, usual=40, most=80)
    found = await app.db.read(requests.requests_page, viewer.account, window)
    return Page(await _shown(app, viewer.account, found.items), link(request, found, Kind.NOTIFICATION))


@endpoint("GET", "/api/v1/notifications/requests/merged", scope="read:notifications")
async def requests_merged(viewer: Viewer, app: Site) -> Merged:
    """Say whether all that was accepted stands among the notifications by now."""
    return Merged(not await app.db.read(requests.is_merging, viewer.account))


@endpoint("GET", "/api/v1/notifications/requests/{waiting}", scope="read:notifications")
async def show_request(waiting: NotificationRequestRef, viewer: Viewer, app: Site) -> NotificationRequest:
    """Show what waits of one account."""
    found = await app.db.read(requests.request, viewer.account, waiting)
    shown = await _shown(app, viewer.account, [found])
    if not shown:
        raise RequestNotFound
    return shown[0]


@endpoint("POST", "/api/v1/notifications/requests/accept", scope="write:notifications")
async def accept_requests(body: Several, viewer: Viewer, app: Site) -> None:
    """Let several accounts be heard from now on, with what waits of them."""
    await app.db.write(requests.accept, viewer.account, body.id)


@endpoint("POST", "/api/v1/notifications/requests/dismiss", scope="write:notifications")
async def dismiss_requests(body: Several, viewer: Viewer, app: Site) -> None:
    """Forget what waits of several accounts."""
    await app.db.write(requests.dismiss, viewer.account, body.id)


@endpoint("POST", "/api/v1/notifications/requests/{waiting}/accept", scope="write:notifications")
async def accept_request(waiting: NotificationRequestRef, viewer: Viewer, app: Site) -> None:
    """Let an account be heard from now on, with what waits of it."""
    await app.db.write(requests.accept, viewer.account, [waiting])


@endpoint("POST", "/api/v1/notifications/requests/{waiting}/dismiss", scope="write:notifications")
async def dismiss_request(waiting: NotificationRequestRef, viewer: Viewer, app: Site) -> None:
    """Forget what waits of an account."""
    await app.db.write(requests.dismiss, viewer.account, [waiting])


ROUTES = (
    show_policy,
    change_policy,
    show_policy_v1,
    change_policy_v1,
    put_policy_v1,
    list_requests,
    requests_merged,
    show_request,
    accept_requests,
    dismiss_requests,
    accept_request,
    dismiss_request,
)
