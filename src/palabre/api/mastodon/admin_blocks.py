"""For those who run the network: e-mail providers, addresses and networks that are kept out."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palabre.accounts.roles import Permission
from palabre.api.mastodon.entities import admin_block as wire
from palabre.api.mastodon.pages import entries_page
from palabre.api.mastodon.pieces import Pieces
from palabre.clock import SECOND, Instant, now
from palabre.edge.admin import admin_endpoint
from palabre.edge.answers import Page
from palabre.edge.binding import EmailBlockRef, EmailDomainBlockRef, IpBlockRef, Seconds
from palabre.edge.own_network import refuse_own_network
from palabre.edge.paging import Paging
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, Kind
from palabre.moderation import blocks
from palabre.moderation.blocks_model import IpBlock, IpSeverity
from palabre.store import Transaction

_MAY = Permission.MANAGE_BLOCKS
_EMAIL_DOMAINS = "email_domain_blocks"
_EMAILS = "canonical_email_blocks"
_IPS = "ip_blocks"

EmailDomainsPage = Annotated[Page, list[wire.AdminEmailDomainBlock]]
EmailsPage = Annotated[Page, list[wire.AdminCanonicalEmailBlock]]
IpsPage = Annotated[Page, list[wire.AdminIpBlock]]


class NewEmailDomain(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a new block of a provider."""

    domain: str


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a test."""

    email: str


class NewEmail(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a new block of an address: one of the two; if both are given, the address counts."""

    email: str = ""
    canonical_email_hash: str = ""


class NewIp(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a new block of a network."""

    ip: str
    severity: IpSeverity
    comment: str = ""
    expires_in: Seconds | None = None
    """Seconds from now; nothing or 0: for good."""


class IpChange(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a change; what is not given stays."""

    ip: str | None = None
    severity: IpSeverity | None = None
    comment: str | None = None
    expires_in: Seconds | None = None
    """Seconds from now; 0: for good."""


@admin_endpoint("GET", "/api/v1/admin/email_domain_blocks", scope=f"admin:read:{_EMAIL_DOMAINS}", may=_MAY)
async def list_email_domains(request: Request, query: Paging, viewer: Viewer, app: Site) -> EmailDomainsPage:  # noqa: ARG001 - an administrator must be asking
    """Show the blocked providers, the newest first."""
    return await entries_page(
        request, query, app, Kind.EMAIL_DOMAIN_BLOCK, blocks.email_domains.page, wire.email_domain_block
    )


@admin_endpoint("GET", "/api/v1/admin/email_domain_blocks/{block}", scope=f"admin:read:{_EMAIL_DOMAINS}", may=_MAY)
async def show_email_domain(block: EmailDomainBlockRef, viewer: Viewer, app: Site) -> wire.AdminEmailDomainBlock:  # noqa: ARG001 - as above
    """Show one."""
    return wire.email_domain_block(app.part(Pieces).names, await app.db.read(blocks.email_domains.one, block))


@admin_endpoint("POST", "/api/v1/admin/email_domain_blocks", scope=f"admin:write:{_EMAIL_DOMAINS}", may=_MAY)
async def block_email_domain(body: NewEmailDomain, viewer: Viewer, app: Site) -> wire.AdminEmailDomainBlock:
    """Let nobody sign up with an address at a provider."""
    made = await app.db.write(blocks.block_email_domain, viewer.account, body.domain)
    return wire.email_domain_block(app.part(Pieces).names, made)


@admin_endpoint(
    "DELETE", "/api/v1/admin/email_domain_blocks/{block}", scope=f"admin:write:{_EMAIL_DOMAINS}", may=_MAY
)
async def unblock_email_domain(block: EmailDomainBlockRef, viewer: Viewer, app: Site) -> None:
    """Take that back."""
    await app.db.write(blocks.unblock_email_domain, viewer.account, block)


@admin_endpoint("GET", "/api/v1/admin/canonical_email_blocks", scope=f"admin:read:{_EMAILS}", may=_MAY)
async def list_emails(request: Request, query: Paging, viewer: Viewer, app: Site) -> EmailsPage:  # noqa: ARG001 - as above
    """Show the blocked addresses, the newest first."""
    return await entries_page(request, query, app, Kind.EMAIL_BLOCK, blocks.emails.page, wire.email_block)


@admin_endpoint("GET", "/api/v1/admin/canonical_email_blocks/{block}", scope=f"admin:read:{_EMAILS}", may=_MAY)
async def show_email(block: EmailBlockRef, viewer: Viewer, app: Site) -> wire.AdminCanonicalEmailBlock:  # noqa: ARG001 - as above
    """Show one."""
    return wire.email_block(app.part(Pieces).names, await app.db.read(blocks.emails.one, block))


@admin_endpoint("POST", "/api/v1/admin/canonical_email_blocks/test", scope=f"admin:read:{_EMAILS}", may=_MAY)
async def test_email(body: Address, viewer: Viewer, app: Site) -> list[wire.AdminCanonicalEmailBlock]:  # noqa: ARG001 - as above
    """Show which block an address falls under, if any."""
    found = await app.db.read(blocks.block_of_email, app.keyring, body.email)
    return [] if found is None else [wire.email_block(app.part(Pieces).names, found)]


@admin_endpoint("POST", "/api/v1/admin/canonical_email_blocks", scope=f"admin:write:{_EMAILS}", may=_MAY)
async def block_email(body: NewEmail, viewer: Viewer, app: Site) -> wire.AdminCanonicalEmailBlock:
    """Let nobody sign up with an address."""
    made = await app.db.write(
        blocks.block_email, app.keyring, viewer.account, email=body.email, digest=body.canonical_email_hash
    )
    return wire.email_block(app.part(Pieces).names, made)


@admin_endpoint("DELETE", "/api/v1/admin/canonical_email_blocks/{block}", scope=f"admin:write:{_EMAILS}", may=_MAY)
async def unblock_email(block: EmailBlockRef, viewer: Viewer, app: Site) -> None:
    """Take that back."""
    await app.db.write(blocks.unblock_email, viewer.account, block)


@admin_endpoint("GET", "/api/v1/admin/ip_blocks", scope=f"admin:read:{_IPS}", may=_MAY)
async def list_ips(request: Request, query: Paging, viewer: Viewer, app: Site) -> IpsPage:  # noqa: ARG001 - as above
    """Show the blocked networks, the newest first; those that have run out too."""
    return await entries_page(request, query, app, Kind.IP_BLOCK, blocks.ips.page, wire.ip_block)


@admin_endpoint("GET", "/api/v1/admin/ip_blocks/{block}", scope=f"admin:read:{_IPS}", may=_MAY)
async def show_ip(block: IpBlockRef, viewer: Viewer, app: Site) -> wire.AdminIpBlock:  # noqa: ARG001 - as above
    """Show one."""
    return wire.ip_block(app.part(Pieces).names, await app.db.read(blocks.ips.one, block))


def _ends(seconds: int | None) -> Instant | None:
    return Instant(now() + seconds * SECOND) if seconds else None


@admin_endpoint("POST", "/api/v1/admin/ip_blocks", scope=f"admin:write:{_IPS}", may=_MAY)
async def block_ip(request: Request, body: NewIp, viewer: Viewer, app: Site) -> wire.AdminIpBlock:
    """Keep those from a network out, as far as its severity says."""
    wanted = blocks.WantedIpBlock(
        network=body.ip, severity=body.severity, comment=body.comment, expires=_ends(body.expires_in)
    )
    refuse_own_network(request, app, wanted)
    made = await app.db.write(blocks.block_ip, viewer.account, wanted)
    return wire.ip_block(app.part(Pieces).names, made)


def _change(tx: Transaction, admin: AccountId, number: int, change: IpChange, request: Request, app: Site) -> IpBlock:
    before = blocks.ips.one(tx, number)
    wanted = blocks.WantedIpBlock(
        network=before.network if change.ip is None else change.ip,
        severity=change.severity or before.severity,
        comment=before.comment if change.comment is None else change.comment,
        expires=before.expires if change.expires_in is None else _ends(change.expires_in),
    )
    refuse_own_network(request, app, wanted)
    return blocks.change_ip_block(tx, admin, number, wanted)


@admin_endpoint("PUT", "/api/v1/admin/ip_blocks/{block}", scope=f"admin:write:{_IPS}", may=_MAY)
async def change_ip(
    request: Request, block: IpBlockRef, body: IpChange, viewer: Viewer, app: Site
) -> wire.AdminIpBlock:
    """Say it otherwise."""
    made = await app.db.write(_change, viewer.account, block, body, request, app)
    return wire.ip_block(app.part(Pieces).names, made)


@admin_endpoint("DELETE", "/api/v1/admin/ip_blocks/{block}", scope=f"admin:write:{_IPS}", may=_MAY)
async def unblock_ip(block: IpBlockRef, viewer: Viewer, app: Site) -> None:
    """Take that back."""
    await app.db.write(blocks.unblock_ip, viewer.account, block)


ROUTES = (
    list_email_domains,
    show_email_domain,
    block_email_domain,
    unblock_email_domain,
    list_emails,
    show_email,
    test_email,
    block_email,
    unblock_email,
    list_ips,
    show_ip,
    block_ip,
    change_ip,
    unblock_ip,
)
