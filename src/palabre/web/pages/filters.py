"""Words that the member does not want to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from palabre import clock
from palabre.clock import DAY, HOUR
from palabre.edge.answers import Answer
from palabre.edge.binding import FilterRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.filters import actions
from palabre.filters.model import Act, Context, Filter, KeywordChange
from palabre.filters.queries import filter_of, filters_of
from palabre.ids import Kind
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import go, page, show

_SPARE = 3
"""Empty lines for more words."""
_ENDS = {"hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY}
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


def _form_of(app: Site, shown: Filter) -> Form:
    words = [
        Line(id=app.ids.encode(Kind.FILTER_KEYWORD, each.id), keyword=each.keyword, whole=each.whole_word)
        for each in shown.keywords
    ]
    return form(
        {
            "title": shown.title,
            "context": [context.value for context in shown.contexts],
            "act": shown.act.value,
            "ends": "keep" if shown.expires else "",
            "words": _padded(words),
        }
    )


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
    found = await app.db.read(filter_of, viewer.account, filter)
    return await show(request, "settings/filter.html", form=_form_of(app, found), filter=found)


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
        found = await app.db.read(filter_of, viewer.account, filter)
        told = _refused(request, refusal, body)
        return await show(request, "settings/filter.html", status=422, form=told, filter=found)
    return go(request, "/settings/filters", flash="filter")


@page("POST", "/settings/filters/{filter}/delete")
async def remove(request: Request, viewer: Viewer, app: Site, filter: FilterRef) -> Answer:  # noqa: A002
    """Remove it."""
    await app.db.write(actions.delete_filter, viewer.account, filter)
    return go(request, "/settings/filters", flash="filter_gone")


ROUTES = (overview, ask, create, edit, save, remove)
