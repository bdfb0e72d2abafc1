"""The sessions that a browser holds: one is active, others wait beside it. Each is a row and a secret of its own.

The active one is in the cookie that every page reads; the others in a cookie that only this module reads, so that
nothing else of a page can depend on them.
"""

from __future__ import annotations

from typing import NamedTuple

from palabre.accounts.errors import SessionNotFound
from palabre.accounts.model import Access, Standing
from palabre.accounts.sessions import LIFETIME, end_browser, end_session, put_together
from palabre.clock import SECOND
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId
from palabre.web import known_browsers
from palabre.web.desk import desk_of
from palabre.web.page import Header

MOST = 5
"""Accounts in one browser, the active one included."""
_SECONDS = LIFETIME // SECOND
_BETWEEN = "."
_LONGEST = 100


class Held(NamedTuple):
    """A living session that the browser holds."""

    secret: str
    account: AccountId
    session: int


async def held(request: Request, app: Site) -> list[Held]:
    """Return the living sessions of the browser, the active one first; what a browser makes up is left out."""
    desk = desk_of(app)
    active, others = desk.session.read(request), desk.others.read(request) or ""
    found: list[Held] = []
    for secret in (active, *others.split(_BETWEEN)[: MOST - 1]):
        if not secret or len(secret) > _LONGEST:
            continue
        access = await _access(app, secret)
        if access is None or access.account is None or access.session is None:
            continue
        if access.standing is not Standing.SUSPENDED and all(each.account != access.account for each in found):
            found.append(Held(secret, access.account, access.session))
    return found


async def _access(app: Site, secret: str) -> Access | None:
    return app.access.session(secret) or await app.db.read(app.access.load_session, secret)


def cookies(app: Site, secrets: list[str]) -> list[Header]:
    """Return the cookies of a browser that holds these sessions, the active one first."""
    desk = desk_of(app)
    active = desk.session.set(secrets[0], seconds=_SECONDS) if secrets else desk.session.clear()
    others = desk.others.set(_BETWEEN.join(secrets[1:]), seconds=_SECONDS) if secrets[1:] else desk.others.clear()
    return [active, others]


async def entered(request: Request, app: Site, secret: str) -> list[Header]:
    """Return the cookies after signing in: the new session is active, those before wait beside it.

    A session of the same account that the browser held ends, and the oldest when there are too many. From now on the
    account knows this browser.
    """
    new = await _access(app, secret)
    before = await held(request, app)
    kept = [each for each in before if new is None or each.account != new.account][: MOST - 1]
    for each in before:
        if each not in kept and each.secret != secret:
            await _end(app, each)
    found = cookies(app, [secret, *(each.secret for each in kept)])
    if new is None or new.account is None or new.session is None:
        return found
    if kept:
        together = [(new.account, new.session), *((each.account, each.session) for each in kept)]
        await app.db.write(put_together, together)
    return [*found, known_browsers.remember(request, app, new.account)]


async def left(request: Request, app: Site) -> tuple[list[Header], bool]:
    """End the active session; return the cookies, and whether another is active now."""
    before = await held(request, app)
    active = desk_of(app).session.read(request)
    rest = [each for each in before if each.secret != active]
    for each in before:
        if each not in rest:
            await _end(app, each)
    return cookies(app, [each.secret for each in rest]), bool(rest)


async def left_all(request: Request, app: Site, viewer: Viewer) -> list[Header]:
    """End all sessions of the browser, also those that it began at, or took to, another origin; return the cookies.

    The installed app asks from elsewhere, where it shows one token and no cookie; and cookies of another origin are
    never shown here. What the browser holds is known by one of them.
    """
    ends = [(each.account, each.session) for each in await held(request, app)]
    if viewer.session is not None and (viewer.account, viewer.session) not in ends:
        ends.append((viewer.account, viewer.session))
    for account, session in ends:
        await app.db.write(end_browser, account, session)
    return cookies(app, [])


async def _end(app: Site, one: Held) -> None:
    try:
        await app.db.write(end_session, one.account, one.session)
    except SessionNotFound:
        return  # it ended meanwhile, as it should


async def switched(request: Request, app: Site, account: AccountId) -> list[Header] | None:
    """Return the cookies that make the session of ``account`` the active one; ``None``: the browser holds none."""
    before = await held(request, app)
    wanted = [each for each in before if each.account == account]
    if not wanted:
        return None
    return cookies(app, [each.secret for each in (*wanted, *(each for each in before if each not in wanted))])
