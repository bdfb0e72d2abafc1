"""All routes of the API, in one place."""

from __future__ import annotations

from palabre.api import discovery, health, openapi
from palabre.api.mastodon import (
    accounts,
    instances,
    markers,
    media,
    notifications,
    own_account,
    relationships,
    search,
    status_acts,
    statuses,
    timelines,
)
from palabre.api.mastodon.entities import Names
from palabre.api.mastodon.instances import Census
from palabre.api.mastodon.pieces import Pieces
from palabre.api.oauth import apps, tokens, userinfo
from palabre.edge.endpoint import Endpoint
from palabre.edge.routing import Route
from palabre.edge.site import Site

_MODULES = (
    health,
    discovery,
    apps,
    tokens,
    userinfo,
    own_account,
    accounts,
    relationships,
    statuses,
    status_acts,
    media,
    timelines,
    notifications,
    search,
    markers,
    instances,
    openapi,
)

ENDPOINTS: tuple[Endpoint, ...] = tuple(route for module in _MODULES for route in module.ROUTES)
"""Every method of the API."""


def routes(site: Site) -> list[Route]:
    """Return the routes of the API; its caches begin to listen to the facts of ``site``."""
    pieces = Pieces(Names(site.ids, site.uris, site.config.domain.lower()), site.config.piece_cache_bytes)
    site.keep(pieces)
    site.keep(Census())
    site.keep(openapi.Description(ENDPOINTS))
    site.facts.takers.append(pieces.apply)
    return list(ENDPOINTS)
