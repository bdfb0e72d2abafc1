"""What a network's database holds, as text, to see that nothing of it changed."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from palabre.server import SUBSCRIBERS

_OWN_NOTES = {"notification_seen", "sqlite_sequence", "palabre_migration", "subscriber_cursor"}
"""What the member has looked at, noted as he looks; and how far the server has read its own facts."""


def is_settled(data: Path) -> bool:
    """Tell whether the server has reacted to all that was stated, and done the work that was due."""
    with sqlite3.connect(f"file:{data / 'palabre.db'}?mode=ro", uri=True) as database:
        reached = dict(database.execute("SELECT name, position FROM subscriber_cursor"))
        unread = "SELECT 1 FROM journal WHERE position > ? AND kind IN ({}) LIMIT 1"
        left = [
            database.execute(
                unread.format(", ".join("?" * len(each.reactions))), (reached.get(each.name, 0), *each.reactions)
            ).fetchone()
            for each in SUBSCRIBERS
        ]
        left.append(
            database.execute("SELECT 1 FROM job WHERE NOT dead AND run_at <= ?", (time.time() * 1000,)).fetchone()
        )
    database.close()
    return not any(left)


def content(data: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table; when a session was last used is left out."""
    with sqlite3.connect(f"file:{data / 'palabre.db'}?mode=ro", uri=True) as database:
        database.text_factory = bytes
        real = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        tables = [row[0].decode() for row in database.execute(real)]
        found: dict[str, list[tuple[object, ...]]] = {}
        for table in tables:
            columns = [row[1].decode() for row in database.execute(f"PRAGMA table_info({table})")]
            kept = [name for name in columns if not (table == "session" and name in {"seen", "expires"})]
            if table not in _OWN_NOTES and kept:
                found[table] = sorted(database.execute(f"SELECT {', '.join(kept)} FROM {table}").fetchall(), key=repr)
    database.close()
    return found


def changed(before: dict[str, list[tuple[object, ...]]], after: dict[str, list[tuple[object, ...]]]) -> list[str]:
    """Name the tables that differ."""
    return sorted(table for table in before.keys() | after.keys() if before.get(table) != after.get(table))
