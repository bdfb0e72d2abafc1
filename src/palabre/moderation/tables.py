"""Rules and reports."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, text

from palabre.store.metadata import METADATA, Identifier, Json, Moment

rule = Table(
    "rule",
    METADATA,
    Identifier("id", primary_key=True),
    Column("text", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Json("translations", comment="by language: text and hint"),
)

report = Table(
    "report",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("reporter", comment="0: it is deleted"),
    Identifier("target"),
    Column("category", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Json("posts"),
    Json("rules"),
    Moment("created"),
    Moment("closed", nullable=True),
    Identifier("closed_by", nullable=True),
)
Index("ix_report_reporter_id", report.c.reporter, report.c.id)
Index("ix_report_target_id", report.c.target, report.c.id)
Index(
    "ix_report_open",
    report.c.id,
    sqlite_where=text("closed IS NULL"),
    postgresql_where=text("closed IS NULL"),
)
Index(
    "ix_report_closed",
    report.c.id,
    sqlite_where=text("closed IS NOT NULL"),
    postgresql_where=text("closed IS NOT NULL"),
)
Index(
    "ix_report_closed_by",
    report.c.closed_by,
    sqlite_where=text("closed_by IS NOT NULL"),
    postgresql_where=text("closed_by IS NOT NULL"),
)
