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


FILES = ("/media/", "/static/")
"""What apps draw, or read to describe it: whoever has the address may have the file."""

_NAMES = re.compile(rb"[A-Za-z0-9-]+(\s*,\s*[A-Za-z0-9-]+)*")
_USUAL_HEADERS = b"Authorization, Content-Type, Idempotency-Key"
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
ANYONE = (b"access-control-allow-origin", b"*")

OPEN = (
    ANYONE,
    (
        b"access-control-expose-headers",
        (
            b"Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, Location, "
            b"Mastodon-Async-Refresh"
        ),
    ),
)
"""What answers below ``PREFIXES`` carry when the request names its origin, as browsers do.

Cookies stay out of it: there is no ``Access-Control-Allow-Credentials``."""


_SHOWN_TO_THE_APP = (
    b"palabre-proof, palabre-goto, palabre-flash, hx-redirect, hx-refresh, content-security-policy, "
    b"x-content-type-options, referrer-policy, cross-origin-opener-policy, permissions-policy, cache-control"
)
"""What it needs to go on, and the rules of the page, which it shows under another address."""


def page_access(origin: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """List the headers with which the network's own ``origin`` may read pages of another of its origins.

    Without cookies: a page answers a token of the app, or is what anybody sees.
    """
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", _SHOWN_TO_THE_APP),
    )


def page_preflight(origin: bytes) -> Answer:
    """Answer an ``OPTIONS`` request of the network's own ``origin`` for a page."""
    answer = Answer(b"", 204)
    answer.raw_headers = [
        *page_access(origin),
        (b"access-control-allow-methods", b"GET, POST"),
        (
            b"access-control-allow-headers",
            b"authorization, content-type, palabre-app, palabre-flash, palabre-account, hx-request",
        ),
        (b"access-control-max-age", b"600"),
        (b"vary", b"Origin"),
    ]
    return answer


def preflight(scope: Scope) -> Answer:
    """Answer an ``OPTIONS`` request below ``PREFIXES``: any method, and the headers asked for.

    :data:`OPEN` is added to it as to every answer there; said twice, browsers would take it for a refusal.
    """
    asked = next((value for name, value in scope["headers"] if name == b"access-control-request-headers"), b"")
    headers = asked if len(asked) < 1024 and _NAMES.fullmatch(asked) else _USUAL_HEADERS
    answer = Answer(b"", 204)
    answer.raw_headers = [
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", headers),
        (b"access-control-max-age", b"86400"),
    ]
    return answer
