"""How safe the network is: a page for everybody, and one with the alarms for those who run it."""

from __future__ import annotations

from palabre.accounts.roles import Permission
from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.survival.alarms import alarms
from palabre.survival.report import Reporter
from palabre.web.desk import desk_of
from palabre.web.here import Here
from palabre.web.page import HTML, admin_page, language_of, page, show

_KEPT = [(b"cache-control", b"public, max-age=5"), (b"vary", b"Cookie, Accept-Language")]


@page("GET", "/status")
async def status(request: Request, app: Site) -> Answer:
    """Say what a write waits for and how far everything is. The same for all, so that it costs next to nothing."""
    here = Here(path="/status", language=language_of(request))
    found = app.part(Reporter).standing()
    return Answer(desk_of(app).renderer.render("status.html", here, found=found), 200, _KEPT, kind=HTML)


@admin_page("GET", "/admin/survival", may=Permission.VIEW_DEVOPS)
async def survival(request: Request, viewer: Viewer, app: Site) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Show what is wrong, or will be missed one day."""
    found = app.part(Reporter).standing()
    return await show(request, "admin/survival.html", found=found, alarms=alarms(app.folder, app.config))


ROUTES = (status, survival)
