"""All the SQL of lists."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, func, select

from palabre.accounts.model import Account
from palabre.accounts.rows import account_columns, account_of
from palabre.accounts.tables import account as account_table
from palabre.graph.model import List, Replies
from palabre.graph.tables import account_list, follow_request, list_member
from palabre.ids import AccountId
from palabre.paging import Window
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update
from palabre.store.pages import Pages

_l, _m, _r, _a = account_list.c, list_member.c, follow_request.c, account_table.c
_columns = (_l.id, _l.title, _l.replies, _l.exclusive)
_LISTS = statement(select(*_columns).where(_l.account == bindparam("owner")).order_by(_l.id))
_LIST = statement(select(*_columns).where(_l.account == bindparam("owner"), _l.id == bindparam("number")))
_LISTS_WITH = statement(
    select(*_columns)
    .join_from(account_list, list_member, _m.list == _l.id)
    .where(_l.account == bindparam("owner"), _m.account == bindparam("member"))
    .order_by(_l.id)
)
_MEMBERS = statement(select(_m.account).where(_m.list == bindparam("number")))
_COUNT = statement(select(func.count()).select_from(list_member).where(_m.list == bindparam("number")))
_EXCLUDED = statement(
    select(_m.account)
    .distinct()
    .join_from(account_list, list_member, _m.list == _l.id)
    .where(_l.account == bindparam("owner"), _l.exclusive)
)
_INSERT = insert(account_list)
_CHANGE = update(
    account_list,
    _l.id == bindparam("number"),
    title=bindparam("title"),
    replies=bindparam("replies"),
    exclusive=bindparam("exclusive"),
)
_DELETE = delete(account_list, _l.id == bindparam("number"))
_DELETE_MEMBERS = delete(list_member, _m.list == bindparam("number"))
_JOIN = insert(list_member, ignore=True)
_LEAVE = delete(list_member, _m.list == bindparam("number"), among(_m.account, "members"))
_ASKED_AMONG = statement(select(_r.followed).where(_r.follower == bindparam("owner"), among(_r.followed, "ids")))
_LISTED = statement(
    select(_m.list)
    .join_from(account_list, list_member, _m.list == _l.id)
    .where(_l.account == bindparam("owner"), _m.account == bindparam("member"))
)
_LEAVE_ALL = delete(list_member, among(_m.list, "lists"), _m.account == bindparam("member"))
_PAGE = Pages(
    select(_m.id, *account_columns())
    .join_from(list_member, account_table, _a.id == _m.account)
    .where(_m.list == bindparam("number"), _a.standing == "active"),
    _m.id,
)


def _list(row: tuple[Any, ...], owner: AccountId) -> List:
    number, title, replies, exclusive = row
    return List(id=number, account=owner, title=title, replies=Replies(replies), exclusive=bool(exclusive))


def lists(db: Snapshot, owner: AccountId) -> list[List]:
    """Load a member's lists, oldest first."""
    return [_list(row, owner) for row in db.all(_LISTS, owner=owner)]


def lists_with(db: Snapshot, owner: AccountId, member: AccountId) -> list[List]:
    """Load those of a member's lists that somebody is in."""
    return [_list(row, owner) for row in db.all(_LISTS_WITH, owner=owner, member=member)]


def one(db: Snapshot, owner: AccountId, number: int) -> List | None:
    """Load a member's list."""
    row = db.one(_LIST, owner=owner, number=number)
    return _list(row, owner) if row else None


def members(db: Snapshot, number: int) -> frozenset[AccountId]:
    """Load who is in a list."""
    return frozenset(map(AccountId, db.column(_MEMBERS, number=number)))


def count(db: Snapshot, number: int) -> int:
    """Count who is in a list."""
    return int(db.value(_COUNT, number=number))


def members_page(db: Snapshot, number: int, window: Window) -> list[tuple[int, Account]]:
    """Load who is in a list, the last added first."""
    return [(row[0], account_of(row[1:])) for row in _PAGE.rows(db, window, number=number)]


def excluded(db: Snapshot, owner: AccountId) -> frozenset[AccountId]:
    """Load who is in an exclusive list of a member's."""
    return frozenset(map(AccountId, db.column(_EXCLUDED, owner=owner)))


def _values(of: List) -> dict[str, Any]:
    return {"title": of.title, "replies": of.replies.value, "exclusive": of.exclusive}


def insert_list(tx: Transaction, new: List) -> None:
    """Add a list with nobody in it."""
    tx.run(_INSERT, id=new.id, account=new.account, **_values(new))


def change_list(tx: Transaction, changed: List) -> None:
    """Write a list."""
    tx.run(_CHANGE, number=changed.id, **_values(changed))


def delete_list(tx: Transaction, number: int) -> None:
    """Remove a list, and who is in it."""
    tx.run(_DELETE_MEMBERS, number=number)
    tx.run(_DELETE, number=number)


def asked_among(db: Snapshot, owner: AccountId, ids: Collection[AccountId]) -> set[AccountId]:
    """Load which of ``ids`` the owner asks to follow."""
    return set(map(AccountId, db.column(_ASKED_AMONG, owner=owner, ids=list(ids))))


def join(tx: Transaction, number: int, member: AccountId, id_: int) -> bool:
    """Add somebody to a list; tell whether he is new in it."""
    return tx.change(_JOIN, list=number, account=member, id=id_) == 1


def leave(tx: Transaction, number: int, gone: Collection[AccountId]) -> int:
    """Take people out of a list; return how many were in it."""
    return tx.change(_LEAVE, number=number, members=list(gone))


def leave_all(tx: Transaction, owner: AccountId, member: AccountId) -> list[int]:
    """Take somebody out of all lists of a member's; return those he was in."""
    found = [int(number) for number in tx.column(_LISTED, owner=owner, member=member)]
    if found:
        tx.run(_LEAVE_ALL, lists=found, member=member)
    return found
