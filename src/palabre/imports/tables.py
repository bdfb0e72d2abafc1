"""Imports under way and done, what came with them, and what waits for a wider network."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from palabre.store.metadata import METADATA, Flag, Identifier, Json, Moment

import_run = Table(
    "import_run",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account"),
    Column("source", Text),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Flag("durable"),
    Identifier("total", nullable=True),
    Identifier("done"),
    Identifier("added"),
    Identifier("place"),
    Json("left_out"),
    Json("listed"),
    Column("error", Text),
    Moment("created"),
    Moment("finished", nullable=True),
)
Index("ix_import_run_account_id", import_run.c.account, import_run.c.id)

import_item = Table(
    "import_item",
    METADATA,
    Identifier("account", primary_key=True),
    Identifier("key", primary_key=True, comment="hash of the name that the thing has where it comes from"),
    Identifier("post", nullable=True),
    sqlite_with_rowid=False,
)

import_waiting = Table(
    "import_waiting",
    METADATA,
    Identifier("account", primary_key=True),
    Column("tie", Text, primary_key=True),
    Column("target", Text, primary_key=True),
    Json("choices"),
    Moment("created"),
    sqlite_with_rowid=False,
)
