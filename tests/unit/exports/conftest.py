"""Networks of their own, members who have done everything, archives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixtures_postgresql import PostgreSQL
from fixtures_store import Store
from palabre import journal
from palabre.store import Database
from palabre.store.postgresql import PostgresqlEngine
from palabre.store.sqlite import SqliteEngine
from people import People


@pytest.fixture
def people(store: Store) -> People:
    """Nobody yet."""
    return People(store)


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> Iterator[Store]:
    """A second network, on the same kind of database."""
    cleanup: Callable[[], None]
    if store.database.dialect == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        (tmp_path / "elsewhere.db").write_bytes(template.read_bytes())
        database = Database(SqliteEngine(tmp_path / "elsewhere.db"))
        cleanup = lambda: None  # noqa: E731
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
