"""Rules, reports, what moderators did, and whom they keep out."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table, Text, text

from palabre.store.metadata import METADATA, Flag, Identifier, Json, Moment

rule = Table(
    "rule",
    METADATA,
    Identifier("id", primary_key=True),
    Column("text", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Json("translations", comment="by language: text and hint"),
)

report = Table(
    "report",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("reporter", comment="0: it is deleted"),
    Identifier("target"),
    Column("category", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Json("posts"),
    Json("rules"),
    Moment("created"),
    Moment("closed", nullable=True),
    Identifier("closed_by", nullable=True),
    Identifier("assigned", nullable=True, comment="which moderator looks into it"),
    Moment("updated", nullable=True),
    Json("collections", server_default=text("'[]'")),
)
Index("ix_report_reporter_id", report.c.reporter, report.c.id)
Index("ix_report_target_id", report.c.target, report.c.id)
Index(
    "ix_report_open",
    report.c.id,
    sqlite_where=text("closed IS NULL"),
    postgresql_where=text("closed IS NULL"),
)
Index(
    "ix_report_closed",
    report.c.id,
    sqlite_where=text("closed IS NOT NULL"),
    postgresql_where=text("closed IS NOT NULL"),
)
Index(
    "ix_report_closed_by",
    report.c.closed_by,
    sqlite_where=text("closed_by IS NOT NULL"),
    postgresql_where=text("closed_by IS NOT NULL"),
)
Index("ix_report_closed_at", report.c.closed)
Index(
    "ix_report_assigned",
    report.c.assigned,
    sqlite_where=text("assigned IS NOT NULL"),
    postgresql_where=text("assigned IS NOT NULL"),
)

moderation_act = Table(
    "moderation_act",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("actor", comment="0: the operator by the command line, or an account that is deleted"),
    Column("act", Text, nullable=False),
    Identifier("target", comment="an account; 0: none, or one that is deleted"),
    Column("subject", Text, nullable=False, comment="what it is about, if not an account"),
    Column("reason", Text, nullable=False),
    Identifier("report", nullable=True),
    Moment("created"),
)
Index("ix_moderation_act_target_id", moderation_act.c.target, moderation_act.c.id)
Index("ix_moderation_act_actor", moderation_act.c.actor)

appeal = Table(
    "appeal",
    METADATA,
    Identifier("act", primary_key=True, comment="what the member asks to be looked at again"),
    Identifier("account"),
    Column("text", Text, nullable=False),
    Moment("created"),
    Moment("decided", nullable=True),
    Identifier("decided_by", nullable=True, comment="0: an account that is deleted"),
    Flag("agreed"),
)
Index("ix_appeal_account", appeal.c.account)
Index("ix_appeal_open", appeal.c.act, sqlite_where=text("decided IS NULL"), postgresql_where=text("decided IS NULL"))
Index(
    "ix_appeal_closed",
    appeal.c.act,
    sqlite_where=text("decided IS NOT NULL"),
    postgresql_where=text("decided IS NOT NULL"),
)
Index(
    "ix_appeal_decided_by",
    appeal.c.decided_by,
    sqlite_where=text("decided_by IS NOT NULL"),
    postgresql_where=text("decided_by IS NOT NULL"),
)

email_domain_block = Table(
    "email_domain_block",
    METADATA,
    Identifier("id", primary_key=True),
    Column("domain", Text, nullable=False, unique=True),
    Moment("created"),
)

email_block = Table(
    "email_block",
    METADATA,
    Identifier("id", primary_key=True),
    Column("email_key", LargeBinary, nullable=False, unique=True, comment="keyed hash; the address is kept nowhere"),
    Moment("created"),
)

ip_block = Table(
    "ip_block",
    METADATA,
    Identifier("id", primary_key=True),
    Column("network", Text, nullable=False, unique=True, comment="in CIDR notation"),
    Column("severity", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Moment("created"),
    Moment("expires", nullable=True),
)
Index("ix_ip_block_expires", ip_block.c.expires)

server_block = Table(
    "server_block",
    METADATA,
    Identifier("id", primary_key=True),
    Column("domain", Text, nullable=False, unique=True, comment="in ASCII; those below it are meant too"),
    Column("severity", Text, nullable=False),
    Flag("reject_media"),
    Flag("reject_reports"),
    Column("private_comment", Text, nullable=False),
    Column("public_comment", Text, nullable=False),
    Flag("obfuscate"),
    Moment("created"),
)

server_allow = Table(
    "server_allow",
    METADATA,
    Identifier("id", primary_key=True),
    Column("domain", Text, nullable=False, unique=True),
    Moment("created"),
)

server_mark = Table(
    "server_mark",
    METADATA,
    Identifier("account", primary_key=True, comment="lives on a blocked server"),
    Column("severity", Text, nullable=False, comment="what the block made of it, to be taken back with the block"),
)

hashtag_review = Table(
    "hashtag_review",
    METADATA,
    Identifier("hashtag", primary_key=True),
    Flag("trendable"),
    Moment("decided"),
)

post_review = Table(
    "post_review",
    METADATA,
    Identifier("post", primary_key=True),
    Flag("trendable"),
    Moment("decided"),
)

link_review = Table(
    "link_review",
    METADATA,
    Identifier("card", primary_key=True),
    Flag("trendable"),
    Moment("decided"),
)

publisher_review = Table(
    "publisher_review",
    METADATA,
    Identifier("id", primary_key=True, comment="made of the domain"),
    Column("domain", Text, nullable=False, unique=True),
    Flag("trendable"),
    Moment("decided"),
)
