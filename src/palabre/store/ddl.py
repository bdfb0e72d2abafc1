"""The schema that the ``tables.py`` modules describe, as SQL text: source of a new migration, and its check."""

from __future__ import annotations

from sqlalchemy.schema import CreateIndex, CreateTable

from palabre.store.metadata import METADATA
from palabre.store.statement import Dialect, _dialect


def ddl(dialect: Dialect) -> str:
    """Return ``CREATE`` statements for every table and index known to the metadata, in a stable order."""
    lines: list[str] = []
    for table in sorted(METADATA.tables.values(), key=lambda each: each.name):
        lines.append(_text(CreateTable(table), dialect))
        lines.extend(
            _text(CreateIndex(index), dialect) for index in sorted(table.indexes, key=lambda each: str(each.name))
        )
    return "\n".join(lines)


def _text(construct: CreateTable | CreateIndex, dialect: Dialect) -> str:
    raw = str(construct.compile(dialect=_dialect(dialect))).strip()
    return "\n".join(line.rstrip() for line in raw.replace("\t", "    ").splitlines()) + ";\n"
