"""The queue of jobs: one after the other where it matters, again after a crash, given up where all can see it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from fixtures_store import Store
from palabre import clock, jobs
from palabre.clock import HOUR, MINUTE, SECOND
from palabre.edge import pumps
from palabre.edge.pumps import InShell, InTransaction, JobHandlers, JobPump
from palabre.store import Database, Transaction
from palabre.survival.errors import NoLease

START = clock.Instant(1_800_000_000_000)


class Time:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.at = START

    def goes(self, milliseconds: int) -> None:
        self.at = clock.Instant(self.at + milliseconds)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(clock, "now", lambda: made.at)
    return made


def ask(store: Store, time: Time, payload: str, key: str | None = None) -> int:
    """Enqueue a job, a millisecond after the one before."""
    time.goes(1)
    number: int = store.write(jobs.enqueue, "test", payload, key=key)
    return number


def claimed(store: Store, **how: int) -> list[str]:
    return [job.arguments(str) for job in store.write(jobs.claim, **how)]


def test_of_jobs_with_one_key_the_younger_waits_until_the_elder_is_done(store: Store, time: Time) -> None:
    elder = ask(store, time, "elder", "ana")
    younger = ask(store, time, "younger", "ana")
    ask(store, time, "youngest", "ana")
    ask(store, time, "another's", "ben")
    for free in ("free", "as free"):
        ask(store, time, free)
    assert claimed(store) == ["elder", "another's", "free", "as free"]
    assert claimed(store) == []
    store.write(jobs.done, elder)
    assert claimed(store) == ["younger"]
    store.write(jobs.done, younger)
    assert claimed(store) == ["youngest"]


def test_the_younger_also_waits_while_the_elder_waits_for_another_try_but_not_for_a_dead_one(
    store: Store, time: Time
) -> None:
    ask(store, time, "elder", "ana")
    ask(store, time, "younger", "ana")
    (elder,) = store.write(jobs.claim)
    assert store.write(jobs.bury, elder, "away") is False
    assert claimed(store) == [], "it would overtake"
    assert store.write(jobs.bury, jobs.Job(elder.id, "test", "ana", elder.payload, 1_000), "away for good") is True
    assert claimed(store) == ["younger"]


def test_an_elder_that_is_to_run_later_holds_the_younger_back(store: Store, time: Time) -> None:
    later = clock.Instant(time.at + HOUR)
    store.write(jobs.enqueue, "test", "elder", key="ana", at=later)
    ask(store, time, "younger", "ana")
    assert claimed(store) == []
    time.goes(HOUR)
    assert claimed(store) == ["elder"]


def test_what_a_crashed_process_had_claimed_is_claimed_again_when_its_lease_is_over(store: Store, time: Time) -> None:
    number = ask(store, time, "work")
    (first,) = store.write(jobs.claim)
    assert (first.id, first.attempts) == (number, 0)
    assert store.read(jobs.next_run) == time.at + MINUTE
    time.goes(MINUTE - 1)
    assert claimed(store) == []
    time.goes(1)
    (second,) = store.write(jobs.claim)
    assert (second.id, second.attempts) == (number, 1)
    assert claimed(store) == [], "it has a lease again"


def test_whoever_is_still_at_work_keeps_what_it_claimed(
    store: Store, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pumps, "_RENEW_SECONDS", 0.01)
    ask(store, time, "long")

    async def go() -> list[str]:
        at_work, may_end = asyncio.Event(), asyncio.Event()

        async def long(_payload: str) -> None:
            at_work.set()
            await may_end.wait()

        pump = JobPump(store.database, {"test": InShell(long, str)})
        running = asyncio.create_task(pump.run())
        await at_work.wait()
        found: list[str] = []
        for _ in range(4):
            time.goes(MINUTE // 2)
            until = time.at + MINUTE
            async with asyncio.timeout(10):
                while await store.database.read(jobs.next_run) != until:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.01)
            found += [job.arguments(str) for job in await store.database.write(jobs.claim)]
        may_end.set()
        async with asyncio.timeout(10):
            while not pump.done:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return found

    assert asyncio.run(go()) == []


def test_of_two_who_do_the_same_job_the_second_finds_it_done(store: Store, time: Time) -> None:
    """A process that stood still for longer than its lease goes on with what another has done meanwhile."""
    number = ask(store, time, "work")
    calls: list[str] = []

    def work(_tx: Transaction, payload: str) -> bool:
        calls.append(payload)
        return True

    handler = InTransaction(work, str)
    assert store.write(JobPump._work_and_remove, handler, number, "work")
    assert store.write(JobPump._work_and_remove, handler, number, "work"), "nothing is left of it"
    assert calls == ["work"]


def test_one_alone_with_its_database_does_not_wait_for_leases(store: Store, time: Time) -> None:
    ask(store, time, "work")
    assert claimed(store) == ["work"]
    assert store.write(jobs.release) == 1
    assert claimed(store) == ["work"]


def test_after_each_failure_a_job_waits_twice_as_long_and_at_last_is_dead(store: Store, time: Time) -> None:
    number = ask(store, time, "work")
    waits = []
    while True:
        (job,) = store.write(jobs.claim)
        if store.write(jobs.bury, job, f"failure {job.attempts + 1}"):
            break
        due = store.read(jobs.next_run)
        waits.append((due - time.at) // SECOND)
        time.goes(due - time.at - 1)
        assert claimed(store) == [], "too early"
        time.goes(1)
    assert waits == [5 * 2**n for n in range(11)]
    (dead,) = store.read(jobs.dead_letters)
    assert (dead.id, dead.attempts, dead.error) == (number, 12, "failure 12")
    time.goes(1_000 * HOUR)
    assert claimed(store) == []
    assert store.read(jobs.next_run) is None
    assert store.write(jobs.retry_dead, number)
    assert not store.write(jobs.retry_dead, number), "it lives"
    (again,) = store.write(jobs.claim)
    assert (again.id, again.attempts) == (number, 0)


def test_no_job_waits_longer_than_six_hours(store: Store, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.queue, "_ATTEMPTS", 100)
    ask(store, time, "work")
    (job,) = store.write(jobs.claim)
    store.write(jobs.bury, jobs.Job(job.id, job.kind, None, job.payload, 40), "away")
    assert store.read(jobs.next_run) == time.at + 6 * HOUR


def test_the_pump_tries_a_failing_job_twelve_times_then_buries_it_and_goes_on(store: Store, time: Time) -> None:
    ask(store, time, "broken", "ana")
    ask(store, time, "good", "ana")
    done: list[str] = []

    async def shell(payload: str) -> None:
        done.append(payload)
        if payload == "broken":
            msg = "no such host"
            raise OSError(msg)

    asyncio.run(_pump(store, time, {"test": InShell(shell, str)}, lambda: done[-1:] == ["good"]))
    assert done == ["broken"] * 12 + ["good"]
    (dead,) = store.read(jobs.dead_letters)
    assert (dead.attempts, dead.error) == (12, "OSError: no such host")
    assert store.read(jobs.next_run) is None
    assert store.read(jobs.troubled) == {}


def test_a_job_that_nobody_does_is_buried_too(store: Store, time: Time) -> None:
    ask(store, time, "work")
    asyncio.run(_pump(store, time, {}, lambda: bool(store.read(jobs.dead_letters))))
    (dead,) = store.read(jobs.dead_letters)
    assert dead.error == "LookupError: nothing here does jobs of the kind test"


def test_a_job_in_a_transaction_goes_with_its_work_or_not_at_all(store: Store, time: Time) -> None:
    ask(store, time, "slices")
    calls: list[int] = []

    def work(tx: Transaction, _payload: str) -> bool:
        calls.append(len(calls))
        jobs.enqueue(tx, "other", len(calls))
        if len(calls) == 2:
            raise RuntimeError  # what it wrote is undone, the job stays
        return len(calls) == 4

    asyncio.run(_pump(store, time, {"test": InTransaction(work, str)}, lambda: len(calls) == 4))
    assert sorted(store.read(jobs.waiting, "other", int)) == [1, 3, 4]
    assert store.read(jobs.waiting, "test", str) == []


def test_the_pump_waits_for_the_elder_not_for_what_it_holds_back(
    store: Store, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    elder = ask(store, time, "elder", "ana")
    ask(store, time, "younger", "ana")
    (failed,) = store.write(jobs.claim)
    time.goes(1)
    assert store.read(jobs.next_run) <= time.at, "the younger is due"
    assert store.read(jobs.next_free) == time.at - 1 + MINUTE, "and held back by one that runs"
    assert not store.write(jobs.bury, failed, "no such host")
    assert store.read(jobs.next_free) == time.at + 5 * SECOND
    waits: list[float] = []
    limit = asyncio.timeout

    def noted(seconds: float) -> asyncio.Timeout:
        waits.append(seconds)
        return limit(0)

    async def step() -> None:
        pump = JobPump(store.database, {})
        monkeypatch.setattr(asyncio, "timeout", noted)
        await pump._step()
        assert not pump._running

    asyncio.run(step())
    assert waits[-1] == 5.0
    store.write(jobs.done, elder)
    assert store.read(jobs.next_free) <= time.at


def test_a_pump_with_its_hands_full_waits_until_one_is_free(
    store: Store, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(pumps._AT_ONCE + 1):
        ask(store, time, str(number))
    waits: list[float] = []
    limit = asyncio.timeout

    def noted(seconds: float) -> asyncio.Timeout:
        waits.append(seconds)
        return limit(0)

    async def go() -> None:
        async def never(_payload: str) -> None:
            await asyncio.Event().wait()

        pump = JobPump(store.database, {"test": InShell(never, str)})
        await pump._step()
        assert len(pump._running) == pumps._AT_ONCE
        monkeypatch.setattr(asyncio, "timeout", noted)
        await pump._step()
        assert waits[-1] == 30.0
        await pump.stop()

    asyncio.run(go())


def test_what_waits_for_strangers_leaves_room_for_the_rest(store: Store, time: Time) -> None:
    for number in range(3 * pumps._AT_ONCE):
        time.goes(1)
        store.write(jobs.enqueue, "outside", str(number))
    ask(store, time, "here")
    done: list[str] = []

    async def go() -> list[str]:
        may_end = asyncio.Event()

        async def never(payload: str) -> None:
            done.append(payload)
            await may_end.wait()

        async def soon(payload: str) -> None:
            done.append(payload)

        pump = JobPump(store.database, {"outside": InShell(never, str, most=3), "test": InShell(soon, str)})
        for _ in range(2):
            await pump._step()
            await asyncio.sleep(0)
        found = list(done)
        assert pump._room() == {"outside": 0}
        may_end.set()
        await asyncio.gather(*pump._running)
        await pump._step()
        assert len(pump._running) == 3, "then the next of them"
        await pump.stop()
        return found

    assert asyncio.run(go()) == ["0", "1", "2", "here"]


def test_a_job_that_nothing_may_be_written_for_waits_without_a_trace_and_is_not_counted(
    store: Store, time: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(store, time, "waits")
    done: list[str] = []

    async def work(payload: str) -> None:
        done.append(payload)

    def closed() -> None:
        raise NoLease

    async def go() -> None:
        pump = JobPump(store.database, {"test": InShell(work, str)})
        await pump._step()
        store.database.admit = closed
        await asyncio.gather(*pump._running)
        store.database.admit = None
        time.goes(MINUTE + 1)
        await pump._step()
        await asyncio.gather(*pump._running)

    asyncio.run(go())
    assert done == ["waits", "waits"], "a job may be done twice, as after a crash"
    assert store.read(jobs.next_run) is None
    said = capsys.readouterr().out
    assert "a job waits" in said
    assert "Traceback" not in said


async def _pump(store: Store, time: Time, handlers: JobHandlers, over: Callable[[], bool]) -> None:
    """Let the pump do all that is due; then it is six hours later, and whatever waits for another try is due."""
    pump = JobPump(store.database, handlers)
    for _ in range(40):
        await pump._step()
        await asyncio.gather(*pump._running)
        if over():
            return
        time.goes(6 * HOUR)
    raise AssertionError


@pytest.mark.parametrize("store", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_two_who_claim_at_once_get_different_jobs_and_neither_waits(store: Store, time: Time) -> None:
    """The first has not committed when the second asks: rows that are locked are passed over."""
    for number in range(5):
        ask(store, time, str(number))
    ask(store, time, "elder", "ana")
    ask(store, time, "younger", "ana")
    other = Database(store.database.engine)
    claims, may_commit = threading.Event(), threading.Event()

    def first(tx: Transaction) -> list[str]:
        found = [job.arguments(str) for job in jobs.claim(tx, most=3)]
        claims.set()
        assert may_commit.wait(60)
        return found

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(store.database.write_now, first)
        assert claims.wait(60)
        two = pool.submit(other.write_now, jobs.claim)
        try:
            second = [job.arguments(str) for job in two.result(timeout=30)]  # while the first still holds its locks
        finally:
            may_commit.set()
        assert one.result() == ["0", "1", "2"]
    assert second == ["3", "4", "elder"]
    assert claimed(store) == []
    other.close()
