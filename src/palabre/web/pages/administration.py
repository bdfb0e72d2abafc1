"""For those who run the network: who waits to be let in, and invitations."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.accounts import actions
from palabre.accounts.queries import invitations, pending_accounts
from palabre.accounts.roles import Permission
from palabre.clock import DAY, Instant, now
from palabre.edge.answers import Answer
from palabre.edge.binding import AccountRef
from palabre.edge.pictures import forget_emoji, store_emoji
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.uploads import Upload
from palabre.edge.viewer import Viewer
from palabre.errors import Conflict, Invalid, Unavailable
from palabre.ids import Kind
from palabre.media.errors import UnsupportedMedia
from palabre.moderation.judging import judge
from palabre.moderation.model import Act
from palabre.web.forms import Form, form
from palabre.web.page import admin_page, go, show, words_of
from palabre.web.windows import PAGE, Paged, more_address, window

_DAYS = {"1": 1, "7": 7, "30": 30}


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    uses: int = 1
    days: Literal["", "1", "7", "30"] = "7"


@admin_page("GET", "/admin/sign_ups", may=Permission.MANAGE_USERS)
async def sign_ups(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Show who waits."""
    found = await app.db.read(pending_accounts, window(app.ids, Kind.ACCOUNT, query))
    more = more_address(app.ids, Kind.ACCOUNT, "/admin/sign_ups", found, PAGE)
    return await show(request, "admin/sign_ups.html", waiting=found.items, more_address=more)


@admin_page("POST", "/admin/sign_ups/{account}/approve", may=Permission.MANAGE_USERS)
async def approve(request: Request, viewer: Viewer, app: Site, account: AccountRef) -> Answer:
    """Let somebody in."""
    await app.db.write(judge, viewer.account, account, Act.APPROVE)
    return go(request, "/admin/sign_ups", flash="approved")


@admin_page("POST", "/admin/sign_ups/{account}/refuse", may=Permission.MANAGE_USERS)
async def refuse(request: Request, viewer: Viewer, app: Site, account: AccountRef) -> Answer:
    """Let somebody not in, and forget him."""
    await app.db.write(judge, viewer.account, account, Act.REFUSE)
    return go(request, "/admin/sign_ups", flash="denied")


@admin_page("GET", "/admin/invitations", may=Permission.MANAGE_INVITES)
async def list_invitations(request: Request, viewer: Viewer, app: Site) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Show the invitations, and make new ones."""
    return await _show(request, app, "")


async def _show(request: Request, app: Site, code: str) -> Answer:
    found = await app.db.read(invitations)
    return await show(request, "admin/invitations.html", invitations=found, code=code, now=now())


@admin_page("POST", "/admin/invitations", may=Permission.MANAGE_INVITES)
async def invite(request: Request, viewer: Viewer, app: Site, body: NewInvitation) -> Answer:
    """Make an invitation; its code is shown this once."""
    expires = Instant(now() + _DAYS[body.days] * DAY) if body.days else None
    uses = min(max(body.uses, 1), 1000)
    code = await app.db.write(actions.create_invitation, app.keyring, viewer.account, uses, expires)
    return await _show(request, app, code)


@admin_page("POST", "/admin/invitations/{invitation}/withdraw", may=Permission.MANAGE_INVITES)
async def withdraw(request: Request, viewer: Viewer, app: Site, invitation: str) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Make an invitation invalid."""
    await app.db.write(actions.withdraw_invitation, app.ids.decode(Kind.INVITATION, invitation))
    return go(request, "/admin/invitations", flash="withdrawn")


# Emojis -----------------------------------------------------------------------------------------------------


class NewEmoji(msgspec.Struct, kw_only=True):
    """The form."""

    shortcode: str = ""
    category: str = ""
    picture: Upload | None = None


class GoneEmoji(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a button."""

    shortcode: str = ""


async def _show_emojis(request: Request, app: Site, filled: Form, status: int = 200) -> Answer:
    return await show(request, "admin/emojis.html", status=status, form=filled, emojis=app.emojis.all())


@admin_page("GET", "/admin/emojis", may=Permission.MANAGE_CUSTOM_EMOJIS)
async def list_emojis(request: Request, viewer: Viewer, app: Site) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Show the network's emojis, and take new ones."""
    return await _show_emojis(request, app, form())


@admin_page("POST", "/admin/emojis", may=Permission.MANAGE_CUSTOM_EMOJIS, uploads=lambda app: app.config.media_bytes)
async def add_emoji(request: Request, viewer: Viewer, app: Site, body: NewEmoji) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Add one."""
    try:
        if body.picture is None:
            raise UnsupportedMedia(field="picture")
        await store_emoji(app, body.picture, body.shortcode, body.category)
    except (Conflict, Invalid, Unavailable) as refusal:
        typed = {"shortcode": body.shortcode, "category": body.category}
        where = refusal.field if refusal.field in {"shortcode", "picture"} else ""
        return await _show_emojis(request, app, form(typed, **{where or "": words_of(request, refusal)}), 422)
    return go(request, "/admin/emojis", flash="emoji_added")


@admin_page("POST", "/admin/emojis/remove", may=Permission.MANAGE_CUSTOM_EMOJIS)
async def remove_emoji(request: Request, viewer: Viewer, app: Site, body: GoneEmoji) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Remove one; texts show its name from then on."""
    await app.db.write(forget_emoji, body.shortcode)
    return go(request, "/admin/emojis", flash="emoji_removed")


ROUTES = (sign_ups, approve, refuse, list_invitations, invite, withdraw, list_emojis, add_emoji, remove_emoji)
