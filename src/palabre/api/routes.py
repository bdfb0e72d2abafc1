"""All routes of the API, in one place."""

from __future__ import annotations

from functools import cache, partial

from palabre.api import beacon, captions, discovery, health, openapi, survival
from palabre.api.mastodon import (
    accounts,
    announcements,
    circles,
    conversations,
    filters,
    filters_v1,
    grouped_notifications,
    instances,
    lists,
    markers,
    media,
    notification_requests,
    notifications,
    own_account,
    polls,
    profile,
    push,
    quotes,
    relationships,
    reports,
    scheduled,
    search,
    status_acts,
    statuses,
    streaming,
    suggestions,
    tags,
    texts,
    timelines,
    trends,
)
from palabre.api.mastodon.entities import Names
from palabre.api.mastodon.instances import Census
from palabre.api.mastodon.live import reactions
from palabre.api.mastodon.pieces import Pieces
from palabre.api.oauth import apps, tokens, userinfo
from palabre.api.palabre import drafts, leaving, threads
from palabre.edge.endpoint import Endpoint
from palabre.edge.pushing import public_key
from palabre.edge.routing import Route
from palabre.edge.site import Site
from palabre.search.trends import Trends
from palabre.streaming.hub import Hub
from palabre.survival.report import Reporter

_MODULES = (
    health,
    discovery,
    beacon,
    apps,
    tokens,
    userinfo,
    own_account,
    profile,
    accounts,
    relationships,
    statuses,
    status_acts,
    polls,
    quotes,
    scheduled,
    drafts,
    threads,
    media,
    captions,
    timelines,
    notification_requests,
    notifications,
    grouped_notifications,
    conversations,
    lists,
    filters,
    filters_v1,
    tags,
    circles,
    search,
    suggestions,
    trends,
    markers,
    instances,
    texts,
    reports,
    announcements,
    streaming,
    push,
    survival,
    leaving,
    openapi,
)

ENDPOINTS: tuple[Endpoint, ...] = tuple(route for module in _MODULES for route in module.ROUTES)
"""Every method of the API."""


def routes(site: Site) -> list[Route]:
    """Return the routes of the API; its caches begin to listen to the facts of ``site``."""
    names = Names(site.ids, site.uris, site.config.domain.lower(), cache(partial(public_key, site)), site.emojis)
    pieces = Pieces(names, site.config.piece_cache_bytes)
    site.keep(pieces)
    site.keep(Census())
    site.keep(Trends())
    site.keep(Reporter(site.folder, site.config))
    site.keep(openapi.Description(ENDPOINTS))
    site.facts.takers.append(pieces.apply)
    site.keep(Hub(site, reactions(site)))  # the last to take facts: what it tells of is then known to all caches
    return [*ENDPOINTS, *streaming.STREAMS]
