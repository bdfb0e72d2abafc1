"""The request as endpoints see it: light, parsed only where somebody looks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers
from starlette.types import Receive, Scope

from palabre.edge.errors import ClientGone, TooLarge

if TYPE_CHECKING:
    from palabre.edge.viewer import Caller

STATE = "palabre"
"""Key of the application's state in the ASGI scope; the dispatcher puts it there."""


class Request:
    """One HTTP request. Nothing is read or parsed before it is asked for."""

    __slots__ = ("_headers", "app", "caller", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        """Wrap an ASGI call."""
        self.scope = scope
        self.receive = receive
        self.app: Any = scope.get(STATE)
        """The application's state: whatever the server was composed with."""
        self.caller: Caller | None = None
        """Whoever was found by the token or the session; set before the endpoint runs."""
        self._headers: Headers | None = None

    @property
    def method(self) -> str:
        """The method, in capitals."""
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        """The decoded path."""
        path: str = self.scope["path"]
        return path

    @property
    def query_string(self) -> bytes:
        """The query as it came, without the question mark."""
        raw: bytes = self.scope.get("query_string", b"")
        return raw

    @property
    def path_params(self) -> dict[str, str]:
        """What the route's placeholders matched."""
        found: dict[str, str] = self.scope.get("path_params", {})
        return found

    @property
    def headers(self) -> Headers:
        """All headers, for rare looks; ``header`` is quicker for one."""
        if self._headers is None:
            self._headers = Headers(scope=self.scope)
        return self._headers

    def header(self, name: bytes) -> str | None:
        """Return the first header called ``name`` (lower case), or ``None``."""
        for key, value in self.scope["headers"]:
            if key == name:
                return str(value, "latin-1")
        return None

    async def read(self, limit: int) -> bytes:
        """Read the whole body, at most ``limit`` bytes; raises what ``chunks`` raises."""
        whole = bytearray()  # joining bytes would cost the square of the number of pieces
        async for chunk in self.chunks(limit):
            whole += chunk
        return bytes(whole)

    async def chunks(self, limit: int) -> AsyncIterator[bytes]:
        """Read the body piece by piece.

        Raises:
            TooLarge: it is, or says it is, longer than ``limit`` bytes.
            ClientGone: the connection closed first.

        """
        self.refuse_announced(limit)
        total = 0
        more = True
        while more:
            message = await self.receive()
            if message["type"] != "http.request":
                raise ClientGone
            chunk: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            total += len(chunk)
            if total > limit:
                raise TooLarge(limit=limit)
            if chunk:
                yield chunk

    def refuse_announced(self, limit: int) -> None:
        """Refuse a body whose ``Content-Length`` is already above ``limit``."""
        announced = self.header(b"content-length")
        # Twelve digits: int() of a header of ten thousand digits is itself an attack.
        if announced is None:
            return
        honest = announced.isascii() and announced.isdigit() and len(announced) <= 12
        if not honest or int(announced) > limit:
            raise TooLarge(limit=limit)
