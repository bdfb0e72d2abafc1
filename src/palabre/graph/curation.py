"""Collections: accounts that a member recommends together, to whoever begins here. Mastodon 4.6 has the same.

Only who wants to be discovered is put into one, and whoever is in one may leave it for good. Who ceases to want to be
discovered is shown in none. Whoever is limited is shown to the owner and to himself alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from palabre import journal
from palabre.accounts.model import Standing
from palabre.accounts.queries import seen_account
from palabre.errors import Refusal
from palabre.graph import curation_sql as sql
from palabre.graph import rules
from palabre.graph.actions import follow, other_account
from palabre.graph.errors import CollectionNotFound, NotCollectable, TooManyCollected
from palabre.graph.events import CollectionChanged, CollectionReworded, PutIntoCollection, TakenOutOfCollection
from palabre.graph.model import AccountCollection, Collected, CollectionDraft
from palabre.graph.queries import NOBODY, hidden_among
from palabre.ids import AccountId, new_id
from palabre.paging import Slice, Window
from palabre.store import Snapshot, Transaction

MOST_COLLECTIONS = rules.COLLECTIONS_MOST
"""How many a member may make."""
_SHOWN_MOST = 100

# Reading


def _seen(db: Snapshot, viewer: AccountId | None, numbers: Sequence[int]) -> list[AccountCollection]:
    """Load collections as the viewer sees them. Three statements."""
    found = sql.collections(db, numbers)
    people = sql.people(db, numbers)
    everybody = {each.owner.id for each in found} | {one.account.id for some in people.values() for one in some}
    hidden = NOBODY if viewer is None else hidden_among(db, viewer, everybody)

    def may_see(who: AccountId) -> bool:
        return who == viewer or (who not in hidden.blocking and who not in hidden.blocked_by)

    def stands(one: Collected, owner: AccountId) -> bool:
        return may_see(one.account.id) and (not one.account.limited or viewer in {one.account.id, owner})

    return [
        msgspec.structs.replace(
            each, items=tuple(one for one in people.get(each.id, ()) if stands(one, each.owner.id))
        )
        for each in found
        if may_see(each.owner.id) and (each.owner.standing is Standing.ACTIVE or each.owner.id == viewer)
    ]


def collection(db: Snapshot, viewer: AccountId | None, number: int) -> AccountCollection:
    """Return a collection, with those in it whom the viewer may see. Three statements.

    Raises:
        CollectionNotFound: there is none, or its owner and the viewer do not meet.

    """
    found = _seen(db, viewer, [number])
    if not found:
        raise CollectionNotFound
    return found[0]


def collections_among(db: Snapshot, viewer: AccountId | None, numbers: Sequence[int]) -> list[AccountCollection]:
    """Return those of some collections that the viewer may see. Three statements, none if there are none."""
    return _seen(db, viewer, numbers) if numbers else []


def collected_in(db: Snapshot, number: int) -> list[AccountId]:
    """Return who is in a collection and still wants to be discovered. One statement."""
    return [each.account.id for each in sql.people(db, [number]).get(number, [])]


def collections_of(
    db: Snapshot, viewer: AccountId | None, owner: AccountId, *, most: int = _SHOWN_MOST, offset: int = 0
) -> list[AccountCollection]:
    """Return the collections on a profile, the newest first; to their owner also those that do not stand there.

    Raises:
        AccountNotFound: there is no such account, or it may not be seen.

    """
    seen_account(db, viewer, owner)
    numbers = [number for number, shown in sql.of(db, owner) if shown or viewer == owner]
    return _seen(db, viewer, numbers[offset : offset + most])


def collections_with(
    db: Snapshot, viewer: AccountId, *, most: int = _SHOWN_MOST, offset: int = 0
) -> list[AccountCollection]:
    """Return the collections that the viewer is in, at most the last 100."""
    return _seen(db, viewer, sql.with_(db, viewer, _SHOWN_MOST)[offset : offset + most])


def found_collections(db: Snapshot, viewer: AccountId | None, rows: Window) -> Slice[AccountCollection]:
    """Return a page of the collections that their owners let everybody come across, the newest first.

    Owner and collection both want to be discovered, it is for everybody's eyes, and the viewer sees somebody in it.
    Those of people whom the viewer mutes are left out. Four statements.
    """
    numbers = sql.found(db, rows)
    found = [each for each in _seen(db, viewer, numbers) if each.items] if numbers else []
    muted = NOBODY.muting if viewer is None else hidden_among(db, viewer, {each.owner.id for each in found}).muting
    shown = [each for each in found if each.owner.id not in muted]
    return Slice(shown, numbers[0] if numbers else None, numbers[-1] if numbers else None, len(numbers))


def is_collected(db: Snapshot, viewer: AccountId, number: int) -> bool:
    """Tell whether the viewer is in a collection and has not left it, be he shown there or not."""
    place = sql.place(db, number, viewer)
    return place is not None and not place[1]


def own_collection(db: Snapshot, viewer: AccountId, number: int) -> AccountCollection:
    """Return a collection of the viewer's.

    Raises:
        CollectionNotFound: the viewer has no such collection.

    """
    found = collection(db, viewer, number)
    if found.owner.id != viewer:
        raise CollectionNotFound
    return found


def own_called(db: Snapshot, viewer: AccountId, name: str) -> list[int]:
    """Return the viewer's collections of this name, the oldest first. One statement."""
    return sql.called(db, viewer, name)


# Writing


def create_collection(
    tx: Transaction, viewer: AccountId, said: CollectionDraft, people: Sequence[AccountId] = ()
) -> AccountCollection:
    """Make a collection, with these people in it.

    Raises:
        Invalid: something that it says of itself is not right; the field is named.
        TooManyCollected: the viewer has ten, or there are more than 25 people.
        NotCollectable: somebody does not want to be discovered, or does not meet the viewer.
        AccountNotFound: there is no such account.
        NotOneself: the viewer is among them.

    """
    if len(sql.of(tx, viewer)) >= rules.COLLECTIONS_MOST or len(people) > rules.COLLECTED_MOST:
        raise _too_many()
    number = new_id(tx.now)
    sql.insert_collection(tx, number, viewer, rules.good_collection(said))
    for each in dict.fromkeys(people):
        _collect(tx, viewer, number, each)
    journal.record(tx, CollectionChanged(account=viewer, collection=number))
    return collection(tx, viewer, number)


def change_collection(tx: Transaction, viewer: AccountId, number: int, said: CollectionDraft) -> AccountCollection:
    """Let a collection say something else of itself.

    Raises:
        CollectionNotFound: the viewer has no such collection.
        Invalid: something of it is not right; the field is named.

    """
    before = own_collection(tx, viewer, number).said
    after = rules.good_collection(said)
    sql.change_collection(tx, number, after)
    journal.record(tx, CollectionChanged(account=viewer, collection=number))
    if after != before:
        journal.record(tx, CollectionReworded(account=viewer, collection=number))
    return collection(tx, viewer, number)


def delete_collection(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Remove a collection.

    Raises:
        CollectionNotFound: the viewer has no such collection.

    """
    own_collection(tx, viewer, number)
    sql.delete_collection(tx, number)
    journal.record(tx, TakenOutOfCollection(collection=number))
    journal.record(tx, CollectionChanged(account=viewer, collection=number))


def collect(tx: Transaction, viewer: AccountId, number: int, member: AccountId) -> Collected:
    """Put somebody into a collection of the viewer's; who is in it already stays.

    Raises:
        CollectionNotFound: the viewer has no such collection.
        TooManyCollected: 25 people are or were in it.
        NotCollectable: the account does not want to be discovered, has left it, or does not meet the viewer.
        AccountNotFound: there is no such account.
        NotOneself: it is the viewer.

    """
    own_collection(tx, viewer, number)
    item = _collect(tx, viewer, number, member)
    sql.touch(tx, number)
    journal.record(tx, CollectionChanged(account=viewer, collection=number))
    return item


def _collect(tx: Transaction, viewer: AccountId, number: int, member: AccountId) -> Collected:
    person = other_account(tx, viewer, member, active=True)
    place = sql.place(tx, number, member)
    if not person.discoverable or sql.parted(tx, viewer, member) or (place is not None and place[1]):
        raise NotCollectable
    if place is not None:
        return Collected(id=place[0], account=person)
    if sql.count(tx, number) >= rules.COLLECTED_MOST:
        raise _too_many()
    item = new_id(tx.now)
    sql.add(tx, number, member, item)
    journal.record(tx, PutIntoCollection(account=viewer, collection=number, member=member))
    return Collected(id=item, account=person)


def collect_again(tx: Transaction, viewer: AccountId, number: int, member: AccountId, *, withdrawn: bool) -> None:
    """Put somebody into a collection as he was in it elsewhere; ``withdrawn``: he has left it, and stays out.

    Raises:
        CollectionNotFound, TooManyCollected, NotCollectable, AccountNotFound, NotOneself: as ``collect`` says.

    """
    own_collection(tx, viewer, number)
    if sql.place(tx, number, member) is not None:  # in it or out of it, as was decided here
        return
    if not withdrawn:
        collect(tx, viewer, number, member)
        return
    person = other_account(tx, viewer, member, active=True)
    if sql.count(tx, number) >= rules.COLLECTED_MOST:
        raise _too_many()
    item = new_id(tx.now)
    sql.add(tx, number, person.id, item)
    sql.withdraw(tx, item)


def follow_all(tx: Transaction, viewer: AccountId, number: int) -> list[AccountId]:
    """Follow everybody whom the viewer sees in a collection, or ask to; return who it is.

    Whoever cannot be followed is passed over, and whoever is followed already stays so with the options there are.

    Raises:
        CollectionNotFound: there is none, or its owner and the viewer do not meet.

    """
    people = [each.account.id for each in collection(tx, viewer, number).items if each.account.id != viewer]

    def refused(each: AccountId) -> bool:
        return isinstance(tx.attempt(lambda: follow(tx, viewer, each)), Refusal)

    return [each for each in people if not refused(each)]


def uncollect(tx: Transaction, viewer: AccountId, number: int, item: int) -> None:
    """Take somebody out of a collection of the viewer's.

    Raises:
        CollectionNotFound: the viewer has no such collection, or it has no such item.

    """
    own_collection(tx, viewer, number)
    member = sql.item(tx, number, item)
    if member is None:
        raise CollectionNotFound
    sql.remove(tx, item)
    sql.touch(tx, number)
    journal.record(tx, TakenOutOfCollection(collection=number, member=member))
    journal.record(tx, CollectionChanged(account=viewer, collection=number))


def withdraw(tx: Transaction, viewer: AccountId, number: int, item: int) -> None:
    """Leave a collection of somebody's for good.

    Raises:
        CollectionNotFound: the viewer is not in it, or not by this item.

    """
    found = sql.collections(tx, [number])
    if not found or sql.place(tx, number, viewer) != (item, False):
        raise CollectionNotFound
    sql.withdraw(tx, item)
    sql.touch(tx, number)
    journal.record(tx, TakenOutOfCollection(collection=number, member=viewer))
    journal.record(tx, CollectionChanged(account=found[0].owner.id, collection=number))


def withdraw_from(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Leave a collection for good, whatever the item.

    Raises:
        CollectionNotFound: the viewer is not in it.

    """
    place = sql.place(tx, number, viewer)
    if place is None:
        raise CollectionNotFound
    withdraw(tx, viewer, number, place[0])


def _too_many() -> TooManyCollected:
    return TooManyCollected(field="account_ids", collections=rules.COLLECTIONS_MOST, people=rules.COLLECTED_MOST)
