"""Archives that members asked for. The archives themselves are files."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from palabre.store.metadata import METADATA, Identifier, Moment

export_run = Table(
    "export_run",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account"),
    Column("state", Text, nullable=False),
    Identifier("total", nullable=True),
    Identifier("done"),
    Identifier("size", nullable=True),
    Column("error", Text),
    Moment("created"),
    Moment("finished", nullable=True),
    Moment("expires", nullable=True),
)
Index("ix_export_run_account_id", export_run.c.account, export_run.c.id)
