"""The one ``MetaData`` that every ``tables.py`` describes its tables in, and the columns they share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, Text

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)

_BIG = BigInteger().with_variant(Integer(), "sqlite")


def Identifier(name: str, **options: Any) -> Column[int]:  # noqa: N802 - reads as a type in a table
    """A 64-bit id of ours; not null unless said otherwise."""
    options.setdefault("nullable", False)
    options.setdefault("autoincrement", False)
    return Column(name, _BIG, **options)


def Moment(name: str, **options: Any) -> Column[int]:  # noqa: N802 - reads as a type in a table
    """An instant in milliseconds since 1970; not null unless said otherwise."""
    options.setdefault("nullable", False)
    return Column(name, _BIG, **options)


def Flag(name: str, **options: Any) -> Column[bool]:  # noqa: N802 - reads as a type in a table
    """Yes or no; not null."""
    options.setdefault("nullable", False)
    return Column(name, Boolean(create_constraint=False), **options)


def Json(name: str, **options: Any) -> Column[str]:  # noqa: N802 - reads as a type in a table
    """A value encoded by msgspec as JSON text; not null unless said otherwise."""
    options.setdefault("nullable", False)
    return Column(name, Text, **options)
