"""Finding people and hashtags."""

from __future__ import annotations

import msgspec

from palabre.accounts.model import Account
from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.graph.model import Relationship
from palabre.graph.queries import search_accounts
from palabre.ids import AccountId
from palabre.posts.hashtags import Hashtag, search_hashtags
from palabre.store import Snapshot
from palabre.web.page import page, show
from palabre.web.pages.profiles import related

_PEOPLE = 20
_HASHTAGS = 10
_LONGEST = 200


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for."""

    q: str = ""


def _found(
    db: Snapshot, viewer: AccountId | None, text: str
) -> tuple[list[Account], dict[AccountId, Relationship | None], list[Hashtag]]:
    people = [] if text.startswith("#") else search_accounts(db, viewer, text.lstrip("@"), limit=_PEOPLE)
    hashtags = [] if text.startswith("@") else search_hashtags(db, text.lstrip("#"), limit=_HASHTAGS)
    return people, related(db, viewer, people), hashtags


@page("GET", "/search")
async def search(request: Request, viewer: Viewer | None, app: Site, query: Asked) -> Answer:
    """Show the people and hashtags that fit what was typed."""
    text = query.q.strip()[:_LONGEST]
    people: list[Account] = []
    relations: dict[AccountId, Relationship | None] = {}
    hashtags: list[Hashtag] = []
    if text.strip("@# "):
        people, relations, hashtags = await app.db.read_slow(_found, viewer.account if viewer else None, text)
    return await show(request, "search.html", text=text, accounts=people, relations=relations, hashtags=hashtags)


ROUTES = (search,)
