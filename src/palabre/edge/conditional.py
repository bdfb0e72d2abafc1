"""Answers that a client may already have: ETag and Last-Modified (RFC 9110, sections 8.8 and 13)."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import format_datetime
from hashlib import blake2b

from palabre.clock import Instant, as_datetime
from palabre.edge.answers import Answer
from palabre.edge.request import Request

Header = tuple[bytes, bytes]


def http_date(at: int) -> str:
    """Write ``at`` as HTTP and RSS do: ``Sun, 22 Nov 2026 09:30:00 GMT``."""
    return format_datetime(as_datetime(at).replace(microsecond=0), usegmt=True)


def answer_if_changed(
    request: Request, body: bytes, modified: Instant, *, kind: Header, headers: Sequence[Header] = ()
) -> Answer:
    """Answer with ``body``, or with 304 if the client names what it has: the same tag, else exactly the same date.

    An older or younger date is no match: what was deleted since makes the newest entry older.
    """
    tag = f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
    date = http_date(modified)
    told = [(b"etag", tag.encode()), (b"last-modified", date.encode()), *headers]
    if _has(request, tag, date):
        answer = Answer(b"", 304)
        answer.raw_headers = told
        return answer
    return Answer(body, 200, told, kind=kind)


def _has(request: Request, tag: str, date: str) -> bool:
    tags = request.header(b"if-none-match")
    if tags is not None:  # then the date is not looked at: RFC 9110, section 13.1.3
        weak = tag.removeprefix("W/")
        return tags.strip() == "*" or any(each.strip().removeprefix("W/") == weak for each in tags.split(","))
    return request.header(b"if-modified-since") == date
