"""All the SQL of quotes that wait until the author of what they quote agrees."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, func, select

from palabre.ids import AccountId, PostId
from palabre.paging import Window
from palabre.posts.model import QuoteRequest
from palabre.posts.tables import quote_request
from palabre.store import Snapshot, Transaction, among, delete, insert, statement
from palabre.store.pages import Pages

_q = quote_request.c
_columns = (_q.post, _q.owner, _q.writer, _q.quoted)
_INSERT = insert(quote_request)
_ONE = statement(select(*_columns).where(_q.post == bindparam("post")))
_PAGE = Pages(select(*_columns).where(_q.owner == bindparam("owner")), _q.post)
_COUNT = statement(
    select(func.count())
    .select_from(quote_request)
    .where(_q.writer == bindparam("writer"), _q.owner == bindparam("owner"))
)
_DELETE = delete(quote_request, among(_q.post, "ids"))


def _request(row: tuple[Any, ...]) -> QuoteRequest:
    return QuoteRequest(post=PostId(row[0]), owner=AccountId(row[1]), writer=AccountId(row[2]), quoted=PostId(row[3]))


def insert_request(tx: Transaction, new: QuoteRequest) -> None:
    """Add one."""
    tx.run(_INSERT, post=new.post, owner=new.owner, writer=new.writer, quoted=new.quoted)


def one(db: Snapshot, of: PostId) -> QuoteRequest | None:
    """Load the one about a quoting post."""
    row = db.one(_ONE, post=of)
    return _request(row) if row else None


def page(db: Snapshot, owner: AccountId, window: Window) -> list[QuoteRequest]:
    """Load a page of what waits for ``owner``, the newest quote first: one statement."""
    return [_request(row) for row in _PAGE.rows(db, window, owner=owner)]


def count_of(db: Snapshot, writer: AccountId, owner: AccountId) -> int:
    """Count what waits of one writer for one author."""
    return int(db.value(_COUNT, writer=writer, owner=owner))


def delete_among(tx: Transaction, posts: Collection[PostId]) -> None:
    """Remove what waits about these quoting posts."""
    tx.run(_DELETE, ids=list(posts))
