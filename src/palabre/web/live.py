"""News for open pages: how many posts wait, told as soon as they are there. What is being read never moves."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator

from palabre.edge.site import Site
from palabre.events import Event
from palabre.ids import AccountId
from palabre.posts.events import PostCreated

_AT_MOST_EVERY = 1.0
"""Seconds between two tellings to one page."""

_LOOK_UP = 1.0
"""Seconds after which a waiting page looks whether the server is being stopped."""

_SIGN_OF_LIFE = 20.0
"""Seconds after which a silent connection says that it is alive, for proxies."""


class Live:
    """Wakes the pages that wait when a post appears."""

    def __init__(self, site: Site) -> None:
        """Listen to the facts of ``site``."""
        self._site = site
        self._changed = asyncio.Event()
        site.facts.after.append(self._told)

    def _told(self, batch: list[Event], _wakes: set[str]) -> None:
        if any(isinstance(event, PostCreated) for event in batch):
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    async def waiting(self, reader: AccountId, since: int) -> int:
        """Count the lines of the reader's home that are newer than ``since``, without the reader's own last one."""
        home = await self._site.home(reader)
        return len(home.ids) - bisect_right(home.ids, since)

    async def counts(self, reader: AccountId, since: int) -> AsyncIterator[int | None]:
        """Yield how many posts wait whenever that changes; ``None`` as a sign of life."""
        told = 0
        silent = 0.0
        while not self._site.stopping:
            changed = self._changed
            count = await self.waiting(reader, since)
            if count != told:
                told, silent = count, 0.0
                yield count
                await asyncio.sleep(_AT_MOST_EVERY)
                continue
            try:
                async with asyncio.timeout(_LOOK_UP):
                    await changed.wait()
            except TimeoutError:
                silent += _LOOK_UP
                if silent >= _SIGN_OF_LIFE:
                    silent = 0.0
                    yield None
