"""Filters, their words, and the posts that stand in them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from palabre.store.metadata import METADATA, Flag, Identifier, Json, Moment

post_filter = Table(
    "post_filter",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account"),
    Column("title", Text, nullable=False),
    Json("contexts"),
    Column("act", Text, nullable=False, comment="warn, hide or blur"),
    Moment("expires", nullable=True),
)
Index("ix_post_filter_account_id", post_filter.c.account, post_filter.c.id)

filter_keyword = Table(
    "filter_keyword",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("filter"),
    Column("keyword", Text, nullable=False),
    Flag("whole_word"),
)
Index("ix_filter_keyword_filter_id", filter_keyword.c.filter, filter_keyword.c.id)

filter_post = Table(
    "filter_post",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("filter"),
    Identifier("post"),
)
Index("uq_filter_post_filter_post", filter_post.c.filter, filter_post.c.post, unique=True)
Index("ix_filter_post_post", filter_post.c.post)
