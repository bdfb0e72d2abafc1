"""Upkeep: files and uploads that belong to nothing go, and so do facts that nobody has still to read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import islice

import structlog

from palabre import clock, journal
from palabre.clock import Instant
from palabre.media import unfinished
from palabre.media.actions import sweep_unattached
from palabre.media.queries import orphans
from palabre.media.storage import MediaStore
from palabre.store import Database

_AT_ONCE = 2_000
_FEW = 100
"""So many lost files may always be removed, whatever their share."""

JOURNAL_KEPT = 8 * clock.DAY
"""How long a fact is kept that everybody has read: longer than trends look back and vaults keep, so that an operator
can still look up what happened before a loss."""
_FACTS_AT_ONCE = 1_000

_log = structlog.get_logger("media")


async def sweep_uploads(db: Database, *, before: Instant) -> int:
    """Remove uploads from before a moment that no post took; their files go in jobs. Return how many."""
    count = 0
    while swept := await db.write_patiently(sweep_unattached, before=before):
        count += swept
    return count + await db.write_patiently(unfinished.sweep, before=before)


async def sweep_files(db: Database, store: MediaStore, *, before: Instant) -> int:
    """Remove files written before a moment that no row refers to: uploads that a crash interrupted.

    Give a moment some hours ago, since a file is written before its row. When more than a tenth of the files
    would go, none does: then the database rather belongs to another folder, or to another time.
    """
    await asyncio.to_thread(store.tidy, before=before)
    names = store.names(before=before)
    seen = 0
    lost: list[str] = []
    while batch := await asyncio.to_thread(lambda: list(islice(names, _AT_ONCE))):
        seen += len(batch)
        lost += await db.read_slow(orphans, batch)
    if len(lost) > max(_FEW, seen // 10):
        _log.error("so many files without a row are left alone", files=len(lost), of=seen)
        return 0
    if lost:
        await asyncio.to_thread(store.delete, lost)
        _log.info("removed files without a row", files=len(lost))
    return len(lost)


async def forget_facts(db: Database, subscribers: Iterable[journal.Subscriber], *, known: int) -> int:
    """Forget the facts that all ``subscribers`` have read, once they are old, a slice at a time; return how many.

    Standbys and vaults need none of them: they have pages of the database, not facts. ``known`` is the newest fact
    that the caches of this process know.
    """
    names = [each.name for each in subscribers]
    before, count = clock.now() - JOURNAL_KEPT, 0
    while gone := await db.write_patiently(
        journal.forget_read, names, known=known, before=before, most=_FACTS_AT_ONCE
    ):
        count += gone
    return count
