"""Whom the member is told of, and who waits to be heard."""

from __future__ import annotations

from typing import cast

import msgspec

from palabre.accounts.actions import update_preferences
from palabre.accounts.model import Preferences
from palabre.accounts.queries import login_of
from palabre.accounts.roles import Permission
from palabre.edge.answers import Answer
from palabre.edge.binding import NotificationRequestRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, Kind
from palabre.notifications import requests
from palabre.notifications.requests import Request as Waiting
from palabre.notifications.rules import Policy, Treatment
from palabre.paging import Slice, Window
from palabre.posts.model import PostView
from palabre.posts.queries import post_views
from palabre.store import Snapshot, Transaction
from palabre.web.forms import form
from palabre.web.page import go, page, show
from palabre.web.windows import PAGE, Paged, more_address, window


class PolicyForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    not_following: Treatment = Treatment.ACCEPT
    not_followers: Treatment = Treatment.ACCEPT
    new_accounts: Treatment = Treatment.ACCEPT
    private_mentions: Treatment = Treatment.FILTER
    limited_accounts: Treatment = Treatment.FILTER
    told_sign_ups: bool = False
    """Of who looks after accounts."""
    told_reports: bool = False
    """Of who looks after reports."""


def _kept(db: Snapshot, viewer: AccountId) -> tuple[Policy, Preferences]:
    login = login_of(db, viewer)
    return requests.policy_of(db, viewer), Preferences() if login is None else login.preferences


def _keep(tx: Transaction, viewer: Viewer, wanted: PolicyForm) -> None:
    policy = {name: getattr(wanted, name) for name in Policy.__struct_fields__}
    requests.change_policy(tx, viewer.account, policy)
    told: dict[str, bool] = {}
    if viewer.may(Permission.MANAGE_USERS):
        told["told_sign_ups"] = wanted.told_sign_ups
    if viewer.may(Permission.MANAGE_REPORTS):
        told["told_reports"] = wanted.told_reports
    if told:
        _, chosen = _kept(tx, viewer.account)
        update_preferences(tx, viewer.account, msgspec.structs.replace(chosen, **told))


@page("GET", "/settings/notifications")
async def edit_policy(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Show what the member wants to hear of whom."""
    kept, chosen = await app.db.read(_kept, viewer.account)
    values: dict[str, object] = {
        name: cast("Treatment", each).value for name, each in msgspec.structs.asdict(kept).items()
    }
    values |= {"told_sign_ups": chosen.told_sign_ups, "told_reports": chosen.told_reports}
    return await show(request, "settings/notifications.html", form=form(values))


@page("POST", "/settings/notifications")
async def save_policy(request: Request, viewer: Viewer, app: Site, body: PolicyForm) -> Answer:
    """Keep it."""
    await app.db.write(_keep, viewer, body)
    return go(request, "/settings/notifications", flash="policy")


def _page(db: Snapshot, viewer: AccountId, rows: Window) -> tuple[Slice[Waiting], dict[AccountId, PostView]]:
    found = requests.requests_page(db, viewer, rows)
    posts = {each.post.post: each.sender.id for each in found.items if each.post is not None}
    views = post_views(db, viewer, list(posts)) if posts else []
    return found, {posts[view.post.id]: view for view in views}


@page("GET", "/notifications/requests")
async def list_requests(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:
    """Show who waits, with the newest post of each."""
    found, posts = await app.db.read(_page, viewer.account, window(app.ids, Kind.NOTIFICATION, query))
    more = more_address(app.ids, Kind.NOTIFICATION, "/notifications/requests", found, PAGE)
    waiting = [
        (each, posts.get(each.sender.id), app.ids.encode(Kind.NOTIFICATION_REQUEST, each.sender.id))
        for each in found.items
    ]
    return await show(request, "notification_requests.html", waiting=waiting, more_address=more)


@page("POST", "/notifications/requests/{waiting}/accept")
async def accept(request: Request, viewer: Viewer, app: Site, waiting: NotificationRequestRef) -> Answer:
    """Hear somebody from now on."""
    await app.db.write(requests.accept, viewer.account, [waiting])
    return go(request, "/notifications/requests", flash="heard")


@page("POST", "/notifications/requests/{waiting}/dismiss")
async def dismiss(request: Request, viewer: Viewer, app: Site, waiting: NotificationRequestRef) -> Answer:
    """Forget what waits of somebody."""
    await app.db.write(requests.dismiss, viewer.account, [waiting])
    return go(request, "/notifications/requests", flash="unheard")


ROUTES = (edit_policy, save_policy, list_requests, accept, dismiss)
