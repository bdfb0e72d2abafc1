"""The SQL of collections: accounts that a member recommends together."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select

from palabre.accounts.rows import account_columns, account_of
from palabre.accounts.tables import account as account_table
from palabre.clock import Instant
from palabre.graph.model import AccountCollection, Collected, CollectionDraft
from palabre.graph.tables import block, collection, collection_item
from palabre.ids import AccountId
from palabre.paging import Window
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update
from palabre.store.pages import Pages

_c, _i, _a, _b = collection.c, collection_item.c, account_table.c, block.c
_said = (_c.name, _c.description, _c.language, _c.hashtag, _c.sensitive, _c.discoverable)
_SHOWN = select(_c.id, _c.updated, *_said, *account_columns()).join_from(
    collection, account_table, _a.id == _c.account
)
_MANY = statement(_SHOWN.where(among(_c.id, "numbers")).order_by(_c.id.desc()))
_OF = statement(select(_c.id, _c.discoverable).where(_c.account == bindparam("owner")).order_by(_c.id.desc()))
_CALLED = statement(
    select(_c.id).where(_c.account == bindparam("owner"), _c.name == bindparam("called")).order_by(_c.id)
)
_FOUND = Pages(
    select(_c.id)
    .join_from(collection, account_table, _a.id == _c.account)
    .where(
        _c.discoverable,
        ~_c.sensitive,
        _a.standing == "active",
        _a.discoverable,
        ~_a.limited,
        exists().where(_i.collection == _c.id, ~_i.withdrawn),
    ),
    _c.id,
)
_WITH = statement(
    select(_i.collection)
    .where(_i.account == bindparam("member"), ~_i.withdrawn)
    .order_by(_i.id.desc())
    .limit(bindparam("most"))
)
_PEOPLE = statement(
    select(_i.collection, _i.id, *account_columns())
    .join_from(collection_item, account_table, _a.id == _i.account)
    .where(among(_i.collection, "numbers"), ~_i.withdrawn, _a.standing == "active", _a.discoverable)
    .order_by(_i.id)
)
_ITEM = statement(
    select(_i.collection, _i.account).where(_i.id == bindparam("item"), _i.collection == bindparam("number"))
)
_PLACE = statement(
    select(_i.id, _i.withdrawn).where(_i.collection == bindparam("number"), _i.account == bindparam("member"))
)
_COUNT = statement(select(func.count()).select_from(collection_item).where(_i.collection == bindparam("number")))
_PARTED = statement(
    select(_b.account)
    .where(
        or_(
            and_(_b.account == bindparam("one"), _b.target == bindparam("other")),
            and_(_b.account == bindparam("other"), _b.target == bindparam("one")),
        )
    )
    .limit(1)
)
_INSERT = insert(collection)
_CHANGE = update(
    collection,
    _c.id == bindparam("number"),
    **{name: bindparam(f"new_{name}") for name in (*(column.name for column in _said), "updated")},
)
_TOUCH = update(collection, _c.id == bindparam("number"), updated=bindparam("at"))
_DELETE = delete(collection, _c.id == bindparam("number"))
_DELETE_ITEMS = delete(collection_item, _i.collection == bindparam("number"))
_ADD = insert(collection_item)
_REMOVE = delete(collection_item, _i.id == bindparam("item"), ~_i.withdrawn)
_WITHDRAW = update(collection_item, _i.id == bindparam("item"), withdrawn=True)
_OWNED = select(_c.id).where(_c.account == bindparam("owner"))
_PART = delete(collection_item, _i.account == bindparam("member"), _i.collection.in_(_OWNED), ~_i.withdrawn)


def _collection(row: tuple[Any, ...]) -> AccountCollection:
    number, updated, name, description, language, hashtag, sensitive, discoverable, *owner = row
    return AccountCollection(
        id=number,
        owner=account_of(tuple(owner)),
        said=CollectionDraft(
            name=name,
            description=description,
            language=language,
            hashtag=hashtag,
            sensitive=bool(sensitive),
            discoverable=bool(discoverable),
        ),
        updated=Instant(updated),
    )


def collections(db: Snapshot, numbers: Collection[int]) -> list[AccountCollection]:
    """Load collections without those in them, the newest first."""
    return [_collection(row) for row in db.all(_MANY, numbers=list(numbers))]


def of(db: Snapshot, owner: AccountId) -> list[tuple[int, bool]]:
    """Load the collections of a member, the newest first, and whether each is discoverable."""
    return [(int(number), bool(shown)) for number, shown in db.all(_OF, owner=owner)]


def called(db: Snapshot, owner: AccountId, name: str) -> list[int]:
    """Load the collections of a member that have this name, the oldest first."""
    return [int(number) for number in db.column(_CALLED, owner=owner, called=name)]


def found(db: Snapshot, window: Window) -> list[int]:
    """Load a page of the collections that everybody may come across, the newest first."""
    return [int(number) for (number,) in _FOUND.rows(db, window)]


def with_(db: Snapshot, member: AccountId, most: int) -> list[int]:
    """Load the collections that somebody is in, the last that he came into first."""
    return [int(number) for number in db.column(_WITH, member=member, most=most)]


def people(db: Snapshot, numbers: Collection[int]) -> dict[int, list[Collected]]:
    """Load who is in collections and still wants to be discovered, in the order in which they came."""
    found: dict[int, list[Collected]] = {}
    for number, item, *rest in db.all(_PEOPLE, numbers=list(numbers)):
        found.setdefault(number, []).append(Collected(id=item, account=account_of(tuple(rest))))
    return found


def item(db: Snapshot, number: int, wanted: int) -> AccountId | None:
    """Load whom an item of a collection names."""
    row = db.one(_ITEM, number=number, item=wanted)
    return None if row is None else AccountId(row[1])


def place(db: Snapshot, number: int, member: AccountId) -> tuple[int, bool] | None:
    """Load somebody's item in a collection, and whether he has left it."""
    row = db.one(_PLACE, number=number, member=member)
    return None if row is None else (int(row[0]), bool(row[1]))


def count(db: Snapshot, number: int) -> int:
    """Count who is or was in a collection."""
    return int(db.value(_COUNT, number=number))


def parted(db: Snapshot, one: AccountId, other: AccountId) -> bool:
    """Tell whether one of two blocks the other."""
    return db.one(_PARTED, one=one, other=other) is not None


def _values(said: CollectionDraft) -> dict[str, Any]:
    return {column.name: getattr(said, column.name) for column in _said}


def insert_collection(tx: Transaction, number: int, owner: AccountId, said: CollectionDraft) -> None:
    """Add a collection with nobody in it."""
    tx.run(_INSERT, id=number, account=owner, updated=tx.now, **_values(said))


def change_collection(tx: Transaction, number: int, said: CollectionDraft) -> None:
    """Write what a collection says of itself."""
    tx.run(_CHANGE, number=number, new_updated=tx.now, **{f"new_{k}": v for k, v in _values(said).items()})


def touch(tx: Transaction, number: int) -> None:
    """Note that somebody came or went."""
    tx.run(_TOUCH, number=number, at=tx.now)


def delete_collection(tx: Transaction, number: int) -> None:
    """Remove a collection, and who is in it."""
    tx.run(_DELETE_ITEMS, number=number)
    tx.run(_DELETE, number=number)


def add(tx: Transaction, number: int, member: AccountId, id_: int) -> None:
    """Put somebody into a collection."""
    tx.run(_ADD, id=id_, collection=number, account=member, withdrawn=False)


def remove(tx: Transaction, wanted: int) -> None:
    """Take somebody out of a collection."""
    tx.run(_REMOVE, item=wanted)


def withdraw(tx: Transaction, wanted: int) -> None:
    """Note that somebody does not want to be in a collection."""
    tx.run(_WITHDRAW, item=wanted)


def part(tx: Transaction, one: AccountId, other: AccountId) -> None:
    """Take two out of each other's collections."""
    tx.run(_PART, member=one, owner=other)
    tx.run(_PART, member=other, owner=one)
