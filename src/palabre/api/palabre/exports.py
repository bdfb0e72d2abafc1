"""Archives of everything that the network keeps for a member."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.responses import Response

from palabre.api.mastodon.async_refreshes import refresh_header
from palabre.clock import iso
from palabre.edge.answers import Answer
from palabre.edge.binding import ExportRef
from palabre.edge.endpoint import endpoint
from palabre.edge.exports import fetched
from palabre.edge.proof import proved
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.exports.actions import begin_export
from palabre.exports.model import ExportRun
from palabre.exports.queries import export_run, export_runs, ready_run
from palabre.ids import Kind


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The body: the password, and the code where there is a second step, show that it is the member."""

    password: str
    code: str = ""


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """How an archive stands."""

    id: str
    state: str
    """``waiting``, ``writing``, ``ready`` or ``failed``."""
    progress: Annotated[float, msgspec.Meta(ge=0, le=1)]
    size: int | None
    """Bytes, once it is ready."""
    error: str | None
    """Code of the error, if it failed."""
    created_at: str
    expires_at: str | None
    """When it is removed, once it is ready."""


def _archive(app: Site, run: ExportRun) -> Archive:
    return Archive(
        id=app.ids.encode(Kind.EXPORT, run.id),
        state=run.state.value,
        progress=run.share,
        size=run.size,
        error=run.error,
        created_at=iso(run.created),
        expires_at=iso(run.expires) if run.expires is not None else None,
    )


@endpoint("POST", "/api/palabre/v1/exports", scope="read", limit="sign_in")
async def begin(body: Proof, viewer: Viewer, app: Site) -> Annotated[Answer, Archive]:
    """Ask for an archive; a job writes it. One a day, which is there for seven days."""
    await proved(app, viewer, body.password, "password", code=body.code)
    made = _archive(app, await app.db.write(begin_export, viewer.account))
    return Answer.json(made, headers=[refresh_header(made.id)])


@endpoint("GET", "/api/palabre/v1/exports", scope="read")
async def show_all(viewer: Viewer, app: Site) -> list[Archive]:
    """Show the viewer's archives, the newest first."""
    return [_archive(app, run) for run in await app.db.read(export_runs, viewer.account)]


@endpoint("GET", "/api/palabre/v1/exports/{export}", scope="read")
async def show_one(export: ExportRef, viewer: Viewer, app: Site) -> Archive:
    """Show how one of them stands."""
    return _archive(app, await app.db.read(export_run, viewer.account, export))


@endpoint("POST", "/api/palabre/v1/exports/{export}/file", scope="read", limit="sign_in")
async def fetch(export: ExportRef, body: Proof, viewer: Viewer, app: Site) -> Response:
    """Fetch one that is ready, a zip."""
    await app.db.read(ready_run, viewer.account, export)  # who may not have it is not asked for the password
    await proved(app, viewer, body.password, "password", code=body.code)
    return await fetched(app, viewer.account, export)


ROUTES = (begin, show_all, show_one, fetch)
