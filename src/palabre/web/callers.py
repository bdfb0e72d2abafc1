"""Who asks for a page: by the cookie of a browser or the token of the installed app; and what is asked of him."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from typing import Any, cast

from palabre.accounts import app_tokens, sessions
from palabre.accounts.app_tokens import Use
from palabre.accounts.model import Access, Standing
from palabre.accounts.roles import Permission
from palabre.edge.errors import NoRoute
from palabre.edge.request import Request
from palabre.edge.site import AwaitingApproval, Site
from palabre.edge.viewer import BadToken, Caller, Identified, Viewer, settled
from palabre.errors import Conflict, Refusal
from palabre.ids import Kind
from palabre.web.desk import Desk, desk_of

_LONGEST_TOKEN = 512
_ORIGIN_ONLY = "/look"
"""A form without a token: it changes nothing but two cookies, and stands on pages that set none."""

_FROM_ANYWHERE = "/share"
"""The form that the system sends in the name of other apps: it changes nothing at all."""

_OWN_MATTERS = frozenset({_ORIGIN_ONLY})

_touching: set[asyncio.Task[None]] = set()


class OtherAccount(Conflict):
    """The page belongs to another account of the same browser than the one that is active now."""

    code = "page.other_account"
    message = "Another of your accounts is active by now. Please load this page again."


def site_of(request: Request) -> Site:
    """Return the network that the request came to."""
    return cast("Site", request.app)


def is_from_app(request: Request) -> bool:
    """Whether the installed app asks, which follows no redirects: it is told where to go."""
    return request.header(b"palabre-app") == "1"


def shown_token(request: Request) -> str | None:
    """Return what the installed app shows instead of a cookie. The tokens of other apps open no page."""
    return request.header(b"authorization") if is_from_app(request) else None


def identify(request: Request) -> Identified:
    """Find the member by cookie or by the token of the app; ``None`` for a visitor.

    Raises:
        BadToken: the app shows one that is not good.
        AwaitingApproval: he sends a form before he is let in.

    """
    site = site_of(request)
    if (shown := shown_token(request)) is not None:
        return _by_token(request, site, shown)
    secret = desk_of(site).session.read(request)
    if secret is None:
        return None
    access = site.access.session(secret)
    if access is None:
        if not site.db.engine.inline_reads:
            return _identify_slowly(request, site, secret)
        access = site.db.read_now(site.access.load_session, secret)
    return _member(request, site, access)


def _by_token(request: Request, site: Site, shown: str) -> Identified:
    """Find the member by the token of the app.

    Raises:
        BadToken: it is not good; a page for visitors would hide that from the app.

    """
    kind, _, secret = shown.partition(" ")
    if kind.lower() != "bearer" or len(secret) > _LONGEST_TOKEN:
        raise BadToken
    access = site.access.app_token(secret)
    if access is None:
        if not site.db.engine.inline_reads:
            return _by_token_slowly(request, site, secret)
        return _app_member(request, site, site.db.read_now(site.access.load_app_token, secret))
    return _app_member(request, site, (access, Use.ORDINARY))


async def _by_token_slowly(request: Request, site: Site, secret: str) -> Caller | None:
    return await settled(_app_member(request, site, await site.db.read(site.access.load_app_token, secret)))


async def _arrived(site: Site, session: int, member: Viewer) -> Viewer:
    with contextlib.suppress(Refusal):  # noted at the next use, then
        await site.db.write(app_tokens.note_arrival, session)
    return member


def _app_member(request: Request, site: Site, found: tuple[Access, Use] | None) -> Identified:
    if found is None:
        raise BadToken
    access, use = found
    if use is Use.COPIED and access.account is not None and access.session is not None:
        _later(site.db.write_patiently(app_tokens.revoke, access.account, access.session))
    member = None if use is Use.COPIED else _member(request, site, access)
    if member is None:
        raise BadToken
    if use is Use.ARRIVED and access.session is not None:
        return _arrived(site, access.session, member)
    return member


def _later(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.get_running_loop().create_task(work)
    _touching.add(task)
    task.add_done_callback(_touching.discard)


async def _identify_slowly(request: Request, site: Site, secret: str) -> Caller | None:
    return _member(request, site, await site.db.read(site.access.load_session, secret))


def _member(request: Request, site: Site, access: Access | None) -> Viewer | None:
    if access is None or access.account is None or access.standing is Standing.SUSPENDED:
        return None
    if access.standing is Standing.PENDING and request.method == "POST" and not _is_own_matter(request.path):
        raise AwaitingApproval
    if access.session is not None and site.access.wants_touch(access):
        _note_use(site, access.session)
    return Viewer(
        account=access.account,
        session=access.session,
        locale=access.locale or "",
        role=access.role,
    )


def _is_own_matter(path: str) -> bool:
    """Whether a form may be sent by who waits for approval: for the own account, and nobody else's eyes."""
    if path.startswith(("/settings/", "/auth/")):
        return not path.startswith("/settings/import")
    return path in _OWN_MATTERS


def _note_use(site: Site, session: int) -> None:
    _later(site.db.write_patiently(sessions.touch_session, session))


def admit(request: Request, limit: str | None) -> list[tuple[bytes, bytes]]:
    """Count a request against ``limit``; return the headers to add.

    Raises:
        RateExceeded: it is one too many.
        OtherAccount: the page is of another account than the one that is active now.

    """
    site_of(request).limits.admit(request, limit)
    _check_account(request)
    return []  # people are told on the page if it is too much, not in headers


def _check_account(request: Request) -> None:
    """Refuse a script on a page of one account when another is active by now, perhaps in another tab.

    Raises:
        OtherAccount: the page is of another account.

    """
    shown, caller = request.header(b"palabre-account"), request.caller
    if shown is None or not isinstance(caller, Viewer):
        return
    if site_of(request).ids.try_decode(Kind.ACCOUNT, shown) != caller.account:
        raise OtherAccount


def bound_to(desk: Desk, request: Request) -> str:
    """Return the secret that the forms of this browser are bound to."""
    if isinstance(request.caller, Viewer):  # the same on every origin, whether by cookie or by token
        return f"session {request.caller.session}"
    return desk.visitor.read(request) or ""


def guard(request: Request, data: Mapping[str, Any]) -> None:
    """See that a form was sent from a page of ours.

    Raises:
        CrossSite: it came from elsewhere.
        StaleForm: its token is not of this browser, or not any more.

    """
    desk = desk_of(site_of(request))
    if isinstance(request.caller, Viewer) and shown_token(request) is not None:
        # No other site can make a browser send it; but a page of another account could be where the form stood.
        if given := data.get("csrf"):
            desk.csrf.check_token(bound_to(desk, request), given if isinstance(given, str) else None)
        return
    if request.path == _FROM_ANYWHERE:
        return
    if request.path == _ORIGIN_ONLY:
        desk.csrf.check_origin(request)
        return
    token = data.get("csrf")
    desk.csrf.check(request, bound_to(desk, request), token if isinstance(token, str) else None)


async def identify_staff(may: Permission, request: Request) -> Caller | None:
    """Let only those pass who may, before anything of the request is looked at.

    Raises:
        NoRoute: whoever asks may not; he gets what he gets for an address that there is not.

    """
    request.caller = await settled(identify(request))
    if not (isinstance(request.caller, Viewer) and request.caller.may(may)):
        raise NoRoute
    return request.caller
