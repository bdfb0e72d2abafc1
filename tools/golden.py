"""Keep a database as this version leaves it, for the tests of all versions to come: ``python tools/golden.py``.

Writes ``tests/fixtures/golden/<version>.sqlite.gz`` and ``<version>.postgresql.sql.gz``, every table filled through
domain functions. Run it once for a release, after its last migration; what is there is never written anew.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

import palabre  # noqa: E402 - found through the lines above
from fixtures_postgresql import PostgreSQL, binaries  # noqa: E402
from golden_content import fill  # noqa: E402
from palabre import journal  # noqa: E402
from palabre.store import Database  # noqa: E402
from palabre.store.engine import Engine  # noqa: E402
from palabre.store.migrations import migrate  # noqa: E402
from palabre.store.postgresql import PostgresqlEngine  # noqa: E402
from palabre.store.sqlite import SqliteEngine  # noqa: E402

FOLDER = ROOT / "tests" / "fixtures" / "golden"


def made(engine: Engine) -> None:
    """Fill an empty database."""
    migrate(engine)
    database = Database(engine)
    database.seal = journal.seal
    fill(database)
    database.close()


def keep(name: str, content: bytes) -> None:
    """Write a fixture, unless there is one."""
    path = FOLDER / name
    if path.exists():
        print(f"{path.relative_to(ROOT)} is there already and stays as it is")  # noqa: T201 - a command's answer
        return
    path.write_bytes(gzip.compress(content, 9, mtime=0))
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")  # noqa: T201 - a command's answer


def main() -> None:
    """Write both."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "palabre.db"
        made(SqliteEngine(path))
        keep(f"{palabre.__version__}.sqlite.gz", path.read_bytes())
    where = binaries()
    if where is None:
        sys.exit("PostgreSQL is not installed: apt-get install postgresql")
    cluster = PostgreSQL(where, Path(tempfile.mkdtemp(prefix="palabre-golden-")))
    try:
        name = cluster.create()
        made(PostgresqlEngine(cluster.url(name)))
        dump = subprocess.run(  # noqa: S603 - Debian's own program
            [where / "pg_dump", "--no-owner", "--no-privileges", "--inserts", cluster.url(name)],
            check=True,
            capture_output=True,
        ).stdout
        lines = [
            line for line in dump.decode().splitlines() if not line.startswith(("--", "\\", "SET ", "SELECT pg_"))
        ]
        keep(f"{palabre.__version__}.postgresql.sql.gz", "\n".join(line for line in lines if line).encode())
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
