"""Who follows, asks to follow, mutes and blocks whom; lists, notes, endorsements, blocked domains."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, text

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

domain_block = Table(
    "domain_block",
    METADATA,
    Identifier("account", primary_key=True),
    Column("domain", Text, primary_key=True),
    Identifier("id"),
    sqlite_with_rowid=False,
)
Index("ix_domain_block_account_id", domain_block.c.account, domain_block.c.id)

account_note = Table(
    "account_note",
    METADATA,
    Identifier("account", primary_key=True),
    Identifier("target", primary_key=True),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_account_note_target", account_note.c.target)

endorsement = Table(
    "endorsement",
    METADATA,
    Identifier("account", primary_key=True),
    Identifier("target", primary_key=True),
    Identifier("id"),
    sqlite_with_rowid=False,
)
Index("ix_endorsement_account_id", endorsement.c.account, endorsement.c.id)
Index("ix_endorsement_target", endorsement.c.target)

collection = Table(
    "collection",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account"),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("language", Text),
    Column("hashtag", Text),
    Flag("sensitive"),
    Flag("discoverable"),
    Moment("updated"),
)
Index("ix_collection_account_id", collection.c.account, collection.c.id)

collection_item = Table(
    "collection_item",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("collection"),
    Identifier("account"),
    Flag("withdrawn", comment="the account does not want to be in it, and is not put into it again"),
)
Index("uq_collection_item_collection_account", collection_item.c.collection, collection_item.c.account, unique=True)
Index("ix_collection_item_account_id", collection_item.c.account, collection_item.c.id)

account_list = Table(
    "account_list",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account"),
    Column("title", Text, nullable=False),
    Column("replies", Text, nullable=False, comment="followed, list or none"),
    Flag("exclusive"),
)
Index("ix_account_list_account_id", account_list.c.account, account_list.c.id)

list_member = Table(
    "list_member",
    METADATA,
    Identifier("list", primary_key=True),
    Identifier("account", primary_key=True),
    Identifier("id"),
    sqlite_with_rowid=False,
)
Index("ix_list_member_list_id", list_member.c.list, list_member.c.id)
Index("ix_list_member_account", list_member.c.account)
