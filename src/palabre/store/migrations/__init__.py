"""Numbered, forward-only migrations: frozen SQL per database, each applied in one transaction."""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple

from palabre import clock
from palabre.errors import Conflict
from palabre.store.engine import Engine
from palabre.store.session import Snapshot
from palabre.store.statement import Statement

_LIST = Statement("SELECT number FROM schema_migration ORDER BY number")


class NewerSchema(Conflict):
    """The database was written by a later version of Palabre."""

    code = "store.newer_schema"
    message = "The database has migration {found}, this version knows {known}: run the newer version of Palabre."


class Migration(NamedTuple):
    """One step of the schema."""

    number: int
    name: str
    script: str


def migrations(dialect: str) -> list[Migration]:
    """Return all steps for ``dialect``, in order."""
    suffix = f".{dialect}.sql"
    found = []
    for entry in files(__package__).iterdir():
        if entry.name.endswith(suffix):
            number, _, name = entry.name.removesuffix(suffix).partition("_")
            found.append(Migration(int(number), name, entry.read_text("utf-8")))
    return sorted(found)


def applied(engine: Engine) -> list[int]:
    """Return the numbers of the steps that the database has had; none for an empty one."""
    engine.execute_script(
        "CREATE TABLE IF NOT EXISTS schema_migration"
        " (number INTEGER PRIMARY KEY, name TEXT NOT NULL, at BIGINT NOT NULL)"
    )
    reader = engine.reader()
    try:
        with reader.snapshot() as snapshot:
            return _numbers(snapshot)
    finally:
        reader.close()


def _numbers(snapshot: Snapshot) -> list[int]:
    return [int(number) for number in snapshot.column(_LIST)]


def check_not_newer(engine: Engine) -> list[int]:
    """Return the numbers of the steps that the database has had.

    Raises:
        NewerSchema: there are some that this program does not know.

    """
    known = migrations(engine.dialect)[-1].number
    done = applied(engine)
    if done and done[-1] > known:
        raise NewerSchema(found=done[-1], known=known)
    return done


def migrate(engine: Engine) -> list[Migration]:
    """Apply the steps that are missing, each with its mark in one transaction.

    Raises:
        NewerSchema: the database is ahead of this program.

    """
    known = migrations(engine.dialect)
    done = check_not_newer(engine)
    missing = [step for step in known if step.number not in done]
    for step in missing:
        mark = f"INSERT INTO schema_migration VALUES ({step.number}, '{step.name}', {clock.now()});"
        engine.execute_script(f"{step.script}\n{mark}")
    return missing
