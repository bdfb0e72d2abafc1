"""Lists: some of those whom a member follows, or himself, with a timeline of their own. Nobody else sees them."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from palabre import journal
from palabre.accounts.model import Account
from palabre.graph import lists_sql as sql
from palabre.graph import rules
from palabre.graph.errors import ListNotFound, NotFollowing, TooManyLists
from palabre.graph.events import ListChanged
from palabre.graph.model import List, Replies
from palabre.graph.sql import followed_among
from palabre.ids import AccountId, new_id
from palabre.paging import Slice, Window, cut
from palabre.store import Snapshot, Transaction

# Reading


def lists_of(db: Snapshot, viewer: AccountId) -> list[List]:
    """Return the viewer's lists, oldest first."""
    return sql.lists(db, viewer)


def lists_with(db: Snapshot, viewer: AccountId, member: AccountId) -> list[List]:
    """Return those of the viewer's lists that ``member`` is in."""
    return sql.lists_with(db, viewer, member)


def list_of(db: Snapshot, viewer: AccountId, number: int) -> List:
    """Return one of the viewer's lists.

    Raises:
        ListNotFound: the viewer has no such list.

    """
    found = sql.one(db, viewer, number)
    if found is None:
        raise ListNotFound
    return found


def members_of(db: Snapshot, viewer: AccountId, number: int) -> frozenset[AccountId]:
    """Return who is in a list.

    Raises:
        ListNotFound: the viewer has no such list.

    """
    list_of(db, viewer, number)
    return sql.members(db, number)


def members_page(db: Snapshot, viewer: AccountId, number: int, window: Window) -> Slice[Account]:
    """Return who is in a list, the last added first.

    Raises:
        ListNotFound: the viewer has no such list.

    """
    list_of(db, viewer, number)
    return cut(sql.members_page(db, number, window))


def excluded_from_home(db: Snapshot, viewer: AccountId) -> frozenset[AccountId]:
    """Return who is in an exclusive list of the viewer's. One statement."""
    return sql.excluded(db, viewer)


# Writing


def create_list(
    tx: Transaction, viewer: AccountId, *, title: str, replies: Replies = Replies.LIST, exclusive: bool = False
) -> List:
    """Make a list with nobody in it.

    Raises:
        ListTitleInvalid: the title is empty or too long.
        TooManyLists: the viewer has 50.

    """
    if len(sql.lists(tx, viewer)) >= rules.LISTS_MOST:
        raise TooManyLists(lists=rules.LISTS_MOST, members=rules.MEMBERS_MOST)
    made = List(
        id=new_id(tx.now), account=viewer, title=rules.good_title(title), replies=replies, exclusive=exclusive
    )
    sql.insert_list(tx, made)
    journal.record(tx, ListChanged(account=viewer, list=made.id))
    return made


def change_list(
    tx: Transaction,
    viewer: AccountId,
    number: int,
    *,
    title: str | None = None,
    replies: Replies | None = None,
    exclusive: bool | None = None,
) -> List:
    """Change a list; what is not given stays.

    Raises:
        ListNotFound: the viewer has no such list.
        ListTitleInvalid: the title is empty or too long.

    """
    before = list_of(tx, viewer, number)
    changed = msgspec.structs.replace(
        before,
        title=before.title if title is None else rules.good_title(title),
        replies=replies or before.replies,
        exclusive=before.exclusive if exclusive is None else exclusive,
    )
    if changed != before:
        sql.change_list(tx, changed)
        journal.record(tx, ListChanged(account=viewer, list=number))
    return changed


def delete_list(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Remove a list. Those in it are followed as before.

    Raises:
        ListNotFound: the viewer has no such list.

    """
    list_of(tx, viewer, number)
    sql.delete_list(tx, number)
    journal.record(tx, ListChanged(account=viewer, list=number))


def add_to_list(tx: Transaction, viewer: AccountId, number: int, members: Collection[AccountId]) -> None:
    """Add people whom the viewer follows, or asks to, or himself to a list: all of them or nobody.

    Whoever has not answered yet stands in it with nothing to read; a request that ends takes him out of it.

    Raises:
        ListNotFound: the viewer has no such list.
        NotFollowing: the viewer neither follows one of them nor asks to.
        TooManyLists: there are 1,000 in it.

    """
    list_of(tx, viewer, number)
    others = set(members) - {viewer} - followed_among(tx, viewer, members)
    if others and not others <= sql.asked_among(tx, viewer, others):
        raise NotFollowing
    joined = [each for each in dict.fromkeys(members) if sql.join(tx, number, each, new_id(tx.now))]
    if sql.count(tx, number) > rules.MEMBERS_MOST:
        raise TooManyLists(lists=rules.LISTS_MOST, members=rules.MEMBERS_MOST)
    if joined:
        journal.record(tx, ListChanged(account=viewer, list=number))


def remove_from_list(tx: Transaction, viewer: AccountId, number: int, members: Collection[AccountId]) -> None:
    """Take people out of a list.

    Raises:
        ListNotFound: the viewer has no such list.

    """
    list_of(tx, viewer, number)
    if sql.leave(tx, number, members):
        journal.record(tx, ListChanged(account=viewer, list=number))
