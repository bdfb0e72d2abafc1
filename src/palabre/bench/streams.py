"""Live updates: what thousands of listeners cost, and how long until the last of them hears of a post."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from palabre.bench.figures import Streaming
from palabre.bench.http import Connection, WrongAnswer
from palabre.bench.process import Network, memory
from palabre.bench.writes import post_once

_PATIENCE: Final = 60.0
_PAUSE: Final = 0.5
_KEY: Final = base64.b64encode(b"sixteen bytes it")


class _Event(msgspec.Struct):
    stream: list[str]
    event: str
    payload: str


class _Post(msgspec.Struct):
    id: str


_event = msgspec.json.Decoder(_Event).decode
_post = msgspec.json.Decoder(_Post).decode


class Ear(asyncio.Protocol):
    """A WebSocket that listens, as cheap as can be: the clients must not be what is measured."""

    def __init__(self, token: str, stream: str, told: Callable[[bytes], None]) -> None:
        """``told`` is called with each message."""
        self._request = (
            f"GET /api/v1/streaming?stream={stream} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {_KEY.decode()}\r\n\r\n"
        ).encode()
        self._told = told
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._buffer += data
        if not self.opened.done():
            head, ends, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not ends:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.opened.set_exception(WrongAnswer(f"a WebSocket: {head[:200]!r} {rest[:200]!r}"))
                return
            self._buffer = bytearray(rest)
            self.opened.set_result(None)
        while self._frame():
            pass

    def _frame(self) -> bool:
        """Take one frame (RFC 6455, section 5.2); return whether there was a whole one."""
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        size, start = buffer[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(buffer) < start:
                return False
            size = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + size:
            return False
        kind, payload = buffer[0] & 0x0F, bytes(buffer[start : start + size])
        del buffer[: start + size]
        if kind == 1:
            self._told(payload)
        elif kind == 9 and self._transport is not None:
            self._transport.write(bytes((0x8A, 0x80 | size)) + bytes(4) + payload)  # masked with zeros
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the other side has gone."""
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionError("closed before it was open"))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()


async def _listen(port: int, tokens: Sequence[str], stream: str, told: Callable[[bytes], None]) -> list[Ear]:
    loop = asyncio.get_running_loop()
    ears: list[Ear] = []
    for start in range(0, len(tokens), 100):
        made = [
            await loop.create_connection(lambda token=token: Ear(token, stream, told), "127.0.0.1", port)  # type: ignore[misc]
            for token in tokens[start : start + 100]
        ]
        ears += [ear for _, ear in made]
        await asyncio.gather(*(ear.opened for _, ear in made))
    return ears


class _Told:
    """Counts who has heard of the posts."""

    def __init__(self) -> None:
        self.heard: dict[str, int] = {}
        self.last = 0.0

    def __call__(self, message: bytes) -> None:
        event = _event(message)
        if event.event != "update":
            raise WrongAnswer(f"an event of {event.stream}: {event.event}")
        post = _post(event.payload).id
        self.heard[post] = self.heard.get(post, 0) + 1
        self.last = time.perf_counter()


async def _reach(port: int, author: str, told: _Told, listeners: int, text: str) -> float:
    """Publish ``text``; return the seconds until the last of the listeners has heard of it."""
    connection = Connection(port)
    await connection.open()
    began = time.perf_counter()
    post = await post_once(connection, author, text)
    while told.heard.get(post, 0) < listeners:
        if time.perf_counter() - began > _PATIENCE:
            raise WrongAnswer(f"{told.heard.get(post, 0)} of {listeners} listeners heard of a post")
        await asyncio.sleep(0.002)
    needed = told.last - began
    await asyncio.sleep(_PAUSE)
    connection.close()
    if told.heard[post] != listeners:
        raise WrongAnswer(f"{listeners} listeners heard of a post {told.heard[post]} times")
    return needed


async def measure(server: Network, author: str, tokens: Sequence[str], *, idle: int, rounds: int) -> Streaming:
    """Let the members of ``tokens``, who follow ``author``, listen: ``idle`` of them to what never comes.

    Raises:
        WrongAnswer: somebody did not hear of a post, or twice, or heard something else.

    """
    port = server.port
    before = memory(server.pids).resident
    silent, homes, public = _Told(), _Told(), _Told()
    began = time.perf_counter()
    quiet = await _listen(port, tokens[:idle], "user:notification", silent)
    active = await _listen(port, tokens[idle:], "user", homes)
    opened = time.perf_counter() - began
    home_ms = [
        await _reach(port, author, homes, len(active), f"To those at home, number {number}.") * 1e3
        for number in range(rounds)
    ]
    resident = memory(server.pids).resident
    for ear in quiet:
        ear.close()
    await asyncio.sleep(1)
    everybody = await _listen(port, tokens[:idle], "public", public)
    public_ms = [
        await _reach(port, author, public, len(everybody), f"To everybody, number {number}.") * 1e3
        for number in range(rounds)
    ]
    after = memory(server.pids).resident
    for ear in (*active, *everybody):
        ear.close()
    if silent.heard:
        raise WrongAnswer("those who listen to notifications heard of posts")
    return Streaming(
        idle=idle,
        active=len(active),
        open_seconds=opened,
        before_bytes=before,
        bytes=max(resident, after),
        home_ms=home_ms,
        public_ms=public_ms,
    )
