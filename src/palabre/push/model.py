"""What a device is told of."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from palabre.ids import AccountId
from palabre.notifications.model import Kind


class Policy(StrEnum):
    """Whose doings a device is told of. Stored by value: never rename one."""

    ALL = "all"
    FOLLOWED = "followed"
    """Of people the member follows."""
    FOLLOWERS = "follower"
    """Of people who follow the member."""
    NONE = "none"


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """Where a device is reached and what it decrypts with (RFC 8030, RFC 8291). Kept encrypted."""

    endpoint: str
    """The address at its push service: whoever knows it can send there."""
    p256dh: bytes
    """The device's public key: a point of P-256, uncompressed, 65 bytes."""
    auth: bytes
    """What it shares with us alone: 16 bytes."""
    token: str
    """The access token that it subscribed with: apps with several accounts find the right one by it."""


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What one access token wants to be told of."""

    id: int
    account: AccountId
    token: int
    alerts: frozenset[str]
    """The kinds of notifications (values of ``Kind``) that are told."""
    policy: Policy
    standard: bool
    """Encrypted as RFC 8291 says; otherwise as its draft did, which older apps read."""
    sealed: bytes
    """The receiver, encrypted."""


class Message(msgspec.Struct, frozen=True):
    """One notification for one subscription: what a job is about."""

    subscription: int
    notification: int


KINDS = frozenset(kind.value for kind in Kind)
