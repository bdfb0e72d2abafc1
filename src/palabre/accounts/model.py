"""Accounts, local and remote, and what belongs to a local one alone."""

from __future__ import annotations

from enum import IntFlag, StrEnum

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
    asked: Instant | None = None
    """Since when its page is asked for a proof."""


class BadgeKind(StrEnum):
    """A fact about an account that its readers should know. Stored by value."""

    AUTOMATED = "automated"
    """It mostly posts by itself."""
    FEED = "feed"
    """It repeats what a feed elsewhere says; true of whoever is fed from one here."""
    PARODY = "parody"
    """It plays somebody else."""
    OFFICIAL = "official"
    """It speaks for whom it says: only the operator vouches for that."""


class Shows(IntFlag):
    """What a profile shows of its account. Stored by value."""

    MEDIA = 1
    """A part of its own for pictures, videos and recordings."""
    MEDIA_REPLIES = 2
    """Those in replies stand in that part too."""
    FEATURED = 4
    """The hashtags and the people that it recommends."""
    PEOPLE = 8
    """Who follows it, and whom it follows."""


SHOWS_ALL = Shows.MEDIA | Shows.MEDIA_REPLIES | Shows.FEATURED | Shows.PEOPLE


class Voucher(StrEnum):
    """Who vouches for a fact. Stored by value."""

    MEMBER = "member"
    OPERATOR = "operator"
    NETWORK = "network"
    """The network itself, which does what it tells of."""


class Badge(msgspec.Struct, frozen=True):
    """A fact, and who vouches for it."""

    kind: BadgeKind
    by: Voucher


class Role(StrEnum):
    """What a member does beyond talking, lowest first; :mod:`palabre.accounts.roles` says what. Stored by value."""

    MEMBER = "member"
    MODERATOR = "moderator"
    """Looks after reports and accounts."""
    ADMIN = "admin"
    """Runs the network."""
    OWNER = "owner"
    """Runs it, and decides who else does."""


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
    badges: tuple[Badge, ...] = ()
    """Facts that somebody vouches for; :attr:`facts` adds that it is a machine."""
    limited: bool = False
    """Moderators keep its posts out of what people see who do not follow it."""
    sensitized: bool = False
    """Moderators have all its media covered."""
    role: Role = Role.MEMBER
    """Shown to everybody: who runs a network is no secret."""
    shows: int = int(SHOWS_ALL)
    """Bits of :class:`Shows`."""
    attribution_domains: tuple[str, ...] = ()
    """Sites that may name it as the author of their pages."""
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
    def facts(self) -> tuple[Badge, ...]:
        """What readers should know of it, and who says so: one line for each fact, the operator's word first."""
        own = (Badge(BadgeKind.AUTOMATED, Voucher.MEMBER),) if self.bot else ()
        said = {badge.kind: badge for badge in (*own, *self.badges)}
        for voucher in (Voucher.NETWORK, Voucher.OPERATOR):
            said |= {badge.kind: badge for badge in self.badges if badge.by is voucher}
        return tuple(said[kind] for kind in BadgeKind if kind in said)

    def wrote_on(self, host: str) -> bool:
        """Tell whether a page on ``host`` may name it as its author: it says so of the site, or one around it."""
        return any(host == site or host.endswith(f".{site}") for site in self.attribution_domains)

    @property
    def is_local(self) -> bool:
        """Whether it lives here."""
        return not self.domain

    @property
    def acct(self) -> str:
        """``name``, or ``name@domain`` for a remote account, as Mastodon writes it."""
        return f"{self.username}@{self.domain}" if self.domain else self.username


class Preferences(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A member's own settings."""

    visibility: str = "public"
    """Of new posts, in our words."""
    sensitive: bool = False
    """Whether new media are marked sensitive."""
    quote_policy: str = "all"
    """Who may quote new posts: a ``posts.model.QuotePolicy``."""
    reply_policy: str = "all"
    """Who may reply to new posts: ``all``, ``followers``, ``followed``, ``mentioned`` or ``nobody``."""
    reply_approval: str = "none"
    """Whose replies wait for the member's say: of ``none``, of ``strangers``, of ``all``."""
    post_language: str | None = None
    language: str | None = None
    """Of the interface; ``None``: what the browser asks for."""
    theme: str = "system"
    """``system``, ``light`` or ``dark``."""
    expand_warnings: bool = False
    autoplay: bool = False
    describe_media: bool = False
    """Whether posts whose media are not all described are refused."""
    told_sign_ups: bool = True
    """Whether somebody who runs the network is told of new members."""
    told_reports: bool = True
    """Whether he is told of reports."""
    push_quiet: bool = False
    """Whether push messages only say that something happened, not who did what."""


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What a local account signs in with; the e-mail address is encrypted, the password hashed."""

    account: AccountId
    email_sealed: bytes | None
    password_hash: str | None
    preferences: Preferences
    created: Instant
    signup_reason: str | None = None
    disabled: bool = False
    """Moderators let nobody sign in; the account stays as it is."""


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


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """A key in a device of a member, which signs him in without a password (WebAuthn)."""

    id: int
    account: AccountId
    credential: bytes
    public_key: bytes
    sign_count: int
    host: str
    """The name under which it was made, and works."""
    name: str
    created: Instant
    used: Instant | None = None


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
    name: str | None = None
    """How the member calls a token that he made for himself."""
    used: Instant | None = None
    """The last time, to the hour."""


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
