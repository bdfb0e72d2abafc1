"""All pages of the web app, and the files they load."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from palabre.edge.endpoint import Endpoint
from palabre.edge.errors import MethodNotAllowed, NoRoute
from palabre.edge.files import MediaFiles
from palabre.edge.refusals import refused
from palabre.edge.request import Request
from palabre.edge.routing import REFUSAL, Raw, Route
from palabre.edge.site import Site
from palabre.web.desk import desk_of
from palabre.web.page import not_found
from palabre.web.pages import (
    access,
    administration,
    announcements,
    appeals,
    circles,
    collections,
    compose,
    connections,
    consent,
    development,
    direct,
    doors,
    editing,
    embeds,
    exporting,
    feeding,
    feeds,
    filters,
    hashtags,
    importing,
    installed,
    keeping_out,
    landing,
    lists,
    live,
    moderation,
    new_password,
    notification_requests,
    notifications,
    overseeing,
    passkey_doors,
    passkeys,
    people,
    posts,
    profiles,
    quotes,
    ranked,
    replies,
    reports,
    reviewing,
    rights,
    search,
    second_step,
    servers,
    settings,
    sharing,
    survival,
    threads,
    timelines,
    translating,
    trends,
    two_step,
    unpublished,
    webhooks,
)

_PAGES = (
    access, administration, announcements, appeals, circles, collections, compose, connections, consent, development,
    direct, doors, editing, embeds, exporting, feeding, feeds, filters, hashtags, importing, installed, keeping_out,
    landing, lists, live, moderation, new_password, notification_requests, notifications, overseeing, passkey_doors,
    passkeys, people, posts, profiles, quotes, ranked, replies, reports, reviewing, rights, search, second_step,
    servers, settings, sharing, survival, threads, timelines, translating, trends, two_step, unpublished, webhooks,
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
    """Return what answers requests that no route takes: JSON for machines, a page that helps for people."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        refusal = scope.get(REFUSAL) or NoRoute()
        looks = scope["method"] in {"GET", "HEAD"}  # as a person does who comes back to the address of a form
        if scope["path"].startswith(_MACHINES) or (isinstance(refusal, MethodNotAllowed) and not looks):
            await refused(refusal)(scope, receive, send)
            return
        request = Request(scope, receive)
        request.app = site
        answer = await not_found(request, refusal)
        await answer(scope, receive, send)

    return serve
