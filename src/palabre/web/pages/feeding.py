"""The feed that a member's account is fed from."""

from __future__ import annotations

import msgspec

from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.sources import connect_feed
from palabre.edge.viewer import Viewer
from palabre.errors import Conflict, Invalid
from palabre.sources.actions import disconnect
from palabre.sources.queries import source_of
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import go, page, show

_PAGE = "/settings/feed"


class FeedForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    url: str = ""


async def _show(request: Request, viewer: Viewer, app: Site, filled: Form, status: int = 200) -> Answer:
    found = await app.db.read(source_of, viewer.account)
    return await show(request, "settings/feed.html", status=status, source=found, form=filled)


@page("GET", _PAGE)
async def overview(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Show the feed, or take one."""
    return await _show(request, viewer, app, form())


@page("POST", _PAGE, limit="apps")
async def begin(request: Request, viewer: Viewer, app: Site, body: FeedForm) -> Answer:
    """Feed the account from a feed from now on."""
    try:
        await connect_feed(app, viewer.account, body.url)
    except (Conflict, Invalid) as refusal:
        return await _show(request, viewer, app, refused_form(request, refusal, body, ("url",)), 422)
    return go(request, _PAGE, flash="fed")


@page("POST", f"{_PAGE}/disconnect")
async def end(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Feed it no more."""
    await app.db.write(disconnect, viewer.account)
    return go(request, _PAGE, flash="unfed")


ROUTES = (overview, begin, end)
