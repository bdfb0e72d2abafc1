"""Posts, whom and what they mention, what members did with them, and the hashtags they follow and feature."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, text

from palabre.store.metadata import METADATA, Flag, Identifier, Json, Moment

_WORD = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared by code point on both databases, so that a prefix is a range of the index."""

annual_report = Table(
    "annual_report",
    METADATA,
    Identifier("account", primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Flag("seen"),
    sqlite_with_rowid=False,
)

post = Table(
    "post",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("author"),
    Column("text", Text, nullable=False),
    Json("entities"),
    Json("mentions"),
    Json("hashtags"),
    Column("warning", Text, nullable=False),
    Flag("sensitive"),
    Column("language", Text),
    Column("visibility", Text, nullable=False),
    Moment("created"),
    Moment("edited", nullable=True),
    Identifier("reply_to", nullable=True),
    Identifier("reply_to_author", nullable=True),
    Identifier("thread"),
    Identifier("repost_of", nullable=True),
    Identifier("app", nullable=True),
    Flag("local"),
    Flag("listed"),
    Column("replies_count", Integer, nullable=False),
    Column("reposts_count", Integer, nullable=False),
    Column("likes_count", Integer, nullable=False),
    Column("media_count", Integer, nullable=False),
    Column("uri", Text, unique=True),
    Column("url", Text),
    Column("quotes_count", Integer, nullable=False, server_default=text("0")),
    Column("quote_policy", Text, nullable=False, server_default=text("'nobody'")),
    Identifier("quote_of", nullable=True),
    Column("quote_state", Text),
    Identifier("quote_grant", nullable=True, comment="id of the quoted author's authorisation (FEP-044f)"),
    Column("ups", Integer, nullable=False, server_default=text("0")),
    Column("downs", Integer, nullable=False, server_default=text("0")),
    Column("parts", Integer, nullable=False, server_default=text("0"), comment="bits of posts.model.Part"),
    Identifier("card", nullable=True),
    Column("reply_policy", Text, nullable=False, server_default=text("'all'")),
    Flag("hidden", server_default=text("false")),
)
Index(
    "ix_post_card_id",
    post.c.card,
    post.c.id,
    sqlite_where=text("card IS NOT NULL"),
    postgresql_where=text("card IS NOT NULL"),
)
Index(
    "ix_post_id_linking",
    post.c.id,
    sqlite_where=text("card IS NOT NULL"),
    postgresql_where=text("card IS NOT NULL"),
)
Index("ix_post_author_id", post.c.author, post.c.id)
Index("ix_post_thread_id", post.c.thread, post.c.id)
Index(
    "ix_post_thread_id_waiting",
    post.c.thread,
    post.c.id,
    sqlite_where=text("visibility = 'waiting'"),
    postgresql_where=text("visibility = 'waiting'"),
)
Index(
    "uq_post_repost_of_author",
    post.c.repost_of,
    post.c.author,
    unique=True,
    sqlite_where=text("repost_of IS NOT NULL"),
    postgresql_where=text("repost_of IS NOT NULL"),
)
Index(
    "ix_post_repost_of_id",
    post.c.repost_of,
    post.c.id,
    sqlite_where=text("repost_of IS NOT NULL"),
    postgresql_where=text("repost_of IS NOT NULL"),
)
Index(
    "ix_post_reply_to_id",
    post.c.reply_to,
    post.c.id,
    sqlite_where=text("reply_to IS NOT NULL"),
    postgresql_where=text("reply_to IS NOT NULL"),
)
Index(
    "ix_post_quote_of_id",
    post.c.quote_of,
    post.c.id,
    sqlite_where=text("quote_of IS NOT NULL"),
    postgresql_where=text("quote_of IS NOT NULL"),
)
Index(
    "ix_post_listed_id",
    post.c.id,
    sqlite_where=text("listed"),
    postgresql_where=text("listed"),
)
Index(
    "ix_post_author_id_media",
    post.c.author,
    post.c.id,
    sqlite_where=text("media_count > 0"),
    postgresql_where=text("media_count > 0"),
)

post_mention = Table(
    "post_mention",
    METADATA,
    Identifier("account", primary_key=True),
    Identifier("post", primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_post_mention_post", post_mention.c.post)

hashtag = Table(
    "hashtag",
    METADATA,
    Identifier("id", primary_key=True),
    Column("key", _WORD, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Moment("created"),
    Moment("last_post"),
    Column("posts_count", Integer, nullable=False),
    Flag("usable", server_default=text("true"), comment="no: moderators let no new post have it"),
    Flag("listable", server_default=text("true"), comment="no: it is neither found nor suggested"),
)

Index(
    "ix_hashtag_unusable",
    hashtag.c.key,
    sqlite_where=text("NOT usable"),
    postgresql_where=text("NOT usable"),
)

post_hashtag = Table(
    "post_hashtag",
    METADATA,
    Identifier("hashtag", primary_key=True),
    Identifier("post", primary_key=True),
    Identifier("author"),
    sqlite_with_rowid=False,
)
Index("ix_post_hashtag_post", post_hashtag.c.post)
Index("ix_post_hashtag_author_hashtag", post_hashtag.c.author, post_hashtag.c.hashtag, post_hashtag.c.post)

viewer_post = Table(
    "viewer_post",
    METADATA,
    Identifier("account", primary_key=True),
    Identifier("post", primary_key=True),
    Column("marks", Integer, nullable=False, comment="bits of posts.model.Mark"),
    Identifier("liked", nullable=True, comment="id of the like: its place in the list of likes"),
    Identifier("bookmarked", nullable=True, comment="id of the bookmark"),
    Identifier("voted", nullable=True, comment="id of the vote in a poll: its place among the voters"),
    Identifier("pinned", nullable=True, comment="id of the pin: its place on the profile"),
    sqlite_with_rowid=False,
)
Index(
    "ix_viewer_post_account_liked",
    viewer_post.c.account,
    viewer_post.c.liked,
    sqlite_where=text("liked IS NOT NULL"),
    postgresql_where=text("liked IS NOT NULL"),
)
Index(
    "ix_viewer_post_account_bookmarked",
    viewer_post.c.account,
    viewer_post.c.bookmarked,
    sqlite_where=text("bookmarked IS NOT NULL"),
    postgresql_where=text("bookmarked IS NOT NULL"),
)
Index(
    "ix_viewer_post_post_liked",
    viewer_post.c.post,
    viewer_post.c.liked,
)

Index(
    "ix_viewer_post_post_voted",
    viewer_post.c.post,
    viewer_post.c.voted,
    sqlite_where=text("voted IS NOT NULL"),
    postgresql_where=text("voted IS NOT NULL"),
)
Index(
    "ix_viewer_post_account_pinned",
    viewer_post.c.account,
    viewer_post.c.pinned,
    sqlite_where=text("pinned IS NOT NULL"),
    postgresql_where=text("pinned IS NOT NULL"),
)

poll = Table(
    "poll",
    METADATA,
    Identifier("post", primary_key=True),
    Flag("multiple"),
    Flag("hide_totals"),
    Moment("expires"),
    Column("voters", Integer, nullable=False),
)

poll_choice = Table(
    "poll_choice",
    METADATA,
    Identifier("post", primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("votes", Integer, nullable=False),
    sqlite_with_rowid=False,
)

post_version = Table(
    "post_version",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("post"),
    Moment("created", comment="when this wording began to be shown"),
    Column("text", Text, nullable=False),
    Json("entities"),
    Json("mentions"),
    Column("warning", Text, nullable=False),
    Flag("sensitive"),
    Json("media"),
    Json("choices"),
)
Index("ix_post_version_post_id", post_version.c.post, post_version.c.id)

unpublished = Table(
    "unpublished",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account"),
    Moment("due", nullable=True, comment="when it is published; null: a draft"),
    Json("content", comment="a posts.model.Draft"),
    Moment("changed"),
)
Index("ix_unpublished_account_id", unpublished.c.account, unpublished.c.id)

idempotency = Table(
    "idempotency",
    METADATA,
    Identifier("account", primary_key=True),
    Column("key", LargeBinary, primary_key=True, comment="hash of the client's key"),
    Identifier("post"),
    Moment("created"),
    sqlite_with_rowid=False,
)
Index("ix_idempotency_created", idempotency.c.created)
Index("ix_idempotency_post", idempotency.c.post)

followed_hashtag = Table(
    "followed_hashtag",
    METADATA,
    Identifier("account", primary_key=True),
    Column(
        "key", _WORD, primary_key=True, comment="folded, as hashtag.key: a hashtag may be followed before it is used"
    ),
    Column("name", Text, nullable=False, comment="as the member wrote it"),
    Identifier("id"),
    sqlite_with_rowid=False,
)
Index("ix_followed_hashtag_account_id", followed_hashtag.c.account, followed_hashtag.c.id)

featured_hashtag = Table(
    "featured_hashtag",
    METADATA,
    Identifier("account", primary_key=True),
    Column("key", _WORD, primary_key=True),
    Column("name", Text, nullable=False),
    Identifier("id"),
    sqlite_with_rowid=False,
)

muted_thread = Table(
    "muted_thread",
    METADATA,
    Identifier("account", primary_key=True),
    Identifier("thread", primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_muted_thread_thread", muted_thread.c.thread)

reply_request = Table(
    "reply_request",
    METADATA,
    Identifier("post", primary_key=True),
    Identifier("owner"),
    Identifier("writer"),
    Column("reply_state", Text, nullable=False, comment="a posts.model.ReplyState"),
    Column("visibility", Text, nullable=False, comment="what the post is to have once it is approved"),
    Moment("decided", nullable=True),
)
"""Replies for which the author of the conversation (``owner``) was asked."""
Index(
    "ix_reply_request_owner_reply_state_post",
    reply_request.c.owner,
    reply_request.c.reply_state,
    reply_request.c.post,
)
Index(
    "ix_reply_request_owner_writer_reply_state_post",
    reply_request.c.owner,
    reply_request.c.writer,
    reply_request.c.reply_state,
    reply_request.c.post,
)
Index("ix_reply_request_writer_post", reply_request.c.writer, reply_request.c.post)

quote_request = Table(
    "quote_request",
    METADATA,
    Identifier("post", primary_key=True),
    Identifier("owner"),
    Identifier("writer"),
    Identifier("quoted"),
)
"""Quotes that wait until the author of what they quote (``owner``) agrees; what is decided stands at the post."""
Index("ix_quote_request_owner_post", quote_request.c.owner, quote_request.c.post)
Index("ix_quote_request_writer_owner", quote_request.c.writer, quote_request.c.owner)
Index("ix_quote_request_quoted", quote_request.c.quoted)

reply_rule = Table(
    "reply_rule",
    METADATA,
    Identifier("owner", primary_key=True),
    Identifier("writer", primary_key=True),
    Column(
        "reply_state", Text, nullable=False, comment="muted or spam: what becomes of the writer's further replies"
    ),
    sqlite_with_rowid=False,
)
Index("ix_reply_rule_writer", reply_rule.c.writer)
