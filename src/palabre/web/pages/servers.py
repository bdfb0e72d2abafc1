"""For those who run the network: which other servers are blocked, and which are let in."""

from __future__ import annotations

import msgspec

from palabre.accounts.roles import Permission
from palabre.edge.answers import Answer
from palabre.edge.binding import ServerAllowRef, ServerBlockRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.ids import Kind
from palabre.moderation import servers
from palabre.moderation.servers_model import ServerAllow, ServerBlock, ServerSeverity, WantedServerBlock
from palabre.paging import Slice
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import admin_page, go, show
from palabre.web.windows import PAGE, Paged, more_address, window

_MAY = Permission.MANAGE_FEDERATION
_PAGE = "/admin/servers"
_FIELDS = ("domain", "private_comment", "public_comment")
_LETS_IN = "/admin/servers/allowed"


class BlockForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a block; a box that is not ticked is not sent."""

    domain: str = ""
    severity: ServerSeverity = ServerSeverity.LIMIT
    reject_media: bool = False
    reject_reports: bool = False
    private_comment: str = ""
    public_comment: str = ""
    obfuscate: bool = False

    def wanted(self) -> WantedServerBlock:
        """Say it in the words of moderation."""
        return msgspec.convert(self, WantedServerBlock, from_attributes=True)


class AllowForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a server that is let in."""

    domain: str = ""


def _told(app: Site, each: ServerBlock) -> tuple[ServerBlock, str]:
    return each, app.ids.encode(Kind.SERVER_BLOCK, each.id)


async def _list(request: Request, app: Site, query: Paged, told: Form, status: int = 200) -> Answer:
    found: Slice[ServerBlock] = await app.db.read(servers.blocks.page, window(app.ids, Kind.SERVER_BLOCK, query))
    more = more_address(app.ids, Kind.SERVER_BLOCK, _PAGE, found, PAGE)
    return await show(
        request,
        "admin/servers.html",
        status=status,
        blocks=[_told(app, each) for each in found.items],
        form=told,
        shown=app.config.server_blocks,
        more_address=more,
    )


@admin_page("GET", "/admin/servers", may=_MAY)
async def list_blocks(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Show the blocked servers, and take new ones."""
    return await _list(request, app, query, form({"severity": ServerSeverity.LIMIT.value}))


@admin_page("POST", "/admin/servers", may=_MAY)
async def block(request: Request, viewer: Viewer, app: Site, body: BlockForm) -> Answer:
    """Block one."""
    try:
        await app.db.write(servers.block_server, viewer.account, body.wanted(), own=app.config.domain)
    except Invalid as refusal:
        return await _list(request, app, Paged(), refused_form(request, refusal, body, _FIELDS), 422)
    return go(request, _PAGE, flash="server_blocked")


async def _one(request: Request, app: Site, found: ServerBlock, told: Form, status: int = 200) -> Answer:
    place = f"{_PAGE}/{app.ids.encode(Kind.SERVER_BLOCK, found.id)}"
    return await show(request, "admin/server.html", status=status, block=found, place=place, form=told)


@admin_page("GET", "/admin/servers/{block}", may=_MAY)
async def show_block(request: Request, viewer: Viewer, app: Site, block: ServerBlockRef) -> Answer:  # noqa: ARG001 - as above
    """Show one, to say it otherwise."""
    found = await app.db.read(servers.blocks.one, block)
    return await _one(request, app, found, form(msgspec.to_builtins(found)))


@admin_page("POST", "/admin/servers/{block}", may=_MAY)
async def change(request: Request, viewer: Viewer, app: Site, block: ServerBlockRef, body: BlockForm) -> Answer:
    """Say it otherwise."""
    try:
        await app.db.write(servers.change_server_block, viewer.account, block, body.wanted())
    except Invalid as refusal:
        found = await app.db.read(servers.blocks.one, block)
        return await _one(request, app, found, refused_form(request, refusal, body, _FIELDS), 422)
    return go(request, _PAGE, flash="server_changed")


@admin_page("POST", "/admin/servers/{block}/remove", may=_MAY)
async def unblock(request: Request, viewer: Viewer, app: Site, block: ServerBlockRef) -> Answer:
    """Take a block back."""
    await app.db.write(servers.unblock_server, viewer.account, block)
    return go(request, _PAGE, flash="server_unblocked")


async def _allowed(request: Request, app: Site, query: Paged, told: Form, status: int = 200) -> Answer:
    found: Slice[ServerAllow] = await app.db.read(servers.allows.page, window(app.ids, Kind.SERVER_ALLOW, query))
    listed = [(each, app.ids.encode(Kind.SERVER_ALLOW, each.id)) for each in found.items]
    more = more_address(app.ids, Kind.SERVER_ALLOW, _LETS_IN, found, PAGE)
    return await show(request, "admin/allowed.html", status=status, allows=listed, form=told, more_address=more)


@admin_page("GET", "/admin/servers/allowed", may=_MAY)
async def list_allowed(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:  # noqa: ARG001 - as above
    """Show the servers that are let in, and take new ones."""
    return await _allowed(request, app, query, form())


@admin_page("POST", "/admin/servers/allowed", may=_MAY)
async def allow(request: Request, viewer: Viewer, app: Site, body: AllowForm) -> Answer:
    """Put one on the list."""
    try:
        await app.db.write(servers.allow_server, viewer.account, body.domain)
    except Invalid as refusal:
        return await _allowed(request, app, Paged(), refused_form(request, refusal, body, ("domain",)), 422)
    return go(request, _LETS_IN, flash="server_allowed")


@admin_page("POST", "/admin/servers/allowed/{allow}/remove", may=_MAY)
async def disallow(request: Request, viewer: Viewer, app: Site, allow: ServerAllowRef) -> Answer:
    """Take one off the list."""
    await app.db.write(servers.disallow_server, viewer.account, allow)
    return go(request, _LETS_IN, flash="server_disallowed")


ROUTES = (list_allowed, allow, disallow, list_blocks, block, show_block, change, unblock)
