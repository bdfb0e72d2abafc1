"""Lists page by page: ``?before=`` names the last line read, as a public id."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec

from palabre.ids import IdCodec, Kind
from palabre.paging import Slice, Window

PAGE = 20


class Paged(msgspec.Struct, frozen=True, kw_only=True):
    """The query of a list."""

    before: str = ""
    part: bool = False
    """Only the lines are asked for, to go below those already there."""


def window(ids: IdCodec, kind: Kind, query: Paged, limit: int = PAGE) -> Window:
    """Return the rows that ``query`` asks for; a bound that nobody gave means the beginning."""
    return Window(before=ids.try_decode(kind, query.before), limit=limit)


def more_address(
    ids: IdCodec, kind: Kind, path: str, found: Slice[Any], limit: int = PAGE, **kept: str
) -> str | None:
    """Return the address of the next page, if there may be one: as many rows were read as asked for.

    How many of them are shown says nothing: a page of which a guard has hidden much, or all, is still gone on from.
    """
    if found.oldest is None or found.read < limit:
        return None
    query = {**{name: value for name, value in kept.items() if value}, "before": ids.encode(kind, found.oldest)}
    return f"{path}?{urlencode(query)}"
