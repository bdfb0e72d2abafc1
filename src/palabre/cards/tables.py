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
    Column("language", Text),
    Identifier("creator", nullable=True, comment="the account that the page names as its author"),
    Moment("fetched"),
)
cardless_page = Table(
    "cardless_page",
    METADATA,
    Column("url", Text, primary_key=True),
    Moment("until", comment="when it is worth another look"),
    sqlite_with_rowid=False,
)
Index("ix_cardless_page_until", cardless_page.c.until)
Index(
    "ix_link_card_creator",
    link_card.c.creator,
    sqlite_where=text("creator IS NOT NULL"),
    postgresql_where=text("creator IS NOT NULL"),
)
Index(
    "ix_link_card_image",
    link_card.c.image,
    sqlite_where=text("image IS NOT NULL"),
    postgresql_where=text("image IS NOT NULL"),
)
