"""The account: e-mail, password, sessions, apps."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import msgspec

from palabre.accounts import credentials, oauth, passkeys, second_factor, sessions
from palabre.accounts.actions import change_email, change_password
from palabre.accounts.model import AuthorisedApp, Passkey, Session
from palabre.accounts.queries import account, email_of
from palabre.accounts.rules import check_password
from palabre.edge.answers import Answer
from palabre.edge.proof import proved
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid, Refusal
from palabre.ids import AccountId, Kind
from palabre.rights.actions import lock_others_out
from palabre.store import Snapshot, Transaction
from palabre.web.forms import form, refused_form
from palabre.web.page import go, page, show


class EmailForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    email: str = ""
    email_password: str = ""
    email_code: str = ""


class PasswordForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    current_password: str = ""
    password_code: str = ""
    password: str = ""
    remove: list[str] = msgspec.field(default_factory=list)
    """The passkeys that are not to stay."""
    lock_out: bool = False
    """Somebody else may have been in: nothing but this session and the new password is to be good."""


class _Ways(NamedTuple):
    """Whatever lets somebody into the account."""

    email: str
    sessions: list[Session]
    apps: list[AuthorisedApp]
    has_step: bool
    passkeys: list[Passkey]
    """The newest first."""
    new: set[int]
    """Those of them that were added lately."""


def _own(db: Snapshot, app: Site, viewer: AccountId) -> _Ways:
    keys = passkeys.passkeys(db, viewer)
    return _Ways(
        email_of(db, app.keyring, viewer) or "",
        sessions.sessions(db, viewer),
        oauth.tokens_of(db, viewer),
        second_factor.is_on(db, viewer),
        keys,
        {each.id for each in keys if passkeys.is_new(db, each)},
    )


async def _show(
    request: Request,
    viewer: Viewer,
    app: Site,
    *,
    refusal: Refusal | None = None,
    body: EmailForm | PasswordForm | None = None,
) -> Answer:
    ways = await app.db.read(_own, app, viewer.account)
    told = form({"email": ways.email})
    ticked: set[int] = set()
    if refusal is not None and body is not None:
        blank = {name: "" for name in body.__struct_fields__ if "password" in name or "code" in name}
        told = refused_form(request, refusal, msgspec.structs.replace(body, **blank), body.__struct_fields__)
        if isinstance(body, PasswordForm):
            values = {"email": ways.email, "lock_out": body.lock_out}
            told = form(values, **{name: str(words) for name, words in told.errors.items()})
            ticked = _passkeys_of(app, body)
    return await show(
        request,
        "settings/account.html",
        status=422 if refusal else 200,
        form=told,
        sessions=ways.sessions,
        current=viewer.session,
        apps=ways.apps,
        has_step=ways.has_step,
        passkeys=ways.passkeys,
        new_passkeys=ways.new,
        ticked=ticked,
    )


def _passkeys_of(app: Site, body: PasswordForm) -> set[int]:
    found = (app.ids.try_decode(Kind.PASSKEY, each) for each in body.remove[: passkeys.MOST])
    return {each for each in found if each is not None}


@page("GET", "/settings/account")
async def overview(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Show e-mail, sessions and apps."""
    return await _show(request, viewer, app)


@page("POST", "/settings/account/email")
async def save_email(request: Request, viewer: Viewer, app: Site, body: EmailForm) -> Answer:
    """Change or forget the e-mail address."""
    try:
        await proved(
            app, viewer, body.email_password, "email_password", code=body.email_code, code_field="email_code"
        )
        await app.db.write(change_email, app.keyring, viewer.account, body.email.strip() or None)
    except Invalid as refusal:
        return await _show(request, viewer, app, refusal=refusal, body=body)
    return go(request, "/settings/account", flash="email")


def _check_new(db: Snapshot, viewer: AccountId, password: str) -> None:
    me = account(db, viewer)
    check_password(password, username=me.username if me else "")


def _change_password(
    tx: Transaction, viewer: AccountId, hashed: str, *, keep_session: int | None, remove: set[int], lock_out: bool
) -> int:
    if lock_out:
        lock_others_out(tx, viewer)
    return change_password(tx, viewer, hashed, keep_session=keep_session, remove_passkeys=remove, lock_out=lock_out)


@page("POST", "/settings/account/password")
async def save_password(request: Request, viewer: Viewer, app: Site, body: PasswordForm) -> Answer:
    """Change the password; all other sessions end, and with them what the member says of passkeys and apps."""
    try:
        await app.db.read(_check_new, viewer.account, body.password)  # first, so that no code is used up for nothing
        await proved(
            app, viewer, body.current_password, "current_password",
            code=body.password_code, code_field="password_code",
        )  # fmt: skip
        hashed = await asyncio.to_thread(credentials.hash_password, body.password)
    except Invalid as refusal:
        return await _show(request, viewer, app, refusal=refusal, body=body)
    left = await app.db.write(
        _change_password,
        viewer.account,
        hashed,
        keep_session=viewer.session,
        remove=_passkeys_of(app, body),
        lock_out=body.lock_out,
    )
    if body.lock_out:
        return go(request, "/settings/account", flash="locked_out")
    if left:  # they go on signing in: whoever changed the password to keep somebody out has to know
        return go(request, "/settings/passkeys", flash="password_passkeys")
    return go(request, "/settings/account", flash="password")


@page("POST", "/settings/account/sessions/end_others")
async def end_others(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Sign all other browsers out."""
    if viewer.session is not None:
        await app.db.write(sessions.end_other_sessions, viewer.account, viewer.session)
    return go(request, "/settings/account", flash="sessions")


@page("POST", "/settings/account/sessions/{session}/end")
async def end_session(request: Request, viewer: Viewer, app: Site, session: str) -> Answer:
    """Sign one browser out."""
    await app.db.write(sessions.end_session, viewer.account, app.ids.decode(Kind.SESSION, session))
    return go(request, "/settings/account", flash="session")


@page("POST", "/settings/account/apps/{token}/revoke")
async def revoke(request: Request, viewer: Viewer, app: Site, token: str) -> Answer:
    """Let an app act no longer."""
    await app.db.write(oauth.revoke_token, viewer.account, app.ids.decode(Kind.SESSION, token))
    return go(request, "/settings/account", flash="app")


ROUTES = (overview, save_email, save_password, end_others, end_session, revoke)
