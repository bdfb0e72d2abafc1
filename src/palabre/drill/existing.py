"""Rehearses the restore of a network that is there: its vault is brought back elsewhere and compared with it.

Nothing is destroyed, and nothing that was brought back is served: a second copy of a network that talks to others
would do harm. What is compared is every post that was written, and last changed, before the moment up to which the
vault was said to have everything.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import apsw

from palabre import clock
from palabre.clock import Instant
from palabre.config import load
from palabre.drill.restore import KIND
from palabre.folder import open_folder
from palabre.store import Snapshot
from palabre.survival.drills import DrillReport
from palabre.survival.vaults import state as states
from palabre.survival.vaults.places import open_place, shown
from palabre.survival.vaults.recovery import Identity
from palabre.survival.vaults.restore import DATABASE, Restored, restore

_POSTS: Final = "SELECT id, text FROM post WHERE created <= {0} AND (edited IS NULL OR edited <= {0})"


def run(folder: Path, address: str, identity: Identity, tell: Callable[[str], None]) -> DrillReport:
    """Bring the newest state back from the vault at ``address``, and compare it with the network in ``folder``."""
    began, started = clock.now(), time.monotonic()
    confirmed = states.load(folder, shown(address)).as_of
    with tempfile.TemporaryDirectory(prefix="palabre-drill-") as scratch:
        Path(scratch).chmod(0o711)  # PostgreSQL, which is not run by root, has to pass
        place = open_place(address)
        begun = time.monotonic()
        done = restore(place, identity, Path(scratch) / "data")
        restored = time.monotonic() - begun
        place.close()
        tell(f"restored {done.bytes / 1024**2:.0f} MB in {restored:.1f} s")
        there = _posts_back(Path(scratch) / "data", done, confirmed, load(folder).database)
    opened = open_folder(folder)
    try:
        wanted = opened.database.read_now(_posts, confirmed)
    finally:
        opened.database.close()
    gone = sum(there.get(number) != text for number, text in wanted.items())
    problems = list(done.problems)
    problems += [f"{gone} posts are gone or not what they were"] if gone else []
    problems += [] if done.complete else ["not everything could be restored"]
    return DrillReport(
        kind=KIND, began=began, seconds=round(time.monotonic() - started, 1), rto_seconds=round(restored, 2),
        rpo_lost=gone, acknowledged=len(wanted), double_primaries=0, passed=not problems,
        details={
            "database": "postgresql" if done.cluster else "sqlite", "bytes": done.bytes, "media": done.media,
            "restore_seconds": round(restored, 2), "rpo_seconds": round(max(0, began - done.at) / 1_000, 2),
            "confirmed": confirmed, "restored_to": done.at, "confirmed_lost": gone, "rto_limit": 60.0,
            "problems": problems,
        },
    )  # fmt: skip


def _posts(snapshot: Snapshot, until: Instant) -> dict[int, str]:
    return dict(snapshot._fetch(_POSTS.format(int(until)), {}))  # noqa: SLF001 - the same statement on two databases


def _posts_back(folder: Path, done: Restored, until: Instant, url: str) -> dict[int, str]:
    query = _POSTS.format(int(until))
    if done.cluster:
        from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 - optional dependency

        from palabre.survival.vaults.cluster import Cluster, binaries  # noqa: PLC0415

        named = conninfo_to_dict(url)
        version = int((Path(done.cluster) / "PG_VERSION").read_text())
        cluster = Cluster(
            binaries(version), Path(done.cluster), database=str(named.get("dbname")), user=str(named.get("user"))
        )
        try:
            cluster.serve()
            return dict(cluster.rows(query))
        finally:
            cluster.stop()
    connection = apsw.Connection(str(folder / DATABASE))
    try:
        rows: list[Any] = connection.execute(query).fetchall()
        return dict(rows)
    finally:
        connection.close()
