"""The ranked view beside the chronological home, with all that goes into a score; and the digest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from palabre import clock
from palabre.api.mastodon.entities import Account, Status
from palabre.api.mastodon.pages import posts_json
from palabre.api.mastodon.pieces import Pieces
from palabre.clock import Instant, from_datetime, iso
from palabre.edge import ranking as edge
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import WrongValue
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.ids import Kind
from palabre.timelines import ranking
from palabre.timelines.ranking import Ranked, Terms


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The query of the ranked view."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=40)] = 20
    offset: Annotated[int, msgspec.Meta(ge=0, le=400)] = 0
    """So many of the highest are skipped."""


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """The query of the digest."""

    since: str = ""
    """When the last visit was, as ISO 8601."""


class Formula(msgspec.Struct, frozen=True, kw_only=True):
    """``points = max(0, base + sum of weight*term)``; ``score = points * scale // (age_minutes + half_minutes)``."""

    base: int
    weights: dict[str, int]
    scale: int
    half_minutes: int


class RankedPost(msgspec.Struct, frozen=True, kw_only=True):
    """A post with its score, and everything that the score is made of."""

    status: Status
    score: int
    points: int
    terms: Terms


class RankedTimeline(msgspec.Struct, frozen=True, kw_only=True):
    """The ranked view at one moment."""

    since: str
    """No line is older; likes of followed people are counted from here on."""
    computed_at: str
    formula: Formula
    posts: list[RankedPost]
    """The highest score first; of equal ones the newer line first."""


class Hashtag(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag that the member follows, with new public posts."""

    name: str
    posts: int


class DigestEntity(msgspec.Struct, frozen=True, kw_only=True):
    """What was missed."""

    since: str
    computed_at: str
    formula: Formula
    posts: list[RankedPost]
    """The best since then, at most ten, without what the member wrote, likes, keeps or reposted."""
    notifications: dict[str, int]
    """New notifications by kind, in the words of Mastodon."""
    followers: list[Account]
    """New followers, the newest first, at most ten."""
    hashtags: list[Hashtag]


_FORMULA = Formula(base=ranking.BASE, weights=ranking.WEIGHTS, scale=ranking.SCALE, half_minutes=ranking.HALF_MINUTES)
_WORDS = {"repost": "reblog", "like": "favourite", "post": "status"}
"""Kinds of notifications that Mastodon calls otherwise."""


class _Named(msgspec.Struct):
    id: str


async def _posts(app: Site, viewer: Viewer, found: Sequence[Ranked]) -> list[dict[str, Any]]:
    """Join each line's ready JSON and its score; what the viewer's filters hide is left out."""
    ready = await posts_json(app, viewer.account, [each.line for each in found], Context.HOME)
    scores = {app.ids.encode(Kind.POST, each.line.post): each for each in found}
    posts = []
    for raw in msgspec.json.decode(ready, type=list[msgspec.Raw]):
        each = scores[msgspec.json.decode(raw, type=_Named).id]
        posts.append({"status": raw, "score": each.score, "points": each.points, "terms": each.terms})
    return posts


@endpoint("GET", "/api/palabre/v1/timelines/ranked", scope="read:statuses")
async def ranked(query: Wanted, viewer: Viewer, app: Site) -> Annotated[bytes, RankedTimeline]:
    """Show the newest lines of home in the order of their scores, with all that goes into them."""
    found = await edge.ranked_view(app, viewer.account)
    page = found.lines[query.offset : query.offset + query.limit]
    return msgspec.json.encode({
        "since": iso(found.since),
        "computed_at": iso(clock.now()),
        "formula": _FORMULA,
        "posts": await _posts(app, viewer, page),
    })  # fmt: skip


def _instant(text: str) -> Instant:
    try:
        return from_datetime(dt.datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        raise WrongValue(
            field="since", name="since", expected="must be a date and time such as 2030-12-31T23:59:59Z"
        ) from None


@endpoint("GET", "/api/palabre/v1/digest", scope="read")
async def digest(query: Since, viewer: Viewer, app: Site) -> Annotated[bytes, DigestEntity]:
    """Show what was missed since the last visit, at most a week ago."""
    pieces = app.part(Pieces)
    mark = pieces.mark
    found = await edge.digest(app, viewer.account, _instant(query.since) if query.since else None)
    return msgspec.json.encode({
        "since": iso(found.since),
        "computed_at": iso(clock.now()),
        "formula": _FORMULA,
        "posts": await _posts(app, viewer, found.best),
        "notifications": {_WORDS.get(kind, kind.value): count for kind, count in found.missed.told.items()},
        "followers": msgspec.Raw(pieces.people(found.missed.followers, mark)),
        "hashtags": [{"name": each.name, "posts": each.posts} for each in found.missed.tags],
    })  # fmt: skip


ROUTES = (ranked, digest)
