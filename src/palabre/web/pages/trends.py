"""What trends: hashtags, pages and posts; and the posts that link a page."""

from __future__ import annotations

from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.ids import Kind
from palabre.timelines.queries import link_page
from palabre.web.page import page, show
from palabre.web.trends import trends_for
from palabre.web.windows import PAGE, Paged, more_address, window

_SHOWN = 20
_LONGEST = 200


class Linked(Paged, frozen=True, kw_only=True):
    """The query of the posts that link a page."""

    url: str = ""


@page("GET", "/trends")
async def trends(request: Request, viewer: Viewer | None, app: Site) -> Answer:
    """Show what many people use, link and like now, the strongest first."""
    found = await trends_for(app, viewer.account if viewer else None, hashtags=_SHOWN, links=_SHOWN, posts=_SHOWN)
    return await show(
        request,
        "trends.html",
        context=Context.PUBLIC,
        hashtags=found.hashtags,
        links=found.links,
        views=found.views,
    )


@page("GET", "/links")
async def linked(request: Request, viewer: Viewer | None, app: Site, query: Linked) -> Answer:
    """Show public posts that link a page; nothing tells whether other posts do."""
    me = viewer.account if viewer else None
    found = await app.db.read(link_page, me, query.url, window(app.ids, Kind.POST, query))
    more = more_address(app.ids, Kind.POST, "/links", found, PAGE, url=query.url)
    if query.part:
        return await show(
            request, "parts/more.html", at="/links", context=Context.PUBLIC, views=found.items, more_address=more
        )
    return await show(
        request,
        "links.html",
        context=Context.PUBLIC,
        views=found.items,
        more_address=more,
        address=query.url[:_LONGEST],
        linked=found.items[0].card if found.items else None,
    )


ROUTES = (trends, linked)
