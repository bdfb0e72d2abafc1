"""Facts are known to the caches of a process before whoever stated them is answered."""

from __future__ import annotations

import asyncio

from fixtures_store import Store
from palabre.edge.facts import Facts
from palabre.emojis.events import EmojisChanged
from palabre.events import Event
from palabre.journal import record


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
