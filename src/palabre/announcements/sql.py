"""All the SQL of announcements."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from palabre.announcements.model import Announcement, Reaction
from palabre.announcements.tables import announcement, dismissal, reaction
from palabre.ids import AccountId, new_id
from palabre.store import Snapshot, Transaction, among, delete, insert, statement

MOST = 100
"""So many announcements, the newest, are shown."""

_a = announcement.c
_current = or_(_a.ends.is_(None), _a.ends > bindparam("now"))
_rows = select(_a.id, _a.text, _a.starts, _a.ends, _a.all_day, _a.published, _a.updated)
_CURRENT = statement(_rows.where(_current).order_by(_a.id.desc()).limit(MOST))
_ALL = statement(_rows.order_by(_a.id.desc()).limit(MOST))
_ONE = statement(_rows.where(_a.id == bindparam("announcement"), _current))
_READ = statement(
    select(dismissal.c.announcement).where(
        dismissal.c.account == bindparam("viewer"), among(dismissal.c.announcement, "ids")
    )
)
_of = reaction.c
_REACTIONS = statement(
    select(_of.announcement, _of.name, func.count())
    .where(among(_of.announcement, "ids"))
    .group_by(_of.announcement, _of.name)
    .order_by(_of.announcement, func.min(_of.id))
)
_OWN = statement(
    select(_of.announcement, _of.name).where(among(_of.announcement, "ids"), _of.account == bindparam("viewer"))
)
_INSERT = insert(announcement)
_DELETE = delete(announcement, _a.id == bindparam("announcement"))
_DELETE_READ = delete(dismissal, dismissal.c.announcement == bindparam("announcement"))
_DELETE_REACTIONS = delete(reaction, _of.announcement == bindparam("announcement"))
_DISMISS = insert(dismissal, ignore=True)
_REACT = insert(reaction, ignore=True)
_TAKE_BACK = delete(
    reaction,
    _of.announcement == bindparam("about"),
    _of.name == bindparam("emoji"),
    _of.account == bindparam("viewer"),
)
_REACTIONS_BY = statement(select(_of.announcement, _of.name).where(_of.account == bindparam("viewer")))
_FORGET_REACTIONS = delete(reaction, _of.account == bindparam("viewer"))
_FORGET_READ = delete(dismissal, dismissal.c.account == bindparam("viewer"))


def _announcement(row: tuple[Any, ...]) -> Announcement:
    number, text, starts, ends, all_day, published, updated = row
    return Announcement(
        id=number,
        text=text,
        starts=starts,
        ends=ends,
        all_day=bool(all_day),
        published=published,
        updated=updated,
    )


def current(db: Snapshot) -> list[Announcement]:
    """Load the announcements whose time is not over, the newest first."""
    return [_announcement(row) for row in db.all(_CURRENT, now=db.now)]


def everything(db: Snapshot) -> list[Announcement]:
    """Load the newest announcements."""
    return [_announcement(row) for row in db.all(_ALL)]


def one(db: Snapshot, number: int) -> Announcement | None:
    """Load an announcement whose time is not over."""
    row = db.one(_ONE, announcement=number, now=db.now)
    return _announcement(row) if row else None


def read_among(db: Snapshot, viewer: AccountId, ids: Collection[int]) -> set[int]:
    """Load which of ``ids`` the viewer has dismissed."""
    return set(db.column(_READ, viewer=viewer, ids=list(ids)))


def reactions(db: Snapshot, viewer: AccountId | None, ids: Collection[int]) -> dict[int, tuple[Reaction, ...]]:
    """Load the reactions of each of ``ids``, the oldest first."""
    own = set() if viewer is None else {(row[0], row[1]) for row in db.all(_OWN, viewer=viewer, ids=list(ids))}
    found: dict[int, tuple[Reaction, ...]] = {}
    for number, name, count in db.all(_REACTIONS, ids=list(ids)):
        found[number] = (*found.get(number, ()), Reaction(name, count, (number, name) in own))
    return found


def insert_announcement(tx: Transaction, made: Announcement) -> None:
    """Add an announcement."""
    tx.run(
        _INSERT,
        id=made.id,
        text=made.text,
        starts=made.starts,
        ends=made.ends,
        all_day=made.all_day,
        published=made.published,
        updated=made.updated,
    )


def delete_announcement(tx: Transaction, number: int) -> bool:
    """Remove an announcement, who has read it and what was answered."""
    if tx.change(_DELETE, announcement=number) != 1:
        return False
    tx.run(_DELETE_READ, announcement=number)
    tx.run(_DELETE_REACTIONS, announcement=number)
    return True


def dismiss(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Note that the viewer has read an announcement."""
    tx.run(_DISMISS, account=viewer, announcement=number)


def react(tx: Transaction, viewer: AccountId, number: int, name: str) -> bool:
    """Add a reaction; return whether it is new."""
    return tx.change(_REACT, announcement=number, name=name, account=viewer, id=new_id(tx.now)) == 1


def take_back(tx: Transaction, viewer: AccountId, number: int, name: str) -> bool:
    """Remove a reaction; return whether there was one."""
    return tx.change(_TAKE_BACK, about=number, emoji=name, viewer=viewer) == 1


def forget_member(tx: Transaction, gone: AccountId) -> list[tuple[int, str]]:
    """Remove what an account has read and answered; return what it answered: announcement and emoji."""
    answers = [(int(number), str(name)) for number, name in tx.all(_REACTIONS_BY, viewer=gone)]
    tx.run(_FORGET_REACTIONS, viewer=gone)
    tx.run(_FORGET_READ, viewer=gone)
    return answers
