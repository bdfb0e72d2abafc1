"""Reading how archives stand: always for the member whose they are."""

from __future__ import annotations

from palabre.exports import sql
from palabre.exports.errors import ExportNotFound
from palabre.exports.model import ExportRun, State
from palabre.ids import AccountId
from palabre.store import Snapshot


def export_runs(db: Snapshot, viewer: AccountId, *, most: int = 5) -> list[ExportRun]:
    """Return the viewer's archives that are not past their time, newest first. One statement."""
    return [run for run in sql.runs_of(db, viewer, most=most) if run.expires is None or run.expires > db.now]


def export_run(db: Snapshot, viewer: AccountId, run: int) -> ExportRun:
    """Return one of the viewer's archives.

    Raises:
        ExportNotFound: there is none with this id, it is somebody else's, or it is past its time.

    """
    found = sql.run(db, run)
    if found is None or found.account != viewer or (found.expires is not None and found.expires <= db.now):
        raise ExportNotFound
    return found


def ready_run(db: Snapshot, viewer: AccountId, run: int) -> ExportRun:
    """Return one of the viewer's archives that can be fetched.

    Raises:
        ExportNotFound: as for :func:`export_run`, or it is not ready.

    """
    found = export_run(db, viewer, run)
    if found.state is not State.READY:
        raise ExportNotFound
    return found


def living_runs(db: Snapshot) -> list[int]:
    """Return the ids of all archives whose files are needed: those of others can be removed."""
    return [
        run.id
        for run in sql.every(db)
        if run.state is not State.FAILED and (run.expires is None or run.expires > db.now)
    ]


def run_of(db: Snapshot, number: int) -> ExportRun | None:
    """Return an archive, whosever it is, for the job that writes it."""
    return sql.run(db, number)
