"""How far members have read."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from palabre.store.metadata import METADATA, Identifier, Moment

marker = Table(
    "marker",
    METADATA,
    Identifier("account", primary_key=True),
    Column("timeline", Text, primary_key=True, comment="home or notifications"),
    Identifier("last_read"),
    Column("version", Integer, nullable=False, comment="how often it was moved"),
    Moment("updated"),
    sqlite_with_rowid=False,
)
