"""One connection that listens, and what still has to go out on it. Whoever does not read is dropped."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from starlette.types import Send

from palabre.ids import AccountId
from palabre.streaming.frames import Message, Ready, size_of

if TYPE_CHECKING:
    from palabre.streaming.channels import Key

MOST_BYTES: Final = 256 * 1024
"""What may wait for one reader, beside what the transport holds; events are shared, so it is rarely memory."""
MOST_MESSAGES: Final = 500


class Listener:
    """Takes events for one WebSocket or one stream of server-sent events, and sends them in order."""

    __slots__ = (
        "_abort", "_bytes", "_dropped", "_leave", "_send", "_waiting", "_writer",
        "address", "channels", "code", "ended", "held", "is_socket", "member", "scopes", "token",
    )  # fmt: skip

    def __init__(
        self,
        *,
        member: AccountId,
        token: str,
        scopes: frozenset[str],
        address: str,
        is_socket: bool,
        send: Send,
        abort: Callable[[], object],
        leave: Callable[[], object] | None = None,
        dropped: Callable[[], None],
    ) -> None:
        """Wrap a connection.

        Args:
            member: who listens.
            token: what he showed; looked at again when something about his access changes.
            scopes: what the token allows.
            address: where he listens from, for limits.
            is_socket: a WebSocket; otherwise server-sent events.
            send: the ASGI server's.
            abort: ends the connection without sending what waits.
            leave: makes whoever serves this end with ``code``, where the server cannot send while it waits.
            dropped: called when that was necessary.

        """
        self.member = member
        self.token = token
        self.scopes = scopes
        self.address = address
        self.is_socket = is_socket
        self.channels: dict[Key, tuple[str, ...]] = {}
        self.code: int | None = None
        """What still has to be said in the end by whoever serves this."""
        self.ended = False
        self.held = False
        """Nothing goes out while it is not certain that the token is still good."""
        self._send = send
        self._abort = abort
        self._leave = leave
        self._dropped = dropped
        self._waiting: deque[tuple[Message, int]] | None = None
        """Made when there is something: an empty one takes 760 bytes, and most connections wait."""
        self._bytes = 0
        self._writer: asyncio.Task[None] | None = None

    def tell(self, event: Ready, label: tuple[str, ...]) -> None:
        """Send an event of the stream ``label``; never waits."""
        self.offer(event.socket(label) if self.is_socket else event.events())

    def offer(self, message: Message) -> None:
        """Send ``message`` after what waits already; drop the connection if too much waits."""
        if self.ended:
            return
        size = size_of(message)
        waiting = self._waiting
        if waiting is None:
            waiting = self._waiting = deque()
        if self._bytes + size > MOST_BYTES or len(waiting) >= MOST_MESSAGES:
            self.drop()
            return
        waiting.append((message, size))
        self._bytes += size
        if self._writer is None and not self.held:
            self._writer = asyncio.create_task(self._write())

    def release(self) -> None:
        """Let go out what was held."""
        self.held = False
        if self._waiting and self._writer is None and not self.ended:
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._waiting and not self.held:
                message, size = self._waiting.popleft()
                await self._send(message)
                self._bytes -= size
        except Exception:  # the other side is gone, whatever the server calls that
            self.ended = True
        finally:
            self._writer = None
            if self.ended or not self._waiting:
                self._waiting = None

    def drop(self) -> None:
        """End at once; what waits is lost."""
        if not self.ended:
            self._dropped()
        self.forget()
        self._abort()

    def end(self, code: int) -> None:
        """Say good-bye (``code`` is that of the WebSocket) and end; somebody who does not read gets no good-bye."""
        if self.ended:
            return
        if self._leave is not None:
            self.forget()
            self.code = code
            self._leave()
            return
        if self._writer is not None:
            self.forget()
            self._abort()
            return
        self._waiting = None
        self.held = False
        last: Message = {"type": "http.response.body", "body": b"", "more_body": False}
        self.offer({"type": "websocket.close", "code": code} if self.is_socket else last)
        self.ended = True

    def forget(self) -> None:
        """Send nothing any more."""
        self.ended = True
        self._waiting = None
        if self._writer is not None:
            self._writer.cancel()
            self._writer = None
