"""The SQL of what a member who leaves has arranged for himself, and of what others noted about him."""

from __future__ import annotations

from sqlalchemy import bindparam, or_, select
from sqlalchemy.sql.elements import BindParameter

from palabre.graph.tables import (
    account_list,
    account_note,
    collection,
    collection_item,
    domain_block,
    endorsement,
    list_member,
)
from palabre.ids import AccountId
from palabre.store import Transaction, delete

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
