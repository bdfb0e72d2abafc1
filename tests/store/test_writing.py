"""The writer: what fails harms nobody else, members come first, and nothing that was asked for is forgotten."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, select

from fixtures_store import Store
from palabre import journal
from palabre.errors import Invalid
from palabre.events import Event
from palabre.journal.log import Journal, read_after
from palabre.store import Database, Snapshot, Transaction, insert, statement
from palabre.store import database as database_module
from palabre.store.engine import StoreUnavailable
from palabre.store.sqlite import SqliteEngine

_OWN = MetaData()
note = Table(
    "note",
    _OWN,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False, unique=True),
)
_KEEP = insert(note)
_TEXTS = statement(select(note.c.text).order_by(note.c.id))
_NUMBERS = statement(select(note.c.id))


class Noted(Event, frozen=True, kw_only=True, tag="test.noted"):
    """A note was kept."""

    note: int


def keep(tx: Transaction, number: int, text: str) -> int:
    """Keep a note, and state it."""
    tx.run(_KEEP, id=number, text=text)
    journal.record(tx, Noted(note=number))
    return number


def keep_and_refuse(tx: Transaction, number: int, text: str) -> int:
    """Keep a note and think better of it."""
    keep(tx, number, text)
    raise Invalid


def look_and_refuse(tx: Transaction, number: int, _text: str) -> int:
    """Refuse like :func:`keep_and_refuse`, before anything is written."""
    assert number not in tx.column(_NUMBERS)
    raise Invalid


@pytest.fixture
def notes(store: Store) -> Store:
    """A database with a table of notes."""
    store.database.engine.execute_script("CREATE TABLE note (id BIGINT PRIMARY KEY, text TEXT NOT NULL UNIQUE)")
    return store


def texts(store: Store) -> list[str]:
    """All notes, by number."""
    return list(store.read(lambda db: db.column(_TEXTS)))


class Held:
    """The writer thread, kept busy until it is let go, so that a test decides what waits behind it."""

    def __init__(self, database: Database) -> None:
        self._begun = threading.Event()
        self._go = threading.Event()
        self._thread = threading.Thread(target=database.write_now, args=(self._hold,))
        self._thread.start()
        assert self._begun.wait(30)

    def _hold(self, _tx: Transaction) -> None:
        self._begun.set()
        assert self._go.wait(30)

    def let_go(self) -> None:
        """Let the writer go on."""
        self._go.set()
        self._thread.join()


async def _settled(database: Database, count: int) -> None:
    """Wait until ``count`` functions stand in the queues."""
    while len(database._urgent) + len(database._patient) < count:  # noqa: ASYNC110 - the queue tells nobody
        await asyncio.sleep(0.005)


def together(database: Database, acts: Sequence[tuple[Callable[..., int], str]]) -> list[Any]:
    """Write all in one commit; return what each has returned or raised."""

    async def story() -> list[Any]:
        held = await asyncio.to_thread(Held, database)
        asked = [asyncio.ensure_future(database.write(act, at, text)) for at, (act, text) in enumerate(acts)]
        await _settled(database, len(acts))
        batches = database.batches
        await asyncio.to_thread(held.let_go)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert database.batches == batches + 2, "they were not written together"
        return answers

    return asyncio.run(story())


@pytest.mark.parametrize("refuses", [keep_and_refuse, look_and_refuse])
def test_who_refuses_takes_nothing_of_the_others_along(notes: Store, refuses: Callable[..., int]) -> None:
    """Whether it had written before or not."""
    acts = [(keep, "first"), (refuses, "never"), (keep, "second"), (refuses, "nor that"), (keep, "third")]
    answers = together(notes.database, acts)
    assert [type(each) for each in answers] == [int, Invalid, int, Invalid, int]
    assert texts(notes) == ["first", "second", "third"]
    assert [Journal([Noted]).decode(fact).note for fact in notes.read(read_after, 0)] == [0, 2, 4]


def test_nothing_is_run_again_for_who_refuses_before_he_writes(notes: Store) -> None:
    ran: list[str] = []

    def counted(tx: Transaction, number: int, text: str) -> int:
        ran.append(text)
        return keep(tx, number, text)

    together(notes.database, [(counted, "first"), (look_and_refuse, "never"), (counted, "second")])
    assert ran == ["first", "second"]


def test_of_writes_in_one_commit_only_the_one_that_fails_is_undone(notes: Store) -> None:
    acts = [
        (keep, "first"),
        (keep_and_refuse, "never"),
        (keep, "second"),
        (keep, "first"),  # the database objects
        (keep, "third"),
    ]
    answers = together(notes.database, acts)
    assert [answers[0], answers[2], answers[4]] == [0, 2, 4]
    assert isinstance(answers[1], Invalid)
    assert isinstance(answers[3], Exception)
    assert texts(notes) == ["first", "second", "third"]
    facts = notes.read(read_after, 0)
    assert [Journal([Noted]).decode(fact).note for fact in facts] == [0, 2, 4]
    assert [fact.position for fact in facts] == [1, 2, 3]


def test_members_writes_go_before_patient_work_which_is_not_starved(notes: Store) -> None:
    database = notes.database
    order: list[str] = []

    def did(what: str) -> Callable[[Transaction], None]:
        return lambda _tx: order.append(what)

    async def story() -> None:
        held = await asyncio.to_thread(Held, database)
        asked = [asyncio.ensure_future(database.write_patiently(did(f"patient {number}"))) for number in range(3)]
        asked += [asyncio.ensure_future(database.write(did(f"member {number}"))) for number in range(300)]
        await _settled(database, 303)
        await asyncio.to_thread(held.let_go)
        await asyncio.gather(*asked)

    asyncio.run(story())
    assert order[:300] == [f"member {number}" for number in range(300)]
    assert order[300:] == ["patient 0", "patient 1", "patient 2"]


def test_patient_work_is_done_one_slice_at_a_time_while_members_never_stop_writing(notes: Store) -> None:
    database = notes.database
    before: list[int] = []
    stop = threading.Event()
    members = [0]

    def member(_tx: Transaction) -> None:
        members[0] += 1

    async def write_without_pause() -> None:
        while not stop.is_set():
            await database.write(member)

    async def story() -> None:
        writers = [asyncio.ensure_future(write_without_pause()) for _ in range(4)]
        for _ in range(5):
            await database.write_patiently(lambda _tx: before.append(members[0]))
        stop.set()
        await asyncio.gather(*writers)

    asyncio.run(story())
    assert len(before) == 5
    assert before == sorted(before)
    assert before[-1] > before[0]


def test_a_client_that_goes_away_leaves_its_write_and_the_others_answers(notes: Store) -> None:
    database = notes.database

    async def story() -> None:
        held = await asyncio.to_thread(Held, database)
        gone = asyncio.ensure_future(database.write(keep, 1, "of a client who left"))
        stays = asyncio.ensure_future(database.write(keep, 2, "of one who waits"))
        await _settled(database, 2)
        gone.cancel()
        await asyncio.to_thread(held.let_go)
        assert await stays == 2
        assert gone.cancelled()

    asyncio.run(story())
    assert texts(notes) == ["of a client who left", "of one who waits"]


def test_closing_finishes_what_is_queued_and_takes_nothing_more(notes: Store) -> None:
    database = Database(notes.database.engine)
    database.seal = journal.seal

    async def story() -> list[int]:
        held = await asyncio.to_thread(Held, database)
        asked = [asyncio.ensure_future(database.write(keep, number, f"note {number}")) for number in range(200)]
        asked.append(asyncio.ensure_future(database.write_patiently(keep, 200, "note 200")))
        await _settled(database, 201)
        closing = asyncio.ensure_future(asyncio.to_thread(database.close))
        await asyncio.to_thread(held.let_go)
        await closing
        with pytest.raises(StoreUnavailable):
            await database.write(keep, 999, "too late")
        return await asyncio.gather(*asked)

    assert asyncio.run(story()) == list(range(201))
    assert len(texts(notes)) == 201


def test_a_listener_that_fails_keeps_neither_the_others_nor_the_callers_from_their_answers(notes: Store) -> None:
    database = notes.database
    heard: list[int] = []

    def fails(_facts: list[Any], _wakes: set[str]) -> None:
        raise RuntimeError

    database.listeners += [fails, lambda facts, _wakes: heard.extend(fact.position for fact in facts)]

    async def story() -> int:
        async with asyncio.timeout(30):
            return await database.write(keep, 1, "heard")

    assert asyncio.run(story()) == 1
    assert heard == [1]


def test_the_writer_outlives_a_fault_in_sealing_a_batch(notes: Store) -> None:
    good, notes.database.seal = notes.database.seal, lambda _tx, _facts: 1 / 0  # type: ignore[assignment]
    with pytest.raises(ZeroDivisionError):
        notes.write(keep, 1, "lost with its batch")
    notes.database.seal = good
    assert notes.write(keep, 2, "written") == 2
    assert texts(notes) == ["written"]


def test_a_database_that_cannot_be_opened_is_an_answer_and_tried_again(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path / "absent" / "palabre.db")
    database = Database(engine)
    with pytest.raises(apsw.CantOpenError):
        database.write_now(lambda _tx: 1)
    engine.path.parent.mkdir()
    assert database.write_now(lambda _tx: 2) == 2
    database.close()


def test_a_full_file_refuses_writes_goes_on_reading_and_recovers_by_itself(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path / "palabre.db")
    engine.execute_script("CREATE TABLE note (id BIGINT PRIMARY KEY, text TEXT NOT NULL UNIQUE)")
    database = Database(engine)

    def allow(tx: Any, pages: int) -> None:
        tx._connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()

    def write(tx: Transaction, number: int) -> int:
        tx.run(_KEEP, id=number, text=f"{number} " + "x" * 3_000)
        return number

    def read() -> list[str]:
        return list(database.read_now(lambda db: db.column(_TEXTS)))

    database.write_now(allow, 40)
    kept: list[int] = []
    with pytest.raises(StoreUnavailable):  # noqa: PT012 - which of them is refused depends on the pages
        for number in range(100):
            kept.append(database.write_now(write, number))  # noqa: PERF401 - what came before the refusal counts
    assert kept
    assert [int(text.split()[0]) for text in read()] == kept
    with pytest.raises(StoreUnavailable):
        database.write_now(write, 500)
    # `max_page_count` belongs to the connection that is full: this is the space that comes back.
    database.write_now(allow, 4_000)
    assert database.write_now(write, 501) == 501
    assert [int(text.split()[0]) for text in read()] == [*kept, 501]
    database.close()


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Break the writer's connection to PostgreSQL just ``before`` or just ``after`` its next commit took effect."""
    import psycopg

    when: list[str] = []
    real = psycopg.Pipeline.__exit__

    def leave(self: psycopg.Pipeline, *problem: Any) -> Any:
        moment = when.pop() if when and not problem[0] else ""
        if moment == "before":
            self.pgconn.finish()
            raise psycopg.OperationalError("the connection broke")
        value = real(self, *problem)
        if moment == "after":
            self.pgconn.finish()
            raise psycopg.OperationalError("the connection broke")
        return value

    monkeypatch.setattr(psycopg.Pipeline, "__exit__", leave)
    yield when.append
    assert not when


@pytest.mark.parametrize("store", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_commit_whose_answer_was_lost_takes_effect_once(
    notes: Store, moment: str, cut: Callable[[str], None]
) -> None:
    assert notes.write(keep, 1, "before all that") == 1
    runs: list[int] = []

    def counted(tx: Transaction) -> int:
        runs.append(1)
        return keep(tx, 1 + len(runs), f"run {len(runs)}")

    cut(moment)
    answered = notes.write(counted)
    assert texts(notes) == ["before all that", f"run {answered - 1}"]
    assert len(notes.read(read_after, 0)) == 2
    assert notes.write(keep, 9, "and afterwards") == 9


@pytest.mark.parametrize("store", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_connections_that_the_server_ended_are_replaced_without_anybody_noticing(notes: Store) -> None:
    assert notes.write(keep, 1, "one") == 1
    assert texts(notes) == ["one"]
    import psycopg

    with psycopg.connect(notes.database.engine.url, autocommit=True) as other:
        ended = other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert ended == [(True,), (True,)]
    assert texts(notes) == ["one"]
    assert notes.write(keep, 2, "two") == 2
    assert texts(notes) == ["one", "two"]


def test_the_writer_says_within_seconds_that_postgresql_is_away() -> None:
    database = Database.open("postgresql://palabre@127.0.0.1:1/palabre", Path())
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            database.write_now(keep, 1, "nowhere")
        with pytest.raises(StoreUnavailable):
            database.read_now(lambda db: db.column(_TEXTS))
    database.close()


def test_a_query_of_several_statements_sees_one_state_and_is_begun_anew_once(notes: Store) -> None:
    database, runs = notes.database, []

    def twice(db: Snapshot) -> tuple[list[str], list[str], int]:
        runs.append(len(runs))
        before = db.column(_TEXTS)
        database.write_now(keep, len(runs), f"of run {len(runs)}")
        return before, db.column(_TEXTS), db.statements

    database_module._several.discard(twice.__code__)  # the test on the other database has run in this process
    seen = database.read_now(twice)
    assert seen == (["of run 1"], ["of run 1"], 2), "the first run was given up at its second statement"
    assert texts(notes) == ["of run 1", "of run 2"]
    assert database.read_now(twice)[0] == ["of run 1", "of run 2"]
    assert len(runs) == 3, "it is remembered that the query has several"


def test_a_query_of_one_statement_runs_without_a_transaction(notes: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    database = notes.database
    reader = type(database.engine.reader())
    opened: list[bool] = []
    snapshot = reader.snapshot

    def noting(self: Any, *, alone: bool = False) -> Any:
        opened.append(alone)
        return snapshot(self, alone=alone)

    monkeypatch.setattr(reader, "snapshot", noting)
    one = lambda db: db.column(_TEXTS)  # noqa: E731
    assert database.read_now(one) == []
    database.write_now(keep, 1, "seen by the next read")
    assert database.read_now(one) == ["seen by the next read"]
    assert opened == [True, True]
