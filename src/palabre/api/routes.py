"""All routes of the API, in one place."""

from __future__ import annotations

from functools import cache, partial

from palabre.api import beacon, captions, discovery, health, openapi, survival
from palabre.api.mastodon import (
    accounts,
    admin_accounts,
    admin_blocks,
    admin_figures,
    admin_reports,
    admin_servers,
    admin_tags,
    admin_trends,
    announcements,
    annual_reports,
    async_refreshes,
    circles,
    collections,
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
    oembed,
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
    translations,
    trends,
)
from palabre.api.mastodon.entities import Names
from palabre.api.mastodon.instances import Census, Weeks
from palabre.api.mastodon.live import reactions
from palabre.api.mastodon.pieces import Pieces
from palabre.api.oauth import apps, tokens, userinfo
from palabre.api.palabre import collections as found_collections
from palabre.api.palabre import drafts, exports, incoming, leaving, ranked, replies, threads
from palabre.api.palabre import quotes as quote_requests
from palabre.edge.endpoint import Endpoint
from palabre.edge.pushing import public_key
from palabre.edge.routing import Route
from palabre.edge.site import Site
from palabre.edge.translating import Translator
from palabre.ids import AccountId
from palabre.streaming.hub import Hub
from palabre.survival.report import Reporter

_MODULES = (
    health,
    discovery,
    beacon,
    apps,
    tokens,
    userinfo,
    oembed,
    own_account,
    profile,
    accounts,
    relationships,
    statuses,
    status_acts,
    translations,
    polls,
    quotes,
    scheduled,
    drafts,
    incoming,
    threads,
    quote_requests,
    replies,
    media,
    captions,
    timelines,
    ranked,
    notification_requests,
    notifications,
    grouped_notifications,
    conversations,
    lists,
    filters,
    filters_v1,
    tags,
    circles,
    collections,
    search,
    suggestions,
    trends,
    markers,
    instances,
    texts,
    reports,
    announcements,
    annual_reports,
    async_refreshes,
    streaming,
    push,
    survival,
    leaving,
    found_collections,
    exports,
    admin_accounts,
    admin_reports,
    admin_servers,
    admin_tags,
    admin_blocks,
    admin_trends,
    admin_figures,
    openapi,
)

ENDPOINTS: tuple[Endpoint, ...] = tuple(route for module in _MODULES for route in module.ROUTES)
"""Every method of the API."""


def _follows(site: Site, reader: AccountId, author: AccountId) -> bool | None:
    """Tell whether a reader follows an author, where his home window is there to say so."""
    home = site.homes.get(reader)
    return None if home is None else author in home.taste.followed


def routes(site: Site) -> list[Route]:
    """Return the routes of the API; its caches begin to listen to the facts of ``site``."""
    names = Names(
        site.ids,
        site.uris,
        site.config.domain.lower(),
        cache(partial(public_key, site)),
        site.emojis,
        site.config.language,
    )
    pieces = Pieces(names, site.config.piece_cache_bytes, follows=partial(_follows, site))
    site.keep(pieces)
    site.keep(Census())
    site.keep(Weeks())
    site.keep(Translator(site.config))
    site.keep(Reporter(site.folder, site.config))
    site.keep(openapi.Description(ENDPOINTS))
    site.facts.takers.append(pieces.apply)
    site.keep(Hub(site, reactions(site)))  # the last to take facts: what it tells of is then known to all caches
    return [*ENDPOINTS, *streaming.STREAMS]
