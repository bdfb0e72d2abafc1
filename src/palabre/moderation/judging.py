"""What moderators do with accounts. Each act leaves its trace in the transaction that does it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from palabre import journal
from palabre.accounts import actions as accounts
from palabre.accounts import password_links, roster
from palabre.accounts.errors import AccountNotFound, PasswordLinkUsed
from palabre.accounts.model import BadgeKind, Role, Standing
from palabre.accounts.password_links import Renewal
from palabre.accounts.roles import PERMISSIONS, Permission, outranks, roles_below
from palabre.accounts.roster_model import Member
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.moderation import errors, sql
from palabre.moderation.acts import NOBODY, note
from palabre.moderation.events import AccountWarned
from palabre.moderation.model import TOLD, Act
from palabre.store import Snapshot, Transaction


def _nothing(_tx: Transaction, _number: AccountId) -> None:
    """A warning changes nothing."""


_DO: Mapping[Act, Callable[..., Any]] = {
    Act.WARN: _nothing,
    Act.SENSITIZE: roster.sensitize,
    Act.DISABLE: roster.disable,
    Act.LIMIT: roster.limit,
    Act.SUSPEND: accounts.suspend,
    Act.UNSENSITIZE: partial(roster.sensitize, on=False),
    Act.ENABLE: partial(roster.disable, on=False),
    Act.UNLIMIT: partial(roster.limit, on=False),
    Act.UNSUSPEND: accounts.unsuspend,
    Act.APPROVE: accounts.approve,
    Act.REFUSE: accounts.refuse,
}


def judge(
    tx: Transaction, admin: AccountId, target: AccountId, act: Act, *, reason: str = "", report: int | None = None
) -> None:
    """Do something with an account and keep that it was done; a ``report`` that asked for it is closed.

    Raises:
        AccountNotFound: there is none.
        NotYours: it is the moderator's own, or its role is not below his.
        NotPending: it does not wait, and is approved or refused.
        ReportNotFound: there is no such report, or it is of another account.

    """
    check(tx, admin, target)
    if report is not None:
        found = sql.one(tx, report)
        if found is None or found.target != target:
            raise errors.ReportNotFound
        if found.closed is None:
            sql.close(tx, report, tx.now, admin)
            note(tx, admin, Act.CLOSE_REPORT, report=report)
    _DO[act](tx, target)
    gone = act is Act.REFUSE
    number = note(tx, admin, act, target=NOBODY if gone else target, reason=reason, report=report)
    if act in TOLD:
        journal.record(tx, AccountWarned(account=target, act=number))


def vouch(tx: Transaction, admin: AccountId, target: AccountId, kinds: Collection[BadgeKind]) -> None:
    """Say in the network's name what is true of an account, and nothing else any more; keep that it was said.

    Raises:
        AccountNotFound, NotYours: as :func:`check`.

    """
    check(tx, admin, target)
    accounts.vouch(tx, target, kinds)
    note(tx, admin, Act.VOUCH, target=target, reason=", ".join(kind.value for kind in BadgeKind if kind in kinds))


def check(db: Snapshot, admin: AccountId, target: AccountId) -> Member:
    """Return an account that ``admin`` may do something with.

    Raises:
        AccountNotFound: there is none.
        NotYours: it is the moderator's own, or its role is not below his.

    """
    found = roster.member(db, target)
    if not outranks(roster.member(db, admin).account.role, found.account.role):
        raise errors.NotYours
    return found


def check_deletion(tx: Transaction, admin: AccountId, target: AccountId) -> None:
    """Refuse to delete an account that is not suspended, and note that it will be deleted.

    What was done to it stays without its number once it is gone, so this act names it by nothing either.

    Raises:
        AccountNotFound, NotYours: as :func:`check`.
        NotSuspended: only what nobody sees any more is deleted.

    """
    if check(tx, admin, target).account.standing is not Standing.SUSPENDED:
        raise errors.NotSuspended
    note(tx, admin, Act.DELETE)


def give_role(tx: Transaction, admin: AccountId, target: AccountId, role: Role) -> None:
    """Let a member help to run the network, or no longer.

    Raises:
        AccountNotFound: there is none, or it lives elsewhere.
        NotYours: it is the own account, or its role or the new one is not below that of ``admin``.

    """
    found = check(tx, admin, target)
    if found.login is None:
        raise AccountNotFound
    if role not in roles_below(roster.member(tx, admin).account.role):
        raise errors.NotYours
    accounts.set_role(tx, target, role)
    note(tx, admin, Act.CHANGE_ROLE, target=target, subject=role.value)


def give_password_link(tx: Transaction, keyring: Keyring, admin: AccountId, target: AccountId) -> str:
    """Make a link with which a member who lost the password sets a new one; keep that it was given, not the link.

    Raises:
        AccountNotFound: there is none, or it lives elsewhere.
        NotYours: as :func:`check`, or ``admin`` does not look after how members sign in.

    """
    _check_access(tx, admin, target)
    link = password_links.make_link(tx, keyring, target, by=admin)
    note(tx, admin, Act.GIVE_PASSWORD_LINK, target=target)
    return link


def password_link(db: Snapshot, keyring: Keyring, link: str) -> Renewal:
    """Return what a link for a new password says, if whoever gave it might give it now as well.

    A member who has become an administrator since is not taken over with a link from before, and who runs the
    network no longer has left no way in.

    Raises:
        PasswordLinkUsed: it is good no more, or never was.

    """
    told = password_links.read_link(db, keyring, link)
    try:
        _check_access(db, told.by, told.account)
    except (AccountNotFound, errors.NotYours):
        raise PasswordLinkUsed from None
    return told


def _check_access(db: Snapshot, admin: AccountId, target: AccountId) -> None:
    by = roster.member(db, admin).account
    if by.standing is not Standing.ACTIVE or Permission.MANAGE_USER_ACCESS not in PERMISSIONS[by.role]:
        raise errors.NotYours
    check(db, admin, target)
