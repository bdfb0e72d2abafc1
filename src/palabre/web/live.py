"""News for open pages: how many posts and notifications wait, told as soon as they are there.

What is being read never moves.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import AsyncIterator

import msgspec

from palabre.accounts.events import AccessEnded, AccountChanged
from palabre.accounts.sessions import is_open
from palabre.conversations.events import ConversationMoved
from palabre.conversations.queries import unread_conversations
from palabre.edge.site import Site
from palabre.edge.unseen import hidden_by_filters
from palabre.edge.viewer import Viewer
from palabre.events import Event
from palabre.ids import AccountId
from palabre.notifications.events import NotificationsMerged, NotificationsSeen, Notified
from palabre.notifications.queries import unread_count
from palabre.posts.events import PostCreated

_AT_MOST_EVERY = 1.0
"""Seconds between two tellings to one page."""

_LOOK_UP = 1.0
"""Seconds after which a waiting page looks whether the server is being stopped."""

_SIGN_OF_LIFE = 20.0
"""Seconds after which a silent connection says that it is alive, for proxies."""

_FOR_ONE = (Notified, NotificationsSeen, NotificationsMerged, ConversationMoved, AccessEnded, AccountChanged)
"""Facts that concern the open pages of one member."""


class News(msgspec.Struct, frozen=True):
    """What an open page does not show yet."""

    posts: int
    """Lines of home that are newer than the page."""
    unread: int
    """Notifications that the member has not seen."""
    direct: int
    """Conversations that the member has not read."""


class Waiting:
    """A page that waits for news, and the session that it began with."""

    __slots__ = ("by_token", "doubtful", "notified", "session", "talked", "wake")

    def __init__(self, viewer: Viewer, *, by_token: bool) -> None:
        self.session = viewer.session
        self.by_token = by_token
        self.wake = asyncio.Event()
        self.notified = True
        """There may be other notifications than were counted last."""
        self.talked = True
        """The same of conversations."""
        self.doubtful = True
        """Something about the member's access has changed since it was looked at; at first it may have meanwhile."""

    def note(self, event: Event) -> None:
        """Look again at what ``event`` has changed."""
        if isinstance(event, ConversationMoved):
            self.talked = True
        elif isinstance(event, AccessEnded | AccountChanged):
            self.doubtful = True
        else:
            self.notified = True
        self.wake.set()


class Live:
    """Wakes the pages that wait when a post appears, and lets those go whose session is ended."""

    def __init__(self, site: Site) -> None:
        """Listen to the facts of ``site``."""
        self._site = site
        self._waiting: defaultdict[AccountId, set[Waiting]] = defaultdict(set)
        site.facts.after.append(self._told)

    def _told(self, batch: list[Event], _wakes: set[str]) -> None:
        posts = False
        for event in batch:
            if isinstance(event, PostCreated):
                posts = True
            elif isinstance(event, _FOR_ONE) and event.account is not None:
                for each in self._waiting.get(event.account, ()):
                    each.note(event)
        if posts:
            for pages in self._waiting.values():
                for each in pages:
                    each.wake.set()

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

    async def news(
        self,
        viewer: Viewer,
        since: int | None,
        *,
        unread: int | None = None,
        direct: int | None = None,
        by_token: bool = False,
    ) -> AsyncIterator[News | None]:
        """Yield what waits whenever that changes; ``None`` as a sign of life.

        Ends when the session of ``viewer`` does, or the token of the installed app that it began with.

        Args:
            viewer: who reads.
            since: newest line of home that the page shows; ``None``: it shows no home, and no posts are counted.
            unread: notifications that the page says there are; ``None``: it says nothing of them.
            direct: conversations of which it says that they are not read; ``None``: it says nothing of them.
            by_token: whether the page is the installed app's.

        """
        page = Waiting(viewer, by_token=by_token)
        self._waiting[viewer.account].add(page)
        try:
            async for told in self._news(viewer.account, since, page, unread=unread, direct=direct):
                yield told
        finally:
            pages = self._waiting[viewer.account]
            pages.discard(page)
            if not pages:
                del self._waiting[viewer.account]

    async def _news(
        self, reader: AccountId, since: int | None, page: Waiting, *, unread: int | None, direct: int | None
    ) -> AsyncIterator[News | None]:
        told = News(0, unread or 0, direct or 0)
        silent = 0.0
        while True:
            page.wake.clear()  # before anything is looked at: what happens meanwhile wakes the page again
            if await self._is_over(reader, page):
                return
            now_unread, now_direct = told.unread, told.direct
            if unread is not None and page.notified:
                page.notified = False
                now_unread = await self._site.db.read(unread_count, reader)
                if now_unread:
                    hidden = await hidden_by_filters(self._site, reader)
                    now_unread = max(0, now_unread - hidden.total())
            if direct is not None and page.talked:
                page.talked = False
                now_direct = await self._site.db.read(unread_conversations, reader)
            now = News(await self.waiting(reader, since) if since is not None else 0, now_unread, now_direct)
            if now != told:
                told, silent = now, 0.0
                yield now
                await asyncio.sleep(_AT_MOST_EVERY)
                continue
            try:
                async with asyncio.timeout(_LOOK_UP):
                    await page.wake.wait()
            except TimeoutError:
                silent += _LOOK_UP
                if silent >= _SIGN_OF_LIFE:
                    silent = 0.0
                    yield None
