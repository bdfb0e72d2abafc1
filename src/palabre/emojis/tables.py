"""Custom emojis."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from palabre.store.metadata import METADATA, Flag, Identifier, Moment

custom_emoji = Table(
    "custom_emoji",
    METADATA,
    Identifier("id", primary_key=True),
    Column("shortcode", Text, nullable=False, unique=True),
    Column("file", Text, nullable=False),
    Column("still", Text, nullable=False),
    Column("category", Text),
    Flag("visible"),
    Moment("created"),
)
