"""News for open pages: how many posts wait, told as soon as they are there. What is being read never moves."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import AsyncIterator

from palabre.accounts.events import AccessEnded, AccountChanged
from palabre.accounts.sessions import is_open
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.events import Event
from palabre.ids import AccountId
from palabre.posts.events import PostCreated

_AT_MOST_EVERY = 1.0
"""Seconds between two tellings to one page."""

_LOOK_UP = 1.0
"""Seconds after which a waiting page looks whether the server is being stopped."""

_SIGN_OF_LIFE = 20.0
"""Seconds after which a silent connection says that it is alive, for proxies."""


class Waiting:
    """A page that waits for news, and the session that it began with."""

    __slots__ = ("by_token", "doubtful", "session")

    def __init__(self, viewer: Viewer, *, by_token: bool) -> None:
        self.session = viewer.session
        self.by_token = by_token
        self.doubtful = True
        """Something about the member's access has changed since it was looked at; at first it may have meanwhile."""


class Live:
    """Wakes the pages that wait when a post appears, and lets those go whose session is ended."""

    def __init__(self, site: Site) -> None:
        """Listen to the facts of ``site``."""
        self._site = site
        self._changed = asyncio.Event()
        self._waiting: defaultdict[AccountId, set[Waiting]] = defaultdict(set)
        site.facts.after.append(self._told)

    def _told(self, batch: list[Event], _wakes: set[str]) -> None:
        wakes = False
        for event in batch:
            if isinstance(event, PostCreated):
                wakes = True
            elif isinstance(event, AccessEnded | AccountChanged):
                for each in self._waiting.get(event.account, ()) if event.account is not None else ():
                    each.doubtful = wakes = True
        if wakes:
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    async def _is_over(self, reader: AccountId, page: Waiting) -> bool:
        """Tell whether the page has nothing more to hear; asks the database only after a fact about the access."""
        if self._site.stopping:
            return True
        if page.doubtful:
            page.doubtful = False
            if page.session is None:
                return True
            return not await self._site.db.read(is_open, reader, page.session, by_token=page.by_token)
        return False

    async def waiting(self, reader: AccountId, since: int) -> int:
        """Count the lines of the reader's home that are newer than ``since``, without the reader's own last one."""
        home = await self._site.home(reader)
        return len(home.ids) - bisect_right(home.ids, since)

    async def counts(self, viewer: Viewer, since: int, *, by_token: bool = False) -> AsyncIterator[int | None]:
        """Yield how many posts wait whenever that changes; ``None`` as a sign of life.

        Ends when the session of ``viewer`` does, or the token of the installed app that it began with.
        """
        page = Waiting(viewer, by_token=by_token)
        self._waiting[viewer.account].add(page)
        try:
            async for count in self._counts(viewer.account, since, page):
                yield count
        finally:
            pages = self._waiting[viewer.account]
            pages.discard(page)
            if not pages:
                del self._waiting[viewer.account]

    async def _counts(self, reader: AccountId, since: int, page: Waiting) -> AsyncIterator[int | None]:
        told = 0
        silent = 0.0
        while not await self._is_over(reader, page):
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
