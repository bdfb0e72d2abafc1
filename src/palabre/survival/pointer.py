"""What a server does with requests while, and after, the network moves to another.

While the network is handed over, reading goes on here and what changes something waits. Afterwards everything goes to
the successor, through the encrypted line between the two, so that members whose DNS still names the old machine
notice nothing. If the network has another origin since, pages lead there for good (308).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from typing import Final

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from palabre.clock import monotonic
from palabre.config import Config
from palabre.edge.answers import turn_away
from palabre.edge.refusals import refused
from palabre.survival.errors import NoStandby, Unreachable
from palabre.survival.forwarding import answers_ready, forward
from palabre.survival.node import Node
from palabre.survival.state import Part
from palabre.survival.tunnel import Streams, open_tunnel
from palabre.survival.wire import Address

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_HOLD_SECONDS = 15.0
"""So long a write waits for the successor."""
_LOOK_SECONDS = 0.05
_AGAIN_SECONDS = 0.1
_AT_ONCE: Final = 64
"""Requests under way to the successor; others wait."""
_STREAMS: Final = 512
"""Live streams and WebSockets to the successor, which never end by themselves; others are refused, and try again."""
_MACHINES = ("/api/", "/oauth/", "/.well-known/", "/nodeinfo/", "/health", "/static/", "/media/")

_log = structlog.get_logger("survival")


class _Place(Enum):
    HERE = auto()
    NOWHERE_YET = auto()
    THERE = auto()


class Pointer:
    """Stands before the application of a server that has, or may get, a successor."""

    def __init__(self, part: Part, config: Config) -> None:
        self.part = part
        """Shared with all that leads here."""
        self._origin = config.origin
        self._place = _Place.HERE
        self._changed = asyncio.Event()
        self._writing = 0
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._streams = asyncio.Semaphore(_STREAMS)
        self._node: Node | None = None
        if part.state.successor:
            self._place = _Place.THERE
        elif part.state.handed_to:
            self._place = _Place.NOWHERE_YET

    # What the move asks of it

    def hold(self) -> None:
        """Let what changes something wait from now on."""
        self._place = _Place.NOWHERE_YET
        self._changed.clear()

    def resume(self) -> None:
        """Serve here as before: the network was not moved."""
        self._place = _Place.HERE
        self._changed.set()

    async def written(self, *, seconds: float) -> bool:
        """Wait until what was under way is answered; return whether all of it is."""
        deadline = monotonic() + seconds
        while self._writing and monotonic() < deadline:  # noqa: ASYNC110 - once in the life of a server
            await asyncio.sleep(0.005)
        return not self._writing

    async def point(self) -> None:
        """Wait until the successor serves members, then send everything there."""
        while not await self._is_ready():  # noqa: ASYNC110 - it is another machine that gets ready
            await asyncio.sleep(_LOOK_SECONDS)
        self._place = _Place.THERE
        self._changed.set()
        _log.warning("requests that come here go to the successor", successor=self.part.state.successor)

    async def _is_ready(self) -> bool:
        try:
            return await answers_ready(await self._tunnel())
        except (OSError, Unreachable, TimeoutError):
            return False

    # Requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send, app: ASGIApp | None) -> None:
        """Serve a request here, or let the successor do it."""
        if scope["type"] != "http":
            await self._socket(scope, receive, send, app)
            return
        if self._place is not _Place.THERE and app is not None:
            if scope["method"] in _READS:
                await app(scope, receive, send)
                return
            if self._place is _Place.NOWHERE_YET:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_HOLD_SECONDS):
                        await self._changed.wait()
            if self._place is _Place.HERE:
                self._writing += 1
                try:
                    await app(scope, receive, send)
                finally:
                    self._writing -= 1
                return
        if self._place is not _Place.THERE:
            await refused(NoStandby(retry_after=5))(scope, receive, send)
        elif self._leads_away(scope):
            await self._redirect(scope, send)
        else:
            await self._forward(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send, app: ASGIApp | None) -> None:
        """Serve a WebSocket here, or let the successor do it."""
        if self._place is not _Place.THERE and app is not None:
            await app(scope, receive, send)
            return
        await receive()
        from palabre.survival.forwarding_sockets import forward_socket  # noqa: PLC0415 - 3 MB, after a move only

        if self._place is not _Place.THERE or self._streams.locked():
            await turn_away(refused(NoStandby(retry_after=5)), scope, send)
            return
        async with self._streams, self._connected() as streams:
            if streams is None:
                await turn_away(refused(NoStandby(retry_after=5)), scope, send)
            else:
                await forward_socket(scope, receive, send, streams)

    def _leads_away(self, scope: Scope) -> bool:
        elsewhere = self.part.state.successor_origin not in {"", self._origin}
        return elsewhere and scope["method"] in {"GET", "HEAD"} and not scope["path"].startswith(_MACHINES)

    async def _redirect(self, scope: Scope, send: Send) -> None:
        path = scope.get("raw_path") or scope["path"].encode("utf-8")
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        where = self.part.state.successor_origin.encode() + path.partition(b"?")[0] + query
        headers = [(b"location", where), (b"content-length", b"0"), (b"cache-control", b"max-age=3600")]
        await send({"type": "http.response.start", "status": 308, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        live = any(name == b"accept" and b"text/event-stream" in value for name, value in scope["headers"])
        if live and self._streams.locked():
            await refused(NoStandby(retry_after=5))(scope, receive, send)
            return
        async with self._streams if live else self._slots, self._connected() as streams:
            if streams is None:
                await refused(NoStandby(retry_after=5))(scope, receive, send)
            else:
                await forward(scope, receive, send, streams)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Streams | None]:
        """Reach the successor; it may be starting, so try for a while. Nothing was sent: nothing goes twice."""
        streams = None
        deadline = monotonic() + _HOLD_SECONDS
        while streams is None and monotonic() < deadline:
            try:
                streams = await self._tunnel()
            except (OSError, Unreachable):
                await asyncio.sleep(_AGAIN_SECONDS)
        try:
            yield streams
        finally:
            if streams is not None:
                streams[1].transport.abort()

    async def _tunnel(self) -> Streams:
        state = self.part.state
        self._node = self._node or Node(self.part.folder)
        certificate = self.part.certificate_of(state.successor_name)
        return await open_tunnel(self._node, Address.parse(state.successor), certificate, state.epoch)


class Pointing:
    """The whole application of a server that was replaced in a move: it opens nothing of its own."""

    site = None

    def __init__(self, part: Part, config: Config) -> None:
        self.part = part
        self._config = config
        self._pointer: Pointer | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        if scope["type"] == "lifespan":
            await receive()
            self._pointer = Pointer(self.part, self._config)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        elif self._pointer is not None:
            await self._pointer(scope, receive, send, None)
