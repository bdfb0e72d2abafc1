"""Signing in, up and out."""

from __future__ import annotations

import asyncio

import msgspec

from palabre.accounts import credentials
from palabre.accounts.actions import SignUp, sign_up, store_rehash
from palabre.accounts.model import Account, Login, Standing
from palabre.accounts.queries import account, login_for
from palabre.accounts.rules import check_password
from palabre.accounts.sessions import LIFETIME, end_session, start_session
from palabre.clock import SECOND
from palabre.edge.answers import Answer
from palabre.edge.redirects import safe_next
from palabre.edge.refusals import headers_of
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Refusal, Unauthenticated
from palabre.ids import AccountId
from palabre.store import Snapshot, Transaction
from palabre.web.agents import name_agent
from palabre.web.desk import desk_of
from palabre.web.forms import form, refused_form
from palabre.web.page import Header, go, language_of, page, show

_SIGN_UP_FIELDS = ("username", "password", "email", "reason", "invitation")


class WrongPassword(Unauthenticated):
    """No such name, or another password: the two look the same."""

    code = "account.wrong_password"
    message = "The name or the password is not right. Please check both."


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Where one wanted to go, and an invitation that came in a link."""

    next: str = "/home"
    invitation: str = ""


class SigningIn(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    name: str = ""
    password: str = ""
    next: str = "/home"


class SigningUp(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    username: str = ""
    password: str = ""
    email: str = ""
    reason: str = ""
    invitation: str = ""
    next: str = "/home"


def _who(db: Snapshot, app: Site, name: str) -> tuple[Login, Account] | None:
    login = login_for(db, app.keyring, name)
    found = account(db, login.account) if login else None
    return (login, found) if login and found and found.standing is not Standing.SUSPENDED else None


async def _started(request: Request, app: Site, who: AccountId) -> Header:
    """Begin a session and return its cookie."""
    agent = name_agent(request.header(b"user-agent"))
    secret = await app.db.write(start_session, app.keyring, who, agent)
    return desk_of(app).session.set(secret, seconds=LIFETIME // SECOND)


@page("GET", "/auth/sign_in")
async def ask_to_sign_in(request: Request, viewer: Viewer | None, query: Asked) -> Answer:
    """Show the form."""
    if viewer is not None:
        return go(request, query.next)
    return await show(request, "sign_in.html", has_form=True, form=form(), next_page=safe_next(query.next, "/home"))


@page("POST", "/auth/sign_in", limit="sign_in")
async def sign_in(request: Request, viewer: Viewer | None, app: Site, body: SigningIn) -> Answer:
    """Check the password and begin a session."""
    if viewer is not None:
        return go(request, body.next)
    try:
        app.limits.spend("sign_in_name", body.name.strip().lstrip("@").casefold()[:200])
        found = await app.db.read(_who, app, body.name[:300])
        known = found[0].password_hash if found else None
        right = await asyncio.to_thread(credentials.verify_password, known, body.password[:1000])
        if found is None or known is None or not right:
            raise WrongPassword
    except Refusal as refusal:
        told = refused_form(request, refusal, msgspec.structs.replace(body, password=""), ())
        status = 429 if refusal.kind == "too_many" else 422
        next_page = safe_next(body.next, "/home")
        return await show(
            request,
            "sign_in.html",
            status=status,
            headers=headers_of(refusal) if status == 429 else (),
            has_form=True,
            form=told,
            next_page=next_page,
        )
    if credentials.needs_rehash(known):
        renewed = await asyncio.to_thread(credentials.hash_password, body.password)
        await app.db.write(store_rehash, found[1].id, renewed)
    return go(request, safe_next(body.next, "/home"), headers=[await _started(request, app, found[1].id)])


@page("GET", "/auth/sign_up")
async def ask_to_sign_up(request: Request, viewer: Viewer | None, query: Asked) -> Answer:
    """Show the form that the operator's policy asks for."""
    if viewer is not None:
        return go(request, "/home")
    return await show(request, "sign_up.html", has_form=True, form=form({"invitation": query.invitation[:200]}))


def _sign_up(tx: Transaction, app: Site, wanted: SignUp) -> Account:
    return sign_up(tx, app.keyring, wanted, policy=app.config.registrations)


@page("POST", "/auth/sign_up", limit="sign_up")
async def create_account(request: Request, viewer: Viewer | None, app: Site, body: SigningUp) -> Answer:
    """Make an account and sign its member in."""
    if viewer is not None:
        return go(request, "/home")
    try:
        check_password(body.password, username=body.username, email=body.email)
        hashed = await asyncio.to_thread(credentials.hash_password, body.password)
        wanted = SignUp(
            username=body.username.strip().removeprefix("@"),
            password_hash=hashed,
            email=body.email.strip() or None,
            reason=body.reason.strip() or None,
            invitation=body.invitation.strip() or None,
            language=language_of(request),
        )
        made = await app.db.write(_sign_up, app, wanted)
    except Refusal as refusal:
        told = refused_form(request, refusal, msgspec.structs.replace(body, password=""), _SIGN_UP_FIELDS)
        return await show(request, "sign_up.html", status=422, has_form=True, form=told)
    flash = "welcome" if made.standing is Standing.ACTIVE else None
    next_page = "/local" if made.standing is Standing.ACTIVE else "/home"
    return go(request, next_page, flash=flash, headers=[await _started(request, app, made.id)])


@page("POST", "/auth/sign_out")
async def sign_out(request: Request, viewer: Viewer, app: Site) -> Answer:
    """End the session."""
    if viewer.session is not None:
        await app.db.write(end_session, viewer.account, viewer.session)
    return go(request, "/", flash="signed_out", headers=[desk_of(app).session.clear()])


ROUTES = (ask_to_sign_in, sign_in, ask_to_sign_up, create_account, sign_out)
