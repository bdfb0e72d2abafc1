"""How a row becomes an ``Account``: for this package, and for joins in the capabilities above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from palabre.accounts.model import Account, Field, Standing
from palabre.accounts.tables import account

ACCOUNT_COLUMNS = Account.__struct_fields__

_decode_fields = msgspec.json.Decoder(tuple[Field, ...]).decode
_FIELDS = ACCOUNT_COLUMNS.index("fields")
_STANDING = ACCOUNT_COLUMNS.index("standing")
_FLAGS = tuple(ACCOUNT_COLUMNS.index(name) for name in ("locked", "bot", "discoverable", "indexable"))


def account_columns(table: sa.FromClause = account) -> list[sa.ColumnElement[Any]]:
    """Return the columns that :func:`account_of` wants, of the table or an alias of it."""
    return [table.c[name] for name in ACCOUNT_COLUMNS]


def account_of(row: Sequence[Any]) -> Account:
    """Make an account of a row with :func:`account_columns`."""
    values = list(row)
    fields = values[_FIELDS]
    values[_FIELDS] = () if fields == "[]" else _decode_fields(fields)
    values[_STANDING] = Standing(values[_STANDING])
    for flag in _FLAGS:
        values[flag] = bool(values[flag])
    return Account(**dict(zip(ACCOUNT_COLUMNS, values, strict=True)))
