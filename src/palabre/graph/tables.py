"""Who follows, asks to follow, mutes and blocks whom."""

from __future__ import annotations

from sqlalchemy import Index, Table, text

from palabre.store.metadata import METADATA, Flag, Identifier, Json, Moment

follow = Table(
    "follow",
    METADATA,
    Identifier("follower", primary_key=True),
    Identifier("followed", primary_key=True),
    Identifier("id"),
    Flag("show_reposts"),
    Flag("notify"),
    Json("languages"),
    sqlite_with_rowid=False,
)
Index("ix_follow_followed_id", follow.c.followed, follow.c.id, follow.c.follower)
Index("ix_follow_follower_id", follow.c.follower, follow.c.id)

Index(
    "ix_follow_followed_notify",
    follow.c.followed,
    follow.c.follower,
    sqlite_where=text("notify"),
    postgresql_where=text("notify"),
)

follow_request = Table(
    "follow_request",
    METADATA,
    Identifier("follower", primary_key=True),
    Identifier("followed", primary_key=True),
    Identifier("id"),
    Flag("show_reposts"),
    Flag("notify"),
    Json("languages"),
    sqlite_with_rowid=False,
)
Index("ix_follow_request_followed_id", follow_request.c.followed, follow_request.c.id)

block = Table(
    "block",
    METADATA,
    Identifier("account", primary_key=True),
    Identifier("target", primary_key=True),
    Identifier("id"),
    sqlite_with_rowid=False,
)
Index("ix_block_target", block.c.target, block.c.account)

mute = Table(
    "mute",
    METADATA,
    Identifier("account", primary_key=True),
    Identifier("target", primary_key=True),
    Identifier("id"),
    Flag("notifications"),
    Moment("expires", nullable=True),
    sqlite_with_rowid=False,
)
Index("ix_mute_target", mute.c.target, mute.c.account)
