"""What a replaced server wrote alone is kept aside, wherever in its files it is by then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from palabre.emojis.events import EmojisChanged
from palabre.folder import initialise
from palabre.journal import record, seal
from palabre.store import Database
from palabre.store.sqlite import SqliteEngine
from palabre.survival.aside import set_aside
from palabre.survival.promotion import end_of_log
from palabre.survival.state import Part


class Replaced:
    """A server that goes on alone after another one has taken over."""

    def __init__(self, data: Path) -> None:
        initialise(data, origin="http://localhost:8000")
        self.part = Part(data)
        self.write(1)

    def write(self, emoji: int) -> None:
        database = Database.open(None, self.part.data)
        database.seal = seal
        database.engine.log_readers.append(lambda: False)  # its log stays
        database.write_now(record, EmojisChanged(emoji=emoji))
        database.close()

    def empty(self) -> None:
        """Copy the log into the database, as a server does soon after somebody deletes something."""
        with SqliteEngine(self.part.data / "palabre.db").alone() as empty:
            empty()


@pytest.fixture
def replaced(tmp_path: Path) -> Replaced:
    return Replaced(tmp_path / "data")


def report(path: Path | None) -> dict[str, int]:
    assert path is not None
    told: dict[str, dict[str, int]] = json.loads(path.read_bytes())
    assert (path.parent / "palabre.db").exists()
    return told["facts"]


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("after", [False, True])
def test_what_was_written_alone_is_kept_whenever_the_log_was_emptied(
    replaced: Replaced, *, before: bool, after: bool
) -> None:
    if before:
        replaced.empty()
    began = end_of_log(replaced.part)
    assert bool(began.frames) is not before
    replaced.write(2)
    if after:
        replaced.empty()
    assert report(set_aside(replaced.part, began, 2)) == {"emoji.changed": 1}


@pytest.mark.parametrize("emptied", [False, True])
def test_nothing_is_kept_where_nothing_was_written(replaced: Replaced, *, emptied: bool) -> None:
    if emptied:
        replaced.empty()
    assert set_aside(replaced.part, end_of_log(replaced.part), 2) is None
