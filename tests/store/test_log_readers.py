"""What follows the WAL of SQLite has read all of it before it starts over, whoever asks for that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from palabre.store import Database, Transaction
from palabre.store.sqlite import SqliteEngine, WalStillRead


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    SqliteEngine(tmp_path / "palabre.db").execute_script("CREATE TABLE note (text TEXT)")
    opened = Database.open("", tmp_path)
    yield opened
    opened.close()


def add(tx: Transaction, text: str) -> None:
    tx._execute("INSERT INTO note VALUES (:text)", {"text": text})


def test_the_log_is_emptied_only_when_every_reader_agrees(database: Database, tmp_path: Path) -> None:
    log = tmp_path / "palabre.db-wal"
    has_read = False
    found: list[bytes] = []

    def reader() -> bool:
        found.append(log.read_bytes())
        return has_read

    database.engine.log_readers.append(reader)
    database.write_now(add, "a note to follow")
    with pytest.raises(WalStillRead):
        database.engine.purge()
    assert b"a note to follow" in log.read_bytes()
    has_read = True
    database.engine.purge()
    assert log.stat().st_size == 0
    assert all(b"a note to follow" in each for each in found)


def test_a_second_process_leaves_the_log_to_the_first(database: Database, tmp_path: Path) -> None:
    database.write_now(add, "of the owner")
    script = (
        "import sys\nfrom pathlib import Path\nfrom palabre.store import Database\n"
        "database = Database.open('', Path(sys.argv[1]))\n"
        "database.write_now(lambda tx: tx._execute('INSERT INTO note VALUES (:a)', {'a': 'of the other'}))\n"
        "database.close()\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=60)
    log = (tmp_path / "palabre.db-wal").read_bytes()
    assert b"of the owner" in log
    assert b"of the other" in log
    database.close()
    assert (tmp_path / "palabre.db-wal").stat().st_size == 0
