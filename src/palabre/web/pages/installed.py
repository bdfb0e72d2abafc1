"""What the installed app asks for: its manifest, its worker, its token, the way to another origin, and two shells."""

from __future__ import annotations

from typing import Literal

import msgspec
from starlette.types import Receive, Scope, Send

from palabre.accounts import app_tokens
from palabre.accounts.errors import HandOverUsed
from palabre.accounts.model import Account
from palabre.accounts.queries import account as account_of
from palabre.edge.answers import JSON, Answer
from palabre.edge.redirects import safe_next
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import BadToken, Viewer
from palabre.store import Snapshot
from palabre.web.agents import name_agent
from palabre.web.callers import shown_token
from palabre.web.desk import desk_of
from palabre.web.entering import entered
from palabre.web.page import go, language_of, page, show

_UNSTORED = (b"cache-control", b"no-store, private")
_MANIFEST = (b"content-type", b"application/manifest+json; charset=utf-8")
_ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable.png", "512x512", "maskable"),
)
_WORKER_POLICY = b"default-src 'none'; script-src 'self'; connect-src 'self' https: http:"
"""The worker may ask any origin: which ones, the signed beacon says, and it changes."""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A token of the app."""

    token: str
    expires: int
    """Milliseconds since 1970."""
    member: str


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A way to another origin."""

    code: str


class Moving(msgspec.Struct, frozen=True, kw_only=True):
    """The query of who comes from another origin, and the form that asks whether that is right."""

    code: str = ""
    next: str = "/home"


def _json(value: msgspec.Struct) -> Answer:
    return Answer(msgspec.json.encode(value), headers=[_UNSTORED], kind=JSON)


async def _given(app: Site, viewer: Viewer, token: str, expires: int) -> Answer:
    me = await app.db.read(account_of, viewer.account)
    return _json(Given(token=token, expires=expires, member=me.username if me else ""))


@page("POST", "/app/token")
async def give_token(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Give the app of this browser a token: only for the session's cookie, and in place of the one it had.

    Raises:
        BadToken: a token was shown instead.

    """
    if viewer.session is None or shown_token(request) is not None:
        raise BadToken
    token, expires = await app.db.write(app_tokens.give, app.keyring, viewer.account, viewer.session)
    return await _given(app, viewer, token, expires)


@page("POST", "/app/token/change")
async def change_token(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Give a new token for the one that was shown; that stays good until the new one is used.

    Raises:
        BadToken: it was changed before.

    """
    token = (shown_token(request) or "").partition(" ")[2]
    made = await app.db.write(app_tokens.change, app.keyring, token) if token else None
    if made is None:
        raise BadToken
    return await _given(app, viewer, *made)


@page("POST", "/app/hand_over")
async def begin_hand_over(viewer: Viewer, app: Site) -> Answer:
    """Give a code with which this browser is signed in on another origin, once, within a minute."""
    if viewer.session is None:
        raise BadToken
    return _json(
        Code(code=await app.db.write(app_tokens.begin_hand_over, app.keyring, viewer.account, viewer.session))
    )


@page("GET", "/auth/hand_over", limit="sign_in")
async def arrive(request: Request, viewer: Viewer | None, app: Site, query: Moving) -> Answer:
    """Sign in a member who comes from another origin of ours.

    The browser says where the link was: one from elsewhere asks first, or anybody could sign others in as himself.
    """
    came_from = (request.header(b"referer") or "").rstrip("/")
    if came_from in app.lighthouse.origins and came_from != app.lighthouse.origin_of(request.header(b"host")):
        return await _arrived(request, viewer, app, query)
    return await show(
        request,
        "hand_over.html",
        has_form=True,
        who=await app.db.read(_handed_over, app, query.code[:100]),
        code=query.code[:100],
        next_page=safe_next(query.next),
    )


def _handed_over(db: Snapshot, app: Site, code: str) -> Account:
    found = account_of(db, app_tokens.handed_over(db, app.keyring, code))
    if found is None:
        raise HandOverUsed
    return found


@page("POST", "/auth/hand_over", limit="sign_in")
async def agree(request: Request, viewer: Viewer | None, app: Site, body: Moving) -> Answer:
    """Sign in a member who said that he comes from there."""
    return await _arrived(request, viewer, app, body)


async def _arrived(request: Request, _viewer: Viewer | None, app: Site, asked: Moving) -> Answer:
    agent = name_agent(request.header(b"user-agent"))
    _, secret = await app.db.write(app_tokens.finish_hand_over, app.keyring, asked.code[:100], agent)
    return go(request, safe_next(asked.next, "/home"), headers=await entered(request, app, secret))


@page("GET", "/offline")
async def offline(request: Request, viewer: Viewer | None) -> Answer:  # noqa: ARG001 - the frame shows who reads
    """Show what stands for pages that were never seen, kept by the app."""
    return await show(request, "offline.html")


@page("GET", "/outbox")
async def outbox(request: Request, viewer: Viewer | None) -> Answer:  # noqa: ARG001 - as above
    """Show what the app keeps until the network answers; the list is in the browser."""
    return await show(request, "outbox.html")


class _Icon(msgspec.Struct, frozen=True, kw_only=True):
    src: str
    sizes: str
    purpose: str
    type: str = "image/png"


class _Files(msgspec.Struct, frozen=True, kw_only=True):
    name: str = "media"
    accept: tuple[str, ...] = ("image/*", "video/*", "audio/*")


class _Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What the system calls the parts of the form."""

    title: str = "title"
    text: str = "text"
    url: str = "url"
    files: tuple[_Files, ...] = (_Files(),)


class _ShareTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Where the system sends what other apps share (W3C Web Share Target)."""

    action: str = "/share"
    method: Literal["POST"] = "POST"
    """Which files need; the worker takes them, and the server is asked for no more than a link would ask for."""
    enctype: str = "multipart/form-data"
    params: _Shared = _Shared()


class _Manifest(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    short_name: str
    description: str
    lang: str
    icons: list[_Icon]
    id: str = "/"
    start_url: str = "/home"
    scope: str = "/"
    display: Literal["standalone"] = "standalone"
    background_color: str = "#fbfaf7"
    theme_color: str = "#fbfaf7"
    share_target: _ShareTarget = _ShareTarget()


@page("GET", "/manifest.webmanifest")
async def manifest(request: Request, app: Site) -> Answer:
    """Tell browsers how the app is called and looks when it is installed."""
    static = desk_of(app).static
    told = _Manifest(
        name=app.config.title,
        short_name=app.config.title[:12],
        description=app.config.description,
        lang=language_of(request),
        icons=[_Icon(src=static.url(name), sizes=sizes, purpose=purpose) for name, sizes, purpose in _ICONS],
    )
    return Answer(msgspec.json.encode(told), headers=[(b"cache-control", b"no-cache")], kind=_MANIFEST)


class Worker:
    """The service worker: at the root, so that it may answer for the whole origin."""

    def __init__(self, site: Site) -> None:
        """Find it among the built files."""
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve it under a policy of its own: it talks to the other origins of the network."""
        answer = desk_of(self._site).static.answer(scope, "built/sw.js")
        answer.raw_headers.append((b"content-security-policy", _WORKER_POLICY))
        await answer(scope, receive, send)


ROUTES = (
    give_token, change_token, begin_hand_over, arrive, agree, offline, outbox, manifest,
)  # fmt: skip
