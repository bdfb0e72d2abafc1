"""Accounts and how people sign in: passwords, sessions of browsers, tokens of apps, invitations."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, text

from palabre.store.metadata import METADATA, Flag, Identifier, Json, Moment

_WORD = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared by code point on both databases, so that a prefix is a range of the index."""

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
    Column("avatar_description", Text, nullable=False),
    Column("header", Text),
    Column("header_description", Text, nullable=False),
    Flag("locked"),
    Flag("bot"),
    Flag("discoverable"),
    Flag("indexable"),
    Json("badges", server_default=text("'[]'"), comment="facts, and who vouches for them"),
    Flag("limited", server_default=text("false"), comment="shown to followers, and to whoever comes to it"),
    Flag("sensitized", server_default=text("false"), comment="its media are always covered"),
    Column("role", Text, nullable=False, server_default=text("'member'"), comment="what it does beyond talking"),
    Column("shows", Integer, nullable=False, server_default=text("15"), comment="bits of accounts.model.Shows"),
    Json("attribution_domains", server_default=text("'[]'"), comment="sites that may name it as an author"),
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
Index(
    "ix_account_domain_id",
    account.c.domain,
    account.c.id,
    sqlite_where=text("domain <> ''"),
    postgresql_where=text("domain <> ''"),
)

Index(
    "ix_account_role",
    account.c.role,
    sqlite_where=text("role <> 'member'"),
    postgresql_where=text("role <> 'member'"),
)

account_word = Table(
    "account_word",
    METADATA,
    Column("word", _WORD, primary_key=True, comment="a word of the user name or the display name, folded"),
    Identifier("account", primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_account_word_account", account_word.c.account)

login = Table(
    "login",
    METADATA,
    Identifier("account", primary_key=True),
    Column(
        "email_key", LargeBinary, unique=True, comment="keyed hash of the address, once somebody has vouched for it"
    ),
    Column("email_sealed", LargeBinary, comment="the address, encrypted"),
    Column("password_hash", Text),
    Json("preferences"),
    Column("signup_reason", Text),
    Moment("created"),
    Flag("disabled", server_default=text("false"), comment="nobody signs in, no token is good"),
    Identifier("app", nullable=True, comment="with which app he signed up; null: on the pages"),
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
    Identifier("browser", nullable=True, comment="names those that one browser holds; null: it holds no other"),
)
Index("ix_session_account", session.c.account)
Index("ix_session_expires", session.c.expires)
Index(
    "ix_session_browser",
    session.c.browser,
    sqlite_where=text("browser IS NOT NULL"),
    postgresql_where=text("browser IS NOT NULL"),
)

app_token = Table(
    "app_token",
    METADATA,
    Identifier("session", primary_key=True, comment="it is good as long as this session is"),
    Column("secret_key", LargeBinary, nullable=False, unique=True, comment="keyed hash of the token"),
    Column("former_key", LargeBinary, unique=True, comment="the one before, while the new one may not have arrived"),
    Flag("arrived", comment="the new one was used, so that the former is good no more"),
    Moment("rotated"),
    Moment("expires"),
)
Index("ix_app_token_expires", app_token.c.expires)

hand_over = Table(
    "hand_over",
    METADATA,
    Column("code_key", LargeBinary, primary_key=True, comment="keyed hash of the code"),
    Identifier("session"),
    Moment("expires"),
)
Index("ix_hand_over_expires", hand_over.c.expires)
Index("ix_hand_over_session", hand_over.c.session)

second_factor = Table(
    "second_factor",
    METADATA,
    Identifier("account", primary_key=True),
    Column("secret_sealed", LargeBinary, nullable=False, comment="of the time-based codes, encrypted"),
    Identifier("last_step", comment="the step of the last code that was taken, so that none is taken twice"),
    Moment("created"),
    Moment("confirmed", nullable=True, comment="null: it is being set up, and nobody is asked for it"),
)

recovery_code = Table(
    "recovery_code",
    METADATA,
    Identifier("account", primary_key=True),
    Column("code_key", LargeBinary, primary_key=True, comment="keyed hash of the code"),
    sqlite_with_rowid=False,
)

passkey = Table(
    "passkey",
    METADATA,
    Identifier("id", primary_key=True),
    Identifier("account"),
    Column("credential", LargeBinary, nullable=False, unique=True, comment="how the authenticator calls it"),
    Column("public_key", LargeBinary, nullable=False, comment="COSE"),
    Identifier("sign_count", comment="how often it signed, if it counts"),
    Column("host", Text, nullable=False, comment="the name that it works under, WebAuthn's rp id"),
    Column("name", Text, nullable=False),
    Moment("created"),
    Moment("used", nullable=True),
)
Index("ix_passkey_account", passkey.c.account)

ceremony = Table(
    "ceremony",
    METADATA,
    Column("secret_key", LargeBinary, primary_key=True, comment="keyed hash of the cookie's secret"),
    Column("purpose", Text, nullable=False),
    Identifier("account", nullable=True, comment="whose it is; null: whoever holds the passkey"),
    Column("challenge", LargeBinary, comment="what a passkey has to sign"),
    Column("tries", Integer, nullable=False),
    Moment("expires"),
)
Index("ix_ceremony_account", ceremony.c.account)
Index("ix_ceremony_expires", ceremony.c.expires)

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
    Identifier("owner", nullable=True, comment="the member who made it in the settings"),
)
Index("ix_app_owner", app.c.owner, sqlite_where=text("owner IS NOT NULL"), postgresql_where=text("owner IS NOT NULL"))

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
    Identifier("token", nullable=True, comment="what was given for it; the code is then used up"),
)
Index("ix_oauth_authorization_account", authorization.c.account)

token = Table(
    "oauth_token",
    METADATA,
    Identifier("id", primary_key=True),
    Column("secret_key", LargeBinary, nullable=False, unique=True, comment="keyed hash of the token"),
    Identifier("app", nullable=True, comment="null: made by the operator"),
    Identifier("account", nullable=True, comment="null: the app acts for itself"),
    Column("scopes", Text, nullable=False),
    Moment("created"),
    Column("name", Text, comment="how the member calls a token that he made for himself"),
    Moment("used", nullable=True, comment="to the hour"),
)
Index("ix_oauth_token_account", token.c.account)
Index(
    "ix_oauth_token_app",
    token.c.app,
    sqlite_where=text("app IS NOT NULL"),
    postgresql_where=text("app IS NOT NULL"),
)

Index("ix_oauth_authorization_expires", authorization.c.expires)

gone_name = Table(
    "gone_name",
    METADATA,
    Column("name_key", LargeBinary, primary_key=True, comment="keyed hash of a name whose account was deleted"),
    sqlite_with_rowid=False,
)

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
Index("ix_invitation_created_by", invitation.c.created_by)
