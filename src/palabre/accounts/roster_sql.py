"""The SQL of the list of members that those who run the network look through."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Text, and_, bindparam, false, func, or_, select, true

from palabre.accounts import tables
from palabre.accounts.model import Account
from palabre.accounts.roster_model import Member, Sought
from palabre.accounts.rows import ACCOUNT_COLUMNS, account_columns, account_of
from palabre.accounts.rules import username_key
from palabre.accounts.sql import LOGIN_COLUMNS, login_of
from palabre.ids import AccountId
from palabre.paging import Window
from palabre.store import Snapshot, Transaction, among, statement, update
from palabre.store.pages import Pages

_a = tables.account.c
_l = tables.login.c
_WIDTH = len(ACCOUNT_COLUMNS)


def _text(name: str) -> Any:
    return bindparam(name, type_=Text)


def _begins(column: Any, name: str) -> Any:
    return or_(_text(name) == "", func.substr(column, 1, func.length(_text(name))) == _text(name))


_status = _text("status")
_rows = select(*account_columns(), *LOGIN_COLUMNS).outerjoin_from(tables.account, tables.login, _l.account == _a.id)
_sought = _rows.where(
    or_(
        _status == "",
        and_(_status == "active", _a.standing == "active", or_(_l.disabled.is_(None), _l.disabled.is_(false()))),
        and_(_status == "pending", _a.standing == "pending"),
        and_(_status == "suspended", _a.standing == "suspended"),
        and_(_status == "disabled", _l.disabled.is_(true())),
        and_(_status == "silenced", _a.limited.is_(true())),
        and_(_status == "sensitized", _a.sensitized.is_(true())),
    ),
    or_(_text("origin") == "", and_(_text("origin") == "local", _a.domain == ""), _a.domain != ""),
    among(_a.role, "roles"),
    or_(_text("domain") == "", _a.domain == _text("domain")),
    _begins(_a.username_key, "username"),
    _begins(func.lower(_a.display_name), "display_name"),
)
_PAGE = Pages(_sought, _a.id)
_AMONG = statement(_rows.where(among(_a.id, "ids")))
_next = select(func.min(_a.domain)).where(_a.domain != "")
_server = _next.cte("server", recursive=True)
_later = select(func.min(_a.domain)).where(_a.domain != "", _a.domain > _server.c[0]).scalar_subquery()
_servers = _server.union_all(select(_later).where(_server.c[0].is_not(None)))
_SERVERS = statement(select(_servers.c[0]).where(_servers.c[0].is_not(None)))
"""Each name by one look into the index of domains, however many accounts a server has."""
_OF_SERVER = statement(
    select(*account_columns())
    .where(_a.domain != "", _a.domain == bindparam("server"), _a.id > bindparam("after"))
    .order_by(_a.id)
    .limit(bindparam("most"))
)
_SET_LIMITED = update(tables.account, _a.id == bindparam("number"), limited=bindparam("new"))
_SET_SENSITIZED = update(tables.account, _a.id == bindparam("number"), sensitized=bindparam("new"))
_SET_DISABLED = update(tables.login, _l.account == bindparam("number"), disabled=bindparam("new"))


def _member(row: tuple[Any, ...]) -> Member:
    own = row[_WIDTH : _WIDTH + len(LOGIN_COLUMNS)]
    return Member(account_of(row[:_WIDTH]), None if own[0] is None else login_of(own))


def page(db: Snapshot, window: Window, sought: Sought) -> list[tuple[int, Member]]:
    """Load the accounts that are sought, the newest first: one statement."""
    rows = _PAGE.rows(
        db,
        window,
        status="" if sought.status is None else sought.status.value,
        origin={None: "", True: "local", False: "remote"}[sought.local],
        roles=[each.value for each in sought.roles],
        domain=sought.domain.lower(),
        username=username_key(sought.username),
        display_name=sought.display_name.lower(),
    )
    return [(row[0], _member(row)) for row in rows]


def servers(db: Snapshot) -> list[str]:
    """Load the names of the servers that accounts live on: one statement."""
    return list(db.column(_SERVERS))


def accounts_of_server(db: Snapshot, server: str, *, after: int, most: int) -> list[Account]:
    """Load accounts that live on a server, in the order of their numbers: one statement."""
    return [account_of(row) for row in db.all(_OF_SERVER, server=server, after=after, most=most)]


def among_ids(db: Snapshot, ids: Collection[AccountId]) -> dict[AccountId, Member]:
    """Load accounts by id: one statement."""
    found = map(_member, db.all(_AMONG, ids=list(ids))) if ids else ()
    return {each.account.id: each for each in found}


def set_limited(tx: Transaction, number: AccountId, *, on: bool) -> None:
    """Write whether moderators limit an account."""
    tx.run(_SET_LIMITED, number=number, new=on)


def set_sensitized(tx: Transaction, number: AccountId, *, on: bool) -> None:
    """Write whether all media of an account are covered."""
    tx.run(_SET_SENSITIZED, number=number, new=on)


def set_disabled(tx: Transaction, number: AccountId, *, on: bool) -> None:
    """Write whether nobody signs in to an account."""
    tx.run(_SET_DISABLED, number=number, new=on)
