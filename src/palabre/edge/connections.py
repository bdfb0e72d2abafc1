"""HTTP connections with bounds: how long the head of a request may be, and how long anybody may take.

The server's parser has neither. Nothing here is done per request beyond a comparison or two: every few seconds
:func:`sweep` looks at all connections at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD: Final = 65_536
"""Most bytes of the address and the headers of a request."""
HEAD_SECONDS: Final = 20.0
"""How long the head of a request may take, and a new connection may say nothing."""
BODY_SECONDS: Final = 60.0
"""How long a body may take, beside a second for each ``BODY_RATE`` bytes."""
BODY_RATE: Final = 8_192
STUCK_SECONDS: Final = 60.0
"""How long a client may take nothing of its answer."""
SWEEP_SECONDS: Final = 5.0
_COPIED: Final = 16_384
"""Bodies of fewer bytes are copied behind their head."""
MOST_MESSAGE: Final = 8_192
"""Most bytes of one WebSocket message from a client; beyond, the connection ends."""
PING_SECONDS: Final = 30.0
"""How often a WebSocket is asked whether it is alive."""
PONG_SECONDS: Final = 30.0
"""How long it may take to answer."""

_SAID = b'{"error":"The head of the request is larger than the %d bytes accepted here"}' % MOST_HEAD
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json; charset=utf-8\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(_SAID), _SAID)
)


class Stuck:
    """Watches whether a client takes anything of what waits for it."""

    __slots__ = ("_since", "_unsent")

    def __init__(self) -> None:
        self._unsent = 0
        self._since: float | None = None

    def look(self, unsent: int, now: float) -> bool:
        """Tell whether the same bytes have waited for ``STUCK_SECONDS``."""
        if not unsent or unsent != self._unsent:
            self._unsent, self._since = unsent, None
            return False
        if self._since is None:
            self._since = now
        return now - self._since > STUCK_SECONDS


class Joined:
    """The transport as one answer sees it: its head is sent with the first of its body, by one call of the system.

    Nothing waits for longer than until the loop comes round: what streams has its head sent alone.
    """

    __slots__ = ("_begun", "_head", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """``transport`` is the connection's own."""
        self._transport = transport
        self._loop = loop
        self._head: bytes | None = None
        self._begun = False

    def write(self, data: bytes) -> None:
        """Send; what comes first is the head."""
        head, self._head = self._head, None
        if head is not None:
            if len(data) < _COPIED:
                self._transport.write(head + data)
            else:
                self._transport.writelines((head, data))
        elif self._begun:
            self._transport.write(data)
        else:
            self._begun = True
            self._head = data
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send a head that still waits."""
        head, self._head = self._head, None
        if head is not None:
            self._transport.write(head)

    def close(self) -> None:
        """Close the connection when all is sent."""
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Tell whether the connection is closed or closing."""
        return self._transport.is_closing()


class BoundedHttp(HttpToolsProtocol):
    """Ends connections that send an endless head, or that keep the server waiting. Answers: :class:`Joined`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Wait for the first request from now on."""
        super().__init__(*args, **kwargs)
        self._since: float | None = self.loop.time()
        self._in_head = True
        self._head = 0
        self._body = 0
        self._stuck = Stuck()

    def on_message_begin(self) -> None:
        """Begin to count a request; give the application a way to end the connection without waiting for anybody."""
        super().on_message_begin()
        self.scope["abort"] = self._abort  # type: ignore[typeddict-unknown-key]  # ours, beside what ASGI defines
        self._in_head = True
        self._head = 0
        self._body = 0
        self._since = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count what is complete of a head that comes in one piece with others."""
        self._head += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stop counting the head; one that is too large is not looked at."""
        self._in_head = False
        if self._head + len(self.url) > MOST_HEAD:
            self._refuse_head()
            raise ValueError  # stops the parser; the connection is closing already
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            self.cycle.transport = Joined(self.transport, self.loop)  # type: ignore[assignment]  # all that it uses

    def on_body(self, body: bytes) -> None:
        """Count a body."""
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop waiting: the request is there."""
        self._since = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, for as long as connections are kept."""
        if self._since is None:
            self._in_head = True
            self._head = 0
        super().on_response_complete()

    def data_received(self, data: bytes) -> None:
        """Read, unless the head of a request has no end."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            if self._since is None:
                self._since = self.loop.time()
            self._head += len(data)
            if self._head > 2 * MOST_HEAD:
                self._refuse_head()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - as its parent has it
        """Say that it was no HTTP, in the words of all other refusals."""
        if self.transport.is_closing():
            return
        body = b'{"error":"The request could not be read: it is not valid HTTP"}'
        self.transport.write(
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json; charset=utf-8\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(body), body)
        )
        self.transport.close()

    def _abort(self) -> None:
        self.transport.abort()

    def _refuse_head(self) -> None:
        self.transport.write(_TOO_LARGE)
        self.transport.close()

    def is_overdue(self, now: float) -> bool:
        """Tell whether this connection has kept the server waiting for too long."""
        if self._since is not None:
            allowed = HEAD_SECONDS if self._in_head else BODY_SECONDS + self._body / BODY_RATE
            if now - self._since > allowed:
                return True
        return self._stuck.look(self.transport.get_write_buffer_size(), now)


def sweep(connections: Iterable[Any], now: float) -> int:
    """End the connections that are overdue; return how many."""
    overdue = [each for each in list(connections) if each.is_overdue(now)]
    for each in overdue:
        each.transport.abort()
    return len(overdue)
