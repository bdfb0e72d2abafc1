"""The journal: exactly once, in the order of commits, on both databases."""

from __future__ import annotations

import threading

import pytest

from fixtures_store import Store
from palabre import journal
from palabre.errors import Invalid
from palabre.events import Event
from palabre.journal import Subscriber
from palabre.journal.log import Cursor, Journal, head, read_after
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
