"""The journal: exactly once, in the order of commits, on both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import psycopg
import pytest

from fixtures_store import Store
from palabre import clock, journal
from palabre.errors import Invalid
from palabre.events import Event
from palabre.journal import Subscriber
from palabre.journal.log import Cursor, Journal, head, read_after
from palabre.journal.subscriber import mark_failure
from palabre.store import Database, Transaction


class Rang(Event, frozen=True, kw_only=True, tag="test.rang"):
    """A bell rang."""

    bell: int


def ring(tx: Transaction, bell: int, *, fail: bool = False) -> int:
    """Record one fact, and refuse afterwards if asked."""
    journal.record(tx, Rang(bell=bell))
    if fail:
        raise Invalid
    return bell


def test_a_refused_action_leaves_no_fact(store: Store) -> None:
    store.write(ring, 1)
    with pytest.raises(Invalid):
        store.write(ring, 2, fail=True)
    store.write(ring, 3)
    assert [entry.payload for entry in store.read(read_after, 0)] == [
        '{"type":"test.rang","bell":1}',
        '{"type":"test.rang","bell":3}',
    ]
    assert [entry.position for entry in store.read(read_after, 0)] == [1, 2]


def test_a_subscriber_meets_each_fact_once_also_after_it_failed(store: Store) -> None:
    met: list[int] = []
    broken = {2}

    def listen(_tx: Transaction, fact: Rang) -> None:
        if fact.bell in broken:
            raise RuntimeError
        met.append(fact.bell)

    subscriber = Subscriber("bells", {Rang: listen})
    for bell in (1, 2, 3):
        store.write(ring, bell)
    with pytest.raises(RuntimeError):
        store.write(journal.advance, subscriber)
    met.clear()  # the step was undone as a whole
    broken.clear()
    assert store.advance(subscriber) == 3
    assert met == [1, 2, 3]
    assert store.advance(subscriber) == 0


def test_positions_have_no_gap_and_follow_commits_with_two_writers_at_once(store: Store) -> None:
    other = Database(store.database.engine)
    other.seal = journal.seal
    seen: list[int] = []

    def work(database: Database, first: int) -> None:
        for bell in range(first, first + 60):
            database.write_now(ring, bell)

    threads = [
        threading.Thread(target=work, args=(each, start)) for each, start in ((store.database, 0), (other, 1000))
    ]
    for thread in threads:
        thread.start()
    position = 0
    while any(thread.is_alive() for thread in threads):
        for entry in store.read(read_after, position):
            assert entry.position == position + 1, "a fact became visible before an earlier one"
            position = entry.position
            seen.append(position)
    for thread in threads:
        thread.join()
    other.close()
    assert store.read(head) == 120
    assert len(store.read(read_after, 0)) == 120


postgresql_alone = pytest.mark.parametrize(
    "store", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
"""SQLite has one writer: whoever begins second has not begun."""


@pytest.fixture
def other(store: Store) -> Iterator[Database]:
    """Another process's way to the same database."""
    database = Database(store.database.engine)
    database.seal = journal.seal
    yield database
    database.close()


@postgresql_alone
def test_who_has_taken_a_position_commits_before_whoever_takes_the_next(store: Store, other: Database) -> None:
    """Of two open transactions the second waits for the first, as the database itself says."""
    sealed, may_commit = threading.Event(), threading.Event()

    def held(tx: Transaction, facts: list[Event]) -> list[journal.log.Recorded]:
        recorded = journal.seal(tx, facts)
        sealed.set()
        assert may_commit.wait(60)
        return recorded

    store.write(ring, 0)
    store.database.seal = held
    with ThreadPoolExecutor(2) as pool, psycopg.connect(store.database.engine.url, autocommit=True) as watcher:
        first = pool.submit(store.database.write_now, ring, 1)
        assert sealed.wait(60)
        second = pool.submit(other.write_now, ring, 2)
        try:
            deadline = time.monotonic() + 60
            while not watcher.execute(_WAITS).fetchall() and not second.done():
                assert time.monotonic() < deadline
            assert not second.done(), "it took a position and committed before the one that has an earlier one"
            assert [entry.position for entry in other.read_now(read_after, 0)] == [1]
        finally:
            may_commit.set()
        assert (first.result(60), second.result(60)) == (1, 2)
    assert [entry.payload[-2:] for entry in store.read(read_after, 0)] == ["0}", "1}", "2}"]
    assert [entry.position for entry in store.read(read_after, 0)] == [1, 2, 3]


@postgresql_alone
def test_who_records_first_and_commits_last_is_last(store: Store, other: Database) -> None:
    """A position is taken at the commit, not when something is recorded: a reader in between has passed nothing."""
    recorded, may_go_on = threading.Event(), threading.Event()

    def slow(tx: Transaction) -> None:
        ring(tx, 1)
        recorded.set()
        assert may_go_on.wait(60)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(store.database.write_now, slow)
        assert recorded.wait(60)
        try:
            other.write_now(ring, 2)
            (between,) = other.read_now(read_after, 0)
        finally:
            may_go_on.set()
        first.result(60)
    assert (between.position, between.payload[-2:]) == (1, "2}")
    assert [entry.payload[-2:] for entry in store.read(read_after, between.position)] == ["1}"]


_WAITS = """
SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def test_what_everybody_has_read_is_forgotten_once_it_is_old(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    at = clock.Instant(1_800_000_000_000)
    monkeypatch.setattr(clock, "now", lambda: at)
    quick, slow = Subscriber("quick", {}), Subscriber("slow", {})
    names = ["quick", "slow"]
    for bell in range(1, 8):
        store.write(ring, bell)
        at = clock.Instant(at + 1_000)
    far = {"known": 100, "before": at + 1}
    store.write(journal.advance, quick)
    assert store.write(journal.forget_read, names, **far) == 0, "one has read nothing yet"
    store.write(journal.advance, slow, most=5)
    store.write(mark_failure, "slow", "it cannot go on")
    store.write(journal.advance, Subscriber("of an earlier version", {}), most=1)  # nobody's any more
    assert store.write(journal.forget_read, names, known=100, before=at - 10_000) == 0, "nothing is old"
    assert store.write(journal.forget_read, names, known=3, before=at + 1, most=2) == 2, "a slice"
    assert store.write(journal.forget_read, names, known=3, before=at + 1, most=2) == 1, "a cache is behind"
    assert [entry.position for entry in store.read(read_after, 0)] == [4, 5, 6, 7]
    assert store.write(journal.forget_read, names, **far) == 2, "what one who failed has not read stays"
    assert [entry.payload[-2:] for entry in store.read(read_after, 0)] == ["6}", "7}"]
    met: list[int] = []
    slow.reactions[Rang.kind()] = lambda _tx, fact: met.append(fact.bell)
    slow._decoders[Rang.kind()] = msgspec.json.Decoder(Rang).decode
    assert store.advance(slow) == 2
    assert met == [6, 7]
    assert store.write(journal.forget_read, names, **far) == 2
    assert store.read(read_after, 0) == []
    store.write(ring, 8)
    (after,) = store.read(read_after, 7)
    assert after.position == 8, "positions go on"
    assert store.read(head) == 8


def test_a_cursor_notices_what_another_process_wrote(store: Store) -> None:
    rung: list[int] = []
    cursor = Cursor(Journal([Rang]), lambda fact: rung.append(fact.bell), 0)
    batches: list[list[journal.log.Recorded]] = []
    store.database.listeners.append(lambda facts, _wakes: batches.append(facts))
    other = Database(store.database.engine)
    other.seal = journal.seal
    store.write(ring, 1)
    other.write_now(ring, 2)
    store.write(ring, 3)
    other.close()
    assert cursor.take(batches[0])
    assert not cursor.take(batches[1])
    cursor.read_on(store.read(read_after, cursor.position))
    assert rung == [1, 2, 3]
    assert cursor.take(batches[1])
    assert rung == [1, 2, 3]
