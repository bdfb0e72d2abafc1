"""People to meet: suggestions for a member, and the directory of those who do not mind being found."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

import msgspec

from palabre.accounts.model import Account
from palabre.edge.answers import Answer
from palabre.edge.binding import AccountRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.graph.model import Relationship
from palabre.ids import AccountId
from palabre.search.people import DIRECTORY_DEPTH, Suggestion, directory, dismiss, suggestions
from palabre.store import Snapshot
from palabre.web.page import go, page, show
from palabre.web.pages.connections import Deed
from palabre.web.pages.profiles import related

_SUGGESTED = 6
_PAGE = 40


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the directory."""

    order: Literal["active", "new"] = "active"
    offset: int = 0


class Met(msgspec.Struct, frozen=True):
    """What the page shows."""

    suggested: list[Suggestion]
    accounts: list[Account]
    relations: dict[AccountId, Relationship | None]


def _met(db: Snapshot, viewer: AccountId | None, shelf: Shelf) -> Met:
    offset = max(shelf.offset, 0)
    suggested = suggestions(db, viewer, limit=_SUGGESTED) if viewer is not None and not offset else []
    listed = directory(db, viewer, limit=_PAGE + 1, offset=offset, newest=shelf.order == "new")
    return Met(suggested, listed, related(db, viewer, [*listed, *(each.account for each in suggested)]))


@page("GET", "/people")
async def people(request: Request, viewer: Viewer | None, app: Site, query: Shelf) -> Answer:
    """Show whom to meet."""
    met = await app.db.read_slow(_met, viewer.account if viewer else None, query)
    more = None
    at = max(query.offset, 0) + _PAGE
    if len(met.accounts) > _PAGE and at < DIRECTORY_DEPTH:
        more = f"/people?{urlencode({'order': query.order, 'offset': at})}"
    return await show(
        request,
        "people.html",
        suggested=met.suggested,
        accounts=met.accounts[:_PAGE],
        relations=met.relations,
        order=query.order,
        more=more,
    )


@page("POST", "/accounts/{account}/dismiss")
async def dismiss_suggestion(request: Request, viewer: Viewer, app: Site, body: Deed, account: AccountRef) -> Answer:
    """Suggest somebody no more."""
    await app.db.write(dismiss, viewer.account, account)
    return go(request, body.next, flash="dismissed")


ROUTES = (people, dismiss_suggestion)
