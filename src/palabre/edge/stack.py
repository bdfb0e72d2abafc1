"""What every answer passes on its way out: safe headers, cross-origin access, compression.

One middleware for the three, not three: each would wrap ``send`` once more, for every request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from palabre.edge.compress import accepts_gzip, pack, worth_it
from palabre.edge.cors import OPEN, is_open, preflight
from palabre.edge.headers import API_HEADERS, Headers, safe_headers


class Requests:
    """Counts answers by status class; one addition a request."""

    __slots__ = ("by_status",)

    def __init__(self) -> None:
        self.by_status: dict[int, int] = {}

    def add(self, status: int) -> None:
        """Count one answer."""
        self.by_status[status] = self.by_status.get(status, 0) + 1


class Stack:
    """ASGI middleware around the router."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        secure: bool,
        also: Mapping[str, Iterable[str]] | None = None,
        count: Callable[[int], None] | None = None,
    ) -> None:
        """Wrap ``app``.

        Args:
            app: the router.
            secure: the origin is https.
            also: sources to add to the Content-Security-Policy, such as a media host.
            count: told the status of each answer.

        """
        self._count = count
        self.app = app
        self._safe: Headers = safe_headers(secure=secure, also=also)
        self._names = frozenset(name for name, _ in self._safe)
        self._opened: Headers = [*API_HEADERS, *OPEN]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        opened = is_open(scope["path"])
        added = API_HEADERS if opened else self._safe
        packs, foreign = _asked(scope)
        if foreign and opened:
            added = self._opened
        held: Message | None = None

        async def finish(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                if self._count is not None:
                    self._count(message["status"])
                headers = message["headers"]
                own = dict(headers)
                if self._names.isdisjoint(own):
                    message["headers"] = headers + added
                else:
                    message["headers"] = headers + [header for header in added if header[0] not in own]
                if packs and worth_it(own):
                    held = message  # until the body says whether it comes in one piece
                    return
            elif held is not None:
                start, message = pack(held, message)
                held = None
                await send(start)
            await send(message)

        if opened and scope["method"] == "OPTIONS":
            await preflight(scope)(scope, receive, finish)
        else:
            await self.app(scope, receive, finish)


def stack(
    app: ASGIApp,
    *,
    secure: bool,
    also: Mapping[str, Iterable[str]] | None = None,
    count: Callable[[int], None] | None = None,
) -> ASGIApp:
    """Wrap ``app``, as ``Stack`` does."""
    return Stack(app, secure=secure, also=also, count=count)


def _asked(scope: Scope) -> tuple[bool, bool]:
    """Tell whether the caller takes gzip, and whether a browser says what page asks."""
    packs = foreign = False
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            packs = accepts_gzip(value) and scope["method"] != "HEAD"
        elif name == b"origin":
            foreign = True
    return packs, foreign
