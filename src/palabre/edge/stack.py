"""What every answer passes on its way out: safe headers, cross-origin access, compression.

One middleware for the three, not three: each would wrap ``send`` once more, for every request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from palabre.edge.compress import accepts_gzip, pack, worth_it
from palabre.edge.cors import ANYONE, FILES, OPEN, is_open, page_access, page_preflight, preflight
from palabre.edge.headers import API_HEADERS, FRAMABLE, OF_ONE, Headers, safe_headers

_OF_APPS = ("/oauth/", "/auth/")
"""Where a member lets an app in. Apps in browsers open these pages in a window of their own and wait for it to come
back (RFC 6749, section 4.1), which Cross-Origin-Opener-Policy would part from them."""
_OF_ONE = ("/api/", "/oauth/")
"""What is answered to one caller, unless the answer says otherwise."""
_OPENER = b"cross-origin-opener-policy"
_HTML = b"text/html"


class Requests:
    """Counts answers by status class; one addition a request."""

    __slots__ = ("by_status",)

    def __init__(self) -> None:
        self.by_status: dict[int, int] = {}

    def add(self, status: int) -> None:
        """Count one answer."""
        self.by_status[status] = self.by_status.get(status, 0) + 1


def _no_proof(_host: bytes) -> None:
    return None


class Stack:
    """ASGI middleware around the router."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        secure: bool,
        also: Mapping[str, Iterable[str]] | None = None,
        count: Callable[[int], None] | None = None,
        proof: Callable[[bytes], tuple[bytes, bytes] | None] = _no_proof,
        origins: Collection[str] = (),
    ) -> None:
        """Wrap ``app``.

        Args:
            app: the router.
            secure: the origin is https.
            also: sources to add to the Content-Security-Policy, such as a media host.
            count: told the status of each answer.
            proof: gives the header by which the app knows a page of ours, for a ``Host``.
            origins: ours and those that were, whose pages may read those of each other; looked at each time.

        """
        self._count = count
        self._proof = proof
        self._origins = origins
        self.app = app
        self._safe: Headers = safe_headers(secure=secure, also=also)
        self._opened_by_apps: Headers = [header for header in self._safe if header[0] != _OPENER]
        self._names = frozenset(name for name, _ in self._safe)
        self._opened: Headers = [*API_HEADERS, *OPEN]
        kept = {b"strict-transport-security"}
        self._of_files: Headers = [*API_HEADERS, *(header for header in self._safe if header[0] in kept)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        opened = is_open(scope["path"])
        of_one = opened and scope["path"].startswith(_OF_ONE)
        packs, origin, host = _asked(scope)
        own = b"" if opened else self._other_of_ours(origin, host)
        of_page = (self._opened if origin else API_HEADERS) if opened else self._of_page(scope["path"], host, own)
        of_file = None if opened or own or not scope["path"].startswith(FILES) else self._of_file(host)
        held: Message | None = None

        async def finish(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                if self._count is not None:
                    self._count(message["status"])
                headers = message["headers"]
                has = dict(headers)
                added = _added(has, of_page, of_file, of_one=of_one)
                if not own and self._names.isdisjoint(has):
                    message["headers"] = headers + added
                else:
                    given = [header for header in headers if header != FRAMABLE]
                    message["headers"] = given + [header for header in added if header[0] not in has]
                if packs and worth_it(has):
                    held = message  # until the body says whether it comes in one piece
                    return
            elif held is not None:
                start, message = pack(held, message)
                held = None
                await send(start)
            await send(message)

        if opened and scope["method"] == "OPTIONS":
            await preflight(scope)(scope, receive, finish)
        elif own and scope["method"] == "OPTIONS":
            await page_preflight(own)(scope, receive, send)
        else:
            await self.app(scope, receive, finish)

    def _other_of_ours(self, origin: bytes, host: bytes) -> bytes:
        """Return ``origin`` if it is another one of the network's than was asked."""
        if not origin or origin.rpartition(b"//")[2] == host or origin.decode("latin-1") not in self._origins:
            return b""
        return origin

    def _of_page(self, path: str, host: bytes, own: bytes) -> Headers:
        """List what is added to a page."""
        shown = self._proof(host)
        safe = self._opened_by_apps if path.startswith(_OF_APPS) else self._safe
        added = safe if shown is None else [*safe, shown]
        if own:
            return [*added, *page_access(own)]
        return [*added, ANYONE] if path.startswith(FILES) else added

    def _of_file(self, host: bytes) -> Headers:
        """List what is added to a file: what is said of a page would make each of the many a page loads longer."""
        shown = self._proof(host)
        return [*self._of_files, ANYONE] if shown is None else [*self._of_files, shown, ANYONE]


def stack(
    app: ASGIApp,
    *,
    secure: bool,
    also: Mapping[str, Iterable[str]] | None = None,
    count: Callable[[int], None] | None = None,
    proof: Callable[[bytes], tuple[bytes, bytes] | None] = _no_proof,
    origins: Collection[str] = (),
) -> ASGIApp:
    """Wrap ``app``, as ``Stack`` does."""
    return Stack(app, secure=secure, also=also, count=count, proof=proof, origins=origins)


def _added(has: dict[bytes, bytes], of_page: Headers, of_file: Headers | None, *, of_one: bool) -> Headers:
    """List what is added to an answer that has these headers."""
    if of_one and b"cache-control" not in has:
        return [*of_page, OF_ONE]
    return of_page if of_file is None or has.get(b"content-type", b"").startswith(_HTML) else of_file


def _asked(scope: Scope) -> tuple[bool, bytes, bytes]:
    """Tell whether the caller takes gzip, what page asks if a browser says so, and for which host."""
    packs, origin, host = False, b"", b""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            packs = accepts_gzip(value) and scope["method"] != "HEAD"
        elif name == b"origin":
            origin = value
        elif name == b"host":
            host = value
    return packs, origin, host
