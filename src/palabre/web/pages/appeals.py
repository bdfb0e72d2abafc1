"""What moderators did about the member's account, and what he says against it; for those who decide, what waits."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.accounts.roles import Permission
from palabre.edge.answers import Answer
from palabre.edge.binding import WarningRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Conflict, Forbidden, Invalid
from palabre.ids import AccountId, Kind
from palabre.moderation import appeals
from palabre.moderation.model import AppealView, Deed
from palabre.paging import Slice, Window
from palabre.store import Snapshot
from palabre.web.forms import Form, form
from palabre.web.page import admin_page, go, page, show, words_of
from palabre.web.windows import PAGE, Paged, more_address, window

_OWN = "/settings/warnings"
_WAITING = "/admin/appeals"


class AppealForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of an appeal."""

    text: str = ""


class Which(Paged, frozen=True, kw_only=True):
    """The query of the page for those who decide."""

    which: Literal["open", "closed"] = "open"


def _warnings(db: Snapshot, viewer: AccountId, rows: Window) -> tuple[Slice[Deed], frozenset[int]]:
    """Return a page of what was done, and against which of it one may appeal."""
    found = appeals.warnings_page(db, viewer, rows)
    return found, frozenset(each.id for each in found.items if appeals.may_appeal(each, db.now))


async def _show_own(
    request: Request, viewer: Viewer, app: Site, rows: Window, told: Form, *, at: int = 0, status: int = 200
) -> Answer:
    """Show them; ``told`` is the form of the act ``at``."""
    found, open_ones = await app.db.read(_warnings, viewer.account, rows)
    more = more_address(app.ids, Kind.WARNING, _OWN, found, PAGE)
    listed = [
        (each, app.ids.encode(Kind.WARNING, each.id), each.id in open_ones, told if each.id == at else form({}))
        for each in found.items
    ]
    return await show(
        request,
        "settings/warnings.html",
        status=status,
        warnings=listed,
        wrong=told.errors.get("", ""),
        days=appeals.DAYS,
        most=appeals.TEXT_LENGTH,
        more_address=more,
    )


@page("GET", "/settings/warnings")
async def list_own(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:
    """Show what moderators did about the member's account, and what became of his appeals."""
    return await _show_own(request, viewer, app, window(app.ids, Kind.WARNING, query), form({}))


@page("POST", "/settings/warnings/{warning}/appeal")
async def make(request: Request, viewer: Viewer, app: Site, body: AppealForm, warning: WarningRef) -> Answer:
    """Ask that it be looked at again."""
    try:
        await app.db.write(appeals.appeal, viewer.account, warning, body.text)
    except (Conflict, Forbidden, Invalid) as refusal:
        told = form(body, **{refusal.field or "": words_of(request, refusal)})
        around = Window(before=warning + 1, limit=PAGE)
        return await _show_own(request, viewer, app, around, told, at=warning, status=422)
    return go(request, _OWN, flash="appealed")


def _appeals(db: Snapshot, rows: Window, which: str) -> tuple[Slice[AppealView], int]:
    return appeals.appeals_page(db, rows, decided=which == "closed"), appeals.open_count(db)


@admin_page("GET", "/admin/appeals", may=Permission.MANAGE_APPEALS)
async def list_all(request: Request, viewer: Viewer, app: Site, query: Which) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Show the appeals that wait, or those that are decided."""
    found, waiting = await app.db.read(_appeals, window(app.ids, Kind.WARNING, query), query.which)
    more = more_address(app.ids, Kind.WARNING, _WAITING, found, PAGE, which=query.which)
    listed = [(each, app.ids.encode(Kind.WARNING, each.deed.id)) for each in found.items]
    return await show(
        request, "admin/appeals.html", appeals=listed, which=query.which, waiting=waiting, more_address=more
    )


@admin_page("POST", "/admin/appeals/{warning}/approve", may=Permission.MANAGE_APPEALS)
async def approve(request: Request, viewer: Viewer, app: Site, warning: WarningRef) -> Answer:
    """Agree with the member, and take back what was done."""
    await app.db.write(appeals.decide, viewer.account, warning, agree=True)
    return go(request, _WAITING, flash="appeal_decided")


@admin_page("POST", "/admin/appeals/{warning}/reject", may=Permission.MANAGE_APPEALS)
async def reject(request: Request, viewer: Viewer, app: Site, warning: WarningRef) -> Answer:
    """Leave it as it is."""
    await app.db.write(appeals.decide, viewer.account, warning, agree=False)
    return go(request, _WAITING, flash="appeal_decided")


ROUTES = (list_own, make, list_all, approve, reject)
