"""The typed endpoint: a coroutine function gets exactly what its signature names, planned once.

    @endpoint("POST", "/api/v1/statuses", scope="write:statuses")
    async def create_status(body: NewStatus, viewer: Viewer, app: State) -> entities.Status: ...

What a parameter is called says what it gets:

- ``body``: a Struct from the query and the form, multipart or JSON body, in that order;
- ``query``: a Struct from the query only;
- ``viewer``: ``Viewer``, ``Viewer | None`` or, where applications may act for themselves, ``Viewer | AppToken``;
- ``request``: the ``Request``; ``app``: the application's state;
- any other: the placeholder of that name in the path, as ``str``, ``int`` or an id (``PostRef``).

What comes back: a Struct, list or dict (JSON), bytes (ready JSON), ``None`` (``{}``), a ``Page`` (JSON with a
Link header), or any ``Answer`` or Starlette ``Response`` as it is.
"""

from __future__ import annotations

import asyncio
import inspect
import re
import types
import typing
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Literal

import msgspec
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from palabre.edge.answers import Answer, Page
from palabre.edge.binding import bind, scalar, takes_files
from palabre.edge.bodies import read_body
from palabre.edge.errors import ClientGone, Stopping
from palabre.edge.forms import parse
from palabre.edge.refusals import faulted, note_fault, refused
from palabre.edge.request import Request
from palabre.edge.uploads import Upload
from palabre.edge.viewer import (
    AppToken,
    BadToken,
    Caller,
    Identified,
    MemberNeeded,
    OutsideScopes,
    Viewer,
    allows_any,
)
from palabre.errors import Refusal

Auth = Literal["user", "app", "optional"]
"""Who must be asking: a member; a member or an application; anybody, a good token being looked at."""

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Uploads = int | Callable[[Any], int]
"""Most bytes of files in a body, or a function from the application's state to it."""
Handler = Callable[..., Awaitable[Any]]
Sendable = Answer | Response

_PLACEHOLDER = re.compile(r"\{(\w+)(?::path)?\}")
_GIVEN = frozenset({"body", "query", "viewer", "request", "app"})
_encode = msgspec.json.Encoder().encode


class Surface(msgspec.Struct, frozen=True, kw_only=True):
    """One way of meeting callers: the API here, the pages in the web package."""

    identify: Callable[[Request], Identified]
    """Find who asks. Raises ``BadToken`` for a token that is not good; ``None`` if there is none.

    From memory it answers at once; where the database must be waited for, with a coroutine.
    """

    admit: Callable[[Request, str | None], list[tuple[bytes, bytes]]]
    """Count the request against the limits of the class named; return headers that tell how much is left."""

    render: Callable[[Request, Any], Sendable]
    """Turn what the function returned into something to send."""

    refuse: Callable[[Request, Refusal], Sendable]
    """Say no."""

    fault: Callable[[Request, str], Sendable]
    """Say that the server failed; the string is the incident's id."""

    guard: Callable[[Request, Mapping[str, Any]], None] | None = None
    """Look at the raw fields of a request that changes something, before they are used: for CSRF tokens."""


class Endpoint:
    """A planned coroutine function, as an ASGI application."""

    def __init__(
        self,
        function: Handler,
        surface: Surface,
        *,
        method: str,
        path: str,
        scopes: tuple[str, ...],
        auth: Auth | None,
        limit: str | None,
        uploads: int | Callable[[Any], int],
    ) -> None:
        """Read the signature of ``function`` and decide how each parameter is filled."""
        if not inspect.iscoroutinefunction(function):
            msg = f"{function.__qualname__} must be a coroutine function"
            raise TypeError(msg)
        self.function = function
        self.surface = surface
        self.method = method
        self.path = path
        self.scopes = scopes
        self.limit = limit
        self.uploads = uploads
        self.name = function.__name__
        self.__doc__ = function.__doc__
        hints = typing.get_type_hints(function, include_extras=True)
        self.returns = hints.pop("return", None)
        names = list(inspect.signature(function).parameters)
        self.body: type[msgspec.Struct] | None = hints["body"] if "body" in names else None
        self.query: type[msgspec.Struct] | None = hints["query"] if "query" in names else None
        self.path_params = {name: hints[name] for name in names if name not in _GIVEN}
        missing = set(self.path_params) ^ set(_PLACEHOLDER.findall(path))
        if missing:
            msg = f"{function.__qualname__}: {path} and the signature disagree about {', '.join(sorted(missing))}"
            raise TypeError(msg)
        self.auth = auth if auth is not None else self._auth_of(hints.get("viewer"))
        self._wants = frozenset(name for name in names if name in _GIVEN)
        self._wants_viewer, self._wants_request, self._wants_app = (
            name in self._wants for name in ("viewer", "request", "app")
        )
        self._scalars = [(name, scalar(hint)) for name, hint in self.path_params.items()]
        self._reads_body = method != "GET" and (self.body is not None or surface.guard is not None)
        self._takes_files = self.body is not None and takes_files(self.body)

    def __repr__(self) -> str:
        return f"<Endpoint {self.method} {self.path}>"

    def _auth_of(self, viewer: Any) -> Auth | None:
        """Conclude from the type of ``viewer`` who must be asking."""
        members = set(typing.get_args(viewer)) or {viewer}
        if types.NoneType in members and viewer is not None:
            return "optional"
        if AppToken in members:
            return "app"
        return "user" if Viewer in members or self.scopes else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        uploads: list[Upload] = []
        answer: Sendable
        try:
            told = await self._admit(request)
            try:
                data = await self._read(request, uploads) if self._reads_body else {}
                result = await self.function(**self._arguments(request, data))
                answer = self.surface.render(request, result)
            except Refusal as refusal:
                answer = self.surface.refuse(request, refusal)
            answer.raw_headers += told
        except Refusal as refusal:
            answer = self.surface.refuse(request, refusal)
        except ClientGone:
            return
        except asyncio.CancelledError:  # the server stops and has waited long enough
            answer = self.surface.refuse(request, Stopping())
        except Exception as fault:  # the last boundary: nothing of it may leave the machine
            answer = self.surface.fault(request, note_fault(fault, method=self.method, path=self.path))
        finally:
            for upload in uploads:
                upload.discard()
        if isinstance(answer, Answer):
            await answer(scope, receive, send)
        else:
            await self._stream(request, answer, send)

    async def _admit(self, request: Request) -> list[tuple[bytes, bytes]]:
        """Find the caller, check what he may do and count it."""
        if self.auth is not None:
            try:
                found = self.surface.identify(request)
                if found is not None and not isinstance(found, Viewer | AppToken):
                    found = await found
                request.caller = self._allowed(found)
            except Refusal:
                self.surface.admit(request, None)  # who tries out tokens runs dry as well
                raise
        return self.surface.admit(request, self.limit)

    def _allowed(self, caller: Caller | None) -> Caller | None:
        """Return ``caller`` as the function sees him, if he may call it."""
        if caller is None:
            if self.auth == "optional":
                return None
            raise BadToken
        if self.scopes and not allows_any(caller.scopes, self.scopes):
            raise OutsideScopes
        if isinstance(caller, Viewer) or self.auth == "app":
            return caller
        if self.auth == "user":
            raise MemberNeeded
        return None  # an application's token reads what anybody reads

    def _arguments(self, request: Request, data: dict[str, Any]) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        if self._scalars:
            ids = request.app.ids
            for name, read in self._scalars:
                arguments[name] = read(request.path_params[name], name, ids)
        if self._wants_viewer:
            arguments["viewer"] = request.caller
        if self._wants_request:
            arguments["request"] = request
        if self._wants_app:
            arguments["app"] = request.app
        if self.query is not None:
            arguments["query"] = bind(self.query, parse(request.query_string), request.app.ids)
        if self.body is not None:
            if request.query_string:
                data = {**parse(request.query_string), **data}
            arguments["body"] = bind(self.body, data, request.app.ids)
        return arguments

    async def _read(self, request: Request, uploads: list[Upload]) -> dict[str, Any]:
        """Read the body, and show it to the surface's guard before anybody acts on it."""
        folder = request.app.tmp if self._takes_files else None
        most = self.uploads if isinstance(self.uploads, int) else self.uploads(request.app)
        data, files = await read_body(request, folder, most)
        uploads += files
        if self.surface.guard is not None:
            self.surface.guard(request, data)
        return data

    async def _stream(self, request: Request, answer: Response, send: Send) -> None:
        """Send a Starlette response, which may fail half-way, when no other answer can be given any more."""
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await answer(request.scope, request.receive, noting)
        except Exception as fault:  # the last boundary again
            incident = note_fault(fault, method=self.method, path=self.path)
            if started:
                raise  # the server cuts the connection, so that half a body is not taken for a whole one
            await self.surface.fault(request, incident)(request.scope, request.receive, send)


def endpoint_on(surface: Surface) -> Callable[..., Callable[[Handler], Endpoint]]:
    """Make the decorator for one surface."""

    def endpoint(
        method: Method,
        path: str,
        *,
        scope: str | tuple[str, ...] | None = None,
        auth: Auth | None = None,
        limit: str | None = None,
        uploads: Uploads = 0,
    ) -> Callable[[Handler], Endpoint]:
        """Plan a coroutine function as an endpoint.

        Args:
            method: HTTP method; ``GET`` also answers ``HEAD``.
            path: with ``{placeholders}``; ``{name:path}`` at the end takes the rest.
            scope: the scope needed; of a tuple, one is enough. ``None``: any token will do.
            auth: who must be asking; by default concluded from the type of ``viewer`` and from ``scope``.
            limit: class of rate limit counted beside the general ones, such as ``"statuses"``.
            uploads: most bytes of files in the body, or a function from the application's state to it.

        """
        scopes = (scope,) if isinstance(scope, str) else scope or ()

        def plan(function: Handler) -> Endpoint:
            return Endpoint(
                function,
                surface,
                method=method,
                path=path,
                scopes=scopes,
                auth=auth,
                limit=limit,
                uploads=uploads,
            )

        return plan

    return endpoint


# The API as a surface ---------------------------------------------------------------------------------------


def bearer(request: Request) -> str | None:
    """Return the token of the ``Authorization`` header, or ``None`` if there is no such header.

    Raises:
        BadToken: the header is there and is not ``Bearer <token>``.

    """
    given = request.header(b"authorization")
    if given is None:
        return None
    kind, _, token = given.partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or not token or len(token) > 512:
        raise BadToken
    return token


def _identify(request: Request) -> Identified:
    token = bearer(request)
    if token is None:
        return None
    found: Identified = request.app.authenticate(token)
    if found is None:
        raise BadToken
    return found if isinstance(found, Viewer | AppToken) else _good(found)


async def _good(coming: Coroutine[Any, Any, Caller | None]) -> Caller:
    caller = await coming
    if caller is None:
        raise BadToken
    return caller


def _admit(request: Request, limit: str | None) -> list[tuple[bytes, bytes]]:
    limits = getattr(request.app, "limits", None)
    if limits is None:
        return []
    counted: list[tuple[bytes, bytes]] = limits.admit(request, limit)
    return counted


def _render(_request: Request, result: Any) -> Sendable:
    if isinstance(result, bytes):
        return Answer(result)
    if isinstance(result, Answer | Response):
        return result
    if isinstance(result, Page):
        return result.answer()
    return Answer(b"{}" if result is None else _encode(result))


def _refuse(_request: Request, refusal: Refusal) -> Sendable:
    return refused(refusal)


def _fault(_request: Request, incident: str) -> Sendable:
    return faulted(incident)


API = Surface(identify=_identify, admit=_admit, render=_render, refuse=_refuse, fault=_fault)
endpoint = endpoint_on(API)

__all__ = ["API", "Answer", "Endpoint", "Page", "Surface", "bearer", "endpoint", "endpoint_on"]
