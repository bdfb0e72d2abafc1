"""Addresses by which programs post, programs that are told, and how telling them went."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from palabre.store.metadata import METADATA, Flag, Identifier, Json, Moment

incoming_webhook = Table(
    "incoming_webhook",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account"),
    Column("name", Text, nullable=False),
    Column("secret_key", LargeBinary, nullable=False, unique=True, comment="keyed hash of the secret in the address"),
    Column("visibility", Text, nullable=False, comment="of posts that name none"),
    Moment("created"),
    Moment("used", nullable=True),
)
Index("ix_incoming_webhook_account", incoming_webhook.c.account)

webhook = Table(
    "webhook",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account"),
    Flag("for_admins", comment="told of the network, not of its owner"),
    Json("events"),
    Column("sealed", LargeBinary, nullable=False, comment="address and secret, encrypted"),
    Column("state", Text, nullable=False),
    Moment("failing_since", nullable=True),
    Moment("created"),
)
Index("ix_webhook_account", webhook.c.account)
Index("ix_webhook_for_admins_id", webhook.c.for_admins, webhook.c.id)

webhook_delivery = Table(
    "webhook_delivery",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("webhook"),
    Column("event", Text, nullable=False),
    Identifier("subject", comment="the post, account or report; what is said of it is made when it is sent"),
    Column("attempts", Integer, nullable=False),
    Column("status", Integer, comment="of the last answer"),
    Column("problem", Text, comment="why there was no answer"),
    Column("outcome", Text, nullable=False),
    Moment("created"),
    Moment("tried", nullable=True),
)
Index("ix_webhook_delivery_webhook_id", webhook_delivery.c.webhook, webhook_delivery.c.id)
