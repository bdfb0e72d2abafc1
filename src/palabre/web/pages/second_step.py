"""The second step of signing in, after the password."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from palabre.accounts import passkeys, second_factor, signing_in
from palabre.accounts.errors import CodeWrong
from palabre.edge.answers import Answer
from palabre.edge.redirects import safe_next
from palabre.edge.refusals import headers_of
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Refusal
from palabre.ids import AccountId
from palabre.store import Snapshot
from palabre.web.agents import name_agent
from palabre.web.callers import site_of
from palabre.web.desk import desk_of
from palabre.web.entering import entered
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import go, page, place_of, show


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Where one wanted to go."""

    next: str = "/home"


class SecondStep(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    code: str = ""
    next: str = "/home"


async def half_done(request: Request, app: Site) -> tuple[str, AccountId] | None:
    """Return the secret of the cookie, and who has shown the right password with this browser."""
    secret = desk_of(app).step.read(request)
    who = await app.db.read(signing_in.half_done, app.keyring, secret) if secret else None
    return (secret, who) if secret and who is not None else None


def from_the_start(request: Request, wanted: str) -> Answer:
    """Ask for the password again: nobody is half way in."""
    address = f"/auth/sign_in?next={quote(safe_next(wanted, '/home'), safe='')}"
    return go(request, address, headers=[desk_of(request.app).step.clear()])


def _has_passkey(db: Snapshot, who: AccountId, host: str) -> bool:
    return any(each.host == host for each in passkeys.passkeys(db, who))


async def show_step(request: Request, told: Form, wanted: str, refusal: Refusal | None = None) -> Answer:
    """Show the form; the passkeys of the member may take the place of the code."""
    app, place = site_of(request), place_of(request)
    found = await half_done(request, app)
    offered = place is not None and found is not None and await app.db.read(_has_passkey, found[1], place.host)
    too_many = refusal is not None and refusal.kind == "too_many"
    return await show(
        request,
        "second_step.html",
        status=429 if too_many else 422 if refusal else 200,
        headers=headers_of(refusal) if refusal and too_many else (),
        has_form=True,
        form=told,
        passkeys=offered,
        next_page=safe_next(wanted, "/home"),
    )


@page("GET", "/auth/second_step")
async def ask(request: Request, viewer: Viewer | None, app: Site, query: Wanted) -> Answer:
    """Ask for the code; also of a member who adds another account."""
    if await half_done(request, app) is None:
        return from_the_start(request, query.next) if viewer is None else go(request, query.next)
    return await show_step(request, form(), query.next)


@page("POST", "/auth/second_step", limit="sign_in")
async def answer(request: Request, viewer: Viewer | None, app: Site, body: SecondStep) -> Answer:
    """Check the code and begin a session."""
    found = await half_done(request, app)
    if found is None:
        return from_the_start(request, body.next) if viewer is None else go(request, body.next)
    secret, who = found
    agent = name_agent(request.header(b"user-agent"))
    try:
        if second_factor.is_timed(body.code):
            app.limits.spend("second_step", who)
        session = await app.db.write(signing_in.finish, app.keyring, secret, body.code, agent)
        if session is None:
            raise CodeWrong(field="code")
    except Refusal as refusal:
        told = refused_form(request, refusal, SecondStep(), ("code",))
        return await show_step(request, told, body.next, refusal)
    cookies = [*await entered(request, app, session), desk_of(app).step.clear()]
    return go(request, safe_next(body.next, "/home"), headers=cookies)


ROUTES = (ask, answer)
