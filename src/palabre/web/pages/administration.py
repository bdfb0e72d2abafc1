"""For those who run the network: who waits to be let in, and invitations."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.accounts import actions
from palabre.accounts.queries import invitations, pending_accounts
from palabre.clock import DAY, Instant, now
from palabre.edge.answers import Answer
from palabre.edge.binding import AccountRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import Kind
from palabre.web.page import admin_page, go, show
from palabre.web.windows import PAGE, Paged, more_address, window

_DAYS = {"1": 1, "7": 7, "30": 30}


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    uses: int = 1
    days: Literal["", "1", "7", "30"] = "7"


@admin_page("GET", "/admin/sign_ups")
async def sign_ups(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Show who waits."""
    found = await app.db.read(pending_accounts, window(app.ids, Kind.ACCOUNT, query))
    more = more_address(app.ids, Kind.ACCOUNT, "/admin/sign_ups", found, len(found.items), PAGE)
    return await show(request, "admin/sign_ups.html", waiting=found.items, more_address=more)


@admin_page("POST", "/admin/sign_ups/{account}/approve")
async def approve(request: Request, viewer: Viewer, app: Site, account: AccountRef) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Let somebody in."""
    await app.db.write(actions.approve, account)
    return go(request, "/admin/sign_ups", flash="approved")


@admin_page("POST", "/admin/sign_ups/{account}/refuse")
async def refuse(request: Request, viewer: Viewer, app: Site, account: AccountRef) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Let somebody not in, and forget him."""
    await app.db.write(actions.refuse, account)
    return go(request, "/admin/sign_ups", flash="denied")


@admin_page("GET", "/admin/invitations")
async def list_invitations(request: Request, viewer: Viewer, app: Site) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Show the invitations, and make new ones."""
    return await _show(request, app, "")


async def _show(request: Request, app: Site, code: str) -> Answer:
    found = await app.db.read(invitations)
    return await show(request, "admin/invitations.html", invitations=found, code=code, now=now())


@admin_page("POST", "/admin/invitations")
async def invite(request: Request, viewer: Viewer, app: Site, body: NewInvitation) -> Answer:
    """Make an invitation; its code is shown this once."""
    expires = Instant(now() + _DAYS[body.days] * DAY) if body.days else None
    uses = min(max(body.uses, 1), 1000)
    code = await app.db.write(actions.create_invitation, app.keyring, viewer.account, uses, expires)
    return await _show(request, app, code)


@admin_page("POST", "/admin/invitations/{invitation}/withdraw")
async def withdraw(request: Request, viewer: Viewer, app: Site, invitation: str) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Make an invitation invalid."""
    await app.db.write(actions.withdraw_invitation, app.ids.decode(Kind.INVITATION, invitation))
    return go(request, "/admin/invitations", flash="withdrawn")


ROUTES = (sign_ups, approve, refuse, list_invitations, invite, withdraw)
