"""WebSockets with bounds: small messages only, ready frames passed on as they are, nobody kept who takes nothing.

Frames are not compressed: a deflate window per connection would be most of its memory, and the frames would no
longer be the same for all who get them (decision 0015).
"""

from __future__ import annotations

import logging
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from palabre.edge.connections import Stuck

_logger = logging.getLogger("palabre.sockets")
_logger.setLevel(logging.WARNING)  # below that, uvicorn writes addresses, and tokens that stand in the query


class BoundedSocket(WebSocketsSansIOProtocol):
    """A WebSocket of ours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Be quiet about who connects."""
        super().__init__(*args, **kwargs)
        self.logger = _logger
        self._stuck = Stuck()

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
            return
        if not self.writable.is_set():
            await self.writable.wait()
        if self.disconnected or self.transport.is_closing():
            raise ClientDisconnected
        self.transport.write(frame)

    def is_overdue(self, now: float) -> bool:
        """Tell whether the other side has taken nothing for too long."""
        return self._stuck.look(self.transport.get_write_buffer_size(), now)
