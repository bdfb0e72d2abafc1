"""From a path to an endpoint: one dictionary look-up without placeholders, a walk over the segments with them.

Starlette tries its routes one after the other by regular expression, which for the last of 150 costs more than
the rest of the request; this costs the same for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from palabre.edge.endpoint import Endpoint
from palabre.edge.errors import MethodNotAllowed, NoRoute
from palabre.edge.refusals import refused
from palabre.edge.request import STATE
from palabre.errors import Refusal

REFUSAL = "palabre.refusal"
"""Where in a scope the refusal stands that the application ``otherwise`` is to answer with."""

_PLACEHOLDER = re.compile(r"([^{}]*)\{(\w+)(:path)?\}(\.[a-z]+)?")
"""A segment that is a placeholder, perhaps with a fixed beginning or a file's ending: ``@{name}``, ``{tag}.rss``."""


class Raw(msgspec.Struct, frozen=True):
    """A bare ASGI application at a path, for what is no typed endpoint: files, streams, WebSockets."""

    method: str
    """``GET``, ``POST`` … or ``WEBSOCKET``."""

    path: str
    app: ASGIApp


Route = Endpoint | Raw

_AS_WELL = {"HEAD": "GET", "PATCH": "PUT", "PUT": "PATCH"}
"""Method → the one that answers for it where it has no route; changes may come as either, as on Mastodon."""


class _Leaf:
    """The methods of one path, and the names of its placeholders."""

    __slots__ = ("apps", "names")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.apps: dict[str, ASGIApp] = {}

    def taking(self, method: str) -> ASGIApp | None:
        """Return what answers ``method`` here."""
        return self.apps.get(method) or self.apps.get(_AS_WELL.get(method, ""))


class _Node:
    """One segment of the paths with placeholders."""

    __slots__ = ("begun", "leaf", "rest", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node] = {}
        self.begun: dict[tuple[str, str], _Node] = {}
        """Fixed beginning and ending of a placeholder → what follows it, the longest first."""
        self.leaf: _Leaf | None = None
        self.rest: _Leaf | None = None

    def begin(self, beginning: str, ending: str) -> _Node:
        """Return the node after a placeholder with this beginning and this ending."""
        node = self.begun.setdefault((beginning, ending), _Node())
        self.begun = dict(sorted(self.begun.items(), key=lambda item: (-len(item[0][1]), -len(item[0][0]))))
        return node


class Router:
    """Dispatches to routes that are listed, never registered by being imported."""

    def __init__(self, routes: Iterable[Route], *, state: object = None, otherwise: ASGIApp | None = None) -> None:
        """Index ``routes``.

        Args:
            routes: all of them; two for one method and path are a mistake.
            state: the application's state, given to every endpoint.
            otherwise: what answers what no route takes, and finds why under ``REFUSAL`` in the scope; by default
                404 and 405 in JSON.

        """
        self.state = state
        self.otherwise = otherwise
        self._plain: dict[str, _Leaf] = {}
        self._root = _Node()
        self.routes = tuple(routes)
        for route in self.routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        names: list[str] = []
        leaf: _Leaf | None
        if "{" not in route.path:
            leaf = self._plain.setdefault(route.path, _Leaf(()))
        else:
            node, segments = self._root, route.path.strip("/").split("/")
            leaf = None
            for at, segment in enumerate(segments):
                placeholder = _PLACEHOLDER.fullmatch(segment)
                if placeholder is None:
                    if "{" in segment:
                        msg = f"{route.path}: only a file's ending stands after a placeholder"
                        raise ValueError(msg)
                    node = node.words.setdefault(segment, _Node())
                    continue
                beginning, name, rest, ending = placeholder.groups()
                names.append(name)
                if rest:
                    if at != len(segments) - 1 or beginning or ending:
                        msg = f"{route.path}: only the last segment, as a whole, takes the rest"
                        raise ValueError(msg)
                    leaf = node.rest = node.rest or _Leaf(tuple(names))
                    break
                node = node.begin(beginning, ending or "")
            if leaf is None:
                leaf = node.leaf = node.leaf or _Leaf(tuple(names))
        if leaf.names != tuple(names):
            msg = f"{route.path}: its placeholders have other names in another route"
            raise ValueError(msg)
        if route.method in leaf.apps:
            msg = f"two routes for {route.method} {route.path}"
            raise ValueError(msg)
        leaf.apps[route.method] = route if isinstance(route, Endpoint) else route.app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Dispatch one request or WebSocket."""
        scope[STATE] = self.state
        kind = scope["type"]
        if kind == "lifespan":
            if self.otherwise is not None:
                await self.otherwise(scope, receive, send)
            return
        path: str = scope["path"]
        leaf = self._plain.get(path)
        if leaf is None:
            leaf = self._walk(scope, path)
            if leaf is None and len(path) > 1 and path.endswith("/"):
                path = path[:-1]  # some clients write /oauth/authorize/ ; a redirect would lose a body
                leaf = self._plain.get(path) or self._walk(scope, path)
        if leaf is None:
            await self._turn_away(NoRoute(), scope, receive, send)
            return
        method = scope["method"] if kind == "http" else "WEBSOCKET"
        app = leaf.taking(method)
        if app is None and not leaf.names:  # /lists/mine takes GET, /lists/{list} takes DELETE
            other = self._walk(scope, path)
            app = other.taking(method) if other is not None else None
        if app is None:
            await self._turn_away(self._wrong_method(leaf), scope, receive, send)
            return
        await app(scope, receive, send)

    def _walk(self, scope: Scope, path: str) -> _Leaf | None:
        """Find the leaf of a path with placeholders: words first, then a placeholder, then the rest."""
        segments = path[1:].split("/")
        found = self._descend(self._root, segments, 0, ())
        if found is None:
            return None
        leaf, values = found
        scope["path_params"] = dict(zip(leaf.names, values, strict=True))
        return leaf

    def _descend(
        self, node: _Node, segments: list[str], at: int, values: tuple[str, ...]
    ) -> tuple[_Leaf, tuple[str, ...]] | None:
        if at == len(segments):
            return (node.leaf, values) if node.leaf is not None else None
        segment = segments[at]
        if segment:
            word = node.words.get(segment)
            if word is not None:
                found = self._descend(word, segments, at + 1, values)
                if found is not None:
                    return found
            for (beginning, ending), after in node.begun.items():
                fixed = len(beginning) + len(ending)
                if segment.startswith(beginning) and segment.endswith(ending) and len(segment) > fixed:
                    value = segment[len(beginning) : len(segment) - len(ending)]
                    found = self._descend(after, segments, at + 1, (*values, value))
                    if found is not None:
                        return found
        if node.rest is not None:
            return node.rest, (*values, "/".join(segments[at:]))
        return None

    @staticmethod
    def _wrong_method(leaf: _Leaf) -> MethodNotAllowed:
        allow = {method for method in leaf.apps if method != "WEBSOCKET"}
        allow |= {method for method, other in _AS_WELL.items() if other in allow}
        return MethodNotAllowed(allow=", ".join(sorted(allow)))

    async def _turn_away(self, refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif self.otherwise is not None:
            scope[REFUSAL] = refusal
            await self.otherwise(scope, receive, send)
        else:
            await refused(refusal)(scope, receive, send)
