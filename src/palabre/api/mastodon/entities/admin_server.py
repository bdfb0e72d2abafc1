"""Other servers that the network blocks or lets in, as those who run it see them, and as everybody does."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.ids import Kind
from palabre.moderation import servers_model as model
from palabre.moderation.servers_rules import digest, shown_name


class DomainBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A blocked server as it is published."""

    domain: str
    """With stars in it, if those who run the network wish so."""
    digest: str
    """SHA-256 of the whole name."""
    severity: model.ServerSeverity
    comment: str


class AdminDomainBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A blocked server."""

    id: str
    domain: str
    digest: str
    created_at: str
    severity: model.ServerSeverity
    reject_media: bool
    reject_reports: bool
    private_comment: str | None
    public_comment: str | None
    obfuscate: bool


class AdminDomainAllow(msgspec.Struct, frozen=True, kw_only=True):
    """A server on the list of those that are let in."""

    id: str
    domain: str
    created_at: str


class AlreadyBlocked(msgspec.Struct, frozen=True, kw_only=True):
    """Why a block is not made: one that is there says as much."""

    error: str
    existing_domain_block: AdminDomainBlock


def domain_block(shown: model.ServerBlock) -> DomainBlock:
    """Render a blocked server for everybody."""
    return DomainBlock(
        domain=shown_name(shown), digest=digest(shown.domain), severity=shown.severity, comment=shown.public_comment
    )


def admin_domain_block(names: Names, shown: model.ServerBlock) -> AdminDomainBlock:
    """Render a blocked server."""
    return AdminDomainBlock(
        id=names.ids.encode(Kind.SERVER_BLOCK, shown.id),
        domain=shown.domain,
        digest=digest(shown.domain),
        created_at=iso(shown.created),
        severity=shown.severity,
        reject_media=shown.reject_media,
        reject_reports=shown.reject_reports,
        private_comment=shown.private_comment or None,
        public_comment=shown.public_comment or None,
        obfuscate=shown.obfuscate,
    )


def admin_domain_allow(names: Names, shown: model.ServerAllow) -> AdminDomainAllow:
    """Render a server that is let in."""
    return AdminDomainAllow(
        id=names.ids.encode(Kind.SERVER_ALLOW, shown.id), domain=shown.domain, created_at=iso(shown.created)
    )
