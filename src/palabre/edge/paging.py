"""Mastodon's way of paging at the edge: ``max_id``, ``since_id``, ``min_id``, and the Link header."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import msgspec

from palabre.edge.answers import Page
from palabre.edge.binding import UNSET_WORDS
from palabre.edge.errors import WrongValue
from palabre.edge.request import Request
from palabre.ids import IdCodec, Kind, counted, read_count
from palabre.paging import Slice, Window

_CURSORS = frozenset({"max_id", "since_id", "min_id"})
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./@-]*", re.ASCII)
_HARMLESS = re.compile(rb"[A-Za-z0-9_.~%=&+\[\]-]*")


class Paging(msgspec.Struct, kw_only=True):
    """The query of a list; subclass it to add fields."""

    max_id: str | None = None
    since_id: str | None = None
    min_id: str | None = None
    limit: int | None = None

    def window(self, ids: IdCodec, kind: Kind, *, usual: int = 20, most: int = 40) -> Window:
        """Read the bounds as ids of ``kind``; ``limit`` is brought between 1 and ``most``.

        Raises:
            WrongValue: a bound is no id of this network.

        """
        return Window(
            before=_cursor(ids, kind, "max_id", self.max_id),
            since=_cursor(ids, kind, "since_id", self.since_id),
            after=_cursor(ids, kind, "min_id", self.min_id),
            limit=usual if self.limit is None else min(max(self.limit, 1), most),
        )


def _cursor(ids: IdCodec, kind: Kind, name: str, text: str | None) -> int | None:
    if not text or text in UNSET_WORDS:
        return None
    number = ids.try_decode(kind, text)
    if number is None:
        if name != "max_id" and text in {"0", "1"}:  # how clients say "from the very beginning"
            return 0
        count = read_count(text) if kind is Kind.NOTIFICATION else None
        if count is not None:
            return counted(count)[name != "max_id"]
        raise WrongValue(field=name, name=name, expected="is not an id of this list")
    return number


def link(request: Request, found: Slice[Any], kind: Kind, *, more: bool = True) -> str | None:
    """Write the Link header to the next (older) and previous (newer) page, or ``None`` for an empty list.

    ``more=False`` says that no older rows exist. Other parameters of the query are kept, so that ``limit`` and
    filters stay the same from page to page.
    """
    return links(request, found.newest, found.oldest if more else None, kind)


def links(request: Request, newest: int | None, oldest: int | None, kind: Kind) -> str | None:
    """Write the Link header for the cursors of the rows at both ends of a page."""
    kept = _kept(request.query_string)
    # The path is decoded and may hold anything, line ends too: quoted again, it stays inside its header.
    path = request.path if _PLAIN_PATH.fullmatch(request.path) else quote(request.path)
    base = f"<{request.app.uris.origin}{path}?{kept}"
    encode = request.app.ids.encode
    found = []
    if oldest is not None:
        found.append(f'{base}max_id={encode(kind, oldest)}>; rel="next"')
    if newest is not None:
        found.append(f'{base}min_id={encode(kind, newest)}>; rel="prev"')
    return ", ".join(found) or None


def page(
    request: Request, found: Slice[Any], kind: Kind, items: bytes | list[Any] | None = None, *, more: bool = True
) -> Page:
    """Make the answer for ``found``: its items, or their rendering ``items``, and the links."""
    return Page(list(found.items) if items is None else items, link(request, found, kind, more=more))


def _kept(raw: bytes) -> str:
    """Return the query without cursors, ending in ``&`` unless empty, safe to stand in a header."""
    if not raw:
        return ""
    if _HARMLESS.fullmatch(raw):
        if b"_id=" not in raw:
            return f"{raw.decode()}&"
        parts = [part for part in raw.decode().split("&") if part and part.partition("=")[0] not in _CURSORS]
    else:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, encoding="utf-8", errors="replace")
        parts = [urlencode([(key, value)]) for key, value in pairs if key not in _CURSORS]
    return "".join(f"{part}&" for part in parts)
