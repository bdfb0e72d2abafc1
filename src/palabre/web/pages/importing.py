"""Bringing an archive from X or Mastodon: upload, progress, what was left out."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.edge.answers import Answer
from palabre.edge.imports import take_upload
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.uploads import Upload
from palabre.edge.viewer import Viewer
from palabre.errors import Refusal
from palabre.ids import Kind
from palabre.imports.actions import cancel_import
from palabre.imports.model import Source
from palabre.imports.queries import import_runs
from palabre.web.forms import form, refused_form
from palabre.web.page import go, is_partial, page, show

_SHOWN = 5


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The query of the page."""

    part: bool = False
    """Only how the imports stand."""


class Brought(msgspec.Struct, kw_only=True):
    """The form."""

    file: Upload | None = None
    kind: Literal["", "follows", "mutes", "blocks", "bookmarks", "lists", "domain_blocks"] = ""


@page("GET", "/settings/import")
async def overview(request: Request, viewer: Viewer, app: Site, query: Asked) -> Answer:
    """Show how to bring an archive, and how the imports stand."""
    runs = await app.db.read(import_runs, viewer.account, most=_SHOWN)
    template = "parts/imports.html" if query.part else "settings/import.html"
    return await show(request, template, at="/settings/import", runs=runs, form=form())


@page("POST", "/settings/import", limit="media", uploads=lambda app: app.config.import_bytes)
async def bring(request: Request, viewer: Viewer, app: Site, body: Brought) -> Answer:
    """Take an archive; a job brings it in."""
    if body.file is None:
        return go(request, "/settings/import")
    try:
        await take_upload(app, viewer.account, body.file, source=Source(body.kind) if body.kind else None)
    except Refusal as refusal:
        if is_partial(request):
            raise
        runs = await app.db.read(import_runs, viewer.account, most=_SHOWN)
        told = refused_form(request, refusal, Brought(kind=body.kind), ("file",))
        return await show(request, "settings/import.html", status=422, runs=runs, form=told)
    return go(request, "/settings/import", flash="importing")


@page("POST", "/settings/import/{run}/cancel")
async def cancel(request: Request, viewer: Viewer, app: Site, run: str) -> Answer:
    """Stop an import where it is."""
    await app.db.write(cancel_import, viewer.account, app.ids.decode(Kind.IMPORT, run))
    return go(request, "/settings/import")


ROUTES = (overview, bring, cancel)
