"""The ordered facts, the place where the next one goes, and how far each subscriber has read."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from palabre.store.metadata import METADATA, Identifier, Json, Moment

journal = Table(
    "journal",
    METADATA,
    Identifier("position", primary_key=True),
    Column("kind", Text, nullable=False),
    Json("payload"),
    Moment("at"),
)

journal_head = Table(
    "journal_head",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Identifier("position"),
)

subscriber_cursor = Table(
    "subscriber_cursor",
    METADATA,
    Column("name", Text, primary_key=True),
    Identifier("position"),
    Column("failure", Text),
)
