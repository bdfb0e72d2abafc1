"""The start page, what the network is, and how a visitor likes the pages."""

from __future__ import annotations

import asyncio
import re
from typing import Literal

import msgspec

from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.texts import usual_privacy, written
from palabre.edge.viewer import Viewer
from palabre.moderation.queries import rules
from palabre.paging import Window
from palabre.timelines.queries import local_page
from palabre.web.page import go, keep, language_of, page, show

_SHOWN = 8
_PARTED = re.compile(r"\n\s*\n")


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
async def about(request: Request, viewer: Viewer | None, app: Site) -> Answer:
    """Say what the network is, its rules, and what it keeps of people."""
    language = language_of(request, viewer)
    texts = await asyncio.to_thread(_texts, app, language)
    made = await app.db.read(rules)
    return await show(request, "about.html", rules=[each.said(language) for each in made], texts=texts)


def _texts(app: Site, language: str) -> dict[str, list[str]]:
    """Return the paragraphs of what the operator has written, and of what holds until then."""
    privacy = written(app.folder, "privacy") or usual_privacy(language)
    found = {"about": written(app.folder, "about"), "privacy": privacy, "terms": written(app.folder, "terms")}
    return {name: _PARTED.split(text.words) if text else [] for name, text in found.items()}


@page("POST", "/look")
async def look(request: Request, body: Look) -> Answer:
    """Remember language and colours in cookies."""
    return go(request, body.next, headers=keep(request, language=body.language, theme=body.theme))


ROUTES = (start, about, look)
