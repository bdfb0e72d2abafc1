"""Choosing a new password by a link that those who run the network have given."""

from __future__ import annotations

import asyncio

import msgspec

from palabre.accounts import credentials
from palabre.accounts.errors import PasswordLinkUsed
from palabre.accounts.model import Account
from palabre.accounts.new_password import check_code, set_by_code
from palabre.accounts.queries import account
from palabre.accounts.rules import check_password
from palabre.edge.answers import Answer
from palabre.edge.binding import AccountRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.ids import AccountId
from palabre.rights.actions import lock_others_out
from palabre.store import Snapshot, Transaction
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import go, page, show


class NewPassword(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    password: str = ""


def _whose(db: Snapshot, app: Site, number: AccountId, code: str) -> Account:
    check_code(db, app.keyring, number, code)
    found = account(db, number)
    if found is None:
        raise PasswordLinkUsed
    return found


def _set(tx: Transaction, app: Site, number: AccountId, code: str, hashed: str) -> None:
    set_by_code(tx, app.keyring, number, code, hashed)
    lock_others_out(tx, number)


async def _show(request: Request, who: Account, told: Form, status: int = 200) -> Answer:
    return await show(request, "new_password.html", status=status, has_form=True, who=who, form=told)


@page("GET", "/auth/new_password/{number}/{code}", limit="sign_in")
async def ask(request: Request, viewer: Viewer | None, app: Site, number: AccountRef, code: str) -> Answer:  # noqa: ARG001 - who has the link
    """Show the form, if the link is still good."""
    return await _show(request, await app.db.read(_whose, app, number, code), form())


@page("POST", "/auth/new_password/{number}/{code}", limit="sign_in")
async def choose(
    request: Request,
    viewer: Viewer | None,  # noqa: ARG001 - as above
    app: Site,
    number: AccountRef,
    code: str,
    body: NewPassword,
) -> Answer:
    """Set the password; its member signs in with it, and with the second step if there is one."""
    who = await app.db.read(_whose, app, number, code)
    try:
        check_password(body.password, username=who.username)
    except Invalid as refusal:
        return await _show(request, who, refused_form(request, refusal, NewPassword(), ("password",)), 422)
    hashed = await asyncio.to_thread(credentials.hash_password, body.password)
    await app.db.write(_set, app, number, code, hashed)
    return go(request, "/auth/sign_in", flash="new_password")


ROUTES = (ask, choose)
