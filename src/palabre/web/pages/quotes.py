"""Quotes that wait until the member agrees to them."""

from __future__ import annotations

import msgspec

from palabre.edge.answers import Answer
from palabre.edge.binding import PostRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import Kind
from palabre.posts.quoting import decide_quote, requests_page
from palabre.web.page import go, page, show
from palabre.web.windows import PAGE, Paged, more_address, window

_PATH = "/settings/quotes"


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a decision."""

    next: str = _PATH


@page("GET", "/settings/quotes")
async def waiting(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:
    """Show the quotes for which the member is asked."""
    found = await app.db.read(requests_page, viewer.account, window(app.ids, Kind.POST, query))
    more = more_address(app.ids, Kind.POST, _PATH, found, PAGE)
    return await show(request, "settings/quotes.html", requests=found.items, more_address=more)


@page("POST", "/settings/quotes/{post}/accept")
async def accept(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Agree to a quote."""
    await app.db.write(decide_quote, viewer.account, post, agree=True)
    return go(request, body.next, flash="quote_accepted")


@page("POST", "/settings/quotes/{post}/reject")
async def reject(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Do not agree to a quote."""
    await app.db.write(decide_quote, viewer.account, post, agree=False)
    return go(request, body.next, flash="quote_rejected")


ROUTES = (waiting, accept, reject)
