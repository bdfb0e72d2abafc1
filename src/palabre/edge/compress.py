"""gzip for answers that are text, complete and worth it. Streams pass untouched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from isal import igzip_lib
from starlette.types import Message

LEAST_BYTES = 1024
"""Below this, compressing costs more than it saves."""

_LEVEL = 2  # about 60 µs for a home timeline; zlib's level 6 would be the dearest part of the request
_TEXT = re.compile(
    rb"(text/(html|css|plain|javascript|xml)|application/([a-z0-9.-]+\+)?(json|xml|javascript)|image/svg\+xml)\s*(;|$)"
)
_REFUSED = re.compile(rb"(gzip|\*)\s*;\s*q=0(\.0*)?\s*(,|$)")
_VARY = (b"vary", b"Accept-Encoding")


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: bytes) -> bool:
    """Read an ``Accept-Encoding`` header."""
    lowered = accept_encoding.lower()
    return b"gzip" in lowered and not _REFUSED.search(lowered)


def gzip(body: bytes) -> bytes:
    """Compress ``body`` at igzip's level 2."""
    packed: bytes = igzip_lib.compress(body, _LEVEL, igzip_lib.COMP_GZIP)
    return packed


def worth_it(headers: Mapping[bytes, bytes]) -> bool:
    """Tell from the headers of an answer whether its body may be compressed."""
    return (
        _is_text(headers.get(b"content-type", b""))
        and b"content-encoding" not in headers
        and b"content-range" not in headers
    )


@lru_cache(maxsize=256)
def _is_text(content_type: bytes) -> bool:
    return _TEXT.match(content_type) is not None


def pack(start: Message, body: Message) -> tuple[Message, Message]:
    """Compress the first message of a body if it is the only one and long enough; ``start`` is told."""
    data = body.get("body", b"")
    if len(data) < LEAST_BYTES or body.get("more_body", False):
        return {**start, "headers": [*start["headers"], _VARY]}, body
    packed = gzip(data)
    headers = [header for header in start["headers"] if header[0] != b"content-length"]
    headers += [(b"content-length", b"%d" % len(packed)), (b"content-encoding", b"gzip"), _VARY]
    return {**start, "headers": headers}, {"type": "http.response.body", "body": packed}
