"""Filters as apps of before 2022 know them: each word is a filter of its own."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.filters import V1Filter, WireContext, v1_filter
from palabre.api.mastodon.filters import end_after
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.binding import FilterKeywordRef
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import naming
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters import actions
from palabre.filters.errors import ContextInvalid
from palabre.filters.model import Act, Filter, Keyword, KeywordChange
from palabre.filters.queries import filters_of, keyword_of
from palabre.filters.rules import TITLE_MOST
from palabre.ids import AccountId
from palabre.store import Transaction


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a filter; ``irreversible`` leaves out what it matches."""

    phrase: str
    context: list[WireContext]
    irreversible: bool = False
    whole_word: bool = True
    expires_in: int | msgspec.UnsetType | None = msgspec.UNSET


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a change: what is not named stays."""

    phrase: str | None = None
    context: list[WireContext] | None = None
    irreversible: bool | None = None
    whole_word: bool | None = None
    expires_in: int | msgspec.UnsetType | None = msgspec.UNSET


@endpoint("GET", "/api/v1/filters", scope="read:filters")
async def filters(viewer: Viewer, app: Site) -> list[V1Filter]:
    """Show every word of the member's filters."""
    names = app.part(Pieces).names
    found = await app.db.read(filters_of, viewer.account)
    return [v1_filter(names, each, word) for each in found for word in each.keywords]


@endpoint("GET", "/api/v1/filters/{keyword}", scope="read:filters")
async def show_filter(keyword: FilterKeywordRef, viewer: Viewer, app: Site) -> V1Filter:
    """Show one word with its filter around it."""
    found, word = await app.db.read(keyword_of, viewer.account, keyword)
    return v1_filter(app.part(Pieces).names, found, word)


@endpoint("POST", "/api/v1/filters", scope="write:filters")
async def new_filter(body: Fields, viewer: Viewer, app: Site) -> V1Filter:
    """Make a filter of one word."""
    expires = None if isinstance(body.expires_in, msgspec.UnsetType) else end_after(body.expires_in)
    with naming(keyword="phrase"):
        made = await app.db.write(
            actions.create_filter,
            viewer.account,
            title=body.phrase[:TITLE_MOST],
            contexts=body.context,
            act=Act.HIDE if body.irreversible else Act.WARN,
            expires=expires,
            keywords=[KeywordChange(keyword=body.phrase, whole_word=body.whole_word)],
        )
    return v1_filter(app.part(Pieces).names, made, made.keywords[0])


def _change(
    tx: Transaction, viewer: AccountId, number: int, body: Changes, expires: int | msgspec.UnsetType | None
) -> tuple[Filter, Keyword]:
    before, _ = keyword_of(tx, viewer, number)
    act = before.act if body.irreversible is None else Act.HIDE if body.irreversible else Act.WARN
    ends = before.expires if isinstance(expires, msgspec.UnsetType) else expires
    wanted = set(before.contexts if body.context is None else body.context)
    if len(before.keywords) > 1 and (act, ends, wanted) != (before.act, before.expires, set(before.contexts)):
        raise ContextInvalid(field="context")  # it would change for the other words of the filter too
    actions.change_filter(
        tx,
        viewer,
        before.id,
        contexts=body.context,
        act=act,
        expires=expires,
        keywords=[KeywordChange(id=number, keyword=body.phrase, whole_word=body.whole_word)],
    )
    return keyword_of(tx, viewer, number)


@endpoint("PUT", "/api/v1/filters/{keyword}", scope="write:filters")
async def change_filter(keyword: FilterKeywordRef, body: Changes, viewer: Viewer, app: Site) -> V1Filter:
    """Change a word, and the filter around it unless that has others."""
    expires = body.expires_in
    ends = expires if isinstance(expires, msgspec.UnsetType) else end_after(expires, changed=True)
    with naming(keyword="phrase"):
        found, word = await app.db.write(_change, viewer.account, keyword, body, ends)
    return v1_filter(app.part(Pieces).names, found, word)


def _remove(tx: Transaction, viewer: AccountId, number: int) -> None:
    before, _ = keyword_of(tx, viewer, number)
    if len(before.keywords) == 1 and not before.posts:
        actions.delete_filter(tx, viewer, before.id)
    else:
        actions.remove_keyword(tx, viewer, number)


@endpoint("DELETE", "/api/v1/filters/{keyword}", scope="write:filters")
async def delete_filter(keyword: FilterKeywordRef, viewer: Viewer, app: Site) -> None:
    """Remove a word, and its filter if nothing else is in it."""
    await app.db.write(_remove, viewer.account, keyword)


ROUTES = (filters, show_filter, new_filter, change_filter, delete_filter)
