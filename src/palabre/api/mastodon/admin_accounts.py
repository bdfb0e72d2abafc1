"""For those who run the network: accounts, who is let in, and what is done about those who misbehave."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from palabre.accounts import roster
from palabre.accounts.errors import NotPending
from palabre.accounts.model import Role
from palabre.accounts.roles import STAFF, Permission
from palabre.accounts.roster_model import Member, Sought, Status
from palabre.api.mastodon.entities.admin_account import AdminAccount, admin_account
from palabre.api.mastodon.entities.role import ROLE_OF_ID
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.admin import AdminsOnly, addresses_for, admin_endpoint
from palabre.edge.answers import Page
from palabre.edge.binding import AccountRef, ReportRef
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, Kind
from palabre.keyring import Keyring
from palabre.moderation.judging import check_deletion, judge
from palabre.moderation.model import Act
from palabre.paging import Slice, empty
from palabre.rights.actions import delete_account as leave
from palabre.store import Transaction

_MAY = Permission.MANAGE_USERS
_READ = "admin:read:accounts"
_WRITE = "admin:write:accounts"
_USUAL = 100
_MOST = 200

AccountsPage = Annotated[Page, list[AdminAccount]]


class Names(Paging, kw_only=True):
    """What both versions of the list take. Nobody is found by an IP address or an inviter: neither is kept."""

    username: str = ""
    display_name: str = ""
    by_domain: str = ""
    email: str = ""
    ip: str = ""
    invited_by: str = ""


class Wanted(Names, kw_only=True):
    """The query of the first version."""

    local: bool = False
    remote: bool = False
    active: bool = False
    pending: bool = False
    disabled: bool = False
    silenced: bool = False
    suspended: bool = False
    sensitized: bool = False
    staff: bool = False


class WantedV2(Names, kw_only=True):
    """The query of the second version."""

    origin: Literal["local", "remote"] | None = None
    status: Literal["active", "pending", "disabled", "silenced", "suspended", "sensitized"] | None = None
    permissions: Literal["staff"] | None = None
    role_ids: list[str] = msgspec.field(default_factory=list)


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an act. Nobody is written to by e-mail, whatever ``send_email_notification`` says."""

    type: Literal["none", "sensitive", "disable", "silence", "suspend"] = "none"
    report_id: ReportRef | None = None
    warning_preset_id: str | None = None
    text: str = ""
    send_email_notification: bool = False


def _sought(query: Names, *, status: Status | None, local: bool | None, roles: tuple[Role, ...]) -> Sought:
    return Sought(
        local=local,
        status=status,
        roles=roles,
        username=query.username.strip().lstrip("@"),
        display_name=query.display_name.strip(),
        domain=query.by_domain.strip(),
        email=query.email.strip(),
    )


async def _page(
    request: Request, app: Site, viewer: Viewer, query: Names, sought: Sought, *, nobody: bool
) -> AccountsPage:
    window = query.window(app.ids, Kind.ACCOUNT, usual=_USUAL, most=_MOST)
    found: Slice[Member] = empty()
    keyring = addresses_for(viewer, app.keyring)
    if not (nobody or query.ip or query.invited_by or (sought.email and keyring is None)):
        found = await app.db.read_slow(roster.members_page, app.keyring, window, sought)
    names = app.part(Pieces).names
    shown = [admin_account(names, keyring, each) for each in found.items]
    return Page(shown, link(request, found, Kind.ACCOUNT))


@admin_endpoint("GET", "/api/v1/admin/accounts", scope=_READ, may=_MAY)
async def list_accounts_v1(request: Request, query: Wanted, viewer: Viewer, app: Site) -> AccountsPage:
    """Show accounts, the newest first; of several states the first that is asked for counts."""
    status = next((each for each in Status if getattr(query, each.value)), None)
    local = None if query.local == query.remote else query.local
    sought = _sought(query, status=status, local=local, roles=STAFF if query.staff else tuple(Role))
    return await _page(request, app, viewer, query, sought, nobody=False)


@admin_endpoint("GET", "/api/v2/admin/accounts", scope=_READ, may=_MAY)
async def list_accounts(request: Request, query: WantedV2, viewer: Viewer, app: Site) -> AccountsPage:
    """Show accounts, the newest first."""
    wanted = tuple(ROLE_OF_ID[each] for each in query.role_ids if each in ROLE_OF_ID) or STAFF
    any_role = not query.role_ids and query.permissions is None
    nobody = bool(query.role_ids) and not set(query.role_ids) & ROLE_OF_ID.keys()
    sought = _sought(
        query,
        status=Status(query.status) if query.status else None,
        local=None if query.origin is None else query.origin == "local",
        roles=tuple(Role) if any_role else wanted,
    )
    return await _page(request, app, viewer, query, sought, nobody=nobody)


async def _show(app: Site, viewer: Viewer, number: AccountId) -> AdminAccount:
    found = await app.db.read(roster.member, number)
    return admin_account(app.part(Pieces).names, addresses_for(viewer, app.keyring), found)


@admin_endpoint("GET", "/api/v1/admin/accounts/{account}", scope=_READ, may=_MAY)
async def show_account(account: AccountRef, viewer: Viewer, app: Site) -> AdminAccount:
    """Show an account."""
    return await _show(app, viewer, account)


async def _judge(app: Site, viewer: Viewer, account: AccountId, act: Act) -> AdminAccount:
    await app.db.write(judge, viewer.account, account, act)
    return await _show(app, viewer, account)


def _let_in(tx: Transaction, admin: AccountId, number: AccountId, act: Act) -> Member:
    before = roster.member(tx, number)
    try:
        judge(tx, admin, number, act)
    except NotPending as refusal:
        raise AdminsOnly from refusal  # as Mastodon says it
    return before if act is Act.REFUSE else roster.member(tx, number)


@admin_endpoint("POST", "/api/v1/admin/accounts/{account}/approve", scope=_WRITE, may=_MAY)
async def approve(account: AccountRef, viewer: Viewer, app: Site) -> AdminAccount:
    """Let somebody in who waits."""
    found = await app.db.write(_let_in, viewer.account, account, Act.APPROVE)
    return admin_account(app.part(Pieces).names, addresses_for(viewer, app.keyring), found)


@admin_endpoint("POST", "/api/v1/admin/accounts/{account}/reject", scope=_WRITE, may=_MAY)
async def reject(account: AccountRef, viewer: Viewer, app: Site) -> AdminAccount:
    """Let somebody not in, and forget him; what is shown is what he was."""
    found = await app.db.write(_let_in, viewer.account, account, Act.REFUSE)
    return admin_account(app.part(Pieces).names, addresses_for(viewer, app.keyring), found)


@admin_endpoint("POST", "/api/v1/admin/accounts/{account}/action", scope=_WRITE, may=_MAY)
async def act_upon(account: AccountRef, body: Measure, viewer: Viewer, app: Site) -> None:
    """Do something about an account, and close the report that asked for it."""
    await app.db.write(judge, viewer.account, account, Act(body.type), reason=body.text, report=body.report_id)


def _delete(tx: Transaction, keyring: Keyring, admin: AccountId, number: AccountId) -> Member:
    gone = roster.member(tx, number)
    check_deletion(tx, admin, number)
    leave(tx, keyring, number)
    return gone


@admin_endpoint("DELETE", "/api/v1/admin/accounts/{account}", scope=_WRITE, may=Permission.DELETE_USER_DATA)
async def delete_account(account: AccountRef, viewer: Viewer, app: Site) -> AdminAccount:
    """Delete a suspended account for good; what is shown is what it was."""
    found = await app.db.write(_delete, app.keyring, viewer.account, account)
    return admin_account(app.part(Pieces).names, addresses_for(viewer, app.keyring), found)


@admin_endpoint("POST", "/api/v1/admin/accounts/{account}/enable", scope=_WRITE, may=_MAY)
async def enable(account: AccountRef, viewer: Viewer, app: Site) -> AdminAccount:
    """Let somebody sign in again."""
    return await _judge(app, viewer, account, Act.ENABLE)


@admin_endpoint("POST", "/api/v1/admin/accounts/{account}/unsilence", scope=_WRITE, may=_MAY)
async def unsilence(account: AccountRef, viewer: Viewer, app: Site) -> AdminAccount:
    """Limit an account no longer."""
    return await _judge(app, viewer, account, Act.UNLIMIT)


@admin_endpoint("POST", "/api/v1/admin/accounts/{account}/unsensitive", scope=_WRITE, may=_MAY)
async def unsensitive(account: AccountRef, viewer: Viewer, app: Site) -> AdminAccount:
    """Cover the media of an account no longer."""
    return await _judge(app, viewer, account, Act.UNSENSITIZE)


@admin_endpoint("POST", "/api/v1/admin/accounts/{account}/unsuspend", scope=_WRITE, may=_MAY)
async def unsuspend(account: AccountRef, viewer: Viewer, app: Site) -> AdminAccount:
    """Take a suspension back."""
    return await _judge(app, viewer, account, Act.UNSUSPEND)


ROUTES = (
    list_accounts_v1,
    list_accounts,
    show_account,
    approve,
    reject,
    act_upon,
    delete_account,
    enable,
    unsilence,
    unsensitive,
    unsuspend,
)
