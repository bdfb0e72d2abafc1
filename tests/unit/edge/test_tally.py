"""What is costly to count."""

from __future__ import annotations

import asyncio

import pytest

from fixtures_store import Store
from palabre import clock
from palabre.edge.tally import Tally
from palabre.store import Snapshot

_SHOWN_FOR = 1_000


class Counting:
    """Counts how often it was asked to count."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, _db: Snapshot) -> int:
        self.times += 1
        return self.times


def test_many_who_ask_at_once_make_one_count(store: Store) -> None:
    count = Counting()
    tally = Tally(count, _SHOWN_FOR)

    async def ask() -> list[int]:
        return await asyncio.gather(*(tally.get(store.database) for _ in range(10)))

    assert asyncio.run(ask()) == [1] * 10
    assert count.times == 1


def test_a_result_is_shown_for_its_time_and_not_longer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tally = Tally(Counting(), _SHOWN_FOR)
    start = clock.now()
    seen = []
    went_back = -1
    for later in (0, _SHOWN_FOR - 1, _SHOWN_FOR, 2 * _SHOWN_FOR - 1, 2 * _SHOWN_FOR, went_back):
        monkeypatch.setattr(clock, "now", lambda at=start + later: at)
        seen.append(asyncio.run(tally.get(store.database)))
    assert seen == [1, 1, 2, 2, 3, 4]


def test_a_count_that_fails_is_tried_again(store: Store) -> None:
    answers = [ValueError("damaged"), 7]

    def count(_db: Snapshot) -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    tally = Tally(count, _SHOWN_FOR)
    with pytest.raises(ValueError, match="damaged"):
        asyncio.run(tally.get(store.database))
    assert asyncio.run(tally.get(store.database)) == 7
