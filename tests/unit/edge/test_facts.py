"""Facts are known to the caches of a process before whoever stated them is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from fixtures_store import Store
from palabre.edge.facts import Facts
from palabre.emojis.events import EmojisChanged
from palabre.errors import Unavailable
from palabre.events import Event
from palabre.journal import record
from palabre.store import Database


def test_an_answer_comes_after_the_caches_know_even_if_another_process_wrote_just_before(store: Store) -> None:
    first, second, third = (EmojisChanged(emoji=number) for number in (1, 2, 3))
    database = store.database

    async def states() -> list[Event]:
        facts = Facts(database, [EmojisChanged])
        known: list[Event] = []
        facts.takers.append(known.append)
        await facts.start()
        await database.write(record, first)
        [here] = database.listeners
        database.listeners.clear()  # as another process: nobody here is told
        await database.write(record, second)
        database.listeners.append(here)
        await database.write(record, third)
        return known

    assert asyncio.run(states()) == [first, second, third]


class Reading:
    """Stands between the facts and the database, whose answers wait until they are let go."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began = asyncio.Event()
        self.may_end = asyncio.Event()
        self.times = 0
        self.away = False
        self._read = database.read
        monkeypatch.setattr(database, "read", self.read)

    async def read(self, query: Callable[..., Any], *args: Any) -> Any:
        self.times += 1
        found = await self._read(query, *args)
        self.began.set()
        await self.may_end.wait()
        if self.away:
            raise Unavailable
        return found


class Behind:
    """Facts of a process after another one wrote, and two members who wrote here since, in two batches."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.facts = Facts(database, [EmojisChanged])
        self.known: list[Event] = []
        self.facts.takers.append(self.known.append)
        self.answered: list[str] = []
        self.writing: list[asyncio.Task[None]] = []

    async def begin(self, monkeypatch: pytest.MonkeyPatch) -> Reading:
        """Write all of it; the journal is being read when this returns."""
        await self.facts.start()
        here, self.database.listeners[:] = self.database.listeners[:], []
        self.database.catch_up, catch_up = None, self.database.catch_up
        await self.database.write(record, EmojisChanged(emoji=1))  # as another process: nobody here is told
        self.database.listeners[:], self.database.catch_up = here, catch_up
        reading = Reading(self.database, monkeypatch)
        self._write("ana", 2)
        await reading.began.wait()
        batches = self.database.batches
        self._write("ben", 3)
        while self.database.batches == batches:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        await self.database.write(lambda _tx: None)  # without a fact: it relies on nothing, and waits for nobody
        return reading

    def _write(self, name: str, emoji: int) -> None:
        async def write() -> None:
            await self.database.write(record, EmojisChanged(emoji=emoji))
            self.answered.append(name)

        self.writing.append(asyncio.create_task(write()))

    async def end(self) -> None:
        await asyncio.wait_for(asyncio.gather(*self.writing), 10)


def test_while_the_journal_is_read_answers_wait_in_their_order_and_everything_else_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def go() -> None:
        behind = Behind(store.database)
        reading = await behind.begin(monkeypatch)
        assert (behind.answered, behind.known) == ([], [])
        reading.may_end.set()
        await behind.end()
        assert behind.answered == ["ana", "ben"]
        assert behind.known == [EmojisChanged(emoji=number) for number in (1, 2, 3)]
        assert reading.times <= 2, "one read serves all that waits when it begins"

    asyncio.run(go())


def test_what_is_durable_is_answered_when_the_journal_cannot_be_read_and_is_read_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def go() -> None:
        behind = Behind(store.database)
        reading = await behind.begin(monkeypatch)
        reading.away = True
        reading.may_end.set()
        await behind.end()
        assert behind.answered == ["ana", "ben"]
        assert behind.known == []
        reading.away = False
        following = asyncio.create_task(behind.facts.follow())
        async with asyncio.timeout(10):
            while len(behind.known) < 3:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        following.cancel()
        assert behind.known == [EmojisChanged(emoji=number) for number in (1, 2, 3)]

    asyncio.run(go())
