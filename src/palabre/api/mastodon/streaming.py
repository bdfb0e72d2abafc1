"""Live updates: one WebSocket for many streams, or server-sent events, one stream a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from starlette.datastructures import QueryParams
from starlette.types import Message, Receive, Scope, Send

from palabre.edge.answers import Answer, turn_away
from palabre.edge.endpoint import bearer, endpoint
from palabre.edge.refusals import refused
from palabre.edge.request import STATE, Request
from palabre.edge.routing import Raw
from palabre.edge.site import Site
from palabre.edge.viewer import BadToken, Viewer, settled
from palabre.errors import Refusal
from palabre.streaming.channels import Channel, channel
from palabre.streaming.errors import TokenMissing, UnreadableMessage
from palabre.streaming.frames import OPENED
from palabre.streaming.hub import Hub
from palabre.streaming.listener import Listener

_MOST_MESSAGE = 4_096
"""Bytes of a message from an app."""
_TOO_BIG = 1009
_UNSUPPORTED = 1003
_STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"private, no-store"),
    (b"x-accel-buffering", b"no"),
]

_SSE = {
    "user": "user",
    "user/notification": "user:notification",
    "public": "public",
    "public/local": "public:local",
    "public/remote": "public:remote",
    "hashtag": "hashtag",
    "hashtag/local": "hashtag:local",
    "list": "list",
    "direct": "direct",
}
"""Path below ``/api/v1/streaming/`` → stream."""


class Ask(msgspec.Struct, frozen=True):
    """What an app says on its WebSocket."""

    type: str
    stream: str
    tag: str | None = None
    list: str | None = None


async def _arrive(scope: Scope, receive: Receive) -> tuple[Viewer, str, str]:
    """Find who wants to listen, with which token and from where; count it.

    Raises:
        TokenMissing, BadToken, AwaitingApproval, LoginDisabled: nobody, or nobody who may.
        RateExceeded: too often.

    """
    site: Site = scope[STATE]
    origin = site.limits.proxies.origin(scope)
    try:
        token = _token(scope, receive)
        viewer = await settled(site.authenticate(token))
        if not isinstance(viewer, Viewer):
            raise BadToken  # an app that acts for nobody has no timelines
    except Refusal:
        site.limits.spend("network", origin.network)
        site.limits.spend("anonymous", origin.address)
        raise
    site.limits.spend("api", viewer.account)
    return viewer, token, origin.address


def _token(scope: Scope, receive: Receive) -> str:
    token = bearer(Request(scope, receive))
    if token is None:
        token = QueryParams(scope["query_string"]).get("access_token") or next(
            iter(scope.get("subprotocols", ())), ""
        )
    if not token:
        raise TokenMissing
    if len(token) > 512:
        raise BadToken
    return token


def _listener(
    scope: Scope, receive: Receive, send: Send, arrived: tuple[Viewer, str, str]
) -> tuple[Listener, Receive]:
    """Return the connection as the hub sees it, and what to receive from."""
    site: Site = scope[STATE]
    hub = site.part(Hub)
    viewer, token, address = arrived
    hub.check_room(viewer.account, address)
    abort: Callable[[], object] | None = scope.get("abort")  # our own connections have it
    leave: Callable[[], object] | None = None
    if abort is None:
        left = asyncio.Event()
        abort = leave = left.set
        receive = partial(_until_left, receive, left)
    listener = Listener(
        member=viewer.account,
        token=token,
        scopes=viewer.scopes,
        address=address,
        is_socket=scope["type"] == "websocket",
        send=send,
        abort=abort,
        leave=leave,
        dropped=hub.note_dropped,
    )
    return listener, receive


async def _until_left(receive: Receive, left: asyncio.Event) -> Message:
    """Receive from a server that neither drops a connection nor says good-bye while it is waited for."""
    coming, gone = asyncio.ensure_future(receive()), asyncio.ensure_future(left.wait())
    done, _ = await asyncio.wait({coming, gone}, return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    if coming in done:
        return coming.result()
    coming.cancel()
    return {"type": "disconnect"}


# Server-sent events


async def _events(name: str | None, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one stream; ``None`` for the name in the query."""
    site: Site = scope[STATE]
    hub = site.part(Hub)
    query = QueryParams(scope["query_string"])
    try:
        arrived = await _arrive(scope, receive)
        viewer = arrived[0]
        asked = channel(_chosen(name, query), query, viewer.account, viewer.scopes, site.ids)
        await hub.check(viewer.account, asked)
        listener, receive = _listener(scope, receive, send, arrived)
    except Refusal as refusal:
        await refused(refusal)(scope, receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": _STREAM_HEADERS})
    if scope["method"] == "HEAD":
        await send({"type": "http.response.body", "body": b""})
        return
    hub.add(listener)
    try:
        listener.held = True  # what it begins with is said when it listens: nothing from then on is missed
        listener.offer(OPENED)
        await hub.subscribe(listener, asked)
        await hub.confirm(listener)
        if site.stopping:
            listener.end(0)
        while (await receive())["type"] == "http.request":
            pass
    finally:
        hub.remove(listener)


def _chosen(name: str | None, query: QueryParams) -> str:
    if name is None:
        return query.get("stream", "")
    only_media = query.get("only_media", "").lower() in {"true", "1", "on", "t"}
    return f"{name}:media" if only_media and name.startswith("public") else name


# WebSockets


async def socket(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one WebSocket."""
    site: Site = scope[STATE]
    hub = site.part(Hub)
    if (await receive())["type"] != "websocket.connect":
        return
    try:
        listener, receive = _listener(scope, receive, send, await _arrive(scope, receive))
    except Refusal as refusal:
        await turn_away(refused(refusal), scope, send)
        return
    protocol = next(iter(scope.get("subprotocols", ())), None)
    listener.held = True  # it is open when it listens: nothing from then on is missed
    hub.add(listener)
    try:
        query = QueryParams(scope["query_string"])
        if query.get("stream"):
            first = Ask("subscribe", query["stream"], query.get("tag", ""), query.get("list", ""))
            await _heed(hub, listener, first)
        await send({"type": "websocket.accept", "subprotocol": protocol})
        await hub.confirm(listener)
        if site.stopping:
            listener.end(1001)
        await _converse(site, hub, listener, receive)
    finally:
        hub.remove(listener)
    if listener.code is not None:
        await send({"type": "websocket.close", "code": listener.code})


async def _converse(site: Site, hub: Hub, listener: Listener, receive: Receive) -> None:
    """Do what the app says until it goes."""
    while True:
        message = await receive()
        if message["type"] != "websocket.receive":
            return
        text = message.get("text")
        if listener.ended:
            continue
        if text is None:
            listener.end(_UNSUPPORTED)
            continue
        if len(text) > _MOST_MESSAGE:
            listener.end(_TOO_BIG)
            continue
        try:
            site.limits.spend("api", listener.member)
            asked = _read(text)
        except Refusal as refusal:
            _object(listener, refusal)
            continue
        await _heed(hub, listener, asked)


def _read(text: str) -> Ask:
    try:
        return msgspec.json.decode(text, type=Ask)
    except (msgspec.DecodeError, RecursionError):
        raise UnreadableMessage from None


async def _heed(hub: Hub, listener: Listener, asked: Ask) -> None:
    try:
        wanted = _wanted(hub.site, listener, asked)
        match asked.type:
            case "subscribe":
                await hub.subscribe(listener, wanted)
            case "unsubscribe":
                hub.unsubscribe(listener, wanted)
            case _:
                raise UnreadableMessage
    except Refusal as refusal:
        _object(listener, refusal)


def _wanted(site: Site, listener: Listener, asked: Ask) -> Channel:
    params = {"tag": asked.tag or "", "list": asked.list or ""}
    return channel(asked.stream, params, listener.member, listener.scopes, site.ids)


def _object(listener: Listener, refusal: Refusal) -> None:
    """Say no on a WebSocket, as Mastodon does."""
    answer = refused(refusal)
    said: dict[str, Any] = msgspec.json.decode(answer.body)
    text = msgspec.json.encode({"error": said["error"], "status": answer.status}).decode()
    listener.offer({"type": "websocket.send", "text": text})


@endpoint("GET", "/api/v1/streaming/health")
async def health() -> Answer:
    """Say that live updates work."""
    return Answer(b"OK", kind=(b"content-type", b"text/plain; charset=utf-8"))


ROUTES = (health,)

STREAMS: tuple[Raw, ...] = (
    Raw("WEBSOCKET", "/api/v1/streaming", socket),
    Raw("GET", "/api/v1/streaming", partial(_events, None)),
    *(Raw("GET", f"/api/v1/streaming/{path}", partial(_events, name)) for path, name in _SSE.items()),
)
"""What is no typed endpoint."""
