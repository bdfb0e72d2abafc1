"""Following, muting, blocking, and answering requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec

import msgspec

from palabre.accounts.model import Account
from palabre.accounts.queries import seen_account
from palabre.clock import DAY, HOUR
from palabre.edge.answers import Answer
from palabre.edge.binding import AccountRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.graph import actions
from palabre.graph.model import Relationship
from palabre.graph.queries import relationship, requests_page
from palabre.ids import AccountId, Kind
from palabre.store import Snapshot, Transaction
from palabre.web.page import go, is_partial, page, show
from palabre.web.windows import PAGE, Paged, more_address, window

P = ParamSpec("P")

_DURATIONS = {"hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY}


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a button beside a person."""

    next: str = "/home"


class Muting(msgspec.Struct, frozen=True, kw_only=True):
    """The form that mutes somebody."""

    next: str = "/home"
    notifications: bool = False
    duration: str = ""
    """One of ``_DURATIONS``; anything else means for ever."""


def _person(db: Snapshot, viewer: AccountId, number: AccountId) -> tuple[Account, Relationship]:
    return seen_account(db, viewer, number), relationship(db, viewer, number)


def _to_somebody(
    tx: Transaction,
    viewer: AccountId,
    number: AccountId,
    action: Callable[Concatenate[Transaction, AccountId, AccountId, P], None],
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    """Do something to an account that the viewer may see; to one that is hidden as to one that is not there."""
    seen_account(tx, viewer, number)
    action(tx, viewer, number, *args, **kwargs)


async def _do(
    request: Request,
    viewer: Viewer,
    app: Site,
    next_page: str,
    number: AccountId,
    action: Callable[[Transaction, AccountId, AccountId], None],
    flash: str | None = None,
) -> Answer:
    await app.db.write(_to_somebody, viewer.account, number, action)
    if not is_partial(request):
        return go(request, next_page, flash=flash)
    person, relation = await app.db.read(_person, viewer.account, number)
    return await show(request, "parts/follow.html", at=next_page, account=person, relation=relation)


@page("POST", "/accounts/{account}/follow")
async def follow(request: Request, viewer: Viewer, app: Site, body: Deed, account: AccountRef) -> Answer:
    """Follow somebody, or ask to."""
    return await _do(request, viewer, app, body.next, account, _follow)


def _follow(tx: Transaction, viewer: AccountId, other: AccountId) -> None:
    actions.follow(tx, viewer, other)


@page("POST", "/accounts/{account}/unfollow")
async def unfollow(request: Request, viewer: Viewer, app: Site, body: Deed, account: AccountRef) -> Answer:
    """Follow no longer, or take the request back."""
    return await _do(request, viewer, app, body.next, account, actions.unfollow)


@page("POST", "/accounts/{account}/show_reposts")
async def show_reposts(request: Request, viewer: Viewer, app: Site, body: Deed, account: AccountRef) -> Answer:
    """Show what somebody reposts."""
    await app.db.write(_to_somebody, viewer.account, account, actions.follow, show_reposts=True)
    return go(request, body.next)


@page("POST", "/accounts/{account}/hide_reposts")
async def hide_reposts(request: Request, viewer: Viewer, app: Site, body: Deed, account: AccountRef) -> Answer:
    """Hide what somebody reposts."""
    await app.db.write(_to_somebody, viewer.account, account, actions.follow, show_reposts=False)
    return go(request, body.next)


@page("POST", "/accounts/{account}/notify")
async def notify(request: Request, viewer: Viewer, app: Site, body: Deed, account: AccountRef) -> Answer:
    """Tell the member of each post of somebody."""
    await app.db.write(_to_somebody, viewer.account, account, actions.follow, notify=True)
    return go(request, body.next)


@page("POST", "/accounts/{account}/unnotify")
async def unnotify(request: Request, viewer: Viewer, app: Site, body: Deed, account: AccountRef) -> Answer:
    """Tell of posts no longer."""
    await app.db.write(_to_somebody, viewer.account, account, actions.follow, notify=False)
    return go(request, body.next)


@page("POST", "/accounts/{account}/remove")
async def remove(request: Request, viewer: Viewer, app: Site, body: Deed, account: AccountRef) -> Answer:
    """Make somebody no longer follow the member."""
    await app.db.write(_to_somebody, viewer.account, account, actions.remove_follower)
    return go(request, body.next)


@page("GET", "/accounts/{account}/mute")
async def ask_to_mute(request: Request, viewer: Viewer, app: Site, account: AccountRef) -> Answer:
    """Ask how somebody is to be muted."""
    person, relation = await app.db.read(_person, viewer.account, account)
    return await show(request, "mute.html", account=person, relation=relation)


@page("POST", "/accounts/{account}/mute")
async def mute(request: Request, viewer: Viewer, app: Site, body: Muting, account: AccountRef) -> Answer:
    """Mute somebody."""
    await app.db.write(
        actions.mute,
        viewer.account,
        account,
        notifications=body.notifications,
        duration_ms=_DURATIONS.get(body.duration),
    )
    return go(request, body.next, flash="muted")


@page("POST", "/accounts/{account}/unmute")
async def unmute(request: Request, viewer: Viewer, app: Site, body: Deed, account: AccountRef) -> Answer:
    """Show somebody again."""
    await app.db.write(_to_somebody, viewer.account, account, actions.unmute)
    return go(request, body.next, flash="unmuted")


@page("GET", "/accounts/{account}/block")
async def ask_to_block(request: Request, viewer: Viewer, app: Site, account: AccountRef) -> Answer:
    """Ask whether somebody is to be blocked."""
    person, relation = await app.db.read(_person, viewer.account, account)
    return await show(request, "block.html", account=person, relation=relation)


@page("POST", "/accounts/{account}/block")
async def block(request: Request, viewer: Viewer, app: Site, body: Deed, account: AccountRef) -> Answer:
    """Block somebody."""
    await app.db.write(_to_somebody, viewer.account, account, actions.block)
    return go(request, body.next, flash="blocked")


@page("POST", "/accounts/{account}/unblock")
async def unblock(request: Request, viewer: Viewer, app: Site, body: Deed, account: AccountRef) -> Answer:
    """Block somebody no longer."""
    return await _do(request, viewer, app, body.next, account, actions.unblock, "unblocked")


@page("GET", "/follow_requests")
async def follow_requests(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:
    """Show who asks to follow the member."""
    found = await app.db.read(requests_page, viewer.account, window(app.ids, Kind.FOLLOW, query))
    more = more_address(app.ids, Kind.FOLLOW, "/follow_requests", found, PAGE)
    template = "parts/requests.html" if query.part else "follow_requests.html"
    return await show(request, template, at="/follow_requests", accounts=found.items, more_address=more)


@page("POST", "/follow_requests/{account}/accept")
async def accept(request: Request, viewer: Viewer, app: Site, account: AccountRef) -> Answer:
    """Let somebody follow the member."""
    await app.db.write(_to_somebody, viewer.account, account, actions.accept_request)
    return go(request, "/follow_requests", flash="accepted")


@page("POST", "/follow_requests/{account}/refuse")
async def refuse(request: Request, viewer: Viewer, app: Site, account: AccountRef) -> Answer:
    """Decline the request; nobody is told."""
    await app.db.write(_to_somebody, viewer.account, account, actions.refuse_request)
    return go(request, "/follow_requests", flash="refused")


ROUTES = (
    follow, unfollow, show_reposts, hide_reposts, notify, unnotify, remove, ask_to_mute, mute, unmute, ask_to_block,
    block, unblock, follow_requests, accept, refuse,
)  # fmt: skip
