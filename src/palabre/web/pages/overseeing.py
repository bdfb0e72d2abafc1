"""For those who run the network: its accounts, and what was done about them."""

from __future__ import annotations

from typing import Literal

import msgspec
from cryptography.exceptions import InvalidTag

from palabre.accounts import roster
from palabre.accounts.model import BadgeKind, Login, Role, Voucher
from palabre.accounts.roles import Permission, outranks, roles_below
from palabre.accounts.roster_model import Member, Sought, Status
from palabre.edge.answers import Answer
from palabre.edge.binding import AccountRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Conflict, Forbidden, Invalid, Refusal
from palabre.ids import AccountId, Kind
from palabre.keyring import Keyring
from palabre.moderation.acts import acts_page
from palabre.moderation.judging import check_deletion, give_password_link, give_role, judge, vouch
from palabre.moderation.model import Act, DeedView
from palabre.paging import Slice, Window
from palabre.rights.actions import delete_account
from palabre.store import Snapshot, Transaction
from palabre.web.badges import WORDS
from palabre.web.forms import Form, form
from palabre.web.page import admin_page, go, show, words_of
from palabre.web.windows import PAGE, Paged, more_address, window

_ACTS_SHOWN = 100


class Looking(Paged, frozen=True, kw_only=True):
    """The query of the list."""

    status: Literal["", "active", "pending", "disabled", "silenced", "suspended", "sensitized"] = ""
    name: str = ""


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """The form of an act."""

    act: Literal["none", "sensitive", "silence", "disable", "suspend"] = "none"
    reason: str = ""


class NewRole(msgspec.Struct, frozen=True, kw_only=True):
    """The form of the role."""

    role: Role


class Reversal(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a button."""

    act: Literal["unsensitive", "unsilence", "enable", "unsuspend"]


@admin_page("GET", "/admin/accounts", may=Permission.MANAGE_USERS)
async def list_accounts(request: Request, viewer: Viewer, app: Site, query: Looking) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Show the accounts, those of one state or whose name begins so."""
    name = query.name.strip().lstrip("@")[:100]
    sought = Sought(status=Status(query.status) if query.status else None, username=name)
    found = await app.db.read_slow(roster.members_page, app.keyring, window(app.ids, Kind.ACCOUNT, query), sought)
    kept = {"status": query.status, "name": name}
    more = more_address(app.ids, Kind.ACCOUNT, "/admin/accounts", found, PAGE, **kept)
    told = form({"status": query.status, "name": name})
    return await show(request, "admin/accounts.html", members=found.items, form=told, more_address=more)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The form of what the network vouches for."""

    facts: list[BadgeKind] = []


def _account(db: Snapshot, number: AccountId) -> tuple[Member, Slice[DeedView]]:
    return roster.member(db, number), acts_page(db, Window(limit=_ACTS_SHOWN), number)


def _email(keyring: Keyring, login: Login | None) -> str:
    if login is None or login.email_sealed is None:
        return ""
    try:
        return keyring.unseal("email", login.email_sealed)
    except InvalidTag:
        return ""  # it was sealed with a key that is gone


async def _show(
    request: Request, app: Site, viewer: Viewer, number: AccountId, told: Form, status: int = 200, *, link: str = ""
) -> Answer:
    found, acts = await app.db.read(_account, number)
    login = found.login
    return await show(
        request,
        "admin/account.html",
        status=status,
        owner=found.account,
        login=login,
        email=_email(app.keyring, login) if viewer.may(Permission.MANAGE_USER_ACCESS) else "",
        badges=[(kind.value, word) for kind, word in WORDS.items()],
        vouched={badge.kind.value for badge in found.account.badges if badge.by is Voucher.OPERATOR},
        judged=outranks(viewer.role, found.account.role),
        roles=roles_below(viewer.role) if login is not None and outranks(viewer.role, found.account.role) else (),
        place=f"/admin/accounts/{app.ids.encode(Kind.ACCOUNT, number)}",
        acts=acts.items,
        form=told,
        password_link=link,
    )


@admin_page("GET", "/admin/accounts/{account}", may=Permission.MANAGE_USERS)
async def show_account(request: Request, viewer: Viewer, app: Site, account: AccountRef) -> Answer:
    """Show one account, and what was done about it."""
    return await _show(request, app, viewer, account, form({"act": "none"}))


async def _refused(
    request: Request, app: Site, viewer: Viewer, account: AccountId, body: Measure, refusal: Refusal
) -> Answer:
    field = "reason" if refusal.field == "text" else ""
    told = form({"act": body.act, "reason": body.reason}, **{field: words_of(request, refusal)})
    return await _show(request, app, viewer, account, told, 422)


def _to(app: Site, account: AccountId) -> str:
    return f"/admin/accounts/{app.ids.encode(Kind.ACCOUNT, account)}"


@admin_page("POST", "/admin/accounts/{account}/act", may=Permission.MANAGE_USERS)
async def act_upon(request: Request, viewer: Viewer, app: Site, account: AccountRef, body: Measure) -> Answer:
    """Do something about an account."""
    try:
        await app.db.write(judge, viewer.account, account, Act(body.act), reason=body.reason)
    except (Forbidden, Invalid) as refusal:
        return await _refused(request, app, viewer, account, body, refusal)
    return go(request, _to(app, account), flash="judged")


@admin_page("POST", "/admin/accounts/{account}/vouch")
async def vouch_for(request: Request, viewer: Viewer, app: Site, account: AccountRef, body: Facts) -> Answer:
    """Say in the network's name what is true of an account."""
    await app.db.write(vouch, viewer.account, account, frozenset(body.facts))
    return go(request, _to(app, account), flash="judged")


@admin_page("POST", "/admin/accounts/{account}/undo", may=Permission.MANAGE_USERS)
async def take_back(request: Request, viewer: Viewer, app: Site, account: AccountRef, body: Reversal) -> Answer:
    """Take an act back."""
    await app.db.write(judge, viewer.account, account, Act(body.act))
    return go(request, _to(app, account), flash="judged")


@admin_page("POST", "/admin/accounts/{account}/role", may=Permission.MANAGE_ROLES)
async def change_role(request: Request, viewer: Viewer, app: Site, account: AccountRef, body: NewRole) -> Answer:
    """Let a member help to run the network, or no longer."""
    await app.db.write(give_role, viewer.account, account, body.role)
    return go(request, _to(app, account), flash="role_given")


@admin_page("POST", "/admin/accounts/{account}/password", may=Permission.MANAGE_USER_ACCESS)
async def help_in(request: Request, viewer: Viewer, app: Site, account: AccountRef) -> Answer:
    """Make a link with which a member sets a new password; it is shown this once."""
    link = await app.db.write(give_password_link, app.keyring, viewer.account, account)
    return await _show(request, app, viewer, account, form({"act": "none"}), link=link)


def _delete(tx: Transaction, keyring: Keyring, admin: AccountId, number: AccountId) -> None:
    check_deletion(tx, admin, number)
    delete_account(tx, keyring, number)


@admin_page("POST", "/admin/accounts/{account}/delete", may=Permission.DELETE_USER_DATA)
async def delete(request: Request, viewer: Viewer, app: Site, account: AccountRef) -> Answer:
    """Delete a suspended account for good."""
    try:
        await app.db.write(_delete, app.keyring, viewer.account, account)
    except (Forbidden, Conflict) as refusal:
        return await _refused(request, app, viewer, account, Measure(), refusal)
    return go(request, "/admin/accounts", flash="account_deleted")


ROUTES = (list_accounts, show_account, act_upon, vouch_for, take_back, change_role, help_in, delete)
