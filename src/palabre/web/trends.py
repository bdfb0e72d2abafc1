"""What trends, as pages show it."""

from __future__ import annotations

import msgspec

from palabre.edge.site import Site
from palabre.ids import AccountId
from palabre.posts.hashtags import Hashtag
from palabre.posts.model import PostView
from palabre.posts.queries import post_views
from palabre.search.trending_links import TrendingLink


class Trends(msgspec.Struct, frozen=True):
    """The strongest of each kind, as far as they may be shown."""

    hashtags: list[Hashtag] = []
    links: list[TrendingLink] = []
    views: list[PostView] = []


async def trends_for(app: Site, viewer: AccountId | None, *, hashtags: int, links: int, posts: int) -> Trends:
    """Return at most so many of each; nothing is read if nothing may trend."""
    lines = (await app.trends.posts(viewer))[:posts]
    return Trends(
        hashtags=(await app.trends.hashtags())[:hashtags],
        links=(await app.trends.links())[:links],
        views=await app.db.read(post_views, viewer, [line.post for line in lines]) if lines else [],
    )
