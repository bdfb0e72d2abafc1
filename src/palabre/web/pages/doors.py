"""Signing in, up and out."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import msgspec

from palabre.accounts import credentials, signing_in
from palabre.accounts.actions import SignUp, store_rehash
from palabre.accounts.errors import AccountNotFound, InvitationInvalid
from palabre.accounts.model import Account, Login, Standing
from palabre.accounts.queries import account, accounts, is_good_invitation, login_for
from palabre.accounts.rules import check_password
from palabre.accounts.sessions import end_session, start_session
from palabre.clock import SECOND
from palabre.edge.answers import Answer
from palabre.edge.binding import AccountRef
from palabre.edge.redirects import safe_next
from palabre.edge.refusals import headers_of
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.texts import written
from palabre.edge.viewer import Viewer
from palabre.errors import Refusal, Unauthenticated
from palabre.ids import AccountId
from palabre.moderation.blocks import sign_up
from palabre.moderation.blocks_model import IpSeverity
from palabre.store import Snapshot, Transaction
from palabre.web import known_browsers
from palabre.web.agents import name_agent
from palabre.web.desk import desk_of
from palabre.web.entering import MOST, entered, held, left, left_all, switched
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import go, language_of, page, place_of, show, unstored

_SIGN_UP_FIELDS = ("username", "password", "email", "reason", "invitation")


class WrongPassword(Unauthenticated):
    """No such name, or another password: the two look the same."""

    code = "account.wrong_password"
    message = "The name or the password is not right. Please check both."


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Where one wanted to go, and an invitation that came in a link."""

    next: str = "/home"
    invitation: str = ""
    add: bool = False
    """Who is signed in adds another account."""


class SigningIn(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    name: str = ""
    password: str = ""
    next: str = "/home"
    add: bool = False


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
    return (
        (login, found)
        if login and found and not login.disabled and found.standing is not Standing.SUSPENDED
        else None
    )


async def show_door(
    request: Request, told: Form, wanted: str, refusal: Refusal | None = None, *, add: bool = False
) -> Answer:
    """Show the form, and what was wrong with it."""
    too_many = refusal is not None and refusal.kind == "too_many"
    return await show(
        request,
        "sign_in.html",
        status=429 if too_many else 422 if refusal else 200,
        headers=headers_of(refusal) if refusal and too_many else (),
        has_form=True,
        form=told,
        passkeys=place_of(request) is not None,
        add=add,
        next_page=safe_next(wanted, "/home"),
    )


@page("GET", "/auth/sign_in")
async def ask_to_sign_in(request: Request, viewer: Viewer | None, query: Asked) -> Answer:
    """Show the form."""
    if viewer is not None and not query.add:
        return go(request, query.next)
    return await show_door(request, form(), query.next, add=query.add)


@page("POST", "/auth/sign_in", limit="sign_in")
async def sign_in(request: Request, viewer: Viewer | None, app: Site, body: SigningIn) -> Answer:
    """Check the password and begin a session, or the second step."""
    if viewer is not None and not body.add:
        return go(request, body.next)
    try:
        found = await app.db.read(_who, app, body.name[:300]) if known_browsers.claims(request, app) else None
        known_here = known_browsers.proof_of(request, app, found[1].id if found else None)
        _count_try(request, app, body.name, known_here)
        found = found or await app.db.read(_who, app, body.name[:300])
        known = found[0].password_hash if found else None
        right = await asyncio.to_thread(credentials.verify_password, known, body.password[:1000])
        if found is None or known is None or not right:
            raise WrongPassword
        begun = await _begin(request, app, found[1].id, known, body.password)
    except Refusal as refusal:
        told = refused_form(request, refusal, msgspec.structs.replace(body, password=""), ())
        return await show_door(request, told, body.next, refusal, add=body.add)
    next_page = safe_next(body.next, "/home")
    if begun.step:
        step = desk_of(app).step.set(begun.step, seconds=signing_in.HALF_DONE_LIFETIME // SECOND)
        return go(request, f"/auth/second_step?next={quote(next_page, safe='')}", headers=[step])
    return go(request, next_page, headers=await entered(request, app, begun.session))


def _count_try(request: Request, app: Site, name: str, known_here: str | None) -> None:
    """Count a try at a name: to the browser if the account knows it, else to the address and to the name.

    Raises:
        RateExceeded: it is one too many. What one address has used up is not counted to the name.

    """
    if known_here is not None:
        app.limits.spend("sign_in_known", known_here)
        return
    name = name.strip().lstrip("@").casefold()[:200]
    app.limits.spend("sign_in_here", f"{app.limits.origin(request).address} {name}")
    app.limits.spend("sign_in_name", name)


async def _begin(request: Request, app: Site, who: AccountId, known: str, password: str) -> signing_in.Begun:
    """Go on after a right password, if nobody has changed it since ``known`` was read."""
    if credentials.needs_rehash(known):
        renewed = await asyncio.to_thread(credentials.hash_password, password)
        if await app.db.write(store_rehash, who, before=known, password_hash=renewed):
            known = renewed
    agent = name_agent(request.header(b"user-agent"))
    begun = await app.db.write(signing_in.begin, app.keyring, who, agent, known=known)
    if begun is None:
        raise WrongPassword
    return begun


@page("GET", "/auth/sign_up")
async def ask_to_sign_up(request: Request, viewer: Viewer | None, app: Site, query: Asked) -> Answer:
    """Show the form that the operator's policy asks for."""
    if viewer is not None:
        return go(request, "/home")
    return await _show_door(request, app, form({"invitation": query.invitation[:200]}))


@page("GET", "/invite/{code}")
async def invite(request: Request, viewer: Viewer | None, app: Site, code: str) -> Answer:  # noqa: ARG001 - who follows the link
    """Lead from an invitation's link to the form; to an app, which asks for JSON, say whether it is good.

    See Also:
        Mastodon: ``GET /invite/:code`` with ``Accept: application/json``, as its own apps ask.

    """
    if "application/json" not in (request.header(b"accept") or ""):
        return go(request, f"/auth/sign_up?invitation={quote(code[:200], safe='')}")
    good = app.config.registrations != "closed" and await app.db.read(is_good_invitation, app.keyring, code)
    return unstored({"invite_code": code}) if good else unstored({"error": InvitationInvalid.message}, status=404)


async def _show_door(request: Request, app: Site, filled: Form, status: int = 200) -> Answer:
    """Show the form, or where nobody is let in: why, in the operator's words."""
    closed = await asyncio.to_thread(written, app.folder, "closed") if app.config.registrations == "closed" else None
    said = closed.words.split("\n\n") if closed else []
    return await show(request, "sign_up.html", status=status, has_form=True, form=filled, closed=said)


def _sign_up(tx: Transaction, app: Site, wanted: SignUp, severity: IpSeverity | None) -> Account:
    return sign_up(tx, app.keyring, wanted, policy=app.config.registrations, severity=severity)


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
        made = await app.db.write(_sign_up, app, wanted, app.severity_for(request.scope))
    except Refusal as refusal:
        told = refused_form(request, refusal, msgspec.structs.replace(body, password=""), _SIGN_UP_FIELDS)
        return await _show_door(request, app, told, status=422)
    flash = "welcome" if made.standing is Standing.ACTIVE else None
    next_page = "/local" if made.standing is Standing.ACTIVE else "/home"
    secret = await app.db.write(start_session, app.keyring, made.id, name_agent(request.header(b"user-agent")))
    return go(request, next_page, flash=flash, headers=await entered(request, app, secret))


@page("POST", "/auth/sign_out")
async def sign_out(request: Request, viewer: Viewer, app: Site) -> Answer:
    """End the active session; another account that the browser holds is active then."""
    if viewer.session is not None and desk_of(app).session.read(request) is None:
        await app.db.write(end_session, viewer.account, viewer.session)  # the installed app, away from its cookies
    headers, another = await left(request, app)
    return go(request, "/home" if another else "/", flash="signed_out", headers=headers)


@page("POST", "/auth/sign_out/all")
async def sign_out_of_all(request: Request, viewer: Viewer, app: Site) -> Answer:
    """End every session that the browser holds, at whichever origin of the network."""
    headers = await left_all(request, app, viewer)
    return go(request, "/", flash="signed_out_of_all", headers=headers)


def _accounts_of(db: Snapshot, ids: list[AccountId]) -> list[Account]:
    found = accounts(db, ids)
    return [found[number] for number in ids if number in found]


@page("GET", "/auth/accounts")
async def show_accounts(request: Request, viewer: Viewer | None, app: Site) -> Answer:  # noqa: ARG001 - the frame shows who
    """Show the accounts that the browser holds, to switch between them."""
    holds = await held(request, app)
    found = await app.db.read(_accounts_of, [each.account for each in holds])
    return await show(request, "accounts.html", has_form=True, accounts=found, full=len(holds) >= MOST)


@page("POST", "/auth/accounts/{account}/switch")
async def switch(request: Request, viewer: Viewer | None, app: Site, account: AccountRef) -> Answer:  # noqa: ARG001 - as above
    """Make another account of this browser the active one."""
    headers = await switched(request, app, account)
    if headers is None:
        raise AccountNotFound
    return go(request, "/home", flash="switched", headers=headers)


ROUTES = (
    ask_to_sign_in, sign_in, ask_to_sign_up, invite, create_account, sign_out, sign_out_of_all, show_accounts, switch,
)  # fmt: skip
