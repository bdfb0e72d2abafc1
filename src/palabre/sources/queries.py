"""Reading which feed an account is fed from."""

from __future__ import annotations

from palabre.ids import AccountId
from palabre.sources import sql
from palabre.sources.model import Source
from palabre.store import Snapshot


def source_of(db: Snapshot, account: AccountId) -> Source | None:
    """Return the feed that an account is fed from. Everybody may know: the account says so."""
    return sql.source_of(db, account)


def source(db: Snapshot, number: int) -> Source | None:
    """Return a feed, for the job that asks it."""
    return sql.source(db, number)


def silent(db: Snapshot) -> int:
    """Count the feeds that did not answer, or not with a feed, when they were last asked."""
    return sql.silent(db)
