"""Whom the network keeps out, as stored."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from palabre.clock import Instant


class EmailDomainBlock(msgspec.Struct, frozen=True):
    """An e-mail provider whose addresses nobody signs up with; its subdomains neither."""

    id: int
    domain: str
    created: Instant


class EmailBlock(msgspec.Struct, frozen=True):
    """An address that nobody signs up with, however it is written; kept as a keyed hash."""

    id: int
    email_key: bytes
    created: Instant


class IpSeverity(StrEnum):
    """What those from a network may not do, mildest first. Stored by value: never rename one."""

    APPROVAL = "sign_up_requires_approval"
    NO_SIGN_UP = "sign_up_block"
    NO_ACCESS = "no_access"


class IpBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A network, in CIDR notation, from which not everything is allowed."""

    id: int
    network: str
    severity: IpSeverity
    comment: str
    created: Instant
    expires: Instant | None = None
    """From then on it means nothing."""
