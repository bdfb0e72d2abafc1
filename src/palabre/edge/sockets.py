"""WebSockets with bounds: small messages only, ready frames passed on as they are, nobody kept who takes nothing.

Most of thousands of connections wait, each for hours. So what a waiting one holds is counted in bytes: asyncio's
queue and events have five deques of 760 bytes each, and a head that has been answered is of no use any more.

Frames are not compressed: a deflate window per connection would be most of its memory, and the frames would no
longer be the same for all who get them (decision 0015).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from palabre.edge.connections import Stuck

_logger = logging.getLogger("palabre.sockets")
_logger.setLevel(logging.WARNING)  # below that, uvicorn writes addresses, and tokens that stand in the query


class Inbox:
    """What came and was not taken yet, for one reader: as much of :class:`asyncio.Queue` as is used."""

    __slots__ = ("_items", "_reader")

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._reader: asyncio.Future[None] | None = None

    def put_nowait(self, item: Any) -> None:
        """Add something at the end."""
        self._items.append(item)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> Any:
        """Take what came first; wait for it."""
        while not self._items:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._items.pop(0)

    def empty(self) -> bool:
        """Tell whether there is nothing."""
        return not self._items


class Gate:
    """Open, or closed while somebody waits: as much of :class:`asyncio.Event` as is used."""

    __slots__ = ("_open", "_opening")

    def __init__(self) -> None:
        self._open = True
        self._opening: asyncio.Future[None] | None = None

    def is_set(self) -> bool:
        """Tell whether it is open."""
        return self._open

    def set(self) -> None:
        """Open it."""
        self._open = True
        if self._opening is not None and not self._opening.done():
            self._opening.set_result(None)
        self._opening = None

    def clear(self) -> None:
        """Close it."""
        self._open = False

    async def wait(self) -> None:
        """Wait until it is open."""
        while not self._open:
            if self._opening is None:
                self._opening = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._opening)  # others may wait for the same


class BoundedSocket(WebSocketsSansIOProtocol):
    """A WebSocket of ours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Be quiet about who connects."""
        super().__init__(*args, **kwargs)
        self.logger = _logger
        self._stuck = Stuck()
        self.queue = Inbox()  # type: ignore[assignment]  # see above
        self.writable = Gate()  # type: ignore[assignment]

    def handle_connect(self, event: Any) -> None:
        """Give the application a way to end this without waiting for anybody."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.scope["abort"] = self.abort  # type: ignore[typeddict-unknown-key]  # ours, beside what ASGI defines

    def abort(self) -> None:
        """End it; what was not sent is lost."""
        self.transport.abort()

    async def send(self, message: Any) -> None:
        """Send; a message that brings its frame needs no encoding."""
        frame = message.get("frame")
        if frame is None or not self.handshake_complete or self.close_sent:
            await super().send(message)
            if message["type"] == "websocket.accept":
                self._let_go_of_the_head()
            return
        if not self.writable.is_set():
            await self.writable.wait()
        if self.disconnected or self.transport.is_closing():
            raise ClientDisconnected
        self.transport.write(frame)

    def _let_go_of_the_head(self) -> None:
        """Keep nothing of a request that has been answered."""
        self.scope["headers"] = []
        self.scope["subprotocols"] = []
        del self.request, self.response

    def is_overdue(self, now: float) -> bool:
        """Tell whether the other side has taken nothing for too long."""
        return self._stuck.look(self.transport.get_write_buffer_size(), now)
