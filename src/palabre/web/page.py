"""Pages as endpoints: a session instead of a token, forms with CSRF tokens, HTML out, refusals as pages that help."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, cast
from urllib.parse import quote

import msgspec

from palabre.accounts import app_tokens, sessions, webauthn
from palabre.accounts.app_tokens import Use
from palabre.accounts.model import Access, Account, Preferences, Standing
from palabre.accounts.queries import account, login_of
from palabre.accounts.roles import PERMISSIONS, Permission
from palabre.accounts.webauthn import Place
from palabre.edge.answers import Answer
from palabre.edge.csrf import CrossSite, StaleForm
from palabre.edge.endpoint import Method, Surface, Uploads, endpoint_on
from palabre.edge.errors import NoRoute, sentence, status_of
from palabre.edge.redirects import safe_next
from palabre.edge.refusals import headers_of
from palabre.edge.request import Request
from palabre.edge.site import AwaitingApproval, Site
from palabre.edge.unseen import hidden_by_filters
from palabre.edge.viewer import BadToken, Caller, Identified, Viewer, settled
from palabre.errors import Conflict, Refusal
from palabre.filters.model import Context
from palabre.graph.queries import requests_count
from palabre.i18n import LANGUAGES, best_language, translations
from palabre.ids import AccountId, Kind, nonce
from palabre.notifications.queries import unread_count
from palabre.store import Snapshot
from palabre.web.desk import Desk, desk_of
from palabre.web.flashes import WORDS
from palabre.web.here import Flash, Here, Theme
from palabre.web.sifting import Seen, seen_through, sift

HTML = (b"content-type", b"text/html; charset=utf-8")
_UNSTORED = (b"cache-control", b"no-store, private")
_YEAR = 365 * 24 * 3600
_LONGEST_TOKEN = 512
_ORIGIN_ONLY = "/look"
"""The one form without a token: it changes nothing but two cookies, and stands on pages that set none."""

_OWN_MATTERS = frozenset({_ORIGIN_ONLY})

Header = tuple[bytes, bytes]
_PLAIN = Seen()
_touching: set[asyncio.Task[None]] = set()


class OtherAccount(Conflict):
    """The page belongs to another account of the same browser than the one that is active now."""

    code = "page.other_account"
    message = "Another of your accounts is active by now. Please load this page again."


def site_of(request: Request) -> Site:
    """Return the network that the request came to."""
    return cast("Site", request.app)


def is_partial(request: Request) -> bool:
    """Whether a script asks for the part that changed, not for a page."""
    return request.header(b"hx-request") == "true"


# Who asks -------------------------------------------------------------------------------------------------


def is_from_app(request: Request) -> bool:
    """Whether the installed app asks, which follows no redirects: it is told where to go."""
    return request.header(b"palabre-app") == "1"


def shown_token(request: Request) -> str | None:
    """Return what the installed app shows instead of a cookie. The tokens of other apps open no page."""
    return request.header(b"authorization") if is_from_app(request) else None


def _identify(request: Request) -> Identified:
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


def _admit(request: Request, limit: str | None) -> list[Header]:
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


def _bound_to(desk: Desk, request: Request) -> str:
    """Return the secret that the forms of this browser are bound to."""
    if isinstance(request.caller, Viewer):  # the same on every origin, whether by cookie or by token
        return f"session {request.caller.session}"
    return desk.visitor.read(request) or ""


def _guard(request: Request, data: Mapping[str, Any]) -> None:
    desk = desk_of(site_of(request))
    if isinstance(request.caller, Viewer) and shown_token(request) is not None:
        # No other site can make a browser send it; but a page of another account could be where the form stood.
        if given := data.get("csrf"):
            desk.csrf.check_token(_bound_to(desk, request), given if isinstance(given, str) else None)
        return
    if request.path == _ORIGIN_ONLY:
        desk.csrf.check_origin(request)
        return
    token = data.get("csrf")
    desk.csrf.check(request, _bound_to(desk, request), token if isinstance(token, str) else None)


async def _identify_staff(may: Permission, request: Request) -> Caller | None:
    """Let only those pass who may, before anything of the request is looked at.

    Raises:
        NoRoute: whoever asks may not; he gets what he gets for an address that there is not.

    """
    request.caller = await settled(_identify(request))
    if not (isinstance(request.caller, Viewer) and request.caller.may(may)):
        raise NoRoute
    return request.caller


# What is shown ----------------------------------------------------------------------------------------------


def _surroundings(db: Snapshot, viewer: AccountId) -> tuple[Account | None, Preferences, int, int]:
    me = account(db, viewer)
    login = login_of(db, viewer)
    preferences = login.preferences if login else Preferences()
    return me, preferences, unread_count(db, viewer), requests_count(db, viewer)


def language_of(request: Request, viewer: Viewer | None = None, chosen: str | None = None) -> str:
    """Return the language of the interface: as chosen, else as the browser asks."""
    site = site_of(request)
    for code in (chosen, viewer.locale if viewer else None, desk_of(site).language.read(request)):
        if code and code.partition("-")[0] in LANGUAGES:
            return code.partition("-")[0]
    return best_language(request.header(b"accept-language"), site.config.language)


def _path(request: Request) -> str:
    return quote(request.path, safe="/@:,;=+$!*'()~")


def _address(request: Request) -> str:
    """Return path and query as they came, to come back to them: an app's question is all in its query."""
    query = request.query_string.decode("ascii", "replace")
    return f"{_path(request)}?{query}" if query else _path(request)


def _here(
    request: Request,
    token: str,
    found: tuple[Account | None, Preferences, int, int] | None,
    flash: Flash | None,
    language: str,
    at: str | None,
    seen: Seen,
) -> Here:
    me, preferences, unread, requests = found or (None, Preferences(), 0, 0)
    path, _, query = safe_next(at).partition("#")[0].partition("?")
    if at is None:
        path = _path(request)
        query = request.query_string.decode("ascii", "replace")
    theme = preferences.theme if me else desk_of(site_of(request)).theme.read(request)
    return Here(
        path=path,
        query=query,
        language=language,
        theme=cast("Theme", theme) if theme in {"light", "dark"} else "system",
        account=me,
        preferences=preferences,
        permissions=PERMISSIONS[request.caller.role] if isinstance(request.caller, Viewer) else Permission.NOTHING,
        token=token,
        unread=unread,
        requests=requests,
        flash=flash,
        partial=is_partial(request),
        away=away_from(request),
        origin=site_of(request).lighthouse.origin_of(request.header(b"host")),
        seen=seen,
    )


def away_from(request: Request) -> str:
    """Return the host that the reader's address names, if his app asks here because that one does not answer."""
    site = site_of(request)
    origin = request.header(b"origin")
    if origin is None or not is_from_app(request) or origin not in site.lighthouse.readers:
        return ""
    host = origin.partition("://")[2]
    return "" if host == request.header(b"host") else host


def place_of(request: Request) -> Place | None:
    """Return where passkeys of this page are bound to: the origin that the request came to; ``None`` for numbers."""
    return webauthn.place_of(site_of(request).lighthouse.origin_of(request.header(b"host")))


def unstored(value: object) -> Answer:
    """Return JSON for a script of ours, which nobody keeps."""
    return Answer.json(value, headers=[_UNSTORED])


async def show(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Sequence[Header] = (),
    flash: Flash | None = None,
    has_form: bool = False,
    at: str | None = None,
    context: Context | None = None,
    language: str | None = None,
    **subject: Any,
) -> Answer:
    """Render a page for whoever asks.

    Args:
        request: what is answered.
        template: its name.
        status: of the answer.
        headers: to add to it.
        flash: a sentence above the page; by default what the last form left.
        has_form: the page has a form for people who are not signed in.
        at: the page that this is a part of, for its forms to come back to.
        context: which of the reader's filters are looked at.
        language: of the page, before what the reader has chosen.
        subject: what the page is about.

    """
    site = site_of(request)
    viewer = request.caller if isinstance(request.caller, Viewer) else None
    found = await site.db.read(_surroundings, viewer.account) if viewer else None
    lens = await site.lenses.get(viewer.account) if viewer else None
    seen = _PLAIN
    if lens is not None:
        if found and found[2]:
            hidden = await hidden_by_filters(site, lens.viewer)
            found = (*found[:2], max(0, found[2] - hidden.total()), found[3])
        subject = sift(lens, context, subject)
        seen = seen_through(lens, context, subject, site.ids)
    return _rendered(
        request,
        template,
        found,
        status,
        headers,
        flash,
        subject,
        has_form=has_form,
        at=at,
        seen=seen,
        asked=language,
    )


def _rendered(
    request: Request,
    template: str,
    found: tuple[Account | None, Preferences, int, int] | None,
    status: int,
    headers: Sequence[Header],
    flash: Flash | None,
    subject: dict[str, Any],
    *,
    has_form: bool = False,
    at: str | None = None,
    seen: Seen = _PLAIN,
    asked: str | None = None,
) -> Answer:
    site = site_of(request)
    desk = desk_of(site)
    viewer = request.caller if isinstance(request.caller, Viewer) else None
    if asked is None or asked.partition("-")[0] not in LANGUAGES:
        asked = found[1].language if found else None
    language = language_of(request, viewer, asked)
    sent: list[Header] = [_UNSTORED, (b"vary", b"Cookie, Accept-Language, HX-Request"), *headers]
    left = desk.flash.read(request)
    if left is not None and not is_partial(request):
        sent.append(desk.flash.clear())
    if is_from_app(request) and left is None:
        left = request.header(b"palabre-flash")
    if left is not None and not is_partial(request):
        words = WORDS.get(left)
        flash = flash or (Flash(translations(language).gettext(words), name=left) if words else None)
    secret = _bound_to(desk, request)
    if has_form and viewer is None and not secret:
        secret = nonce(16).hex()
        sent.append(desk.visitor.set(secret))
    token = desk.csrf.token(secret) if secret else ""
    here = _here(request, token, found, flash, language, at, seen)
    return Answer(desk.renderer.render(template, here, **subject), status, sent, kind=HTML)


def go(request: Request, url: str | None, *, flash: str | None = None, headers: Sequence[Header] = ()) -> Answer:
    """Send the reader to ``url``, a page of ours, perhaps with a sentence from ``web.flashes``."""
    target = safe_next(url)
    sent = [_UNSTORED, *headers]
    if flash is not None:
        sent.append(desk_of(site_of(request)).flash.set(flash, seconds=60))
    if is_partial(request):
        return Answer(b"", 200, [*sent, (b"hx-redirect", target.encode())], kind=HTML)
    if is_from_app(request):
        sent += [(b"palabre-goto", target.encode()), (b"palabre-flash", (flash or "").encode())]
        return Answer(b"", 200, sent, kind=HTML)
    return Answer(b"", 303, [*sent, (b"location", target.encode())], kind=HTML)


def keep(request: Request, *, language: str | None = None, theme: str | None = None) -> list[Header]:
    """Return the cookies that remember how a visitor likes the pages."""
    desk = desk_of(site_of(request))
    kept = []
    if language is not None:
        kept.append(desk.language.set(language, seconds=_YEAR))
    if theme is not None:
        kept.append(desk.theme.set(theme, seconds=_YEAR))
    return kept


def words_of(request: Request, refusal: Refusal) -> str:
    """Write a refusal in the reader's language, and when to come back if there was too much of something."""
    viewer = request.caller if isinstance(request.caller, Viewer) else None
    language = language_of(request, viewer)
    said = sentence(refusal, translations(language).gettext)
    wait = refusal.details.get("retry_after") if refusal.kind == "too_many" else None
    if not isinstance(wait, int | float):
        return said
    return f"{said} {desk_of(site_of(request)).renderer.wordings[language].until(wait)}"


# What is refused --------------------------------------------------------------------------------------------


def _render(_request: Request, result: Any) -> Answer:
    return cast("Answer", result)


def _refuse(request: Request, refusal: Refusal) -> Answer:
    status = status_of(refusal)
    asked_by_script = request.path.startswith("/app/") or shown_token(request) is not None
    if isinstance(refusal, BadToken) and not asked_by_script:
        before = _address(request) if request.method == "GET" else request.header(b"referer")
        return go(request, f"/auth/sign_in?next={quote(safe_next(before), safe='')}")
    headers = headers_of(refusal)
    words = words_of(request, refusal)
    if isinstance(refusal, OtherAccount) and is_partial(request):
        return Answer(b"", 200, [_UNSTORED, (b"hx-refresh", b"true")], kind=HTML)
    if is_partial(request):
        return Answer(
            words.encode(), status, [*headers, _UNSTORED], kind=(b"content-type", b"text/plain; charset=utf-8")
        )
    return _error_page(request, status, words, headers, stale=isinstance(refusal, CrossSite | StaleForm))


def _fault(request: Request, incident: str) -> Answer:
    language = language_of(request)
    words = translations(language).gettext(
        "Something went wrong on this server. It has been noted as incident {incident}."
    )
    try:
        return _error_page(request, 500, words.format(incident=incident), ())
    except Exception:  # the page itself may be what is broken
        return Answer(
            words.format(incident=incident).encode(), 500, kind=(b"content-type", b"text/plain; charset=utf-8")
        )


def _error_page(
    request: Request, status: int, words: str, headers: Sequence[Header], *, stale: bool = False
) -> Answer:
    viewer = request.caller if isinstance(request.caller, Viewer) else None
    found = None
    subject = {"status": status, "words": words, "stale": stale}
    if viewer and status < 500:
        with contextlib.suppress(Refusal):  # the database may have gone away since: the page does without
            found = site_of(request).db.read_now(_surroundings, viewer.account)
    return _rendered(request, "error.html", found, status, headers, None, subject)


async def not_found(request: Request, refusal: Refusal) -> Answer:
    """Answer a request that no route takes."""
    request.caller = await settled(_identify(request))
    return _refuse(request, refusal)


PAGES = Surface(identify=_identify, admit=_admit, render=_render, refuse=_refuse, fault=_fault, guard=_guard)
page = endpoint_on(PAGES)


def admin_page(
    method: Method, path: str, *, may: Permission = Permission.MANAGE_SETTINGS, uploads: Uploads = 0
) -> Callable[..., Any]:
    """Plan a page as :func:`page` does, for those who ``may`` do this; by default administrators and owners."""
    surface = msgspec.structs.replace(PAGES, identify=partial(_identify_staff, may))
    return endpoint_on(surface)(method, path, uploads=uploads)
