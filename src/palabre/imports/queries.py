"""Reading how imports stand: always for the member whose they are."""

from __future__ import annotations

from palabre.ids import AccountId
from palabre.imports import rules, sql
from palabre.imports.errors import RunNotFound
from palabre.imports.model import ImportRun, WaitingTie
from palabre.store import Snapshot


def import_runs(db: Snapshot, viewer: AccountId, *, most: int = 10) -> list[ImportRun]:
    """Return the viewer's imports, newest first. One statement."""
    return sql.runs_of(db, viewer, most=most)


def import_run(db: Snapshot, viewer: AccountId, run: int) -> ImportRun:
    """Return one of the viewer's imports.

    Raises:
        RunNotFound: there is none with this id, or it is somebody else's.

    """
    found = sql.run(db, run)
    if found is None or found.account != viewer:
        raise RunNotFound
    return found


def waiting_ties(db: Snapshot, viewer: AccountId, *, most: int = 1_000) -> list[WaitingTie]:
    """Return whom the viewer followed, muted or blocked, and what was bookmarked, that is not here yet."""
    return sql.waiting(db, viewer, most=most)


def unfinished_runs(db: Snapshot) -> list[int]:
    """Return the ids of all imports that are not over, so that the files of others can be removed."""
    return sql.unfinished(db)


def already_here(db: Snapshot, viewer: AccountId, source_keys: list[str]) -> set[str]:
    """Return which posts of elsewhere the viewer has imported before. One statement."""
    keys = {rules.key(viewer, name): name for name in source_keys}
    return {keys[key] for key in sql.items(db, viewer, keys)}
