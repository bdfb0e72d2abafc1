"""People to follow: suggestions and the directory."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from palabre.api.mastodon import entities as wire
from palabre.api.mastodon.pages import account_of
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.binding import AccountRef
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.search.people import Why, directory, dismiss, suggestions

_MOST = 80
_SOURCES = {Why.FRIENDS_OF_FRIENDS: b"past_interactions", Why.MOST_FOLLOWED: b"global"}
"""What the older field calls them."""

PeopleJson = Annotated[bytes, list[wire.Account]]


class Few(msgspec.Struct, frozen=True):
    """The query of suggestions."""

    limit: int = 40


class Shelf(msgspec.Struct, frozen=True):
    """The query of the directory."""

    order: Literal["active", "new"] = "active"
    local: bool = False
    limit: int = 40
    offset: int = 0


@endpoint("GET", "/api/v2/suggestions", scope="read")
async def suggest(query: Few, viewer: Viewer, app: Site) -> Annotated[bytes, list[wire.Suggestion]]:
    """Suggest people to follow, and say why."""
    pieces = app.part(Pieces)
    mark = pieces.mark
    found = await app.db.read_slow(suggestions, viewer.account, limit=min(max(query.limit, 1), _MOST))
    return b"[%s]" % b",".join(
        b'{"source":"%s","sources":["%s"],"account":%s}'
        % (_SOURCES[each.why], each.why.encode(), pieces.person(each.account, mark))
        for each in found
    )


@endpoint("GET", "/api/v1/suggestions", scope="read")
async def suggest_v1(query: Few, viewer: Viewer, app: Site) -> PeopleJson:
    """Suggest the same people, for old apps."""
    mark = app.part(Pieces).mark
    found = await app.db.read_slow(suggestions, viewer.account, limit=min(max(query.limit, 1), _MOST))
    return app.part(Pieces).people([each.account for each in found], mark)


@endpoint("DELETE", "/api/v1/suggestions/{account}", scope="read")
async def forget_suggestion(account: AccountRef, viewer: Viewer, app: Site) -> None:
    """Suggest somebody no more."""
    await app.db.write(dismiss, viewer.account, account)


@endpoint("GET", "/api/v1/directory")
async def show_directory(query: Shelf, viewer: Viewer | None, app: Site) -> PeopleJson:
    """List people who want to be discovered."""
    mark = app.part(Pieces).mark
    found = await app.db.read_slow(
        directory,
        account_of(viewer),
        limit=min(max(query.limit, 1), _MOST),
        offset=max(query.offset, 0),
        newest=query.order == "new",
        local=query.local,
    )
    return app.part(Pieces).people(found, mark)


ROUTES = (suggest, suggest_v1, forget_suggestion, show_directory)
