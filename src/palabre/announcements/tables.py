"""Announcements, who has read them, and what members answer with."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from palabre.store.metadata import METADATA, Flag, Identifier, Moment

announcement = Table(
    "announcement",
    METADATA,
    Identifier("id", primary_key=True),
    Column("text", Text, nullable=False),
    Moment("starts", nullable=True),
    Moment("ends", nullable=True),
    Flag("all_day"),
    Moment("published"),
    Moment("updated"),
)

dismissal = Table(
    "announcement_dismissal",
    METADATA,
    Identifier("account", primary_key=True),
    Identifier("announcement", primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_announcement_dismissal_announcement", dismissal.c.announcement)

reaction = Table(
    "announcement_reaction",
    METADATA,
    Identifier("announcement", primary_key=True),
    Column("name", Text, primary_key=True, comment="an emoji"),
    Identifier("account", primary_key=True),
    Identifier("id"),
    sqlite_with_rowid=False,
)
Index("ix_announcement_reaction_account", reaction.c.account)
