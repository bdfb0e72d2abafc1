"""All the SQL of what is not out yet: drafts, and posts that wait for their time."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select

from palabre.clock import DAY
from palabre.ids import AccountId
from palabre.paging import Window
from palabre.posts.model import Draft, Unpublished
from palabre.posts.tables import unpublished
from palabre.store import Snapshot, Transaction, delete, insert, statement, update
from palabre.store.pages import Pages

_decode = msgspec.json.Decoder(Draft).decode
_columns = (unpublished.c.id, unpublished.c.account, unpublished.c.due, unpublished.c.content, unpublished.c.changed)
_of_account = unpublished.c.account == bindparam("owner")
_INSERT = insert(unpublished)
_ONE = statement(select(*_columns).where(unpublished.c.id == bindparam("number")))
_DRAFTS = Pages(select(*_columns).where(_of_account, unpublished.c.due.is_(None)), unpublished.c.id)
_SCHEDULED = Pages(select(*_columns).where(_of_account, unpublished.c.due.is_not(None)), unpublished.c.id)
_DUES = statement(
    select(unpublished.c.due).where(
        _of_account, unpublished.c.due.is_not(None), unpublished.c.id != bindparam("left_out")
    )
)
_COUNT_DRAFTS = statement(
    select(func.count()).select_from(unpublished).where(_of_account, unpublished.c.due.is_(None))
)
_REWRITE = update(
    unpublished,
    unpublished.c.id == bindparam("number"),
    due=bindparam("at"),
    content=bindparam("written"),
    changed=bindparam("when"),
)
_DELETE = delete(unpublished, unpublished.c.id == bindparam("number"))


def _unpublished(row: tuple[Any, ...]) -> Unpublished:
    number, account, due, content, changed = row
    return Unpublished(id=number, account=account, due=due, draft=_decode(content), changed=changed)


def insert_unpublished(tx: Transaction, new: Unpublished) -> None:
    """Add one."""
    content = msgspec.json.encode(new.draft).decode()
    tx.run(_INSERT, id=new.id, account=new.account, due=new.due, content=content, changed=new.changed)


def rewrite(tx: Transaction, changed: Unpublished) -> None:
    """Replace what one holds."""
    content = msgspec.json.encode(changed.draft).decode()
    tx.run(_REWRITE, number=changed.id, at=changed.due, written=content, when=changed.changed)


def one(db: Snapshot, number: int) -> Unpublished | None:
    """Load one."""
    row = db.one(_ONE, number=number)
    return _unpublished(row) if row else None


def page(db: Snapshot, owner: AccountId, window: Window, *, scheduled: bool) -> list[Unpublished]:
    """Load a page of drafts or of scheduled posts, the newest first."""
    rows = (_SCHEDULED if scheduled else _DRAFTS).rows(db, window, owner=owner)
    return [_unpublished(row) for row in rows]


def count_drafts(db: Snapshot, owner: AccountId) -> int:
    """Count drafts."""
    return int(db.value(_COUNT_DRAFTS, owner=owner))


def count_scheduled(db: Snapshot, owner: AccountId, day_of: int, *, but: int = 0) -> tuple[int, int]:
    """Count scheduled posts, ``but`` one: all, and those on the day (UTC) of ``day_of``."""
    dues = db.column(_DUES, owner=owner, left_out=but)
    return len(dues), sum(due // DAY == day_of // DAY for due in dues)


def delete_one(tx: Transaction, number: int) -> None:
    """Remove one."""
    tx.run(_DELETE, number=number)
