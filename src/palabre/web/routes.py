"""All pages of the web app, and the files they load."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from palabre.edge.endpoint import Endpoint
from palabre.edge.errors import NoRoute
from palabre.edge.files import MediaFiles
from palabre.edge.refusals import refused
from palabre.edge.request import Request
from palabre.edge.routing import Raw, Route
from palabre.edge.site import Site
from palabre.web.desk import desk_of
from palabre.web.page import not_found
from palabre.web.pages import (
    access,
    administration,
    announcements,
    circles,
    compose,
    connections,
    consent,
    direct,
    doors,
    editing,
    exporting,
    filters,
    importing,
    installed,
    landing,
    lists,
    live,
    moderation,
    notification_requests,
    notifications,
    people,
    posts,
    profiles,
    reports,
    rights,
    search,
    settings,
    survival,
    timelines,
    unpublished,
)

_PAGES = (
    access, administration, announcements, circles, compose, connections, consent, direct, doors, editing, exporting,
    filters, importing, installed, landing, lists, live, moderation, notification_requests, notifications, people,
    posts, profiles, reports, rights, search, settings, survival, timelines, unpublished,
)  # fmt: skip
ENDPOINTS: tuple[Endpoint, ...] = tuple(route for pages in _PAGES for route in pages.ROUTES)
"""Every page and every form."""

_MACHINES = ("/api/", "/oauth/", "/.well-known/", "/nodeinfo/", "/health/", "/static/", "/media/")
"""Whoever asks for something below these is no person."""

_AT_THE_ROOT = ("favicon.ico", "robots.txt", "apple-touch-icon.png")


def routes(site: Site) -> list[Route]:
    """Return every page and file of the web app."""
    static = desk_of(site).static
    listed: list[Route] = list(ENDPOINTS)
    listed.append(Raw("GET", "/static/{name:path}", static))
    listed.append(Raw("GET", "/media/{name:path}", MediaFiles(site.folder / "media")))
    listed.append(Raw("GET", "/sw.js", installed.Worker(site)))
    listed += [Raw("GET", f"/{name}", _one_file(site, name)) for name in _AT_THE_ROOT]
    return listed


def _one_file(site: Site, name: str) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        await desk_of(site).static.answer(scope, name)(scope, receive, send)

    return serve


def otherwise(site: Site) -> ASGIApp:
    """Return what answers addresses that no route has: JSON for machines, a page that helps for people."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(_MACHINES):
            await refused(NoRoute())(scope, receive, send)
            return
        request = Request(scope, receive)
        request.app = site
        answer = await not_found(request, NoRoute())
        await answer(scope, receive, send)

    return serve
