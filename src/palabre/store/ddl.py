"""The schema that the ``tables.py`` modules describe, as SQL text: source of a new migration, and its check."""

from __future__ import annotations

from sqlalchemy import Table, Text
from sqlalchemy.schema import CreateIndex, CreateTable

from palabre.store.metadata import METADATA
from palabre.store.statement import Dialect, _dialect

_CHOICES = frozenset({
    "kind", "language", "mime", "quote_policy", "quote_state", "reply_policy", "reply_state", "role",
    "standing", "visibility",
})  # fmt: skip
"""Columns of text that hold one of a few words of ours."""


def ddl(dialect: Dialect) -> str:
    """Return ``CREATE`` statements for every table and index known to the metadata, in a stable order."""
    lines: list[str] = []
    for table in sorted(METADATA.tables.values(), key=lambda each: each.name):
        lines.append(_text(CreateTable(table), dialect))
        if dialect == "postgresql":
            lines.extend(_unsampled(table))
        lines.extend(
            _text(CreateIndex(index), dialect) for index in sorted(table.indexes, key=lambda each: str(each.name))
        )
    lines.extend(METADATA.info.get("also", {}).get(dialect, ()))  # what only one of the databases has
    return "\n".join(lines)


def _unsampled(table: Table) -> list[str]:
    """Keep members' words out of PostgreSQL's statistics, where a sample of them would outlive their deletion."""
    names = [each.name for each in table.columns if isinstance(each.type, Text) and each.name not in _CHOICES]
    return [f"ALTER TABLE {table.name} ALTER COLUMN {name} SET STATISTICS 0;\n" for name in names]


def _text(construct: CreateTable | CreateIndex, dialect: Dialect) -> str:
    raw = str(construct.compile(dialect=_dialect(dialect))).strip()
    return "\n".join(line.rstrip() for line in raw.replace("\t", "    ").splitlines()) + ";\n"
