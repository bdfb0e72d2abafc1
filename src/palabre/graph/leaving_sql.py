"""The SQL of a member who leaves: his ties, what he has arranged for himself, what others noted about him."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.sql.elements import BindParameter

from palabre.graph.tables import (
    account_list,
    account_note,
    block,
    collection,
    collection_item,
    domain_block,
    endorsement,
    follow,
    follow_request,
    list_member,
    mute,
)
from palabre.ids import AccountId
from palabre.store import Snapshot, Statement, Transaction, delete, statement

_gone: BindParameter[int] = bindparam("gone")
_lists = select(account_list.c.id).where(account_list.c.account == _gone)
_collections = select(collection.c.id).where(collection.c.account == _gone)
_FORGET = (
    delete(collection_item, or_(collection_item.c.account == _gone, collection_item.c.collection.in_(_collections))),
    delete(collection, collection.c.account == _gone),
    delete(list_member, or_(list_member.c.account == _gone, list_member.c.list.in_(_lists))),
    delete(account_list, account_list.c.account == _gone),
    delete(domain_block, domain_block.c.account == _gone),
    delete(endorsement, or_(endorsement.c.account == _gone, endorsement.c.target == _gone)),
    delete(account_note, or_(account_note.c.account == _gone, account_note.c.target == _gone)),
)


def forget_circles(tx: Transaction, gone: AccountId) -> None:
    """Remove lists, endorsements, blocked networks and notes of an account, and it from those of others."""
    for each in _FORGET:
        tx.run(each, gone=gone)


def _ends(one: Any, other: Any) -> Statement:
    return statement(select(one, other).where(one == _gone).limit(bindparam("most")))


_f, _r, _b, _m = follow.c, follow_request.c, block.c, mute.c
_TIES: dict[str, tuple[Statement, ...]] = {
    "follow": (_ends(_f.follower, _f.followed), _ends(_f.followed, _f.follower)),
    "request": (
        _ends(_r.follower, _r.followed),
        _ends(_r.followed, _r.follower),
    ),
    "block": (_ends(_b.account, _b.target), _ends(_b.target, _b.account)),
    "mute": (_ends(_m.account, _m.target), _ends(_m.target, _m.account)),
}


def ties(db: Snapshot, gone: AccountId, kind: str, *, most: int) -> list[tuple[AccountId, AccountId]]:
    """Return at most ``most`` ties of one kind, each way: (who has it, to whom)."""
    mine, theirs = _TIES[kind]
    return [
        *((AccountId(one), AccountId(other)) for one, other in db.all(mine, gone=gone, most=most)),
        *((AccountId(other), AccountId(one)) for one, other in db.all(theirs, gone=gone, most=most)),
    ]
