"""Trends: hashtags that many people use now, posts that many like, pages that many link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar
from urllib.parse import urlencode

import msgspec

from palabre.api.mastodon import entities as wire
from palabre.api.mastodon.entities.tag import tag
from palabre.api.mastodon.entities.trends import TrendsLink, trends_link
from palabre.api.mastodon.pages import StatusPage, account_of, posts_json
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.answers import Page
from palabre.edge.endpoint import endpoint
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.markup.entities import hashtag_key
from palabre.posts.tags import stance_to

T = TypeVar("T")


class Part(msgspec.Struct, frozen=True):
    """The query of trends: they are paged by place, since their order changes."""

    limit: int | None = None
    offset: int = 0


TagPage = Annotated[Page, list[wire.Tag]]
LinkPage = Annotated[Page, list[TrendsLink]]


def part_of(
    request: Request, found: Sequence[T], query: Part, *, usual: int, most: int
) -> tuple[Sequence[T], str | None]:
    """Return the part of a list that is asked for, and the Link header to those beside it."""
    limit = usual if query.limit is None else min(max(query.limit, 1), most)
    start = max(query.offset, 0)
    beside = []
    if start + limit < len(found):
        beside.append(("next", start + limit))
    if start > 0:
        beside.append(("prev", max(start - limit, 0)))
    base = f"{request.app.uris.origin}{request.path}"
    kept = {} if query.limit is None else {"limit": limit}
    links = [f'<{base}?{urlencode({**kept, "offset": offset})}>; rel="{name}"' for name, offset in beside]
    return found[start : start + limit], ", ".join(links) or None


async def _tags(query: Part, request: Request, viewer: Viewer | None, app: Site) -> Page:
    names, reader = app.part(Pieces).names, account_of(viewer)
    found, links = part_of(request, await app.trends.hashtags(), query, usual=10, most=20)
    stances = {}
    if reader is not None and found:
        stances = await app.db.read(stance_to, reader, [one.name for one in found])
    return Page([tag(names, one, stances.get(hashtag_key(one.name))) for one in found], links)


@endpoint("GET", "/api/v1/trends/tags")
async def trending_tags(query: Part, request: Request, viewer: Viewer | None, app: Site) -> TagPage:
    """Show the hashtags that many people use now, the strongest first."""
    return await _tags(query, request, viewer, app)


@endpoint("GET", "/api/v1/trends")
async def trending_tags_v1(query: Part, request: Request, viewer: Viewer | None, app: Site) -> TagPage:
    """Show the same hashtags, for old apps."""
    return await _tags(query, request, viewer, app)


@endpoint("GET", "/api/v1/trends/statuses")
async def trending_statuses(query: Part, request: Request, viewer: Viewer | None, app: Site) -> StatusPage:
    """Show the posts that many people like and repost now, the strongest first, one of each author."""
    reader = account_of(viewer)
    found, links = part_of(request, await app.trends.posts(reader), query, usual=20, most=40)
    return Page(await posts_json(app, reader, found, Context.PUBLIC), links)


@endpoint("GET", "/api/v1/trends/links")
async def trending_links(query: Part, request: Request, app: Site) -> LinkPage:
    """Show the pages that many people link now, the strongest first."""
    names = app.part(Pieces).names
    found, links = part_of(request, await app.trends.links(), query, usual=10, most=20)
    return Page([trends_link(names, each) for each in found], links)


ROUTES = (trending_tags, trending_tags_v1, trending_statuses, trending_links)
