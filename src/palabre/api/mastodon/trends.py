"""Trends: hashtags that many people use now."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon import entities as wire
from palabre.api.mastodon.entities.tag import tag
from palabre.api.mastodon.pages import account_of
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId
from palabre.markup.entities import hashtag_key
from palabre.posts import tags
from palabre.posts.hashtags import Hashtag
from palabre.search.trends import Trends
from palabre.store import Snapshot

_MOST = 20


class Part(msgspec.Struct, frozen=True):
    """The query of trends."""

    limit: int = 10
    offset: int = 0


def _trending(
    db: Snapshot, trends: Trends, viewer: AccountId | None, query: Part
) -> list[tuple[Hashtag, tuple[bool, bool] | None]]:
    start = max(query.offset, 0)
    found = trends.hashtags(db)[start : start + min(max(query.limit, 1), _MOST)]
    if viewer is None or not found:
        return [(one, None) for one in found]
    stances = tags.stance_to(db, viewer, [one.name for one in found])
    return [(one, stances[hashtag_key(one.name)]) for one in found]


async def _answer(query: Part, viewer: Viewer | None, app: Site) -> list[wire.Tag]:
    names = app.part(Pieces).names
    shown = await app.db.read_slow(_trending, app.part(Trends), account_of(viewer), query)
    return [tag(names, one, stance) for one, stance in shown]


@endpoint("GET", "/api/v1/trends/tags")
async def trending_tags(query: Part, viewer: Viewer | None, app: Site) -> list[wire.Tag]:
    """Show the hashtags that many people use now, the strongest first."""
    return await _answer(query, viewer, app)


@endpoint("GET", "/api/v1/trends")
async def trending_tags_v1(query: Part, viewer: Viewer | None, app: Site) -> list[wire.Tag]:
    """Show the same hashtags, for old apps."""
    return await _answer(query, viewer, app)


ROUTES = (trending_tags, trending_tags_v1)
