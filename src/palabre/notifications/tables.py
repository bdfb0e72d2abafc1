"""What members are told."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from palabre.store.metadata import METADATA, Identifier, Moment

notification = Table(
    "notification",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account", comment="whom it tells"),
    Column("kind", Text, nullable=False),
    Identifier("actor", comment="who did it"),
    Identifier("post", nullable=True),
    Moment("created"),
)
Index("ix_notification_account_id", notification.c.account, notification.c.id)
Index("ix_notification_post", notification.c.post)
Index("ix_notification_actor_account", notification.c.actor, notification.c.account)
Index(
    "uq_notification_account_kind_actor_post",
    notification.c.account,
    notification.c.kind,
    notification.c.actor,
    notification.c.post,
    unique=True,
)

seen = Table(
    "notification_seen",
    METADATA,
    Identifier("account", primary_key=True),
    Identifier("newest", comment="the newest notification the member has seen"),
)
