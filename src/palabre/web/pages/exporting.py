"""Taking along whom one follows, mutes and blocks."""

from __future__ import annotations

import csv
import io

from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import NotFound
from palabre.graph.exports import Export, exported
from palabre.web.page import page, show

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@page("GET", "/settings/export")
async def overview(request: Request, viewer: Viewer) -> Answer:  # noqa: ARG001 - members only
    """Show what can be taken along."""
    return await show(request, "settings/export.html")


def _cell(text: str) -> str:
    """Keep a spreadsheet from taking a title that begins like a formula for one."""
    return f"'{text}" if text.startswith(_FORMULA) else text


@page("GET", "/settings/export/{name}")
async def file(viewer: Viewer, app: Site, name: str) -> Answer:
    """Write one of the files."""
    stem, _, suffix = name.rpartition(".")
    what = next((each for each in Export if each.value == stem), None)
    if what is None or suffix != "csv":
        raise NotFound
    rows = await app.db.read_slow(exported, viewer.account, what, app.config.domain)
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([_cell(text) for text in row] for row in rows)
    headers = [
        (b"content-disposition", f'attachment; filename="{what.value}.csv"'.encode()),
        (b"cache-control", b"no-store, private"),
    ]
    return Answer(written.getvalue().encode(), 200, headers, kind=(b"content-type", b"text/csv; charset=utf-8"))


ROUTES = (overview, file)
