"""Pages as endpoints: a session instead of a token, forms with CSRF tokens, HTML out, refusals as pages that help."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, cast
from urllib.parse import quote

import msgspec

from palabre.accounts import webauthn
from palabre.accounts.model import Account, Preferences
from palabre.accounts.queries import account, login_of
from palabre.accounts.roles import PERMISSIONS, Permission
from palabre.accounts.webauthn import Place
from palabre.conversations.queries import unread_conversations
from palabre.edge.answers import Answer
from palabre.edge.csrf import CrossSite, StaleForm
from palabre.edge.endpoint import Method, Surface, Uploads, endpoint_on
from palabre.edge.errors import sentence, status_of
from palabre.edge.redirects import safe_next
from palabre.edge.refusals import headers_of
from palabre.edge.request import Request
from palabre.edge.unseen import hidden_by_filters
from palabre.edge.viewer import BadToken, Viewer, settled
from palabre.errors import Refusal
from palabre.filters.model import Context
from palabre.graph.queries import requests_count
from palabre.i18n import LANGUAGES, best_language, translations
from palabre.ids import AccountId, nonce
from palabre.notifications.queries import unread_count
from palabre.store import Snapshot
from palabre.web.callers import (
    OtherAccount,
    admit,
    bound_to,
    guard,
    identify,
    identify_staff,
    is_from_app,
    shown_token,
    site_of,
)
from palabre.web.desk import desk_of
from palabre.web.flashes import WORDS
from palabre.web.here import Flash, Here, Theme
from palabre.web.sifting import Seen, seen_through, sift

HTML = (b"content-type", b"text/html; charset=utf-8")
_UNSTORED = (b"cache-control", b"no-store, private")
_YEAR = 365 * 24 * 3600

Header = tuple[bytes, bytes]
_PLAIN = Seen()


def is_partial(request: Request) -> bool:
    """Whether a script asks for the part that changed, not for a page."""
    return request.header(b"hx-request") == "true"


# What is shown ----------------------------------------------------------------------------------------------


class _Found(NamedTuple):
    """Who reads, and what waits for the reader."""

    me: Account | None = None
    preferences: Preferences = Preferences()
    unread: int = 0
    requests: int = 0
    direct: int = 0


def _surroundings(db: Snapshot, viewer: AccountId) -> _Found:
    me = account(db, viewer)
    login = login_of(db, viewer)
    preferences = login.preferences if login else Preferences()
    return _Found(
        me, preferences, unread_count(db, viewer), requests_count(db, viewer), unread_conversations(db, viewer)
    )


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
    found: _Found | None,
    flash: Flash | None,
    language: str,
    at: str | None,
    seen: Seen,
) -> Here:
    me, preferences, unread, requests, direct = found or _Found()
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
        direct=direct,
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


def unstored(value: object, status: int = 200) -> Answer:
    """Return JSON for a script or an app, which nobody keeps."""
    return Answer.json(value, status, headers=[_UNSTORED])


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
        if found and found.unread:
            hidden = await hidden_by_filters(site, lens.viewer)
            found = found._replace(unread=max(0, found.unread - hidden.total()))
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
    found: _Found | None,
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
    secret = bound_to(desk, request)
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
        sent = None if request.method == "GET" else "sign_in_first"  # or nobody would learn that it was not done
        return go(request, f"/auth/sign_in?next={quote(safe_next(before), safe='')}", flash=sent)
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
    request.caller = await settled(identify(request))
    return _refuse(request, refusal)


PAGES = Surface(identify=identify, admit=admit, render=_render, refuse=_refuse, fault=_fault, guard=guard)
page = endpoint_on(PAGES)


def admin_page(
    method: Method, path: str, *, may: Permission = Permission.MANAGE_SETTINGS, uploads: Uploads = 0
) -> Callable[..., Any]:
    """Plan a page as :func:`page` does, for those who ``may`` do this; by default administrators and owners."""
    surface = msgspec.structs.replace(PAGES, identify=partial(identify_staff, may))
    return endpoint_on(surface)(method, path, uploads=uploads)
