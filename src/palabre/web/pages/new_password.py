"""A new password by a link, for a member who lost the old one: whoever runs the network has given it."""

from __future__ import annotations

import asyncio

import msgspec

from palabre.accounts.credentials import hash_password
from palabre.accounts.errors import PasswordLinkUsed
from palabre.accounts.model import Account
from palabre.accounts.queries import account
from palabre.accounts.rules import check_password
from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.moderation.judging import password_link
from palabre.rights.actions import renew_password
from palabre.store import Snapshot
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import go, page, show


class Arriving(msgspec.Struct, frozen=True, kw_only=True):
    """The query."""

    link: str = ""


class Renewing(Arriving, frozen=True, kw_only=True):
    """The form."""

    password: str = ""


def _whose(db: Snapshot, app: Site, link: str) -> Account:
    found = account(db, password_link(db, app.keyring, link).account)
    if found is None:
        raise PasswordLinkUsed
    return found


async def _show(request: Request, who: Account, link: str, told: Form, status: int = 200) -> Answer:
    return await show(request, "new_password.html", status=status, has_form=True, who=who, link=link, form=told)


@page("GET", "/auth/new_password", limit="sign_in")
async def ask_for_password(request: Request, viewer: Viewer | None, app: Site, query: Arriving) -> Answer:  # noqa: ARG001 - whoever has the link
    """Show the form. Looking at it uses nothing up: programs that preview links do that too."""
    return await _show(request, await app.db.read(_whose, app, query.link), query.link, form())


@page("POST", "/auth/new_password", limit="sign_in")
async def set_password(request: Request, viewer: Viewer | None, app: Site, body: Renewing) -> Answer:  # noqa: ARG001 - as above
    """Set it, and end all else that opened the account; then the member signs in, by both steps if there are two."""
    who = await app.db.read(_whose, app, body.link)
    try:
        check_password(body.password, username=who.username)
    except Invalid as refusal:
        told = refused_form(request, refusal, msgspec.structs.replace(body, password=""), ("password",))
        return await _show(request, who, body.link, told, 422)
    hashed = await asyncio.to_thread(hash_password, body.password)
    await app.db.write(renew_password, app.keyring, body.link, hashed)
    return go(request, "/auth/sign_in", flash="password_renewed")


ROUTES = (ask_for_password, set_password)
