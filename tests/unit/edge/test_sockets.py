"""What a WebSocket holds while it waits: the small parts that stand in for asyncio's."""

from __future__ import annotations

import asyncio

import pytest

from palabre.edge.sockets import Gate, Inbox


async def _soon() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


def test_an_inbox_gives_everything_once_and_in_order() -> None:
    async def story() -> None:
        inbox = Inbox()
        reading = asyncio.create_task(_take(inbox, 3))
        await _soon()
        inbox.put_nowait(1)
        inbox.put_nowait(2)
        await _soon()
        assert not reading.done()
        inbox.put_nowait(3)
        assert await reading == [1, 2, 3]
        assert inbox.empty()

    asyncio.run(story())


async def _take(inbox: Inbox, count: int) -> list[int]:
    return [await inbox.get() for _ in range(count)]


def test_who_stops_waiting_at_an_inbox_takes_nothing_along() -> None:
    async def story() -> None:
        inbox = Inbox()
        waiting = asyncio.create_task(inbox.get())
        await _soon()
        inbox.put_nowait("kept")
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await inbox.get() == "kept"

    asyncio.run(story())


def test_a_gate_lets_all_who_wait_through() -> None:
    async def story() -> None:
        gate = Gate()
        await gate.wait()
        gate.clear()
        waiting = [asyncio.create_task(gate.wait()) for _ in range(3)]
        await _soon()
        assert not any(each.done() for each in waiting)
        waiting[0].cancel()
        await _soon()
        assert not waiting[1].done(), "who leaves takes nobody along"
        gate.set()
        await asyncio.gather(*waiting[1:])
        assert gate.is_set()

    asyncio.run(story())


def test_a_gate_that_closed_again_meanwhile_stays_closed() -> None:
    async def story() -> None:
        gate = Gate()
        gate.clear()
        waiting = asyncio.create_task(gate.wait())
        await _soon()
        gate.set()
        gate.clear()
        await _soon()
        assert not waiting.done()
        gate.set()
        await waiting

    asyncio.run(story())
