"""Databases for tests: the same tests on SQLite and on PostgreSQL, each on a schema of its own."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import palabre
from empty_database import migrated_file
from fixtures_postgresql import PostgreSQL
from palabre import journal
from palabre.store import Database
from palabre.store.migrations import migrate
from palabre.store.postgresql import PostgresqlEngine
from palabre.store.sqlite import SqliteEngine


def import_all_tables() -> None:
    """Make every table known to the metadata."""
    for package in pkgutil.iter_modules(palabre.__path__, "palabre."):
        if package.ispkg and (Path(palabre.__path__[0]) / package.name.split(".")[1] / "tables.py").exists():
            importlib.import_module(f"{package.name}.tables")


class Store:
    """A database with its schema, driven from a test without an event loop."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.statements = 0
        """Statements of the last :meth:`read`."""

    def read(self, query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a query on a snapshot."""

        def counted(db: Any) -> Any:
            value = query(db, *args, **kwargs)
            self.statements = db.statements
            return value

        return self.database.read_now(counted)

    def write(self, action: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run an action; return when it is durable."""
        return self.database.write_now(action, *args, **kwargs)

    def advance(self, *subscribers: journal.Subscriber) -> int:
        """Let subscribers read all that happened; return how many facts were read."""
        count = 0
        for subscriber in subscribers:
            while step := self.write(journal.advance, subscriber):
                count += step
        return count


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file."""
    path = tmp_path_factory.mktemp("template") / "palabre.db"
    path.write_bytes(migrated_file())
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgreSQL) -> str:
    """A migrated, empty database in the cluster."""
    name = postgresql.create()
    migrate(PostgresqlEngine(postgresql.url(name)))
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The same test on both databases."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        (tmp_path / "palabre.db").write_bytes(template.read_bytes())
        database = Database(SqliteEngine(tmp_path / "palabre.db"))
        cleanup: Callable[[], None] = lambda: None  # noqa: E731
    else:
        cluster: PostgreSQL = request.getfixturevalue("postgresql")
        name = cluster.create(like=request.getfixturevalue("postgresql_template"))
        database = Database(PostgresqlEngine(cluster.url(name)))
        cleanup = lambda: cluster.drop(name)  # noqa: E731
    database.seal = journal.seal
    database.engine.holds = journal.holds
    yield Store(database)
    database.close()
    cleanup()
