"""For those who run the network: which other servers are blocked, and which are let in."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palabre.accounts.roles import Permission
from palabre.api.mastodon.entities import admin_server as wire
from palabre.api.mastodon.pages import entries_page
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.admin import admin_endpoint
from palabre.edge.answers import Answer, Page
from palabre.edge.binding import ServerAllowRef, ServerBlockRef
from palabre.edge.paging import Paging
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, Kind
from palabre.moderation import servers
from palabre.moderation.errors import ServerAlreadyBlocked
from palabre.moderation.servers_model import ServerBlock, ServerSeverity, WantedServerBlock
from palabre.store import Transaction

_BLOCKS = "domain_blocks"
_ALLOWS = "domain_allows"
_MAY = Permission.MANAGE_FEDERATION

BlocksPage = Annotated[Page, list[wire.AdminDomainBlock]]
AllowsPage = Annotated[Page, list[wire.AdminDomainAllow]]


class NewBlock(WantedServerBlock, frozen=True, kw_only=True):
    """The body of a new block."""


class BlockChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of a change; what is not given stays."""

    severity: ServerSeverity | msgspec.UnsetType = msgspec.UNSET
    reject_media: bool | msgspec.UnsetType = msgspec.UNSET
    reject_reports: bool | msgspec.UnsetType = msgspec.UNSET
    private_comment: str | msgspec.UnsetType | None = msgspec.UNSET
    public_comment: str | msgspec.UnsetType | None = msgspec.UNSET
    obfuscate: bool | msgspec.UnsetType = msgspec.UNSET


class NewAllow(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a new entry."""

    domain: str


@admin_endpoint("GET", "/api/v1/admin/domain_blocks", scope=f"admin:read:{_BLOCKS}", may=_MAY)
async def list_blocks(request: Request, query: Paging, viewer: Viewer, app: Site) -> BlocksPage:  # noqa: ARG001 - an administrator must be asking
    """Show the blocked servers, the newest first."""
    return await entries_page(request, query, app, Kind.SERVER_BLOCK, servers.blocks.page, wire.admin_domain_block)


@admin_endpoint("GET", "/api/v1/admin/domain_blocks/{block}", scope=f"admin:read:{_BLOCKS}", may=_MAY)
async def show_block(block: ServerBlockRef, viewer: Viewer, app: Site) -> wire.AdminDomainBlock:  # noqa: ARG001 - as above
    """Show one."""
    return wire.admin_domain_block(app.part(Pieces).names, await app.db.read(servers.blocks.one, block))


@admin_endpoint("POST", "/api/v1/admin/domain_blocks", scope=f"admin:write:{_BLOCKS}", may=_MAY)
async def block(body: NewBlock, viewer: Viewer, app: Site) -> Annotated[Answer, wire.AdminDomainBlock]:
    """Block a server, as far as its severity says; an existing block that says as much is shown instead, with 422."""
    names = app.part(Pieces).names
    try:
        made = await app.db.write(servers.block_server, viewer.account, body, own=app.config.domain)
    except ServerAlreadyBlocked as refusal:
        there = wire.admin_domain_block(names, refusal.block)
        return Answer.json(wire.AlreadyBlocked(error=str(refusal), existing_domain_block=there), status=422)
    return Answer.json(wire.admin_domain_block(names, made))


def _change(tx: Transaction, admin: AccountId, number: int, change: BlockChange) -> ServerBlock:
    before = servers.blocks.one(tx, number)
    said = {
        name: given
        for name in WantedServerBlock.__struct_fields__
        if (given := getattr(change, name, msgspec.UNSET)) is not msgspec.UNSET
    }
    said |= {name: "" for name, given in said.items() if given is None}
    kept = {name: getattr(before, name) for name in WantedServerBlock.__struct_fields__}
    return servers.change_server_block(tx, admin, number, WantedServerBlock(**(kept | said)))


@admin_endpoint("PUT", "/api/v1/admin/domain_blocks/{block}", scope=f"admin:write:{_BLOCKS}", may=_MAY)
async def change_block(block: ServerBlockRef, body: BlockChange, viewer: Viewer, app: Site) -> wire.AdminDomainBlock:
    """Say it otherwise."""
    made = await app.db.write(_change, viewer.account, block, body)
    return wire.admin_domain_block(app.part(Pieces).names, made)


@admin_endpoint("DELETE", "/api/v1/admin/domain_blocks/{block}", scope=f"admin:write:{_BLOCKS}", may=_MAY)
async def unblock(block: ServerBlockRef, viewer: Viewer, app: Site) -> None:
    """Take that back, with what it made of accounts."""
    await app.db.write(servers.unblock_server, viewer.account, block)


@admin_endpoint("GET", "/api/v1/admin/domain_allows", scope=f"admin:read:{_ALLOWS}", may=_MAY)
async def list_allows(request: Request, query: Paging, viewer: Viewer, app: Site) -> AllowsPage:  # noqa: ARG001 - as above
    """Show the servers that are let in, the newest first."""
    return await entries_page(request, query, app, Kind.SERVER_ALLOW, servers.allows.page, wire.admin_domain_allow)


@admin_endpoint("GET", "/api/v1/admin/domain_allows/{allow}", scope=f"admin:read:{_ALLOWS}", may=_MAY)
async def show_allow(allow: ServerAllowRef, viewer: Viewer, app: Site) -> wire.AdminDomainAllow:  # noqa: ARG001 - as above
    """Show one."""
    return wire.admin_domain_allow(app.part(Pieces).names, await app.db.read(servers.allows.one, allow))


@admin_endpoint("POST", "/api/v1/admin/domain_allows", scope=f"admin:write:{_ALLOWS}", may=_MAY)
async def allow(body: NewAllow, viewer: Viewer, app: Site) -> wire.AdminDomainAllow:
    """Put a server on the list; the entry that is there already is as good."""
    made = await app.db.write(servers.allow_server, viewer.account, body.domain)
    return wire.admin_domain_allow(app.part(Pieces).names, made)


@admin_endpoint("DELETE", "/api/v1/admin/domain_allows/{allow}", scope=f"admin:write:{_ALLOWS}", may=_MAY)
async def disallow(allow: ServerAllowRef, viewer: Viewer, app: Site) -> None:
    """Take a server off the list."""
    await app.db.write(servers.disallow_server, viewer.account, allow)


ROUTES = (
    list_blocks,
    show_block,
    block,
    change_block,
    unblock,
    list_allows,
    show_allow,
    allow,
    disallow,
)
