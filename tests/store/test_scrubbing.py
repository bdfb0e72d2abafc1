"""What is deleted leaves the database file, also the copies that SQLite makes of rows when it moves them."""

from __future__ import annotations

import random
import uuid
from pathlib import Path

import apsw
import pytest

from palabre.store import Database, Transaction
from palabre.store.scrubbing import scrubbed
from palabre.store.sqlite import SqliteEngine
from palabre.store.statement import Statement

_SCHEMA = """
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
"""
_ADD = Statement("INSERT INTO word VALUES (:id, :text)")
_ADD_TAG = Statement("INSERT INTO tag VALUES (:id, :text)")
_REMOVE = Statement("DELETE FROM word WHERE id = :id")
_REMOVE_TAG = Statement("DELETE FROM tag WHERE id = :id")


def _live_and_die(database: Database, seed: int) -> tuple[set[str], set[str]]:
    """Write rows of all sizes, not quite in order, and delete some; return what is left and what is gone."""
    dice = random.Random(seed)
    living: dict[int, str] = {}
    gone: set[str] = set()
    moment = 0

    def step(tx: Transaction) -> None:
        nonlocal moment
        for _ in range(50):
            moment += dice.randint(0, 3)
            if living and dice.random() < 0.4:
                number = dice.choice(list(living))
                gone.add(living.pop(number))
                tx.run(_REMOVE, id=number)
                tx.run(_REMOVE_TAG, id=number)
                continue
            number = (moment << 8) | dice.randint(0, 255)
            if number not in living:
                text = living[number] = uuid.UUID(int=dice.getrandbits(128)).hex
                tx.run(_ADD, id=number, text=text + "x" * dice.choice([0, 5, 50, 300, 1_000, 5_000]))
                tx.run(_ADD_TAG, id=number, text=f"tag{text}")

    for turn in range(100):
        database.write_now(step)
        if turn % 10 == 0:
            database.engine.purge()
    return set(living.values()), gone


def _held(file: Path, words: set[str]) -> set[str]:
    content = file.read_bytes()
    return {word for word in words if word.encode() in content}


@pytest.mark.parametrize("seed", [1, 2])
def test_no_copy_of_a_deleted_row_stays_in_the_file(tmp_path: Path, seed: int) -> None:
    engine = SqliteEngine(tmp_path / "palabre.db")
    engine.execute_script(_SCHEMA)
    database = Database(engine)
    living, gone = _live_and_die(database, seed)
    engine.purge()
    assert len(gone) > 1_000
    assert _held(engine.path, gone) == set()
    assert Path(f"{engine.path}-wal").stat().st_size == 0
    assert _held(engine.path, living) == living
    database.close()
    check = apsw.Connection(str(engine.path))
    assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert check.execute("SELECT count(*) FROM word").fetchall() == [(len(living),)]
    check.close()


def test_without_scrubbing_copies_would_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If SQLite once does this by itself, `scrubbing` can go."""
    monkeypatch.setattr("palabre.store.scrubbing.scrubbed", lambda page, *, first: page)
    engine = SqliteEngine(tmp_path / "palabre.db")
    engine.execute_script(_SCHEMA)
    database = Database(engine)
    _, gone = _live_and_die(database, 1)
    engine.purge()
    assert _held(engine.path, gone)
    database.close()


def test_only_the_unused_middle_of_a_page_is_zeroed() -> None:
    head = bytes([13, 0, 0, 0, 2, 0x0F, 0xF0, 0]) + b"\x0f\xf0\x0f\xf8"
    cells = b"c" * 16
    page = head + b"left" * 1017 + b"!" * (4_096 - len(head) - 4 * 1017 - 16) + cells
    assert len(page) == 4_096
    assert scrubbed(page) == head + bytes(4_096 - len(head) - 16) + cells
    overflow = bytes([0, 0, 0, 9]) + b"o" * 4_092
    assert scrubbed(overflow) is overflow
    full = bytes([13, 0, 0, 0, 2, 0, 12, 0]) + b"\x00\x0c\x08\x00" + b"f" * 4_084
    assert scrubbed(full) is full
