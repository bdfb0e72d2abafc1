"""The SQL of what blocks of servers made of accounts."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, select

from palabre.ids import AccountId
from palabre.moderation.servers_model import ServerSeverity
from palabre.moderation.tables import server_mark
from palabre.store import Snapshot, Transaction, among, delete, insert, statement

_m = server_mark.c
_AMONG = statement(select(_m.account, _m.severity).where(among(_m.account, "accounts")))
_MARK = insert(server_mark)
_UNMARK = delete(server_mark, _m.account == bindparam("number"))


def marks(db: Snapshot, accounts: Collection[AccountId]) -> dict[AccountId, ServerSeverity]:
    """Return what blocks made of these accounts: one statement."""
    if not accounts:
        return {}
    return {AccountId(number): ServerSeverity(made) for number, made in db.all(_AMONG, accounts=list(accounts))}


def mark(tx: Transaction, account: AccountId, severity: ServerSeverity) -> None:
    """Note what a block made of an account."""
    tx.run(_MARK, account=account, severity=severity.value)


def unmark(tx: Transaction, account: AccountId) -> None:
    """Forget it: it is taken back."""
    tx.run(_UNMARK, number=account)
