"""The start page, what the network is, and how a visitor likes the pages."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.paging import Window
from palabre.timelines.queries import local_page
from palabre.web.page import go, keep, page, show

_SHOWN = 8


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """How a visitor likes the pages."""

    language: Literal["en", "fr"] | None = None
    theme: Literal["system", "light", "dark"] | None = None
    next: str = "/"


@page("GET", "/")
async def start(request: Request, viewer: Viewer | None, app: Site) -> Answer:
    """Show visitors what this is; members their home."""
    if viewer is not None:
        return go(request, "/home")
    found = await app.db.read(local_page, None, Window(limit=_SHOWN))
    return await show(request, "landing.html", views=found.items)


@page("GET", "/about")
async def about(request: Request, viewer: Viewer | None) -> Answer:  # noqa: ARG001 - to know who asks
    """Say what the network is, its rules, and what it keeps of people."""
    return await show(request, "about.html")


@page("POST", "/look")
async def look(request: Request, body: Look) -> Answer:
    """Remember language and colours in cookies."""
    return go(request, body.next, headers=keep(request, language=body.language, theme=body.theme))


ROUTES = (start, about, look)
