"""What the network keeps about a member, and leaving for good."""

from __future__ import annotations

import msgspec

from palabre.edge.answers import Answer
from palabre.edge.proof import proved
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Refusal
from palabre.rights.actions import delete_account
from palabre.rights.kept import kept
from palabre.web.desk import desk_of
from palabre.web.forms import form, refused_form
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


@page("GET", "/settings/delete")
async def ask_to_leave(request: Request, viewer: Viewer) -> Answer:  # noqa: ARG001 - members only
    """Say what deleting the account means, and ask for the password."""
    return await show(request, "settings/delete.html", form=form())


@page("POST", "/settings/delete")
async def leave(request: Request, viewer: Viewer, app: Site, body: Leaving) -> Answer:
    """Delete the member's account for good."""
    try:
        await proved(app, viewer, body.password, "password")
    except Refusal as refusal:
        told = refused_form(request, refusal, Leaving(), ("password",))
        return await show(request, "settings/delete.html", status=422, form=told)
    await app.db.write(delete_account, app.keyring, viewer.account)
    return go(request, "/", flash="left", headers=[desk_of(app).session.clear()])


ROUTES = (overview, ask_to_leave, leave)
