"""For those who run the network: whom it keeps out."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.accounts.roles import Permission
from palabre.clock import DAY, Instant, now
from palabre.edge.answers import Answer
from palabre.edge.binding import EmailDomainBlockRef, IpBlockRef
from palabre.edge.own_network import refuse_own_network
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.ids import Kind
from palabre.moderation import blocks
from palabre.moderation.blocks_model import EmailDomainBlock, IpBlock, IpSeverity
from palabre.paging import Window
from palabre.store import Snapshot
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import admin_page, go, show

_SHOWN = 200
_DAYS = {"": None, "1": 1, "7": 7, "30": 30, "365": 365}


class NewDomain(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a provider."""

    domain: str = ""


class NewNetwork(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a network."""

    ip: str = ""
    severity: IpSeverity = IpSeverity.NO_SIGN_UP
    days: Literal["", "1", "7", "30", "365"] = "30"
    comment: str = ""


def _both(db: Snapshot) -> tuple[list[EmailDomainBlock], list[IpBlock]]:
    newest = Window(limit=_SHOWN)
    return blocks.email_domains.page(db, newest).items, blocks.ips.page(db, newest).items


async def _blocks(request: Request, app: Site, told: Form, status: int = 200) -> Answer:
    domains, networks = await app.db.read(_both)
    encode = app.ids.encode
    return await show(
        request,
        "admin/blocks.html",
        status=status,
        domains=[(each, encode(Kind.EMAIL_DOMAIN_BLOCK, each.id)) for each in domains],
        networks=[(each, encode(Kind.IP_BLOCK, each.id)) for each in networks],
        form=told,
        now=now(),
    )


_EMPTY = {"severity": "sign_up_block", "days": "30"}


@admin_page("GET", "/admin/blocks", may=Permission.MANAGE_BLOCKS)
async def list_blocks(request: Request, viewer: Viewer, app: Site) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Show the blocked providers and networks, and take new ones."""
    return await _blocks(request, app, form(_EMPTY))


@admin_page("POST", "/admin/blocks/domains", may=Permission.MANAGE_BLOCKS)
async def block_domain(request: Request, viewer: Viewer, app: Site, body: NewDomain) -> Answer:
    """Let nobody sign up with an address at a provider."""
    try:
        await app.db.write(blocks.block_email_domain, viewer.account, body.domain)
    except Invalid as refusal:
        return await _blocks(request, app, refused_form(request, refusal, body, ("domain",)), 422)
    return go(request, "/admin/blocks", flash="blocked_out")


@admin_page("POST", "/admin/blocks/domains/{block}/remove", may=Permission.MANAGE_BLOCKS)
async def unblock_domain(request: Request, viewer: Viewer, app: Site, block: EmailDomainBlockRef) -> Answer:
    """Take that back."""
    await app.db.write(blocks.unblock_email_domain, viewer.account, block)
    return go(request, "/admin/blocks", flash="let_in_again")


@admin_page("POST", "/admin/blocks/networks", may=Permission.MANAGE_BLOCKS)
async def block_network(request: Request, viewer: Viewer, app: Site, body: NewNetwork) -> Answer:
    """Keep those from a network out."""
    days = _DAYS[body.days]
    wanted = blocks.WantedIpBlock(
        network=body.ip,
        severity=body.severity,
        comment=body.comment,
        expires=None if days is None else Instant(now() + days * DAY),
    )
    try:
        refuse_own_network(request, app, wanted)
        await app.db.write(blocks.block_ip, viewer.account, wanted)
    except Invalid as refusal:
        return await _blocks(request, app, refused_form(request, refusal, body, ("ip", "comment")), 422)
    return go(request, "/admin/blocks", flash="blocked_out")


@admin_page("POST", "/admin/blocks/networks/{block}/remove", may=Permission.MANAGE_BLOCKS)
async def unblock_network(request: Request, viewer: Viewer, app: Site, block: IpBlockRef) -> Answer:
    """Take that back."""
    await app.db.write(blocks.unblock_ip, viewer.account, block)
    return go(request, "/admin/blocks", flash="let_in_again")


ROUTES = (
    list_blocks,
    block_domain,
    unblock_domain,
    block_network,
    unblock_network,
)
