"""Whoever comes from a network that is kept out gets one sentence, whatever he asks for."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from palabre.edge.answers import Answer

_GO = Answer.json({"error": "Nobody is let in from where you are"}, 403)
_POLICY = 1008


class Doorkeeper:
    """ASGI middleware before the router."""

    __slots__ = ("_app", "_barred")

    def __init__(self, app: ASGIApp, barred: Callable[[Scope], bool]) -> None:
        """``barred`` tells whether a request comes from such a network."""
        self._app = app
        self._barred = barred

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or not."""
        if not self._barred(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY})
        else:
            await _GO(scope, receive, send)
