"""What a server does every ten minutes."""

from __future__ import annotations

import asyncio

import pytest

from palabre import clock, journal, server, upkeep
from palabre.clock import DAY, Instant
from palabre.journal.log import read_after
from unit.api.network import Network


def test_facts_that_everybody_has_read_are_forgotten_and_the_network_goes_on(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben = network.member("ana"), network.member("ben")
    ben.follow(ana)
    first = ana.say("the first")
    network.settle()
    said = network.site.db.read_now(journal.head)
    ana.say("@ben what nobody has reacted to yet")
    monkeypatch.setattr(upkeep, "_SECONDS", 0)
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: Instant(at + 30 * DAY))
    network.run(server.empty(network.site))

    def left() -> list[int]:
        return [entry.position for entry in network.site.db.read_now(read_after, 0)]

    async def until_forgotten() -> None:
        running = asyncio.create_task(upkeep.run(network.site, server.SUBSCRIBERS))
        async with asyncio.timeout(60):
            while left()[0] <= said:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    network.run(until_forgotten())
    assert left()[0] == said + 1, "who has not read a fact still finds it"
    monkeypatch.setattr(clock, "now", lambda: at)
    network.settle()
    assert [each["type"] for each in ben.get("/api/v1/notifications")] == ["mention"]
    ana.post(f"/api/v1/statuses/{first['id']}/favourite")
    assert left()[-1] == network.site.db.read_now(journal.head), "positions go on"
