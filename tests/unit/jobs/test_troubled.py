"""What waits for another try, as the operator is told."""

from __future__ import annotations

import msgspec

from fixtures_store import Store
from palabre import jobs
from palabre.store import Transaction


class Page(msgspec.Struct, frozen=True):
    url: str
    tries: int = 0


def test_jobs_that_failed_are_counted_by_their_kind_until_they_are_done_or_given_up(store: Store) -> None:
    def begin(tx: Transaction) -> list[jobs.Job]:
        for kind in ("push", "push", "push", "card"):
            jobs.enqueue(tx, kind, Page("a"))
        return jobs.claim(tx)

    claimed = store.write(begin)
    assert store.read(jobs.troubled) == {}
    pushes = [job for job in claimed if job.kind == "push"]
    for job in pushes[:2]:
        assert store.write(jobs.bury, job, "the other side is away") is False
    assert store.read(jobs.troubled) == {"push": 2}
    store.write(jobs.done, pushes[0].id)
    assert store.read(jobs.troubled) == {"push": 1}
    assert store.write(jobs.bury, jobs.Job(pushes[1].id, "push", None, "{}", 1_000), "away for good") is True
    assert store.read(jobs.troubled) == {}, "dead letters are told of apart"


def test_what_waits_of_one_kind_is_read_with_what_it_says(store: Store) -> None:
    def begin(tx: Transaction) -> None:
        jobs.enqueue(tx, "card", Page("a"))
        jobs.enqueue(tx, "card", Page("b", tries=2))
        jobs.enqueue(tx, "other", Page("c"))

    store.write(begin)
    assert set(store.read(jobs.waiting, "card", Page)) == {Page("a"), Page("b", tries=2)}
    assert store.read(jobs.waiting, "none", Page) == []
