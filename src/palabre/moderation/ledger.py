"""Lists that moderators keep, of whom is shut out or let in: one shape for all, looked through, up and taken back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Table, bindparam, select

from palabre.moderation.errors import BlockNotFound
from palabre.paging import Slice, Window, cut
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update
from palabre.store.pages import Pages

T = TypeVar("T", bound=msgspec.Struct)


class Ledger(Generic[T]):
    """Rows of one table as structs: the fields of ``kind`` are its columns, ``id`` the first of them."""

    def __init__(self, table: Table, kind: type[T], *, name: str) -> None:
        """``name``: the column that says of whom a row is, each at most once."""
        self._kind = kind
        rows = select(*(table.c[field] for field in kind.__struct_fields__))
        mine, named = table.c.id == bindparam("number"), table.c[name]
        self._pages = Pages(rows, table.c.id)
        self._all = statement(rows.order_by(table.c.id))
        self._one = statement(rows.where(mine))
        self._named = statement(rows.where(named == bindparam("wanted")))
        self._among = statement(rows.where(among(named, "wanted")))
        self._insert = insert(table)
        self._update = update(table, mine, **{field: bindparam(f"new_{field}") for field in kind.__struct_fields__})
        self._delete = delete(table, mine)

    def _read(self, row: tuple[Any, ...]) -> T:
        return msgspec.convert(dict(zip(self._kind.__struct_fields__, row, strict=True)), self._kind, strict=False)

    def page(self, db: Snapshot, window: Window) -> Slice[T]:
        """Return rows, the newest first. One statement."""
        return cut([(row[0], self._read(row)) for row in self._pages.rows(db, window)])

    def all(self, db: Snapshot) -> list[T]:
        """Return all rows, the oldest first, for the memory of the server. One statement."""
        return [self._read(row) for row in db.all(self._all)]

    def one(self, db: Snapshot, number: int) -> T:
        """Return one row.

        Raises:
            BlockNotFound: there is none.

        """
        row = db.one(self._one, number=number)
        if row is None:
            raise BlockNotFound
        return self._read(row)

    def named(self, db: Snapshot, name: str | bytes) -> T | None:
        """Return the row of exactly this name. One statement."""
        row = db.one(self._named, wanted=name)
        return None if row is None else self._read(row)

    def among(self, db: Snapshot, names: Collection[str]) -> list[T]:
        """Return the rows that have one of these names. One statement."""
        return [self._read(row) for row in db.all(self._among, wanted=list(names))]

    def add(self, tx: Transaction, new: T) -> T:
        """Add a row, and return it."""
        tx.run(self._insert, **msgspec.to_builtins(new, builtin_types=(bytes,)))
        return new

    def change(self, tx: Transaction, new: T) -> T:
        """Write the row with the id of ``new`` anew, and return it."""
        values = msgspec.to_builtins(new, builtin_types=(bytes,))
        tx.run(self._update, number=values["id"], **{f"new_{field}": value for field, value in values.items()})
        return new

    def remove(self, tx: Transaction, number: int) -> T:
        """Remove a row, and return what it was.

        Raises:
            BlockNotFound: there is none.

        """
        gone = self.one(tx, number)
        tx.run(self._delete, number=number)
        return gone
