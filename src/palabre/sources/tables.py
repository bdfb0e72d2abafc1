"""Feeds, and which of their entries were seen."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from palabre.store.metadata import METADATA, Identifier, Moment

feed_source = Table(
    "feed_source",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account", unique=True),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("modified", Text, nullable=False, comment="as the feed's server said"),
    Moment("due", comment="of the one job that is good for it"),
    Moment("fetched", nullable=True),
    Column("failures", Integer, nullable=False, comment="one after the other"),
    Column("problem", Text),
    Moment("created"),
)

feed_entry = Table(
    "feed_entry",
    METADATA,
    Identifier("source", primary_key=True),
    Column("entry_key", LargeBinary, primary_key=True, comment="hash of the guid"),
    Moment("seen"),
    sqlite_with_rowid=False,
)
Index("ix_feed_entry_source_seen", feed_entry.c.source, feed_entry.c.seen)
