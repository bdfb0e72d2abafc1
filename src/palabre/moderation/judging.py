"""What moderators do with accounts. Each act leaves its trace in the transaction that does it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from palabre import journal
from palabre.accounts import actions as accounts
from palabre.accounts import roster
from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import BadgeKind, Role, Standing
from palabre.accounts.new_password import code_for
from palabre.accounts.roles import outranks, roles_below
from palabre.accounts.roster_model import Member
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.moderation import errors, sql
from palabre.moderation.acts import NOBODY, note
from palabre.moderation.events import AccountWarned
from palabre.moderation.model import TOLD, Act
from palabre.store import Transaction


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


def give_password_link(tx: Transaction, keyring: Keyring, admin: AccountId, target: AccountId) -> str:
    """Return the code of a link by which a member who lost the password chooses a new one; keep that it was given.

    Raises:
        AccountNotFound: there is none, or nobody signs in as it.
        NotYours: as :func:`check`.

    """
    check(tx, admin, target)
    note(tx, admin, Act.GIVE_ACCESS_LINK, target=target)
    return code_for(tx, keyring, target)


def check(tx: Transaction, admin: AccountId, target: AccountId) -> Member:
    """Return an account that ``admin`` may do something with.

    Raises:
        AccountNotFound: there is none.
        NotYours: it is the moderator's own, or its role is not below his.

    """
    found = roster.member(tx, target)
    if not outranks(roster.member(tx, admin).account.role, found.account.role):
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
