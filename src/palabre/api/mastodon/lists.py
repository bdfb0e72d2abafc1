"""Lists of people: nobody but their owner sees them."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palabre.accounts.queries import seen_account
from palabre.api.mastodon.entities.list import List, RepliesPolicy, list_
from palabre.api.mastodon.pages import AccountPage, people_page
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.binding import AccountRef, ListRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.graph import lists as graph
from palabre.graph.model import List as StoredList
from palabre.graph.model import Replies
from palabre.ids import AccountId, Kind
from palabre.store import Snapshot

_MEMBERS_MOST = 1_000


class NewList(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``POST /api/v1/lists``."""

    title: str
    replies_policy: RepliesPolicy = "list"
    exclusive: bool = False


class ListChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``PUT /api/v1/lists/:id``: what is not named stays."""

    title: str | None = None
    replies_policy: RepliesPolicy | None = None
    exclusive: bool | None = None


class Members(msgspec.Struct, frozen=True, kw_only=True):
    """Who joins or leaves."""

    account_ids: Annotated[list[AccountRef], msgspec.Meta(min_length=1)]


class MembersPaging(Paging, kw_only=True):
    """The query of the people in a list; with ``limit=0``, all of them."""


@endpoint("GET", "/api/v1/lists", scope="read:lists")
async def lists(viewer: Viewer, app: Site) -> list[List]:
    """Show the member's lists."""
    names = app.part(Pieces).names
    return [list_(names, each) for each in await app.db.read(graph.lists_of, viewer.account)]


@endpoint("POST", "/api/v1/lists", scope="write:lists")
async def new_list(body: NewList, viewer: Viewer, app: Site) -> List:
    """Make a list."""
    made = await app.db.write(
        graph.create_list,
        viewer.account,
        title=body.title,
        replies=Replies(body.replies_policy),
        exclusive=body.exclusive,
    )
    return list_(app.part(Pieces).names, made)


@endpoint("GET", "/api/v1/lists/{list}", scope="read:lists")
async def show_list(list: ListRef, viewer: Viewer, app: Site) -> List:  # noqa: A002 - named in the path
    """Show one list."""
    return list_(app.part(Pieces).names, await app.db.read(graph.list_of, viewer.account, list))


@endpoint("PUT", "/api/v1/lists/{list}", scope="write:lists")
async def change_list(list: ListRef, body: ListChanges, viewer: Viewer, app: Site) -> List:  # noqa: A002
    """Change a list."""
    changed = await app.db.write(
        graph.change_list,
        viewer.account,
        list,
        title=body.title,
        replies=None if body.replies_policy is None else Replies(body.replies_policy),
        exclusive=body.exclusive,
    )
    return list_(app.part(Pieces).names, changed)


@endpoint("DELETE", "/api/v1/lists/{list}", scope="write:lists")
async def delete_list(list: ListRef, viewer: Viewer, app: Site) -> None:  # noqa: A002
    """Remove a list."""
    await app.db.write(graph.delete_list, viewer.account, list)


@endpoint("GET", "/api/v1/lists/{list}/accounts", scope="read:lists")
async def members(list: ListRef, query: MembersPaging, request: Request, viewer: Viewer, app: Site) -> AccountPage:  # noqa: A002
    """Show who is in a list."""
    window = query.window(app.ids, Kind.FOLLOW, usual=40, most=80)
    if query.limit == 0:
        window = msgspec.structs.replace(window, limit=_MEMBERS_MOST)
    return await people_page(request, app, Kind.FOLLOW, graph.members_page, viewer.account, list, window)


@endpoint("POST", "/api/v1/lists/{list}/accounts", scope="write:lists")
async def add_members(list: ListRef, body: Members, viewer: Viewer, app: Site) -> None:  # noqa: A002
    """Add people whom the viewer follows to a list."""
    await app.db.write(graph.add_to_list, viewer.account, list, body.account_ids)


@endpoint("DELETE", "/api/v1/lists/{list}/accounts", scope="write:lists")
async def remove_members(list: ListRef, body: Members, viewer: Viewer, app: Site) -> None:  # noqa: A002
    """Take people out of a list."""
    await app.db.write(graph.remove_from_list, viewer.account, list, body.account_ids)


def _with(db: Snapshot, viewer: AccountId, member: AccountId) -> list[StoredList]:
    seen_account(db, viewer, member)
    return graph.lists_with(db, viewer, member)


@endpoint("GET", "/api/v1/accounts/{account}/lists", scope="read:lists")
async def lists_with(account: AccountRef, viewer: Viewer, app: Site) -> list[List]:
    """Show those of the member's lists that somebody is in."""
    names = app.part(Pieces).names
    return [list_(names, each) for each in await app.db.read(_with, viewer.account, account)]


ROUTES = (
    lists,
    new_list,
    show_list,
    change_list,
    delete_list,
    members,
    add_members,
    remove_members,
    lists_with,
)
