"""How two accounts stand to each other."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from palabre.accounts.model import Account
from palabre.clock import Instant
from palabre.ids import AccountId


class Follow(msgspec.Struct, frozen=True, kw_only=True):
    """One account follows another, or asks to."""

    id: int
    follower: AccountId
    followed: AccountId
    show_reposts: bool = True
    notify: bool = False
    languages: tuple[str, ...] = ()
    """Only posts in these languages; empty for all."""


class Mute(msgspec.Struct, frozen=True, kw_only=True):
    """One account does not want to see another."""

    id: int
    account: AccountId
    target: AccountId
    notifications: bool
    """Whether its notifications are hidden too."""
    expires: Instant | None


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """How a viewer stands to ``account``."""

    account: AccountId
    following: bool = False
    showing_reposts: bool = False
    notifying: bool = False
    languages: tuple[str, ...] = ()
    followed_by: bool = False
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False
    muting_notifications: bool = False
    muting_expires: Instant | None = None
    requested: bool = False
    requested_by: bool = False
    domain_blocking: bool = False
    endorsed: bool = False
    note: str = ""
    """What the viewer wrote about the account, for himself."""


class Replies(StrEnum):
    """Which replies a list shows, beside those to their own authors. Stored by value: never rename one."""

    FOLLOWED = "followed"
    """To anybody whom the owner follows."""
    LIST = "list"
    """To people in the list."""
    NONE = "none"


class List(msgspec.Struct, frozen=True, kw_only=True):
    """Some of those whom a member follows, with a timeline of their own."""

    id: int
    account: AccountId
    title: str
    replies: Replies = Replies.LIST
    exclusive: bool = False
    """Whether those in it are left out of home."""


class CollectionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a collection says of itself."""

    name: str
    description: str = ""
    language: str | None = None
    """BCP 47."""
    hashtag: str | None = None
    """Without its sign."""
    sensitive: bool = False
    discoverable: bool = True
    """Whether it stands on its owner's profile."""


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """An account in a collection."""

    id: int
    account: Account


class AccountCollection(msgspec.Struct, frozen=True, kw_only=True):
    """A collection, with those in it whom the viewer may see there."""

    id: int
    owner: Account
    said: CollectionDraft
    updated: Instant
    items: tuple[Collected, ...] = ()
