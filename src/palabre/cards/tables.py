"""Cards of linked pages."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text, text

from palabre.store.metadata import METADATA, Identifier, Moment

link_card = Table(
    "link_card",
    METADATA,
    Identifier("id", primary_key=True),
    Column("url", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("published", Text),
    Column("image", Text),
    Column("image_description", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("blurhash", Text),
    Moment("fetched"),
)
Index(
    "ix_link_card_image",
    link_card.c.image,
    sqlite_where=text("image IS NOT NULL"),
    postgresql_where=text("image IS NOT NULL"),
)
