"""Quotes that wait until the viewer agrees to them."""

from __future__ import annotations

from typing import Annotated

from palabre.api.mastodon.entities import QuoteRequest
from palabre.api.mastodon.entities.quote_request import quote_request
from palabre.api.mastodon.pages import StatusJson, changed_json
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.answers import Page
from palabre.edge.binding import PostRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import Kind
from palabre.posts.quoting import decide_quote, requests_page


@endpoint("GET", "/api/palabre/v1/quote_requests", scope="read:statuses")
async def quote_requests(
    query: Paging, request: Request, viewer: Viewer, app: Site
) -> Annotated[Page, list[QuoteRequest]]:
    """Show the quotes for which the viewer is asked, the newest first."""
    found = await app.db.read(requests_page, viewer.account, query.window(app.ids, Kind.POST))
    names = app.part(Pieces).names
    return Page([quote_request(names, each) for each in found.items], link(request, found, Kind.POST))


@endpoint("POST", "/api/palabre/v1/quote_requests/{quoting}/accept", scope="write:statuses")
async def accept_quote(quoting: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Agree to a quote that waits; return the post that quotes. Revoking takes the consent back."""
    await app.db.write(decide_quote, viewer.account, quoting, agree=True)
    return await changed_json(app, viewer.account, quoting)


@endpoint("POST", "/api/palabre/v1/quote_requests/{quoting}/reject", scope="write:statuses")
async def reject_quote(quoting: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Do not agree; return the post that quotes, which stays without what it wanted to quote."""
    await app.db.write(decide_quote, viewer.account, quoting, agree=False)
    return await changed_json(app, viewer.account, quoting)


ROUTES = (quote_requests, accept_quote, reject_quote)
