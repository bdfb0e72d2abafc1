"""All the SQL of private notes, endorsements, blocked domains, and of followers whom one knows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Table, bindparam, func, select, union

from palabre.accounts.model import Account, Shows
from palabre.accounts.rows import account_columns, account_of
from palabre.accounts.tables import account as account_table
from palabre.graph.tables import account_note, domain_block, endorsement, follow, follow_request
from palabre.ids import AccountId
from palabre.paging import Window
from palabre.store import Snapshot, Transaction, delete, insert, statement, upsert
from palabre.store.pages import Pages

_a, _d, _e, _n, _f, _r = (
    account_table.c,
    domain_block.c,
    endorsement.c,
    account_note.c,
    follow.c,
    follow_request.c,
)
_INSERT_DOMAIN = insert(domain_block, ignore=True)
_DELETE_DOMAIN = delete(domain_block, _d.account == bindparam("owner"), _d.domain == bindparam("name"))
_DOMAINS = Pages(select(_d.id, _d.domain).where(_d.account == bindparam("owner")), _d.id)


def _bound(table: Table, mine: str, other: str) -> Select[Any]:
    inside = select(table.c[other]).join_from(table, account_table, _a.id == table.c[other])
    return inside.where(table.c[mine] == bindparam("owner"), _a.domain == bindparam("name")).limit(bindparam("most"))


_bound_in = [
    _bound(table, *sides).subquery()
    for table in (follow, follow_request)
    for sides in (("follower", "followed"), ("followed", "follower"))
]
_BOUND = statement(union(*(select(each) for each in _bound_in)))
_WRITE_NOTE = upsert(account_note, key=["account", "target"], change=["text"])
_DELETE_NOTE = delete(account_note, _n.account == bindparam("owner"), _n.target == bindparam("other"))
_INSERT_ENDORSEMENT = insert(endorsement, ignore=True)
_DELETE_ENDORSEMENT = delete(endorsement, _e.account == bindparam("owner"), _e.target == bindparam("other"))
_COUNT_ENDORSED = statement(select(func.count()).select_from(endorsement).where(_e.account == bindparam("owner")))
_ENDORSED = Pages(
    select(_e.id, *account_columns())
    .join_from(endorsement, account_table, _a.id == _e.target)
    .where(_e.account == bindparam("owner"), _a.standing == "active"),
    _e.id,
)
_mine = follow.alias("mine").c
# From those whom the viewer follows, whatever the database guesses: followers may be a hundred thousand.
_known = (
    select(
        _mine.followed.label("who"),
        select(_f.id)
        .where(_f.follower == _mine.followed, _f.followed == bindparam("of"))
        .scalar_subquery()
        .label("number"),
    )
    .where(_mine.follower == bindparam("owner"))
    .cte("known")
    .prefix_with("MATERIALIZED")
)
_FAMILIAR = Pages(
    select(_known.c.number, *account_columns())
    .join_from(_known, account_table, _a.id == _known.c.who)
    .where(_a.standing == "active", _a.shows.bitwise_and(int(Shows.PEOPLE)) != 0),
    _known.c.number,
)


def insert_domain(tx: Transaction, number: int, owner: AccountId, name: str) -> bool:
    """Add a blocked domain; tell whether it is new."""
    return tx.change(_INSERT_DOMAIN, account=owner, domain=name, id=number) == 1


def delete_domain(tx: Transaction, owner: AccountId, name: str) -> bool:
    """Remove a blocked domain; tell whether it was one."""
    return tx.change(_DELETE_DOMAIN, owner=owner, name=name) == 1


def domains(db: Snapshot, owner: AccountId, window: Window) -> list[tuple[int, str]]:
    """Load the domains that a member blocks, the newest first."""
    return [(row[0], row[1]) for row in _DOMAINS.rows(db, window, owner=owner)]


def bound_to(db: Snapshot, owner: AccountId, name: str, most: int) -> list[AccountId]:
    """Load accounts of a domain that follow a member, are followed by him, or one of them asks to."""
    return list(map(AccountId, db.column(_BOUND, owner=owner, name=name, most=most)))


def write_note(tx: Transaction, owner: AccountId, other: AccountId, text: str) -> None:
    """Write a private note; an empty one is none."""
    if text:
        tx.run(_WRITE_NOTE, account=owner, target=other, text=text)
    else:
        tx.run(_DELETE_NOTE, owner=owner, other=other)


def insert_endorsement(tx: Transaction, number: int, owner: AccountId, other: AccountId) -> bool:
    """Add an endorsement; tell whether it is new."""
    return tx.change(_INSERT_ENDORSEMENT, account=owner, target=other, id=number) == 1


def delete_endorsement(tx: Transaction, owner: AccountId, other: AccountId) -> bool:
    """Remove an endorsement; tell whether there was one."""
    return tx.change(_DELETE_ENDORSEMENT, owner=owner, other=other) == 1


def count_endorsed(db: Snapshot, owner: AccountId) -> int:
    """Count whom a member endorses."""
    return int(db.value(_COUNT_ENDORSED, owner=owner))


def endorsed(db: Snapshot, owner: AccountId, window: Window) -> list[tuple[int, Account]]:
    """Load whom a member endorses, the newest first."""
    return [(row[0], account_of(row[1:])) for row in _ENDORSED.rows(db, window, owner=owner)]


def familiar(db: Snapshot, owner: AccountId, of: AccountId, window: Window) -> list[tuple[int, Account]]:
    """Load those whom a member follows among the followers of ``of``, whoever follows it newest first."""
    return [(row[0], account_of(row[1:])) for row in _FAMILIAR.rows(db, window, owner=owner, of=of)]
