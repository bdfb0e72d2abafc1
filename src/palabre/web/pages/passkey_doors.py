"""Signing in with a passkey: alone, or as the second step after the password."""

from __future__ import annotations

import asyncio

import msgspec

from palabre.accounts import passkeys, webauthn
from palabre.accounts.errors import PasskeyRefused
from palabre.edge.answers import Answer
from palabre.edge.redirects import safe_next
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Refusal
from palabre.web.agents import name_agent
from palabre.web.desk import desk_of
from palabre.web.entering import entered
from palabre.web.forms import refused_form
from palabre.web.page import go, page, unstored
from palabre.web.pages import doors, second_step
from palabre.web.pages.passkeys import place_here


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What the authenticator signed."""

    ceremony: str = ""
    credential: str = ""
    next: str = "/home"
    add: bool = False


@page("POST", "/auth/passkey", limit="sign_in")
async def begin(request: Request, viewer: Viewer | None, app: Site) -> Answer:  # noqa: ARG001 - forms are his
    """Tell the page's script what to ask the authenticator of whoever is there."""
    asked = await app.db.write(passkeys.begin_sign_in, app.keyring, place_here(request))
    return unstored({"options": asked.options, "ceremony": asked.secret})


@page("POST", "/auth/passkey/sign_in", limit="sign_in")
async def finish(request: Request, viewer: Viewer | None, app: Site, body: Signed) -> Answer:
    """Begin the session of whose passkey has signed."""
    if viewer is not None and not body.add:
        return go(request, body.next)
    agent = name_agent(request.header(b"user-agent"))
    try:
        place = place_here(request)
        await asyncio.to_thread(webauthn.load)
        session = await app.db.write(
            passkeys.finish_sign_in, app.keyring, place, body.ceremony[:100], body.credential, agent
        )
        if isinstance(session, PasskeyRefused):
            raise session
    except Refusal as refusal:
        return await doors.show_door(
            request, refused_form(request, refusal, doors.SigningIn(), ()), body.next, refusal, add=body.add
        )
    return go(request, safe_next(body.next, "/home"), headers=await entered(request, app, session))


@page("POST", "/auth/passkey/second_step", limit="sign_in")
async def begin_second_step(request: Request, viewer: Viewer | None, app: Site) -> Answer:  # noqa: ARG001 - as above
    """Tell the page's script which passkeys may take the place of the code."""
    step = desk_of(app).step.read(request) or ""
    options = await app.db.write(passkeys.begin_second_step, app.keyring, place_here(request), step)
    if options is None:
        raise PasskeyRefused
    return unstored({"options": options, "ceremony": ""})


@page("POST", "/auth/second_step/passkey", limit="sign_in")
async def finish_second_step(request: Request, viewer: Viewer | None, app: Site, body: Signed) -> Answer:
    """Begin the session if a passkey of the member has signed. Nobody guesses that: no tries of codes are spent."""
    found = await second_step.half_done(request, app)
    if found is None:
        return second_step.from_the_start(request, body.next) if viewer is None else go(request, body.next)
    secret, _ = found
    agent = name_agent(request.header(b"user-agent"))
    try:
        place = place_here(request)
        await asyncio.to_thread(webauthn.load)
        session = await app.db.write(passkeys.finish_second_step, app.keyring, place, secret, body.credential, agent)
        if session is None:
            raise PasskeyRefused
    except Refusal as refusal:
        told = refused_form(request, refusal, second_step.SecondStep(), ())
        return await second_step.show_step(request, told, body.next, refusal)
    cookies = [*await entered(request, app, session), desk_of(app).step.clear()]
    return go(request, safe_next(body.next, "/home"), headers=cookies)


ROUTES = (begin, finish, begin_second_step, finish_second_step)
