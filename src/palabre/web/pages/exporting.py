"""Taking along everything, or whom one follows, mutes and blocks."""

from __future__ import annotations

import csv
import io

import msgspec
from starlette.responses import FileResponse

from palabre.accounts import second_factor
from palabre.edge.answers import Answer
from palabre.edge.exports import fetched
from palabre.edge.proof import proved
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import NotFound, Refusal
from palabre.exports.actions import begin_export
from palabre.exports.model import ExportRun
from palabre.exports.queries import export_runs, ready_run
from palabre.graph.exports import Export, cell, exported
from palabre.ids import AccountId, Kind
from palabre.store import Snapshot
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import go, page, show


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The query of the page."""

    part: bool = False
    """Only how the archive stands."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The forms: the password, and the code of a second step, show that it is the member."""

    password: str = ""
    code: str = ""


def _standing(db: Snapshot, viewer: AccountId) -> tuple[list[ExportRun], bool]:
    return export_runs(db, viewer), second_factor.is_on(db, viewer)


async def _show(
    request: Request, viewer: Viewer, app: Site, template: str, told: Form, *, status: int = 200
) -> Answer:
    runs, has_step = await app.db.read(_standing, viewer.account)
    return await show(
        request, template, at="/settings/export", status=status, runs=runs, form=told, has_step=has_step
    )


@page("GET", "/settings/export")
async def overview(request: Request, viewer: Viewer, app: Site, query: Asked) -> Answer:
    """Show what can be taken along, and how the archive stands."""
    template = "parts/archive.html" if query.part else "settings/export.html"
    return await _show(request, viewer, app, template, form())


async def _refused(request: Request, viewer: Viewer, app: Site, refusal: Refusal) -> Answer:
    told = refused_form(request, refusal, Proof(), ("password", "code"))
    return await _show(request, viewer, app, "settings/export.html", told, status=422)


@page("POST", "/settings/export/archive")
async def ask(request: Request, viewer: Viewer, app: Site, body: Proof) -> Answer:
    """Ask for an archive of everything; a job writes it."""
    try:
        await proved(app, viewer, body.password, "password", code=body.code)
        await app.db.write(begin_export, viewer.account)
    except Refusal as refusal:
        return await _refused(request, viewer, app, refusal)
    return go(request, "/settings/export", flash="exporting")


@page("POST", "/settings/export/archive/{archive}")
async def fetch(request: Request, viewer: Viewer, app: Site, archive: str, body: Proof) -> Answer | FileResponse:
    """Give an archive to its owner."""
    number = app.ids.decode(Kind.EXPORT, archive)
    await app.db.read(ready_run, viewer.account, number)  # who may not have it is not asked for the password
    try:
        await proved(app, viewer, body.password, "password", code=body.code)
    except Refusal as refusal:
        return await _refused(request, viewer, app, refusal)
    return await fetched(app, viewer.account, number)


@page("GET", "/settings/export/{name}")
async def file(viewer: Viewer, app: Site, name: str) -> Answer:
    """Write one of the files."""
    stem, _, suffix = name.rpartition(".")
    what = next((each for each in Export if each.value == stem), None)
    if what is None or suffix != "csv":
        raise NotFound
    rows = await app.db.read_slow(exported, viewer.account, what, app.config.domain)
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([cell(text) for text in row] for row in rows)
    headers = [
        (b"content-disposition", f'attachment; filename="{what.value}.csv"'.encode()),
        (b"cache-control", b"no-store, private"),
    ]
    return Answer(written.getvalue().encode(), 200, headers, kind=(b"content-type", b"text/csv; charset=utf-8"))


ROUTES = (overview, ask, fetch, file)
