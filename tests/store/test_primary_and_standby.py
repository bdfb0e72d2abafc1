"""PostgreSQL on two machines: who writes finds the one that leads, who reads goes on, a commit takes effect once."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from fixtures_postgresql import PostgreSQL, binaries
from palabre import clock, journal
from palabre.events import Event
from palabre.journal.log import read_after
from palabre.store import Database, Transaction, postgresql, postgresql_links
from palabre.store.engine import StoreUnavailable
from palabre.store.migrations import migrate
from palabre.store.postgresql_doubt import Fate, fate_of
from palabre.store.postgresql_links import places_of
from palabre.store.replication import replication
from palabre.store.statement import Statement
from standbys import until

pytestmark = pytest.mark.postgresql

_SETTINGS = {"wal_level": "replica", "max_wal_senders": 5, "wal_keep_size": "64MB"}
_KEEP = Statement("INSERT INTO note VALUES (%(id)s, %(text)s)")
_TEXTS = Statement("SELECT text FROM note ORDER BY id")


class Noted(Event, frozen=True, kw_only=True, tag="test.noted_twice"):
    """A note was kept."""

    note: int


def keep(tx: Transaction, number: int, text: str) -> int:
    """Keep a note, and state it."""
    tx.run(_KEEP, id=number, text=text)
    journal.record(tx, Noted(note=number))
    return number


class Pair(NamedTuple):
    """A primary whose writes wait for its standby."""

    primary: PostgreSQL
    standby: PostgreSQL
    url: str

    def fail_over(self) -> None:
        """End the primary as a crash would, and let the standby take over."""
        self.primary.stop_serving()
        with psycopg.connect(self.standby.url("palabre"), autocommit=True) as connection:
            assert connection.execute("SELECT pg_promote(true, 60)").fetchone() == (True,)


@pytest.fixture(scope="module")
def stopped() -> Iterator[PostgreSQL]:
    """A cluster with the schema and a table of notes, to be copied."""
    where = binaries()
    assert where is not None, "`make test` installs PostgreSQL"
    made = PostgreSQL(where, Path(tempfile.mkdtemp(prefix="palabre-pg-")), **_SETTINGS)
    try:
        made._sql("CREATE DATABASE palabre")
        database = Database.open(made.url("palabre"), made.folder)
        migrate(database.engine)
        database.engine.execute_script("CREATE TABLE note (id BIGINT PRIMARY KEY, text TEXT NOT NULL UNIQUE)")
        database.close()
        made.stop_serving(properly=True)
        yield made
    finally:
        made.stop()


@pytest.fixture
def pair(stopped: PostgreSQL) -> Iterator[Pair]:
    """Two machines: folders with a socket each."""
    folders = [Path(tempfile.mkdtemp(prefix="palabre-pg-")) for _ in range(2)]
    made: list[PostgreSQL] = []
    try:
        made.append(PostgreSQL(stopped.binaries, folders[0], copy_of=stopped.folder, **_SETTINGS))
        made.append(PostgreSQL(stopped.binaries, folders[1], copy_of=stopped.folder, follow=folders[0], **_SETTINGS))
        with psycopg.connect(made[0].url("palabre"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("SELECT pg_reload_conf()")
        hosts = ",".join(str(folder) for folder in folders)
        yield Pair(made[0], made[1], f"postgresql://palabre@/palabre?host={hosts}&target_session_attrs=read-write")
    finally:
        for each in made:
            each.stop()
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(pair: Pair, tmp_path: Path) -> Iterator[Database]:
    """The database as the application opens it."""
    opened = Database.open(pair.url, tmp_path, primary_seconds=60.0)
    opened.seal = journal.seal
    opened.engine.holds = journal.holds
    yield opened
    opened.close()


def texts(database: Database) -> list[str]:
    """All notes, by number."""
    return database.read_now(lambda db: db.column(_TEXTS))


class Asked:
    """A write that waits in a thread of its own."""

    def __init__(self, database: Database, *arguments: Any) -> None:
        self.answer: Any = None
        self._thread = threading.Thread(target=self._ask, args=(database, arguments))
        self._thread.start()

    def _ask(self, database: Database, arguments: tuple[Any, ...]) -> None:
        try:
            self.answer = database.write_now(*arguments)
        except Exception as error:
            self.answer = error

    def wait(self) -> Any:
        """Its answer."""
        self._thread.join(120)
        assert not self._thread.is_alive()
        return self.answer


def test_reading_goes_on_from_the_standby_and_a_write_waits_for_the_next_primary(
    pair: Pair, database: Database
) -> None:
    for number in range(8):  # enough for statements to be prepared
        assert database.write_now(keep, number, f"note {number}") == number
        assert len(texts(database)) == number + 1
    pair.primary.stop_serving()
    assert len(texts(database)) == 8
    standing = database.read_now(replication)
    assert standing is not None
    assert not standing.leads
    waiting = Asked(database, keep, 8, "note 8")
    assert len(texts(database)) == 8
    with psycopg.connect(pair.standby.url("palabre"), autocommit=True) as connection:
        connection.execute("SELECT pg_promote()")
    assert waiting.wait() == 8
    for number in range(9, 15):
        assert database.write_now(keep, number, f"note {number}") == number
        assert texts(database)[-1] == f"note {number}"
    standing = database.read_now(replication)
    assert standing is not None
    assert standing.leads
    assert standing.is_missing(several=True)


def test_replication_names_the_standby_that_writes_wait_for(pair: Pair, database: Database) -> None:
    database.write_now(keep, 1, "one")
    standing = database.read_now(replication)
    assert standing is not None
    assert (standing.leads, standing.demanded, standing.hidden) == (True, True, False)
    assert [each.name for each in standing.synchronous] == ["walreceiver"]
    assert not standing.is_missing(several=True)
    with psycopg.connect(pair.primary.url("palabre"), autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN")
    stranger = Database.open(pair.primary.url("palabre").replace("palabre@", "stranger@"), Path())
    hidden = stranger.read_now(replication)
    stranger.close()
    assert hidden is not None
    assert hidden.hidden
    assert not hidden.is_missing(several=True)


def test_a_write_is_refused_clearly_when_nobody_leads_in_time(pair: Pair, tmp_path: Path) -> None:
    database = Database.open(pair.url, tmp_path, primary_seconds=0.3)
    database.seal = journal.seal
    assert database.write_now(keep, 1, "one") == 1
    pair.primary.stop_serving()
    for _ in range(2):
        with pytest.raises(StoreUnavailable) as refused:
            database.write_now(keep, 2, "two")
        assert refused.value.details["retry_after"] == 5
    assert texts(database) == ["one"]
    with psycopg.connect(pair.standby.url("palabre"), autocommit=True) as connection:
        connection.execute("SELECT pg_promote()")
    assert database.write_now(keep, 2, "two") == 2
    database.close()


def test_a_stopping_server_does_not_wait_for_a_primary(pair: Pair, tmp_path: Path) -> None:
    database = Database.open(pair.url, tmp_path, primary_seconds=600.0)
    database.seal = journal.seal
    pair.primary.stop_serving()
    waiting = Asked(database, keep, 1, "one")
    assert texts(database) == []
    database.close()
    assert isinstance(waiting.wait(), StoreUnavailable)


def test_a_machine_that_became_a_standby_is_left_for_the_one_that_leads(pair: Pair, tmp_path: Path) -> None:
    runs: list[int] = []

    def find_it_read_only(tx: Transaction) -> int:
        runs.append(1)
        if len(runs) == 1:
            tx.run(Statement("SET TRANSACTION READ ONLY"))
        return keep(tx, 1, "one")

    turned = ",".join([str(pair.standby.folder), str(pair.primary.folder)])
    database = Database.open(f"postgresql://palabre@/palabre?host={turned}", tmp_path, primary_seconds=60.0)
    database.seal = journal.seal
    assert database.write_now(find_it_read_only) == 1
    assert len(runs) == 2
    assert texts(database) == ["one"]
    database.close()


def test_a_former_primary_that_goes_on_alone_is_left_although_it_accepts_writes(
    pair: Pair, database: Database
) -> None:
    assert database.write_now(keep, 1, "one") == 1
    assert texts(database) == ["one"]
    with psycopg.connect(pair.standby.url("palabre"), autocommit=True) as connection:
        assert connection.execute("SELECT pg_promote(true, 60)").fetchone() == (True,)
    # The old one can commit nothing for want of a standby: this waits there, and is looked up on the other.
    assert database.write_now(keep, 2, "two") == 2
    assert texts(database) == ["one", "two"]
    assert database.write_now(keep, 3, "three") == 3
    with psycopg.connect(pair.standby.url("palabre")) as connection:
        assert connection.execute("SELECT count(*) FROM note").fetchone() == (3,)


def test_a_write_that_a_replaced_machine_lets_go_is_made_on_the_one_that_leads(
    pair: Pair, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_links, "_STUCK_SECONDS", 1_000.0)  # nobody comes to its help
    assert database.write_now(keep, 1, "one") == 1
    with psycopg.connect(pair.standby.url("palabre"), autocommit=True) as connection:
        assert connection.execute("SELECT pg_promote(true, 60)").fetchone() == (True,)
    waiting = Asked(database, keep, 2, "two")
    waits = "SELECT now() - state_change > '1 second' FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    with psycopg.connect(pair.primary.url("palabre"), autocommit=True) as connection:
        until(lambda: connection.execute(waits).fetchall() == [(True,)], "it waits for a standby that has left")
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
        connection.execute("SELECT pg_reload_conf()")
        assert waiting.wait() == 2
        assert connection.execute("SELECT text FROM note ORDER BY id").fetchall() == [("one",), ("two",)]
    assert database.write_now(keep, 3, "three") == 3
    with psycopg.connect(pair.standby.url("palabre")) as connection:
        assert connection.execute("SELECT text FROM note ORDER BY id").fetchall() == [("one",), ("two",), ("three",)]


def test_only_a_slow_write_that_a_standby_confirms_makes_palabre_look_for_another_primary(
    pair: Pair, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    monkeypatch.setattr(postgresql_links.Links, "is_replaced", lambda _: bool(looks.append(1)))

    def slow(tx: Transaction, number: int) -> int:
        clock.pause(postgresql._WAITED + 0.1)
        return keep(tx, number, str(number))

    assert database.write_now(slow, 1) == 1
    assert len(looks) == 1
    with psycopg.connect(pair.primary.url("palabre"), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = ''")  # as when the standby is away
        connection.execute("SELECT pg_reload_conf()")
    names = Statement("SELECT current_setting('synchronous_standby_names')")
    until(lambda: database.write_now(lambda tx: tx.column(names)) == [""], "nobody confirms")
    looks.clear()
    assert database.write_now(slow, 2) == 2
    assert looks == []


def test_a_lone_standby_refuses_writes_and_is_no_fault(pair: Pair, tmp_path: Path) -> None:
    database = Database.open(pair.standby.url("palabre"), tmp_path)
    database.seal = journal.seal
    with pytest.raises(StoreUnavailable):
        database.write_now(keep, 1, "one")
    assert texts(database) == []
    database.close()


# A commit in doubt


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, Callable[[], None]], None]]:
    """Break the writer's connection just ``before`` or ``after`` its next commit, and let something happen then."""
    plans: list[tuple[str, Callable[[], None]]] = []
    real = psycopg.Pipeline.__exit__

    def leave(self: psycopg.Pipeline, *problem: Any) -> Any:
        moment, happens = plans.pop() if plans and not problem[0] else ("", lambda: None)
        value = None if moment == "before" else real(self, *problem)
        if moment:
            self.pgconn.finish()
            happens()
            raise psycopg.OperationalError("the connection broke")
        return value

    monkeypatch.setattr(psycopg.Pipeline, "__exit__", leave)
    yield lambda moment, happens: plans.append((moment, happens))
    assert not plans


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_commit_whose_answer_was_lost_with_the_primary_takes_effect_once(
    pair: Pair, database: Database, moment: str, cut: Callable[[str, Callable[[], None]], None]
) -> None:
    assert database.write_now(keep, 1, "before all that") == 1
    runs: list[int] = []

    def counted(tx: Transaction) -> int:
        runs.append(1)
        return keep(tx, 1 + len(runs), f"run {len(runs)}")

    def fail_over() -> None:
        pair.fail_over()
        with psycopg.connect(pair.standby.url("palabre"), autocommit=True) as other:
            other.execute("CREATE TABLE other (number INTEGER)")
            for number in range(50):  # somebody else commits under the numbers that died with the primary
                other.execute("INSERT INTO other VALUES (%s)", [number])

    cut(moment, fail_over)
    answered = database.write_now(counted)
    assert texts(database) == ["before all that", f"run {answered - 1}"]
    assert len(database.read_now(read_after, 0)) == 2
    assert len(runs) == answered - 1
    if moment == "after":
        assert len(runs) == 1  # "before", the COMMIT may have reached the server all the same
    assert database.write_now(keep, 9, "and afterwards") == 9


def test_what_became_of_a_commit_is_told_by_its_facts_and_not_by_its_number_alone(postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url, autocommit=True) as one, psycopg.connect(postgresql_url) as two:
        one.execute("CREATE TABLE note (id INTEGER)")
        row = two.execute("INSERT INTO note VALUES (1) RETURNING pg_current_xact_id()::text").fetchone()
        assert row is not None
        number = row[0]
        assert fate_of(one, number, lambda: True) is Fate.OPEN
        two.commit()
        assert fate_of(one, number, lambda: True) is Fate.COMMITTED
        assert fate_of(one, number, lambda: False) is Fate.ROLLED_BACK  # committed, but it was somebody else's
        assert fate_of(one, number, None) is Fate.UNKNOWN
        row = two.execute("INSERT INTO note VALUES (2) RETURNING pg_current_xact_id()::text").fetchone()
        assert row is not None
        two.rollback()
        assert fate_of(one, row[0], lambda: True) is Fate.ROLLED_BACK
        assert fate_of(one, str(int(number) + 1_000_000), lambda: True) is Fate.ROLLED_BACK


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://palabre@db.example/palabre", [{"host": "db.example"}]),
        ("postgresql://palabre@/palabre", [{}]),
        ("postgresql://a:1,b:2/palabre", [{"host": "a", "port": "1"}, {"host": "b", "port": "2"}]),
        ("postgresql://a,b/palabre?port=7", [{"host": "a", "port": "7"}, {"host": "b", "port": "7"}]),
        ("postgresql://[::1]:1,10.0.0.2:2/x", [{"host": "::1", "port": "1"}, {"host": "10.0.0.2", "port": "2"}]),
    ],
)
def test_each_machine_of_an_address_is_found(url: str, expected: list[dict[str, str]]) -> None:
    assert places_of(url) == expected
