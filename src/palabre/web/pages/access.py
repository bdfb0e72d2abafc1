"""The account: e-mail, password, sessions, apps."""

from __future__ import annotations

import asyncio

import msgspec

from palabre.accounts import credentials, oauth, sessions
from palabre.accounts.actions import change_email, change_password
from palabre.accounts.model import AuthorisedApp, Session
from palabre.accounts.queries import email_of
from palabre.accounts.rules import check_password
from palabre.edge.answers import Answer
from palabre.edge.proof import proved
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid, Refusal
from palabre.ids import AccountId, Kind
from palabre.store import Snapshot
from palabre.web.forms import form, refused_form
from palabre.web.page import go, page, show


class EmailForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    email: str = ""
    email_password: str = ""


class PasswordForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    current_password: str = ""
    password: str = ""


def _own(db: Snapshot, app: Site, viewer: AccountId) -> tuple[str, list[Session], list[AuthorisedApp]]:
    return (
        email_of(db, app.keyring, viewer) or "",
        sessions.sessions(db, viewer),
        oauth.tokens_of(db, viewer),
    )


async def _show(
    request: Request,
    viewer: Viewer,
    app: Site,
    *,
    refusal: Refusal | None = None,
    body: EmailForm | PasswordForm | None = None,
) -> Answer:
    email, open_sessions, apps = await app.db.read(_own, app, viewer.account)
    told = form({"email": email})
    if refusal is not None and body is not None:
        blank = {name: "" for name in body.__struct_fields__ if "password" in name}
        told = refused_form(request, refusal, msgspec.structs.replace(body, **blank), body.__struct_fields__)
        if "email" not in body.__struct_fields__:
            told = form({"email": email}, **{name: str(words) for name, words in told.errors.items()})
    return await show(
        request,
        "settings/account.html",
        status=422 if refusal else 200,
        form=told,
        sessions=open_sessions,
        current=viewer.session,
        apps=apps,
    )


@page("GET", "/settings/account")
async def overview(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Show e-mail, sessions and apps."""
    return await _show(request, viewer, app)


@page("POST", "/settings/account/email")
async def save_email(request: Request, viewer: Viewer, app: Site, body: EmailForm) -> Answer:
    """Change or forget the e-mail address."""
    try:
        await proved(app, viewer, body.email_password, "email_password")
        await app.db.write(change_email, app.keyring, viewer.account, body.email.strip() or None)
    except Invalid as refusal:
        return await _show(request, viewer, app, refusal=refusal, body=body)
    return go(request, "/settings/account", flash="email")


@page("POST", "/settings/account/password")
async def save_password(request: Request, viewer: Viewer, app: Site, body: PasswordForm) -> Answer:
    """Change the password; all other sessions end."""
    try:
        me = await proved(app, viewer, body.current_password, "current_password")
        check_password(body.password, username=me.username)
        hashed = await asyncio.to_thread(credentials.hash_password, body.password)
    except Invalid as refusal:
        return await _show(request, viewer, app, refusal=refusal, body=body)
    await app.db.write(change_password, viewer.account, hashed, keep_session=viewer.session)
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
