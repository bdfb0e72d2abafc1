"""The migrations, one after the other, arrive at the schema that the tables describe."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from fixtures_postgresql import PostgreSQL
from fixtures_store import import_all_tables
from palabre.store.ddl import ddl
from palabre.store.migrations import migrate
from palabre.store.postgresql import PostgresqlEngine
from palabre.store.sqlite import SqliteEngine

_COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, collation_name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name <> 'schema_migration'
"""
_INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'schema_migration'"


def _sqlite(path: Path) -> dict[str, set[tuple[object, ...]]]:
    engine = SqliteEngine(path)
    connection = engine._open(readonly=True)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {
        table: {tuple(row[1:]) for row in connection.execute(f"PRAGMA table_xinfo({table})")}
        for table in tables
        if table != "schema_migration"
    }
    indexes = connection.execute("SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
    found["(indexes)"] = {(" ".join(row[0].split()),) for row in indexes}
    connection.close()
    return found


def test_on_sqlite(sqlite_template: Path, tmp_path: Path) -> None:
    import_all_tables()
    path = tmp_path / "described.db"
    SqliteEngine(path).execute_script(ddl("sqlite"))
    assert _sqlite(sqlite_template) == _sqlite(path)


@pytest.mark.postgresql
def test_on_postgresql(postgresql: PostgreSQL) -> None:
    import_all_tables()
    found = []
    for make in (migrate, lambda engine: engine.execute_script(ddl("postgresql"))):
        name = postgresql.create()
        make(PostgresqlEngine(postgresql.url(name)))
        with psycopg.connect(postgresql.url(name)) as connection:
            columns, indexes = connection.execute(_COLUMNS).fetchall(), connection.execute(_INDEXES).fetchall()
            found.append((set(columns), set(indexes)))
        postgresql.drop(name)
    assert found[0] == found[1]
