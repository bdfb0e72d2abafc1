"""Cross-origin access for apps in browsers: to the API, never with cookies."""

from __future__ import annotations

import re

from starlette.types import Scope

from palabre.edge.answers import Answer

PREFIXES = ("/api/", "/oauth/", "/.well-known/", "/nodeinfo")
_PAGES = ("/oauth/authorize",)


def is_open(path: str) -> bool:
    """Whether any site may read what is at ``path``: the API, but not the pages on which members consent."""
    return path.startswith(PREFIXES) and not path.startswith(_PAGES)


_NAMES = re.compile(rb"[A-Za-z0-9-]+(\s*,\s*[A-Za-z0-9-]+)*")
_USUAL_HEADERS = b"Authorization, Content-Type, Idempotency-Key"
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_ANYONE = (b"access-control-allow-origin", b"*")

OPEN = (
    _ANYONE,
    (
        b"access-control-expose-headers",
        b"Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, Location",
    ),
)
"""What answers below ``PREFIXES`` carry when the request names its origin, as browsers do.

Cookies stay out of it: there is no ``Access-Control-Allow-Credentials``."""


def preflight(scope: Scope) -> Answer:
    """Answer an ``OPTIONS`` request below ``PREFIXES``: any method, and the headers asked for."""
    asked = next((value for name, value in scope["headers"] if name == b"access-control-request-headers"), b"")
    headers = asked if len(asked) < 1024 and _NAMES.fullmatch(asked) else _USUAL_HEADERS
    answer = Answer(b"", 204)
    answer.raw_headers = [
        _ANYONE,
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", headers),
        (b"access-control-max-age", b"86400"),
    ]
    return answer
