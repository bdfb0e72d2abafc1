"""Which facts become which events: one line each in the table of whoever renders them.

``ToReaders("update", render)`` is for posts, ``ToMember("notification", …)`` for what concerns one member,
``ToEverybody("announcement", …)`` for what concerns all; :func:`tell_deleted` is for posts that are gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any

import msgspec

from palabre.ids import AccountId, Kind, PostId
from palabre.posts.events import PostDeleted
from palabre.posts.model import OWN
from palabre.posts.queries import marks_by
from palabre.streaming.channels import public_keys
from palabre.streaming.frames import Ready
from palabre.streaming.hub import Holders, Hub, stream_of
from palabre.timelines.home import Home
from palabre.timelines.home import Key as WindowKey
from palabre.timelines.model import Entry


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A post that is ready to be told of."""

    json: Callable[[int, int | None, int], bytes | None]
    """From what it reposts (0: nothing), the reader's marks, and his marks on what is quoted in it to JSON.

    Marks of ``None`` are nobody's: public streams do not say what a reader did. Returns ``None`` if it is gone in
    this moment.
    """
    own: Callable[[AccountId, int, int | None], Awaitable[bytes | None]]
    """The same for one member who may filter or hide who is quoted, at home or in a list; in public without marks.

    ``None`` if he does not want it.
    """
    quoted: tuple[PostId, AccountId] | None = None
    """A post that is shown in it, with its author."""
    listed: bool
    """Whether it stands in the public timelines."""
    local: bool
    media: bool
    tags: frozenset[str]
    """Marks of the hashtags under which it is found; of a public post only."""
    asks: bool = False
    """Whether it has a poll, in which its author counts as having voted."""


class ToReaders:
    """A post, told to those whose timelines show it."""

    def __init__(
        self, event: str, load: Callable[[AccountId, PostId], Awaitable[Shown | None]], *, new: bool = False
    ) -> None:
        """``load`` reads a post as its author may; nobody has done anything yet with one that is ``new``."""
        self._event = event
        self._load = load
        self._new = new

    async def __call__(self, hub: Hub, fact: Any, _holders: Holders) -> None:
        """Tell of ``fact.post`` by ``fact.author``."""
        readers = hub.readers_of(fact.author, fact.post, getattr(fact, "hashtags", ()))
        if not readers and not hub.is_public_heard:
            return
        shown = await self._load(fact.author, fact.post)
        if shown is None:
            return
        original = getattr(fact, "repost_of", None) or 0
        quoted, beside = shown.quoted or (None, None)
        beneath: dict[AccountId, int] = {}
        if quoted is not None:
            members = {window[0] if isinstance(window, tuple) else window for window, _ in readers}
            beneath = await hub.site.db.read(marks_by, quoted, members)
        made: dict[tuple[int, int], Ready | None] = {}
        for window, home in readers:
            reader = window[0] if isinstance(window, tuple) else window
            marks = await self._marks(hub, window, home, fact.post, original)
            marks |= OWN * (shown.asks and reader == fact.author)
            key = marks, beneath.get(reader, 0)
            if key not in made:
                made[key] = self._made(shown, original, *key)
            ready = made[key]
            if ready is not None:
                own = partial(self._own, shown, original, marks)
                await hub.send(stream_of(window), ready, own=own, beside=beside)
        keys = public_keys(listed=shown.listed, local=shown.local, media=shown.media, tags=shown.tags)
        if hub.is_heard(*keys):
            ready = self._made(shown, original, None, 0)
            if ready is not None:
                own = partial(self._own, shown, original, None)
                for stream in keys:
                    await hub.send(stream, ready, author=fact.author, own=own, beside=beside)

    async def _marks(self, hub: Hub, window: WindowKey, home: Home, post: PostId, original: int) -> int:
        """Return the reader's marks, which his home window has; those on a new post are none."""
        if self._new and not original:
            return 0
        if isinstance(window, tuple):
            reader = window[0]
            line = Entry(post, original, 0)
            return (await hub.site.lines.with_marks(reader, await hub.site.home(reader), [line])).items[0].marks
        if home.unsure:
            home = await hub.site.home(window)  # the same, with the reader's marks
        return home.mark_of(original or post) or 0

    async def _own(self, shown: Shown, original: int, marks: int | None, reader: AccountId) -> Ready | None:
        json = await shown.own(reader, original, marks)
        return None if json is None else Ready(self._event, json)

    def _made(self, shown: Shown, original: int, marks: int | None, quoted_marks: int) -> Ready | None:
        json = shown.json(original, marks, quoted_marks)
        return None if json is None else Ready(self._event, json)


class ToMember:
    """Something that concerns one member."""

    def __init__(
        self,
        event: str,
        *,
        account: Callable[[Any], AccountId],
        payload: Callable[[Any], Awaitable[bytes | None]] | None = None,
        streams: Collection[str] = ("user",),
        scope: str | None = None,
    ) -> None:
        """Plan it.

        Args:
            event: Mastodon's name of it.
            account: whom the fact concerns.
            payload: makes the JSON; ``None`` from it: nothing to tell. Without it the event has no payload.
            streams: the member's own streams that tell of it.
            scope: what the token must allow beside the stream itself.

        """
        self._event = event
        self._account = account
        self._payload = payload
        self._streams = streams
        self._scope = scope

    async def __call__(self, hub: Hub, fact: Any, _holders: Holders) -> None:
        """Tell of ``fact``."""
        account = self._account(fact)
        keys = [(stream, account) for stream in self._streams]
        if not hub.is_heard(*keys):
            return
        payload = None
        if self._payload is not None:
            payload = await self._payload(fact)
            if payload is None:
                return
        ready = Ready(self._event, payload)
        for key in keys:
            await hub.send(key, ready, scope=self._scope)


class ToEverybody:
    """Something that concerns all members."""

    def __init__(self, event: str, payload: Callable[[Any], Awaitable[bytes | None]]) -> None:
        """``payload`` makes the JSON or the id; ``None`` from it: nothing to tell."""
        self._event = event
        self._payload = payload

    async def __call__(self, hub: Hub, fact: Any, _holders: Holders) -> None:
        """Tell of ``fact``."""
        payload = await self._payload(fact)
        if payload is not None:
            await hub.send_to_all(Ready(self._event, payload))


async def tell_deleted(hub: Hub, fact: PostDeleted, holders: Holders) -> None:
    """Tell those who had a post before them that it is gone; nobody else learns that it was."""
    ids = hub.site.ids
    made = {
        post: Ready("delete", ids.encode(Kind.POST, post).encode()) for post in {fact.post, *(p for p, _ in holders)}
    }
    for post, window in holders:
        await hub.send(stream_of(window), made[post])
    for key in public_keys(listed=fact.listed, local=True, media=True, tags=frozenset(fact.hashtags)):
        await hub.send(key, made[fact.post], author=fact.author)
