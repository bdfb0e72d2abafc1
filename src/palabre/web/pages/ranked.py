"""Home in the order of an open score, and what was missed since the last visit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from palabre import clock
from palabre.edge import ranking as edge
from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.ids import IdCodec, Kind
from palabre.timelines.queries import home_views
from palabre.timelines.ranking import BASE, HALF_MINUTES, SCALE, WEIGHTS, Ranked
from palabre.web.beside import beside
from palabre.web.desk import desk_of
from palabre.web.page import page, show
from palabre.web.visits import KEPT_SECONDS, Visit, visit_of

_SHOWN = 40


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """The query of the digest."""

    since: int = 0
    """When the last visit was, in milliseconds since 1970."""


def _why(ids: IdCodec, found: Sequence[Ranked]) -> dict[str, dict[str, Any]]:
    """Say of each post, by the id of its line, what its score is made of."""
    return {
        ids.encode(Kind.POST, each.line.post): {
            "score": each.score,
            "points": each.points,
            "age": each.terms.age_minutes,
            "terms": [
                (name, number, weight) for name, weight in WEIGHTS.items() if (number := getattr(each.terms, name))
            ],
        }
        for each in found
    }


_FORMULA = {"base": BASE, "scale": SCALE, "half": HALF_MINUTES}


@page("GET", "/home/ranked")
async def ranked(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Show the newest lines of home in the order of their scores, and why each stands where it does."""
    found = (await edge.ranked_view(app, viewer.account)).lines[:_SHOWN]
    return await show(
        request,
        "ranked.html",
        context=Context.HOME,
        views=await app.db.read(home_views, viewer.account, [each.line for each in found]),
        why=_why(app.ids, found),
        formula=_FORMULA,
        beside=await beside(app, viewer),
    )


@page("GET", "/digest")
async def digest(request: Request, viewer: Viewer, app: Site, query: Since) -> Answer:
    """Show what was missed since the last visit. Home does not offer it again for this visit."""
    cookie = desk_of(app).visit
    visit = visit_of(cookie.read(request))
    since = query.since or (visit.since if visit else 0)
    found = await edge.digest(app, viewer.account, since or None)
    return await show(
        request,
        "digest.html",
        headers=[cookie.set(Visit(0, clock.now()).cookie, seconds=KEPT_SECONDS)],
        context=Context.HOME,
        since=found.since,
        views=await app.db.read(home_views, viewer.account, [each.line for each in found.best]),
        why=_why(app.ids, found.best),
        formula=_FORMULA,
        told=[(kind.value, number) for kind, number in found.missed.told.items()],
        followers=found.missed.followers,
        tags=found.missed.tags,
    )


ROUTES = (ranked, digest)
