"""Whom the network keeps out, as those who run it see it."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.ids import Kind
from palabre.moderation import blocks_model as model


class AdminEmailDomainBlock(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail provider whose addresses nobody signs up with. Refused tries are not counted: history is empty."""

    id: str
    domain: str
    created_at: str
    history: tuple[()] = ()
    allow_with_approval: bool = False


class AdminCanonicalEmailBlock(msgspec.Struct, frozen=True, kw_only=True):
    """An address that nobody signs up with."""

    id: str
    canonical_email_hash: str
    """Keyed by this network, so that whoever reads it cannot try addresses out."""


class AdminIpBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A network from which not everything is allowed."""

    id: str
    ip: str
    severity: model.IpSeverity
    comment: str
    created_at: str
    expires_at: str | None


def email_domain_block(names: Names, shown: model.EmailDomainBlock) -> AdminEmailDomainBlock:
    """Render a provider."""
    return AdminEmailDomainBlock(
        id=names.ids.encode(Kind.EMAIL_DOMAIN_BLOCK, shown.id), domain=shown.domain, created_at=iso(shown.created)
    )


def email_block(names: Names, shown: model.EmailBlock) -> AdminCanonicalEmailBlock:
    """Render an address."""
    return AdminCanonicalEmailBlock(
        id=names.ids.encode(Kind.EMAIL_BLOCK, shown.id), canonical_email_hash=shown.email_key.hex()
    )


def ip_block(names: Names, shown: model.IpBlock) -> AdminIpBlock:
    """Render a network."""
    return AdminIpBlock(
        id=names.ids.encode(Kind.IP_BLOCK, shown.id),
        ip=shown.network,
        severity=shown.severity,
        comment=shown.comment,
        created_at=iso(shown.created),
        expires_at=None if shown.expires is None else iso(shown.expires),
    )
