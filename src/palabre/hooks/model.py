"""Webhooks as values."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from palabre.clock import Instant
from palabre.ids import AccountId
from palabre.posts.model import Visibility

MOST = 10
"""Webhooks of each direction that a member has at most."""
LOG = 100
"""Deliveries of a webhook that are kept; what is older is sent no more."""


class IncomingHook(msgspec.Struct, frozen=True, kw_only=True):
    """An address by which programs post as a member; its secret is kept nowhere."""

    id: int
    account: AccountId
    name: str
    visibility: Visibility
    created: Instant
    used: Instant | None = None


class Event(StrEnum):
    """What a program is told of, in Mastodon's words. Stored by value: never rename one."""

    STATUS_CREATED = "status.created"
    """A post of the owner; for administrators, a public post of the network."""
    MENTION_CREATED = "mention.created"
    """Somebody mentioned the owner."""
    FOLLOW_CREATED = "follow.created"
    """Somebody follows the owner."""
    ACCOUNT_CREATED = "account.created"
    """Somebody signed up."""
    REPORT_CREATED = "report.created"
    """Somebody reported something."""
    PING = "ping"
    """A test, asked for by the owner."""


OF_MEMBERS = (Event.STATUS_CREATED, Event.MENTION_CREATED, Event.FOLLOW_CREATED)
OF_ADMINS = (Event.ACCOUNT_CREATED, Event.REPORT_CREATED, Event.STATUS_CREATED)


class State(StrEnum):
    """Whether a program is told. Stored by value."""

    ON = "on"
    FAILED = "failed"
    """It did not answer for too long, or said that it is gone: it is told nothing until its owner says so."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a program is reached, and what it checks signatures with. Kept encrypted."""

    url: str
    secret: str
    """``whsec_`` and 32 bytes in base64, as Standard Webhooks writes it."""


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """A program that is told."""

    id: int
    account: AccountId
    for_admins: bool
    events: frozenset[Event]
    sealed: bytes
    """The target, encrypted."""
    state: State
    failing_since: Instant | None
    created: Instant


class Outcome(StrEnum):
    """How a delivery stands. Stored by value."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    DROPPED = "dropped"
    """What it was about is gone, or not for its owner to see any more."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one program."""

    id: int
    webhook: int
    event: Event
    subject: int
    attempts: int
    status: int | None
    problem: str | None
    outcome: Outcome
    created: Instant
    tried: Instant | None


class Sending(msgspec.Struct, frozen=True):
    """What a job is about."""

    delivery: int
