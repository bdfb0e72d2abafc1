"""Reading one page of a list, upwards or downwards, with a statement for each direction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam

from palabre.paging import Window
from palabre.store.session import Snapshot
from palabre.store.statement import statement


class Pages:
    """A list in the order of ``cursor``; its query is compiled once for each direction."""

    __slots__ = ("_down", "_up")

    def __init__(self, query: Select[Any], cursor: Any) -> None:
        """``query`` selects and filters; bounds, order and limit are added here."""
        inside = query.where(cursor < bindparam("upper"), cursor > bindparam("lower")).limit(bindparam("most"))
        self._down = statement(inside.order_by(cursor.desc()))
        self._up = statement(inside.order_by(cursor))

    def rows(self, db: Snapshot, window: Window, **params: Any) -> list[tuple[Any, ...]]:
        """Return the rows of ``window``, newest first: one statement."""
        chosen = self._up if window.upwards else self._down
        found = db.all(chosen, upper=window.upper, lower=window.lower, most=window.limit, **params)
        return found[::-1] if window.upwards else found
