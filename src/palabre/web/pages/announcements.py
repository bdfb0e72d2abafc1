"""What those who run the network tell all members."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.accounts.roles import Permission
from palabre.announcements import actions
from palabre.announcements.queries import announcements
from palabre.clock import DAY, Instant, now
from palabre.edge.answers import Answer
from palabre.edge.binding import AnnouncementRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.ids import Kind
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import admin_page, go, page, show

_DAYS = {"1": 1, "7": 7, "30": 30}
_OFFERED = ("👍", "❤️", "🎉")


class NewAnnouncement(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a new announcement."""

    text: str = ""
    days: Literal["", "1", "7", "30"] = ""


class Emoji(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a reaction."""

    name: str
    back: bool = False


@page("GET", "/announcements")
async def list_announcements(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Show what is announced, and who answers with what."""
    found = await app.db.read(announcements, viewer.account, dismissed=True)
    shown = []
    for each in found:
        there = {reaction.name for reaction in each.reactions}
        offered = [name for name in _OFFERED if name not in there] if len(there) < 5 else []
        shown.append((each, app.ids.encode(Kind.ANNOUNCEMENT, each.id), offered))
    return await show(request, "announcements.html", announcements=shown)


@page("POST", "/announcements/{announcement}/dismiss")
async def dismiss(request: Request, viewer: Viewer, app: Site, announcement: AnnouncementRef) -> Answer:
    """Note that the member has read one."""
    await app.db.write(actions.dismiss, viewer.account, announcement)
    return go(request, "/announcements", flash="read")


@page("POST", "/announcements/{announcement}/react")
async def react(request: Request, viewer: Viewer, app: Site, announcement: AnnouncementRef, body: Emoji) -> Answer:
    """Answer with an emoji, or take that back."""
    action = actions.take_back if body.back else actions.react
    await app.db.write(action, viewer.account, announcement, body.name)
    return go(request, "/announcements")


async def _admin(request: Request, app: Site, told: Form, status: int = 200) -> Answer:
    found = await app.db.read(announcements, None, over=True)
    shown = [(each, app.ids.encode(Kind.ANNOUNCEMENT, each.id)) for each in found]
    return await show(request, "admin/announcements.html", status=status, announcements=shown, form=told, now=now())


@admin_page("GET", "/admin/announcements", may=Permission.MANAGE_ANNOUNCEMENTS)
async def manage(request: Request, viewer: Viewer, app: Site) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Show what was announced, and announce something."""
    return await _admin(request, app, form({"text": "", "days": ""}))


@admin_page("POST", "/admin/announcements", may=Permission.MANAGE_ANNOUNCEMENTS)
async def announce(request: Request, viewer: Viewer, app: Site, body: NewAnnouncement) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Tell all members something."""
    ends = Instant(now() + _DAYS[body.days] * DAY) if body.days else None
    try:
        await app.db.write(actions.announce, body.text, ends=ends)
    except Invalid as refusal:
        return await _admin(request, app, refused_form(request, refusal, body, ("text", "days")), 422)
    return go(request, "/admin/announcements", flash="announced")


@admin_page("POST", "/admin/announcements/{announcement}/delete", may=Permission.MANAGE_ANNOUNCEMENTS)
async def delete(request: Request, viewer: Viewer, app: Site, announcement: AnnouncementRef) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Remove an announcement."""
    await app.db.write(actions.delete_announcement, announcement)
    return go(request, "/admin/announcements", flash="announcement_gone")


ROUTES = (list_announcements, dismiss, react, manage, announce, delete)
