"""The start page, what the network is, and how a visitor likes the pages."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from typing import Literal

import msgspec

from palabre.clock import Instant, as_datetime, from_datetime, now
from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.texts import terms_of, usual_privacy, written
from palabre.edge.viewer import Viewer
from palabre.moderation import servers
from palabre.moderation.queries import rules
from palabre.moderation.servers_rules import published, shown_name
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
    texts, later = await asyncio.to_thread(_texts, app, language)
    made = await app.db.read(rules)
    shown = app.config.server_blocks
    blocked: list[tuple[str, str, str]] = []
    if shown == "all" or (shown == "members" and viewer is not None):
        found = published(await app.db.read(servers.blocks.all))
        blocked = [(shown_name(each), each.severity.value, each.public_comment) for each in found]
    said = [each.said(language) for each in made]
    return await show(request, "about.html", rules=said, texts=texts, later=later, blocked=blocked)


def _texts(app: Site, language: str) -> tuple[dict[str, list[str]], Instant | None]:
    """Return the paragraphs of what the operator has written, or of what holds until then; and when new terms do."""
    privacy = written(app.folder, "privacy") or usual_privacy(language)
    versions = terms_of(app.folder)
    today = as_datetime(now()).date()
    found = {
        "about": written(app.folder, "about"),
        "privacy": privacy,
        "terms": next((each for each in reversed(versions) if each.since <= today), None),
        "new_terms": (new := next((each for each in versions if each.since > today), None)),
    }
    shown = {name: _PARTED.split(text.words) if text else [] for name, text in found.items()}
    return shown, None if new is None else from_datetime(dt.datetime.combine(new.since, dt.time.min, dt.UTC))


@page("POST", "/look")
async def look(request: Request, body: Look) -> Answer:
    """Remember language and colours in cookies."""
    return go(request, body.next, headers=keep(request, language=body.language, theme=body.theme))


ROUTES = (start, about, look)
