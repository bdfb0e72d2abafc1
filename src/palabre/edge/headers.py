"""Headers that every answer carries: what browsers may not do with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Headers = list[tuple[bytes, bytes]]

_POLICY: Mapping[str, tuple[str, ...]] = {
    "default-src": ("'none'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:", "blob:"),
    "media-src": ("'self'",),
    "connect-src": ("'self'",),
    "font-src": ("'self'",),
    "manifest-src": ("'self'",),
    "worker-src": ("'self'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
    "base-uri": ("'none'",),
}
_PERMISSIONS = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb", "browsing-topics")


def embed_policy(style: str) -> bytes:
    """Write the policy of a page that any site may frame: no script, no form, one style sheet by its hash.

    Args:
        style: ``sha256-…`` of the sheet, in base64.

    """
    return (
        f"default-src 'none'; style-src '{style}'; img-src 'self'; media-src 'self'; base-uri 'none';"
        " form-action 'none'; frame-ancestors *"
    ).encode()


def content_policy(also: Mapping[str, Iterable[str]] | None = None) -> str:
    """Write the Content-Security-Policy; ``also`` adds sources, such as a media host, to directives it has."""
    more = {name: tuple(sources) for name, sources in (also or {}).items()}
    unknown = more.keys() - _POLICY.keys()
    if unknown or any(c in source for sources in more.values() for source in sources for c in " ;,\r\n"):
        msg = f"no such sources: {sorted(unknown) or more}"
        raise ValueError(msg)
    return "; ".join(" ".join((name, *sources, *more.get(name, ()))) for name, sources in _POLICY.items())


FRAMABLE = (b"x-frame-options", b"")
"""In an answer that other sites may frame, instead of ``DENY``: the header is left out, for it cannot say so."""

API_HEADERS: Headers = [
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
]
"""For answers that are data, not pages: no browser shows them, and each header costs a microsecond in the server."""

OF_ONE = (b"cache-control", b"private, no-store")
"""For what the API says, each time to one caller: no cache on the way, and no browser, gives it to the next."""


def safe_headers(*, secure: bool, also: Mapping[str, Iterable[str]] | None = None) -> Headers:
    """List the headers of a page.

    Args:
        secure: the origin is https, and stays it (HSTS).
        also: sources to add to the Content-Security-Policy.

    """
    headers = {
        "content-security-policy": content_policy(also),
        "x-content-type-options": "nosniff",
        # Not no-referrer: browsers would send our own forms with "Origin: null".
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": ", ".join(f"{feature}=()" for feature in _PERMISSIONS),
        "x-frame-options": "DENY",
    }
    if secure:
        headers["strict-transport-security"] = "max-age=63072000; includeSubDomains"
    return [(name.encode(), value.encode()) for name, value in headers.items()]
