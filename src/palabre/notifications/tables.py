"""What members are told."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text, text

from palabre.store.metadata import METADATA, Flag, Identifier, Moment

notification = Table(
    "notification",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account", comment="whom it tells"),
    Column("kind", Text, nullable=False),
    Identifier("actor", comment="who did it"),
    Identifier("post", nullable=True),
    Moment("created"),
    Column(
        "bucket",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="the hour in which its group began; 0: it stands alone",
    ),
    Flag("filtered", server_default=text("false"), comment="waits among the requests"),
    Identifier("subject", nullable=True, comment="a report, an act of moderators or a collection"),
)
Index(
    "ix_notification_subject",
    notification.c.subject,
    sqlite_where=text("subject IS NOT NULL"),
    postgresql_where=text("subject IS NOT NULL"),
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
Index(
    "ix_notification_group",
    notification.c.account,
    notification.c.kind,
    notification.c.post,
    notification.c.bucket,
    notification.c.id,
    sqlite_where=text("bucket > 0"),
    postgresql_where=text("bucket > 0"),
)
Index(
    "ix_notification_filtered",
    notification.c.account,
    notification.c.id,
    notification.c.actor,
    sqlite_where=text("filtered"),
    postgresql_where=text("filtered"),
)

policy = Table(
    "notification_policy",
    METADATA,
    Identifier("account", primary_key=True),
    Column("not_following", Text, nullable=False),
    Column("not_followers", Text, nullable=False),
    Column("new_accounts", Text, nullable=False),
    Column("private_mentions", Text, nullable=False),
    Column("limited_accounts", Text, nullable=False),
)

permission = Table(
    "notification_permission",
    METADATA,
    Identifier("account", primary_key=True),
    Identifier("sender", primary_key=True, comment="whose notifications always arrive"),
    sqlite_with_rowid=False,
)
Index("ix_notification_permission_sender", permission.c.sender)

seen = Table(
    "notification_seen",
    METADATA,
    Identifier("account", primary_key=True),
    Identifier("newest", comment="the newest notification the member has seen"),
)
