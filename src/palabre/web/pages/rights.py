"""What the network keeps about a member, and leaving for good."""

from __future__ import annotations

import msgspec

from palabre.accounts import second_factor
from palabre.edge.answers import Answer
from palabre.edge.proof import proved
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Refusal
from palabre.rights.actions import delete_account
from palabre.rights.kept import kept
from palabre.web.entering import left
from palabre.web.forms import Form, form, refused_form
from palabre.web.kept import WORDS
from palabre.web.page import go, page, show


@page("GET", "/settings/data")
async def overview(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Show every kind of row that is about the member."""
    counts = await app.db.read(kept, viewer.account)
    rows = [(WORDS[table], count) for table, count in counts.items()]
    return await show(request, "settings/data.html", rows=rows)


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    password: str = ""
    code: str = ""


async def _show(request: Request, viewer: Viewer, app: Site, told: Form, *, status: int = 200) -> Answer:
    has_step = await app.db.read(second_factor.is_on, viewer.account)
    return await show(request, "settings/delete.html", status=status, form=told, has_step=has_step)


@page("GET", "/settings/delete")
async def ask_to_leave(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Say what deleting the account means, and ask for the password."""
    return await _show(request, viewer, app, form())


@page("POST", "/settings/delete")
async def leave(request: Request, viewer: Viewer, app: Site, body: Leaving) -> Answer:
    """Delete the member's account for good."""
    try:
        await proved(app, viewer, body.password, "password", code=body.code)
    except Refusal as refusal:
        told = refused_form(request, refusal, Leaving(), ("password", "code"))
        return await _show(request, viewer, app, told, status=422)
    await app.db.write(delete_account, app.keyring, viewer.account)
    headers, _ = await left(request, app)
    return go(request, "/", flash="left", headers=headers)


ROUTES = (overview, ask_to_leave, leave)
