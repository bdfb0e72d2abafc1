"""The member's lists, their posts, and who is in them."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.accounts.model import Account
from palabre.accounts.queries import seen_account
from palabre.edge.answers import Answer
from palabre.edge.binding import AccountRef, ListRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.filters.model import Context
from palabre.graph import lists
from palabre.graph.model import List, Replies
from palabre.graph.queries import relationship
from palabre.ids import AccountId, Kind
from palabre.paging import Slice, Window
from palabre.store import Snapshot, Transaction
from palabre.timelines.queries import home_views
from palabre.web.forms import form, refused_form
from palabre.web.page import go, page, show
from palabre.web.windows import PAGE, Paged, more_address, window

_FIELDS = ("title",)


class ListForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a list."""

    title: str = ""
    replies: Literal["followed", "list", "none"] = "list"
    exclusive: bool = False


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The form that says which lists somebody is in."""

    lists: list[ListRef] = []


@page("GET", "/lists")
async def overview(request: Request, viewer: Viewer, app: Site) -> Answer:
    """List the lists, and ask for one more."""
    found = await app.db.read(lists.lists_of, viewer.account)
    return await show(request, "lists.html", lists=found, form=form(ListForm()))


@page("POST", "/lists")
async def create(request: Request, viewer: Viewer, app: Site, body: ListForm) -> Answer:
    """Make a list."""
    try:
        made = await app.db.write(
            lists.create_list,
            viewer.account,
            title=body.title,
            replies=Replies(body.replies),
            exclusive=body.exclusive,
        )
    except Invalid as refusal:
        found = await app.db.read(lists.lists_of, viewer.account)
        told = refused_form(request, refusal, body, _FIELDS)
        return await show(request, "lists.html", status=422, lists=found, form=told)
    return go(request, f"/lists/{app.ids.encode(Kind.LIST, made.id)}", flash="list")


@page("GET", "/lists/{number}")
async def timeline(request: Request, viewer: Viewer, app: Site, query: Paged, number: ListRef) -> Answer:
    """Show what the people in a list post."""
    found = await app.db.read(lists.list_of, viewer.account, number)
    lines = await app.list_lines(viewer.account, number, window(app.ids, Kind.POST, query))
    views = await app.db.read(home_views, viewer.account, lines.items)
    path = f"/lists/{app.ids.encode(Kind.LIST, number)}"
    more = more_address(app.ids, Kind.POST, path, lines)
    template = "parts/more.html" if query.part else "list.html"
    return await show(request, template, at=path, context=Context.HOME, views=views, more_address=more, list=found)


def _edited(db: Snapshot, viewer: AccountId, number: int, rows: Window) -> tuple[List, Slice[Account]]:
    return lists.list_of(db, viewer, number), lists.members_page(db, viewer, number, rows)


@page("GET", "/lists/{number}/edit")
async def edit(request: Request, viewer: Viewer, app: Site, query: Paged, number: ListRef) -> Answer:
    """Show a list to change it, and who is in it."""
    found, members = await app.db.read(_edited, viewer.account, number, window(app.ids, Kind.FOLLOW, query))
    path = f"/lists/{app.ids.encode(Kind.LIST, number)}/edit"
    more = more_address(app.ids, Kind.FOLLOW, path, members, PAGE)
    values = {"title": found.title, "replies": found.replies.value, "exclusive": found.exclusive}
    return await show(
        request,
        "parts/list_members.html" if query.part else "edit_list.html",
        at=path,
        list=found,
        accounts=members.items,
        more_address=more,
        form=form(values),
    )


@page("POST", "/lists/{number}/edit")
async def save(request: Request, viewer: Viewer, app: Site, body: ListForm, number: ListRef) -> Answer:
    """Change it."""
    try:
        await app.db.write(
            lists.change_list,
            viewer.account,
            number,
            title=body.title,
            replies=Replies(body.replies),
            exclusive=body.exclusive,
        )
    except Invalid as refusal:
        found, members = await app.db.read(_edited, viewer.account, number, Window(limit=PAGE))
        told = refused_form(request, refusal, body, _FIELDS)
        return await show(
            request,
            "edit_list.html",
            status=422,
            list=found,
            accounts=members.items,
            more_address=None,
            form=told,
        )
    return go(request, f"/lists/{app.ids.encode(Kind.LIST, number)}", flash="list")


@page("POST", "/lists/{number}/delete")
async def remove(request: Request, viewer: Viewer, app: Site, number: ListRef) -> Answer:
    """Remove it."""
    await app.db.write(lists.delete_list, viewer.account, number)
    return go(request, "/lists", flash="list_gone")


@page("POST", "/lists/{number}/leave/{account}")
async def leave(request: Request, viewer: Viewer, app: Site, number: ListRef, account: AccountRef) -> Answer:
    """Take somebody out of it."""
    await app.db.write(lists.remove_from_list, viewer.account, number, [account])
    return go(request, f"/lists/{app.ids.encode(Kind.LIST, number)}/edit")


# Which lists somebody is in -----------------------------------------------------------------------------------


def _of_person(
    db: Snapshot, viewer: AccountId, account: AccountId
) -> tuple[Account, bool, list[List], dict[int, bool]]:
    person = seen_account(db, viewer, account)
    relation = relationship(db, viewer, account)
    may_join = relation.following or relation.requested or account == viewer
    inside = {each.id for each in lists.lists_with(db, viewer, account)}
    found = lists.lists_of(db, viewer)
    return person, may_join, found, {each.id: each.id in inside for each in found}


@page("GET", "/accounts/{account}/lists")
async def ask(request: Request, viewer: Viewer, app: Site, account: AccountRef) -> Answer:
    """Ask which lists somebody is to be in."""
    person, may_join, found, inside = await app.db.read(_of_person, viewer.account, account)
    return await show(request, "person_lists.html", account=person, may_join=may_join, lists=found, inside=inside)


def _choose(tx: Transaction, viewer: AccountId, account: AccountId, wanted: set[int]) -> Account:
    person = seen_account(tx, viewer, account)
    inside = {each.id for each in lists.lists_with(tx, viewer, account)}
    for number in sorted(wanted - inside):
        lists.add_to_list(tx, viewer, number, [account])
    for number in sorted(inside - wanted):
        lists.remove_from_list(tx, viewer, number, [account])
    return person


@page("POST", "/accounts/{account}/lists")
async def choose(request: Request, viewer: Viewer, app: Site, body: Chosen, account: AccountRef) -> Answer:
    """Put somebody into these lists, and into no other."""
    person = await app.db.write(_choose, viewer.account, account, set(body.lists))
    return go(request, f"/@{person.acct}", flash="list")


ROUTES = (overview, create, timeline, edit, save, remove, leave, ask, choose)
