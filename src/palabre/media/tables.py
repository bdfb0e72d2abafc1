"""Attachments: media of posts, media uploaded for posts still being written, and uploads being processed."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, Table, Text, text

from palabre.store.metadata import METADATA, Flag, Identifier, Moment

attachment = Table(
    "attachment",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account"),
    Identifier("post", nullable=True),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("file", Text, nullable=False, unique=True),
    Column("preview", Text, nullable=False),
    Column("mime", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("preview_width", Integer, nullable=False),
    Column("preview_height", Integer, nullable=False),
    Column("blurhash", Text),
    Column("description", Text, nullable=False),
    Column("focus_x", Double, nullable=False),
    Column("focus_y", Double, nullable=False),
    Moment("created"),
    Flag("held", server_default=text("false"), comment="a draft or a scheduled post has it: not to be swept"),
    Column("seconds", Double),
    Column("frame_rate", Text, nullable=False, server_default=""),
    Identifier("bitrate", server_default=text("0")),
    Column("channels", Integer, nullable=False, server_default=text("0")),
    Column("captions", Text),
    Column("captions_language", Text, nullable=False, server_default=""),
)
unfinished_media = Table(
    "unfinished_media",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account"),
    Column("source", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("focus_x", Double, nullable=False),
    Column("focus_y", Double, nullable=False),
    Column("failure", Text),
    Moment("created"),
    Column("poster", Text, comment="a still that the member gave, in the media store"),
    Column("poster_width", Integer, nullable=False, server_default=text("0")),
    Column("poster_height", Integer, nullable=False, server_default=text("0")),
    Column("poster_blurhash", Text),
)
Index("ix_unfinished_media_created", unfinished_media.c.created)
Index("ix_unfinished_media_account", unfinished_media.c.account)
Index("ix_attachment_preview", attachment.c.preview)
Index(
    "ix_attachment_captions",
    attachment.c.captions,
    sqlite_where=text("captions IS NOT NULL"),
    postgresql_where=text("captions IS NOT NULL"),
)
Index(
    "ix_attachment_post_position",
    attachment.c.post,
    attachment.c.position,
    sqlite_where=text("post IS NOT NULL"),
    postgresql_where=text("post IS NOT NULL"),
)
Index(
    "ix_attachment_unattached",
    attachment.c.created,
    sqlite_where=text("post IS NULL"),
    postgresql_where=text("post IS NULL"),
)
