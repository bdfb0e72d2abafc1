"""An empty database with all its tables, made once: what a new network begins with."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from palabre.store.migrations import migrate
from palabre.store.sqlite import SqliteEngine


@cache
def migrated_file() -> bytes:
    """A migrated, empty SQLite database, as its file is."""
    with tempfile.TemporaryDirectory(prefix="palabre-empty-") as folder:
        path = Path(folder) / "palabre.db"
        migrate(SqliteEngine(path))
        return path.read_bytes()
