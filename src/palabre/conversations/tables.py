"""Which conversations stand in whose list."""

from __future__ import annotations

from sqlalchemy import Index, Table

from palabre.store.metadata import METADATA, Flag, Identifier

conversation = Table(
    "conversation",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account", comment="in whose list it stands"),
    Identifier("thread"),
    Identifier("last_post", comment="the newest post of it that the member has got"),
    Flag("unread"),
)
Index("uq_conversation_account_thread", conversation.c.account, conversation.c.thread, unique=True)
Index("ix_conversation_account_last_post", conversation.c.account, conversation.c.last_post)
Index("ix_conversation_last_post", conversation.c.last_post)
