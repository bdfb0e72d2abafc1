"""Words that the member does not want to read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from palabre import clock
from palabre.clock import DAY, HOUR
from palabre.edge.answers import Answer
from palabre.edge.binding import FilterPostRef, FilterRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.filters import actions
from palabre.filters.errors import NoSuchPost
from palabre.filters.model import Act, Context, Filter, KeywordChange
from palabre.filters.queries import filter_of, filters_of
from palabre.ids import AccountId, Kind, PostId
from palabre.posts.errors import PostNotFound
from palabre.posts.model import PostView
from palabre.posts.queries import post_views, readable_post
from palabre.store import Snapshot, Transaction
from palabre.web.forms import Form, Told, form, refused_form
from palabre.web.page import go, page, show

_SPARE = 3
"""Empty lines for more words."""
_ENDS = {"hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY}
_NUMBER = re.compile(r"(?:^|/)([0-9]{31})(?:$|[/?#])")
_FIELDS = ("title", "context", "expires_in", "keyword")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A word as the form sends it; an empty one is removed."""

    id: str = ""
    keyword: str = ""
    whole: bool = False


class FilterForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    title: str = ""
    context: list[str] = []
    act: Literal["warn", "hide", "blur"] = "warn"
    ends: Literal["", "keep", "hour", "day", "week", "month"] = ""
    words: list[Line] = []


def _padded(words: Sequence[Line]) -> list[Line]:
    return [*words, *(Line(whole=True) for _ in range(_SPARE))]


def _values(app: Site, shown: Filter) -> dict[str, object]:
    words = [
        Line(id=app.ids.encode(Kind.FILTER_KEYWORD, each.id), keyword=each.keyword, whole=each.whole_word)
        for each in shown.keywords
    ]
    return {
        "title": shown.title,
        "context": [context.value for context in shown.contexts],
        "act": shown.act.value,
        "ends": "keep" if shown.expires else "",
        "words": _padded(words),
    }


def _with_posts(db: Snapshot, viewer: AccountId, number: int) -> tuple[Filter, list[tuple[int, PostView | None]]]:
    """Load a filter with its single posts, as far as the member may still read them."""
    found = filter_of(db, viewer, number)
    views = {view.post.id: view for view in post_views(db, viewer, [each.post for each in found.posts])}
    return found, [(each.id, views.get(each.post)) for each in found.posts]


def _changes(app: Site, words: Sequence[Line]) -> list[KeywordChange]:
    changes = []
    for each in words:
        number = app.ids.try_decode(Kind.FILTER_KEYWORD, each.id) if each.id else None
        if each.keyword.strip():
            changes.append(KeywordChange(id=number, keyword=each.keyword, whole_word=each.whole))
        elif number is not None:
            changes.append(KeywordChange(id=number, remove=True))
    return changes


def _refused(request: Request, refusal: Invalid, body: FilterForm) -> Form:
    kept = msgspec.structs.replace(body, words=_padded([each for each in body.words if each.keyword]))
    return refused_form(request, refusal, kept, _FIELDS)


@page("GET", "/settings/filters")
async def overview(request: Request, viewer: Viewer, app: Site) -> Answer:
    """List the filters."""
    found = await app.db.read(filters_of, viewer.account)
    return await show(request, "settings/filters.html", filters=found)


@page("GET", "/settings/filters/new")
async def ask(request: Request, viewer: Viewer) -> Answer:  # noqa: ARG001 - members only
    """Ask what is to be filtered."""
    empty = FilterForm(context=[Context.HOME, Context.PUBLIC, Context.THREAD, Context.ACCOUNT], words=_padded([]))
    return await show(request, "settings/filter.html", form=form(empty), filter=None)


@page("POST", "/settings/filters/new")
async def create(request: Request, viewer: Viewer, app: Site, body: FilterForm) -> Answer:
    """Make a filter."""
    try:
        await app.db.write(
            actions.create_filter,
            viewer.account,
            title=body.title,
            contexts=body.context,
            act=Act(body.act),
            expires=clock.now() + _ENDS[body.ends] if body.ends in _ENDS else None,
            keywords=_changes(app, body.words),
        )
    except Invalid as refusal:
        told = _refused(request, refusal, body)
        return await show(request, "settings/filter.html", status=422, form=told, filter=None)
    return go(request, "/settings/filters", flash="filter")


@page("GET", "/settings/filters/{filter}")
async def edit(request: Request, viewer: Viewer, app: Site, filter: FilterRef) -> Answer:  # noqa: A002 - in the path
    """Show a filter to change it."""
    found, views = await app.db.read(_with_posts, viewer.account, filter)
    return await show(request, "settings/filter.html", form=form(_values(app, found)), filter=found, singles=views)


@page("POST", "/settings/filters/{filter}")
async def save(request: Request, viewer: Viewer, app: Site, body: FilterForm, filter: FilterRef) -> Answer:  # noqa: A002
    """Change it."""
    expires: int | msgspec.UnsetType | None = clock.now() + _ENDS[body.ends] if body.ends in _ENDS else None
    try:
        await app.db.write(
            actions.change_filter,
            viewer.account,
            filter,
            title=body.title,
            contexts=body.context,
            act=Act(body.act),
            expires=msgspec.UNSET if body.ends == "keep" else expires,
            keywords=_changes(app, body.words),
        )
    except Invalid as refusal:
        found, views = await app.db.read(_with_posts, viewer.account, filter)
        told = _refused(request, refusal, body)
        return await show(request, "settings/filter.html", status=422, form=told, filter=found, singles=views)
    return go(request, "/settings/filters", flash="filter")


class PostForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form that adds one post."""

    address: str = ""


def _number(app: Site, address: str) -> PostId:
    """Read which post an address of this network names.

    Raises:
        NoSuchPost: none.

    """
    found = _NUMBER.search(address.strip())
    number = app.ids.try_decode(Kind.POST, found[1]) if found else None
    if number is None:
        raise NoSuchPost(field="address")
    return PostId(number)


def _add(tx: Transaction, viewer: AccountId, number: int, post: PostId) -> None:
    try:
        named = readable_post(tx, viewer, post)
    except PostNotFound:
        raise NoSuchPost(field="address") from None
    actions.add_post(tx, viewer, number, PostId(named.repost_of or named.id))


@page("POST", "/settings/filters/{filter}/posts")
async def add_post(request: Request, viewer: Viewer, app: Site, body: PostForm, filter: FilterRef) -> Answer:  # noqa: A002
    """Add one post by its address."""
    try:
        await app.db.write(_add, viewer.account, filter, _number(app, body.address))
    except Invalid as refusal:
        found, views = await app.db.read(_with_posts, viewer.account, filter)
        values = Told({**_values(app, found), "address": body.address})
        told = msgspec.structs.replace(refused_form(request, refusal, body, ("address",)), values=values)
        return await show(request, "settings/filter.html", status=422, form=told, filter=found, singles=views)
    return go(request, f"/settings/filters/{app.ids.encode(Kind.FILTER, filter)}", flash="filter")


@page("POST", "/settings/filters/{filter}/posts/{filtered}/remove")
async def remove_post(
    request: Request,
    viewer: Viewer,
    app: Site,
    filter: FilterRef,  # noqa: A002
    filtered: FilterPostRef,
) -> Answer:
    """Take one post out of it."""
    await app.db.write(actions.remove_post, viewer.account, filtered)
    return go(request, f"/settings/filters/{app.ids.encode(Kind.FILTER, filter)}", flash="filter")


@page("POST", "/settings/filters/{filter}/delete")
async def remove(request: Request, viewer: Viewer, app: Site, filter: FilterRef) -> Answer:  # noqa: A002
    """Remove it."""
    await app.db.write(actions.delete_filter, viewer.account, filter)
    return go(request, "/settings/filters", flash="filter_gone")


ROUTES = (overview, ask, create, edit, save, add_post, remove_post, remove)
