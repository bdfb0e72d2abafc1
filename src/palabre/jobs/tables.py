"""Work to do."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from palabre.store.metadata import METADATA, Flag, Identifier, Json, Moment

job = Table(
    "job",
    METADATA,
    Identifier("id", primary_key=True),
    Column("kind", Text, nullable=False),
    Column("ordering_key", Text),
    Json("payload"),
    Moment("run_at"),
    Moment("leased_until"),
    Column("attempts", Integer, nullable=False),
    Flag("dead"),
    Column("error", Text),
    Moment("created"),
)
Index("ix_job_dead_run_at", job.c.dead, job.c.run_at)
Index("ix_job_ordering_key_id", job.c.ordering_key, job.c.id)
