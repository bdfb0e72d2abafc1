"""All the SQL of feeds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, func, select

from palabre.clock import Instant
from palabre.ids import AccountId
from palabre.sources.model import Source
from palabre.sources.tables import feed_entry, feed_source
from palabre.store import Snapshot, Transaction, delete, insert, statement, update

_s = feed_source.c
_e = feed_entry.c
_columns = (
    _s.id, _s.account, _s.url, _s.title, _s.etag, _s.modified, _s.due, _s.fetched, _s.failures, _s.problem,
    _s.created,
)  # fmt: skip
_INSERT = insert(feed_source)
_ONE = statement(select(*_columns).where(_s.id == bindparam("number")))
_SILENT = statement(select(func.count()).select_from(feed_source).where(_s.failures > 0))
_OF = statement(select(*_columns).where(_s.account == bindparam("account")))
_DELETE = delete(feed_source, _s.id == bindparam("number"))
_CHANGE = update(
    feed_source,
    _s.id == bindparam("number"),
    title=bindparam("called"),
    etag=bindparam("tag"),
    modified=bindparam("date"),
    due=bindparam("next"),
    fetched=bindparam("at"),
    failures=bindparam("failed"),
    problem=bindparam("why"),
)
_SEEN = statement(select(_e.entry_key).where(_e.source == bindparam("of")))
_NOTE = insert(feed_entry, ignore=True)
_STANDS = update(
    feed_entry,
    _e.source == bindparam("of"),
    _e.entry_key == bindparam("known"),
    _e.seen < bindparam("before"),
    seen=bindparam("now"),
)
_OLDEST_KEPT = statement(
    select(_e.seen).where(_e.source == bindparam("of")).order_by(_e.seen.desc()).limit(1).offset(bindparam("most"))
)
_TRIM = delete(feed_entry, _e.source == bindparam("of"), _e.seen < bindparam("before"))
_DELETE_ENTRIES = delete(feed_entry, _e.source == bindparam("of"))


def _from(row: tuple[Any, ...]) -> Source:
    number, account, url, title, etag, modified, due, fetched, failures, problem, created = row
    return Source(
        id=number,
        account=AccountId(account),
        url=url,
        title=title,
        etag=etag,
        modified=modified,
        due=Instant(due),
        fetched=None if fetched is None else Instant(fetched),
        failures=failures,
        problem=problem,
        created=Instant(created),
    )


def insert_source(tx: Transaction, new: Source) -> None:
    """Add a feed."""
    tx.run(
        _INSERT,
        id=new.id,
        account=new.account,
        url=new.url,
        title=new.title,
        etag=new.etag,
        modified=new.modified,
        due=new.due,
        fetched=new.fetched,
        failures=0,
        problem=None,
        created=new.created,
    )


def source(db: Snapshot, number: int) -> Source | None:
    """Load a feed."""
    row = db.one(_ONE, number=number)
    return _from(row) if row else None


def source_of(db: Snapshot, account: AccountId) -> Source | None:
    """Load the feed of an account."""
    row = db.one(_OF, account=account)
    return _from(row) if row else None


def change(tx: Transaction, new: Source) -> None:
    """Replace what changes about a feed."""
    tx.run(
        _CHANGE,
        number=new.id,
        called=new.title,
        tag=new.etag,
        date=new.modified,
        next=new.due,
        at=new.fetched,
        failed=new.failures,
        why=new.problem,
    )


def delete_source(tx: Transaction, number: int) -> None:
    """Remove a feed and what was seen of it."""
    tx.run(_DELETE_ENTRIES, of=number)
    tx.run(_DELETE, number=number)


def seen(db: Snapshot, of: int) -> set[bytes]:
    """Load the keys of the entries that were seen: a few thousand at most."""
    return {bytes(key) for key in db.column(_SEEN, of=of)}


def note_seen(
    tx: Transaction, of: int, keys: Collection[bytes], *, keep: int, standing: Collection[bytes] = ()
) -> None:
    """Remember entries; of those of before, about the newest ``keep`` and those ``standing`` in the feed."""
    for key in keys:
        tx.run(_NOTE, source=of, entry_key=key, seen=tx.now)
    oldest = tx.value(_OLDEST_KEPT, of=of, most=keep)
    if oldest is not None:
        about = {"of": of, "before": oldest, "now": tx.now}
        tx.run_many(_STANDS, ({**about, "known": key} for key in standing))
        tx.run(_TRIM, of=of, before=oldest)


def silent(db: Snapshot) -> int:
    """Count the feeds whose last fetch failed."""
    return int(db.value(_SILENT) or 0)
