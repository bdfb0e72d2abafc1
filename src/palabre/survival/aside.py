"""What a server wrote that nobody vouched for, kept aside before the server becomes a standby of its successor."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import structlog

from palabre import clock
from palabre.files import write_durably
from palabre.store import Database, wal
from palabre.store.sqlite import SqliteEngine
from palabre.store.statement import Statement
from palabre.survival.state import Began, Part

_FACTS = Statement("SELECT kind, count(*) FROM journal WHERE position > :after GROUP BY kind ORDER BY kind")

_log = structlog.get_logger("survival")


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was kept aside."""

    at: str
    epoch: int
    """The epoch that does not have it."""
    file: str
    """The log from its beginning, or the whole database, if the log alone does not tell."""
    frames: int | None
    """Pages written after the last that the successor has."""
    facts: dict[str, int]
    """What happened that the successor does not know of."""


def set_aside(part: Part, began: Began | None, epoch: int) -> Path | None:
    """Keep what the successor does not have; return the report, or ``None`` if it has everything."""
    database = part.data / "palabre.db"
    with SqliteEngine(database).alone():
        end = wal.end_of(database)
    facts = _facts(part.data, began.facts) if began is not None else {}
    extra = end.frames - began.frames if began is not None and end.salt == began.salt else None
    if extra is not None and extra <= 0:
        if end.frames or not facts:
            return None
        extra = None  # both logs were empty, and what was written between has left this one for the database
    folder = part.folder / f"aside-{epoch}-{clock.now()}"
    folder.mkdir(mode=0o700, parents=True)
    names = ("palabre.db", "palabre.db-wal")
    for name in names:
        if (part.data / name).exists():
            shutil.copyfile(part.data / name, folder / name)
            (folder / name).chmod(0o600)
    report = Report(at=clock.iso(clock.now()), epoch=epoch, file=str(folder / names[0]), frames=extra, facts=facts)
    path = folder / "report.json"
    write_durably(path, msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    _log.error("writes that no standby had were kept aside", report=str(path), facts=sum(facts.values()))
    return path


def _facts(data: Path, after: int) -> dict[str, int]:
    database = Database.open(None, data)
    try:
        return dict(database.read_now(lambda db: [(str(k), int(n)) for k, n in db.all(_FACTS, after=after)]))
    finally:
        database.close()
