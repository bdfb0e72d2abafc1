"""Accounts, local and remote, and what belongs to a local one alone."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from palabre.clock import Instant
from palabre.ids import AccountId


class Standing(StrEnum):
    """Whether an account may be seen and may act. Stored by value."""

    ACTIVE = "active"
    PENDING = "pending"
    """Waits for the operator's approval: signs in, but is not seen and cannot write."""
    SUSPENDED = "suspended"


class Field(msgspec.Struct, frozen=True):
    """A line of a profile: a name, what it says, and when the link in it was proved (``rel=me``)."""

    name: str
    value: str
    verified: Instant | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account as stored. Local and remote accounts have the same shape; a local one has no ``domain``."""

    id: AccountId
    username: str
    domain: str
    """Empty for a local account; else the host of the server it lives on."""
    display_name: str
    bio: str
    """Source text of a local account, HTML of a remote one."""
    fields: tuple[Field, ...]
    avatar: str | None
    """Name of the file in the media store; ``None`` for the default picture."""
    header: str | None
    avatar_description: str = ""
    header_description: str = ""
    locked: bool
    bot: bool
    discoverable: bool
    """May be suggested and listed."""
    indexable: bool
    """Public posts may be found by full-text search."""
    standing: Standing
    created: Instant
    posts_count: int
    followers_count: int
    following_count: int
    last_post: Instant | None
    uri: str | None = None
    """ActivityPub id of a remote account."""
    url: str | None = None
    """Page of a remote account."""

    @property
    def is_local(self) -> bool:
        """Whether it lives here."""
        return not self.domain

    @property
    def acct(self) -> str:
        """``name``, or ``name@domain`` for a remote account, as Mastodon writes it."""
        return f"{self.username}@{self.domain}" if self.domain else self.username


class Role(StrEnum):
    """What a member may do beyond talking. Stored by value."""

    MEMBER = "member"
    ADMIN = "admin"


class Preferences(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A member's own settings."""

    visibility: str = "public"
    """Of new posts, in our words."""
    sensitive: bool = False
    """Whether new media are marked sensitive."""
    quote_policy: str = "all"
    """Who may quote new posts: ``all``, ``followers`` or ``nobody``."""
    post_language: str | None = None
    language: str | None = None
    """Of the interface; ``None``: what the browser asks for."""
    theme: str = "system"
    """``system``, ``light`` or ``dark``."""
    expand_warnings: bool = False
    autoplay: bool = False
    describe_media: bool = False
    """Whether posts whose media are not all described are refused."""
    push_quiet: bool = False
    """Whether push messages only say that something happened, not who did what."""


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What a local account signs in with; the e-mail address is encrypted, the password hashed."""

    account: AccountId
    email_sealed: bytes | None
    password_hash: str | None
    role: Role
    preferences: Preferences
    created: Instant
    signup_reason: str | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A browser in which a member is signed in."""

    id: int
    account: AccountId
    agent: str
    """Browser and system, in words."""
    created: Instant
    seen: Instant
    """When it was last used, to the hour."""
    expires: Instant


class App(msgspec.Struct, frozen=True, kw_only=True):
    """A program that speaks the client API for its users."""

    id: int
    name: str
    website: str | None
    redirect_uris: tuple[str, ...]
    scopes: str
    """What it may ask for at most, separated by spaces."""
    created: Instant


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What an app shows to act; the secret itself is kept nowhere."""

    id: int
    app: int | None
    """``None``: made by the operator."""
    account: AccountId | None
    """``None``: the app acts for itself."""
    scopes: str
    created: Instant


class AuthorisedApp(msgspec.Struct, frozen=True, kw_only=True):
    """A token of a member, with the app that holds it."""

    token: int
    app: App | None
    scopes: str
    created: Instant


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A code with which people may sign up; the code itself is kept nowhere."""

    id: int
    created_by: AccountId | None
    uses_left: int
    created: Instant
    expires: Instant | None


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a token or a session stands for, and what it may do: all that a request needs to know."""

    account: AccountId | None
    """``None``: an app acts for itself."""
    app: int | None = None
    token: int | None = None
    session: int | None = None
    scopes: frozenset[str] = frozenset()
    """Empty for a session, which may do everything."""
    role: Role = Role.MEMBER
    standing: Standing = Standing.ACTIVE
    locale: str | None = None
    """The language of the interface that the member chose."""
    preferences: Preferences | None = None
    """What the member's posts begin with; for a token of a member."""
    seen: Instant = Instant(0)
    expires: Instant | None = None
