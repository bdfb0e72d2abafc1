"""Which devices are told."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from palabre.store.metadata import METADATA, Flag, Identifier, Json, Moment

subscription = Table(
    "push_subscription",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("token", unique=True, comment="the access token that asked for it, and ends it"),
    Identifier("account"),
    Column("sealed", LargeBinary, nullable=False, comment="address and keys of the device, encrypted"),
    Json("alerts"),
    Column("policy", Text, nullable=False),
    Flag("standard"),
    Moment("created"),
)
Index("ix_push_subscription_account", subscription.c.account)
