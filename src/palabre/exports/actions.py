"""Asking for an archive, and noting how it stands. The work itself is in ``running``."""

from __future__ import annotations

import msgspec

from palabre import jobs
from palabre.clock import DAY, Instant
from palabre.exports import sql
from palabre.exports.errors import ExportNotFound, ExportTooSoon, ExportUnderWay
from palabre.exports.model import ExportRun, State
from palabre.ids import AccountId, new_id
from palabre.store import Transaction

EXPORT = "exports.run"
"""The job that writes an archive; its payload is the id of the archive."""
KEPT = 7 * DAY
"""How long an archive can be fetched."""
_EVERY = DAY
_GIVEN_UP = 2 * DAY
"""After this, one that is still not ready stands in nobody's way: its job has become a dead letter."""


def begin_export(tx: Transaction, viewer: AccountId) -> ExportRun:
    """Ask for an archive of everything that is kept for ``viewer``; an earlier one is removed.

    Raises:
        ExportUnderWay: one is being made.
        ExportTooSoon: one was made within a day.

    """
    for other in sql.runs_of(tx, viewer, most=20):
        if not other.state.over and other.created > tx.now - _GIVEN_UP:
            raise ExportUnderWay
        if other.state is State.READY and other.created > tx.now - _EVERY:
            raise ExportTooSoon(retry_after=(other.created + _EVERY - tx.now) / 1_000)
    sql.delete_of(tx, viewer)
    new = ExportRun(id=new_id(tx.now), account=viewer, state=State.WAITING, created=tx.now)
    sql.insert_run(tx, new)
    jobs.enqueue(tx, EXPORT, new.id, key=f"export:{viewer}")
    return new


def note_progress(tx: Transaction, run: int, done: int, total: int) -> ExportRun:
    """Note how far the writing is.

    Raises:
        ExportNotFound: its member has left, or it was removed.

    """
    found = _unfinished(tx, run)
    changed = msgspec.structs.replace(found, state=State.WRITING, done=done, total=max(total, done))
    sql.change_run(tx, changed)
    return changed


def finish_export(tx: Transaction, run: int, size: int) -> ExportRun:
    """Note that an archive of ``size`` bytes can be fetched.

    Raises:
        ExportNotFound: its member has left, or it was removed.

    """
    return _over(tx, msgspec.structs.replace(_unfinished(tx, run), state=State.READY, size=size))


def fail_export(tx: Transaction, run: int, code: str) -> ExportRun:
    """Note that an archive could not be written.

    Raises:
        ExportNotFound: its member has left, or it was removed.

    """
    return _over(tx, msgspec.structs.replace(_unfinished(tx, run), state=State.FAILED, error=code))


def _unfinished(tx: Transaction, run: int) -> ExportRun:
    found = sql.run(tx, run)
    if found is None or found.state.over:
        raise ExportNotFound
    return found


def _over(tx: Transaction, run: ExportRun) -> ExportRun:
    changed = msgspec.structs.replace(run, finished=tx.now, expires=Instant(tx.now + KEPT))
    sql.change_run(tx, changed)
    return changed


def forget_expired(tx: Transaction) -> int:
    """Forget the archives past their time, and those that were given up; return how many. Their files go next."""
    old = [
        run
        for run in sql.every(tx)
        if (run.expires is not None and run.expires <= tx.now)
        or (not run.state.over and run.created <= tx.now - KEPT)
    ]
    for run in old:
        sql.delete_run(tx, run.id)
    return len(old)


def forget_member(tx: Transaction, gone: AccountId) -> None:
    """Forget the archives of a deleted account. Their files go with the sweep that the deletion asks for."""
    sql.delete_of(tx, gone)
