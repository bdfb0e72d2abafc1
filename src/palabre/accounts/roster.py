"""For those who run the network: looking through the accounts, and what may be done with one short of suspension."""

from __future__ import annotations

from collections.abc import Collection

from palabre import journal
from palabre.accounts import errors, roster_sql, sql
from palabre.accounts.credentials import first
from palabre.accounts.events import AccountChanged, AccountSensitized
from palabre.accounts.model import Account
from palabre.accounts.roster_model import Member, Sought
from palabre.accounts.rules import email_key
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.paging import Slice, Window, cut, empty
from palabre.store import Snapshot, Transaction


def members_page(db: Snapshot, keyring: Keyring, window: Window, sought: Sought) -> Slice[Member]:
    """Return the accounts that are sought, the newest first. One statement; two with an e-mail address."""
    if not sought.email:
        return cut(roster_sql.page(db, window, sought))
    login = first(sql.login_by_email, db, keyring.look_ups("email", email_key(sought.email)))
    if login is None or not window.lower < login.account < window.upper:
        return empty()
    return cut([(each.account.id, each) for each in roster_sql.among_ids(db, [login.account]).values()])


def member(db: Snapshot, number: AccountId) -> Member:
    """Return an account, whatever its standing.

    Raises:
        AccountNotFound: there is none.

    """
    found = roster_sql.among_ids(db, [number]).get(number)
    if found is None:
        raise errors.AccountNotFound
    return found


def members_among(db: Snapshot, ids: Collection[AccountId]) -> dict[AccountId, Member]:
    """Return accounts by id: one statement."""
    return roster_sql.among_ids(db, ids)


def servers(db: Snapshot) -> list[str]:
    """Return the names of the other servers that accounts live on, in alphabetical order. One statement."""
    return roster_sql.servers(db)


def accounts_of_server(db: Snapshot, server: str, *, after: int = 0, most: int) -> list[Account]:
    """Return accounts that live on a server, after one of them, in the order of their numbers. One statement."""
    return roster_sql.accounts_of_server(db, server, after=after, most=most)


def limit(tx: Transaction, number: AccountId, *, on: bool = True) -> None:
    """Keep an account out of what people see who do not follow it, or take that back."""
    if member(tx, number).account.limited != on:
        roster_sql.set_limited(tx, number, on=on)
        journal.record(tx, AccountChanged(account=number))


def sensitize(tx: Transaction, number: AccountId, *, on: bool = True) -> None:
    """Have all media of an account covered, or take that back."""
    if member(tx, number).account.sensitized != on:
        roster_sql.set_sensitized(tx, number, on=on)
        journal.record(tx, AccountChanged(account=number))
        journal.record(tx, AccountSensitized(account=number))


def disable(tx: Transaction, number: AccountId, *, on: bool = True) -> None:
    """Let nobody sign in to an account and refuse its tokens, or take that back; nothing of it is ended or hidden.

    Raises:
        AccountNotFound: there is none, or it lives on another server.

    """
    login = member(tx, number).login
    if login is None:
        raise errors.AccountNotFound
    if login.disabled != on:
        roster_sql.set_disabled(tx, number, on=on)
        journal.record(tx, AccountChanged(account=number))
