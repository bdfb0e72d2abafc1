"""Accounts and how people sign in: passwords, sessions of browsers, tokens of apps, invitations."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from palabre.store.metadata import METADATA, Flag, Identifier, Json, Moment

account = Table(
    "account",
    METADATA,
    Identifier("id", primary_key=True),
    Column("username", Text, nullable=False),
    Column("username_key", Text, nullable=False, comment="lower case, for look-up"),
    Column("domain", Text, nullable=False, comment="empty for local accounts"),
    Column("display_name", Text, nullable=False),
    Column("bio", Text, nullable=False),
    Json("fields"),
    Column("avatar", Text),
    Column("header", Text),
    Flag("locked"),
    Flag("bot"),
    Flag("discoverable"),
    Flag("indexable"),
    Column("standing", Text, nullable=False),
    Moment("created"),
    Column("posts_count", Integer, nullable=False),
    Column("followers_count", Integer, nullable=False),
    Column("following_count", Integer, nullable=False),
    Moment("last_post", nullable=True),
    Column("uri", Text, unique=True),
    Column("url", Text),
    Column("inbox", Text),
    Column("shared_inbox", Text),
    Column("public_key", Text),
    Moment("fetched", nullable=True),
)
Index("uq_account_handle", account.c.username_key, account.c.domain, unique=True)

login = Table(
    "login",
    METADATA,
    Identifier("account", primary_key=True),
    Column("email_key", LargeBinary, unique=True, comment="keyed hash of the address, for look-up"),
    Column("email_sealed", LargeBinary, comment="the address, encrypted"),
    Column("password_hash", Text),
    Column("role", Text, nullable=False),
    Json("preferences"),
    Column("signup_reason", Text),
    Moment("created"),
)

session = Table(
    "session",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account"),
    Column("secret_key", LargeBinary, nullable=False, unique=True, comment="keyed hash of the cookie's secret"),
    Column("agent", Text, nullable=False, comment="browser and system, in words"),
    Moment("created"),
    Moment("seen"),
    Moment("expires"),
)
Index("ix_session_account", session.c.account)

app = Table(
    "app",
    METADATA,
    Identifier("id", primary_key=True),
    Column("name", Text, nullable=False),
    Column("website", Text),
    Json("redirect_uris"),
    Column("scopes", Text, nullable=False),
    Column("secret_key", LargeBinary, nullable=False, comment="keyed hash of the client secret"),
    Moment("created"),
)

authorization = Table(
    "oauth_authorization",
    METADATA,
    Column("code_key", LargeBinary, primary_key=True, comment="keyed hash of the code"),
    Identifier("app"),
    Identifier("account"),
    Column("redirect_uri", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("challenge", Text, comment="PKCE S256, RFC 7636"),
    Moment("expires"),
)

token = Table(
    "oauth_token",
    METADATA,
    Identifier("id", primary_key=True),
    Column("secret_key", LargeBinary, nullable=False, unique=True, comment="keyed hash of the token"),
    Identifier("app"),
    Identifier("account", nullable=True),
    Column("scopes", Text, nullable=False),
    Moment("created"),
)
Index("ix_oauth_token_account", token.c.account)

invitation = Table(
    "invitation",
    METADATA,
    Identifier("id", primary_key=True),
    Column("code_key", LargeBinary, nullable=False, unique=True),
    Identifier("created_by", nullable=True),
    Column("uses_left", Integer, nullable=False),
    Moment("created"),
    Moment("expires", nullable=True),
)
