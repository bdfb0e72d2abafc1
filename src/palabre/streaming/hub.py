"""The hub of a process: takes facts in the order of the journal and tells those who listen.

Facts come on the event loop, before whoever caused them is answered; there they are only noted. One task takes
them up afterwards, so that no writer waits for readers, and everybody gets events in the same order. Who gets a
post is what the timelines say: the home windows in memory, and for public streams the post's own row; nothing is
decided anew here, so a stream shows what a reload would show.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final

import structlog

from palabre.accounts.events import AccessEnded, AccountChanged
from palabre.edge.site import Site
from palabre.edge.viewer import Caller, Identified, Viewer, allows, settled
from palabre.errors import Refusal
from palabre.events import Event
from palabre.graph.errors import ListNotFound
from palabre.graph.events import Blocked, DomainBlocksChanged, Muted, Unblocked, Unmuted
from palabre.graph.lists import list_of
from palabre.graph.queries import hidden_from
from palabre.ids import AccountId, PostId
from palabre.posts.events import PostDeleted
from palabre.streaming.channels import OWN, Channel, Key
from palabre.streaming.errors import ListClosed, NoRoom, TooManyListeners, TooManySubscriptions
from palabre.streaming.frames import THUMP, Ready
from palabre.streaming.listener import Listener
from palabre.timelines.home import Home
from palabre.timelines.home import Key as WindowKey

MOST_SUBSCRIPTIONS: Final = 50
"""Streams of one connection."""
MOST_OF_MEMBER: Final = 32
"""Connections of one member."""
MOST_OF_ADDRESS: Final = 256
"""Connections from one address."""

_MOST_QUEUED = 50_000
_AT_ONCE = 200
"""Readers told before other requests get a turn."""
_BEAT_SECONDS = 15.0
_WAIT_SECONDS = 1.0
_GOING_AWAY = 1001
_POLICY = 1008

_log = structlog.get_logger("streaming")

Reaction = Callable[["Hub", Any, "Holders"], Awaitable[None]]
"""Turns one kind of fact into events."""

Holders = list[tuple[PostId, WindowKey]]
"""Of a deletion: which lines which windows held before."""


def window_of(key: Key, member: AccountId) -> WindowKey:
    """Return the window that a stream of a home or a list shows."""
    return member if key[0] == "user" else (member, int(key[1]))


def stream_of(window: WindowKey) -> Key:
    """Return the stream that shows a window."""
    return ("list", window[1]) if isinstance(window, tuple) else ("user", window)


class Member:
    """A member who listens, on however many connections."""

    __slots__ = ("hidden", "listeners", "loose", "windows")

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.hidden: frozenset[AccountId] = frozenset()
        """Whose posts he does not see: blocked, blocking, muted."""
        self.windows: dict[WindowKey, int] = {}
        """His home and lists that are listened to, and by how many subscriptions."""
        self.loose: dict[WindowKey, Home] = {}
        """Windows that could not be kept because too much happened while they were built; good for the moment."""


class Hub:
    """Everybody who listens in this process."""

    def __init__(self, site: Site, reactions: Mapping[type[Event], Reaction]) -> None:
        """Listen to the facts of ``site``; ``reactions`` are what is done about which."""
        self.site = site
        self._reactions = reactions
        self._members: dict[AccountId, Member] = {}
        self._addresses: dict[str, int] = {}
        self._channels: dict[Key, dict[Listener, tuple[str, ...]]] = {}
        self._queue: deque[tuple[Event, Holders]] = deque(maxlen=_MOST_QUEUED)
        self._public = 0
        """Subscriptions to what is not the member's own."""
        self._wake = asyncio.Event()
        self.idle = asyncio.Event()
        """Set while nothing waits to be told."""
        self.idle.set()
        self._stale: set[AccountId] = set()
        self._checks: set[asyncio.Task[None]] = set()
        self.listeners = 0
        self.dropped = 0
        """Connections ended because they did not read."""
        self.sent = 0
        """Events given to connections."""
        site.facts.takers.insert(0, self._take)  # before the windows let go of what is deleted
        site.facts.after.append(self._told)
        site.homes.when_dropped = self._window_dropped
        site.when_stopping.append(self.stop)

    # Who listens

    def check_room(self, member: AccountId, address: str) -> None:
        """Refuse one more connection if there are too many.

        Raises:
            NoRoom: of all.
            TooManyListeners: of this member, or from this address.

        """
        if self.listeners >= self.site.config.live_connections:
            raise NoRoom
        known = self._members.get(member)
        if known is not None and len(known.listeners) >= MOST_OF_MEMBER:
            raise TooManyListeners(limit=MOST_OF_MEMBER)
        if self.site.limits.enabled and self._addresses.get(address, 0) >= MOST_OF_ADDRESS:
            raise TooManyListeners(limit=MOST_OF_ADDRESS)

    def add(self, listener: Listener) -> None:
        """Take a connection in."""
        self._members.setdefault(listener.member, Member()).listeners.add(listener)
        self._addresses[listener.address] = self._addresses.get(listener.address, 0) + 1
        self.listeners += 1

    def remove(self, listener: Listener) -> None:
        """Let a connection go, with all that it listened to."""
        listener.forget()
        for key in tuple(listener.channels):
            self._leave(listener, key)
        member = self._members[listener.member]
        member.listeners.discard(listener)
        if not member.listeners:
            del self._members[listener.member]
        left = self._addresses[listener.address] - 1
        if left:
            self._addresses[listener.address] = left
        else:
            del self._addresses[listener.address]
        self.listeners -= 1

    async def subscribe(self, listener: Listener, asked: Channel) -> None:
        """Let a connection hear a stream from now on; once only.

        Raises:
            TooManySubscriptions: it listens to enough already.
            ListClosed: the member has no such list.

        """
        if asked.key in listener.channels:
            return
        await self.check(listener.member, asked)
        if len(listener.channels) >= MOST_SUBSCRIPTIONS:
            raise TooManySubscriptions(limit=MOST_SUBSCRIPTIONS)
        listener.channels[asked.key] = asked.label
        member = self._members[listener.member]
        if asked.windowed:
            window = window_of(asked.key, listener.member)
            member.windows[window] = member.windows.get(window, 0) + 1
            self.site.homes.kept.add(window)
        await self._look(listener.member, member)
        if asked.key in listener.channels:  # neither gone nor taken back meanwhile
            self._channels.setdefault(asked.key, {})[listener] = asked.label
            self._public += not asked.own

    async def check(self, member: AccountId, asked: Channel) -> None:
        """Refuse the stream of a list that the member does not have.

        Raises:
            ListClosed: he has none.

        """
        if asked.key[0] == "list":
            try:
                await self.site.db.read(list_of, member, int(asked.key[1]))
            except ListNotFound:
                raise ListClosed from None

    def unsubscribe(self, listener: Listener, asked: Channel) -> None:
        """Let a connection hear a stream no longer."""
        if asked.key in listener.channels:
            self._leave(listener, asked.key)

    def _leave(self, listener: Listener, key: Key) -> None:
        del listener.channels[key]
        if key[0] in {"user", "list"}:
            member, window = self._members[listener.member], window_of(key, listener.member)
            member.windows[window] -= 1
            if not member.windows[window]:
                del member.windows[window]
                self.site.homes.kept.discard(window)
                member.loose.pop(window, None)
        heard = self._channels.get(key)
        if heard is not None and listener in heard:
            del heard[listener]
            self._public -= key[0] not in OWN and key[0] != "list"
            if not heard:
                del self._channels[key]

    def is_heard(self, *keys: Key) -> bool:
        """Tell whether anybody listens to one of these."""
        return any(key in self._channels for key in keys)

    @property
    def is_public_heard(self) -> bool:
        """Whether anybody listens to what is not his own: public timelines or hashtags."""
        return self._public > 0

    # Facts

    def _take(self, fact: Event) -> None:
        if not self._members:
            return
        if isinstance(fact, Blocked | Unblocked | Muted | Unmuted):
            self._stale.update({fact.account, fact.target} & self._members.keys())
        if isinstance(fact, DomainBlocksChanged):
            self._stale.update({fact.account} & self._members.keys())
        if type(fact) in self._reactions:
            self._queue.append((fact, self._holders(fact) if isinstance(fact, PostDeleted) else []))

    def _holders(self, fact: PostDeleted) -> Holders:
        homes = self.site.homes
        lines = [(fact.post, fact.author), *zip(fact.reposts, fact.reposters, strict=False)]
        return [(post, key) for post, author in lines for key in homes.showing(author, post, fact.hashtags)]

    def _told(self, batch: list[Event], _wakes: set[str]) -> None:
        if self._queue:
            self.idle.clear()
            self._wake.set()
        if self._members:
            for fact in batch:
                if isinstance(fact, AccessEnded | AccountChanged) and fact.account in self._members:
                    self._check_access(fact.account)

    def _window_dropped(self, reader: AccountId) -> None:
        if reader in self._members:
            self._stale.add(reader)

    def _check_access(self, account: AccountId) -> None:
        """End the connections whose tokens are no longer good."""
        for listener in tuple(self._members[account].listeners):
            try:
                found = self.site.authenticate(listener.token)
            except Refusal:
                listener.end(_POLICY)
                continue
            if found is None or isinstance(found, Viewer):
                self._settle(listener, found)
            else:
                listener.held = True
                check = asyncio.create_task(self._check_slowly(listener, found))
                self._checks.add(check)
                check.add_done_callback(self._checks.discard)

    async def confirm(self, listener: Listener) -> None:
        """Let go out what was held, if the token is still good: it may have been ended while this was opened."""
        try:
            found = self.site.authenticate(listener.token)
        except Refusal:
            listener.end(_POLICY)
            return
        await self._check_slowly(listener, found)

    async def _check_slowly(self, listener: Listener, coming: Identified) -> None:
        try:
            self._settle(listener, await settled(coming))
        except Refusal:
            listener.end(_POLICY)
        except Exception:  # whoever cannot be looked up gets nothing
            _log.exception("an access token could not be looked at again")
            listener.end(_POLICY)

    @staticmethod
    def _settle(listener: Listener, found: Caller | None) -> None:
        if not isinstance(found, Viewer) or found.account != listener.member:
            listener.end(_POLICY)
        else:
            listener.release()

    async def run(self) -> None:
        """Tell of what happens until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                try:
                    await self._refresh()
                except Exception:  # the database may be away for a while; until then nobody knows who may hear what
                    _log.exception("cannot look at whom listeners do not want to see")
                    await asyncio.sleep(_WAIT_SECONDS)
                    continue
                fact, holders = self._queue.popleft()
                try:
                    await self._reactions[type(fact)](self, fact, holders)
                except Exception:  # the next fact may fare better
                    _log.exception("an event could not be told")
            self.idle.set()

    async def beat(self) -> None:
        """Give silent streams a sign of life until cancelled; WebSockets are pinged by the server."""
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            told = 0
            for member in list(self._members.values()):
                for listener in list(member.listeners):
                    if not listener.is_socket:
                        listener.offer(THUMP)
                        told += 1
                        if told % _AT_ONCE == 0:
                            await asyncio.sleep(0)

    async def _refresh(self) -> None:
        """Look again at whom members do not want to see, where that has changed."""
        while self._stale:
            stale, self._stale = self._stale, set()
            try:
                for account in stale:
                    member = self._members.get(account)
                    if member is not None:
                        await self._look(account, member)
            except BaseException:
                self._stale |= stale
                raise
            if all(self._members[each].loose for each in self._stale if each in self._members):
                break

    async def _look(self, account: AccountId, member: Member) -> None:
        if not member.windows:
            hidden = await self.site.db.read(hidden_from, account)
            member.hidden = frozenset(hidden.blocking | hidden.blocked_by | hidden.muting)
            return
        home = await self.site.home(account)
        member.hidden = frozenset(AccountId(each) for each in home.taste.hidden)
        for key in tuple(member.windows):
            await self._look_at(account, member, key)

    async def _look_at(self, account: AccountId, member: Member, key: WindowKey) -> None:
        member.loose.pop(key, None)
        try:
            home = await (self.site.list_window(*key) if isinstance(key, tuple) else self.site.home(key))
        except ListNotFound:
            return  # it was removed: nothing is told of it any more
        if self.site.homes.get(key) is not home and key in member.windows:
            member.loose[key] = home
            self._stale.add(account)

    # Telling

    def readers_of(self, author: AccountId, post: PostId, tags: Collection[str] = ()) -> list[tuple[WindowKey, Home]]:
        """Return the homes and lists that are listened to and have ``post``, which has hashtags with these marks."""
        homes = self.site.homes
        found = []
        for key in homes.showing(author, post, tags):
            home = homes.peek(key)
            if home is not None:
                found.append((key, home))
        for reader in self._stale:
            member = self._members.get(reader)
            if member is not None:
                found += [(key, home) for key, home in member.loose.items() if home.holds(post)]
        return found

    async def send(
        self,
        key: Key,
        event: Ready,
        *,
        author: AccountId | None = None,
        scope: str | None = None,
        own: Callable[[AccountId], Awaitable[Ready | None]] | None = None,
        beside: AccountId | None = None,
    ) -> None:
        """Give an event to all who listen to ``key``.

        Args:
            key: the stream.
            event: what happened.
            author: whose doing it is; not told to those who do not see him.
            scope: what a listener's token must allow beside the stream itself.
            own: makes the event for members who see posts in a particular way; ``None`` from it: not told.
            beside: who is shown in it beside the author; those who do not see him get what ``own`` makes.

        """
        heard = self._channels.get(key)
        if heard is None:
            return
        for number, (listener, label) in enumerate(list(heard.items()), 1):
            if author is not None and author in self._members_hidden(listener):
                continue
            if scope is None or allows(listener.scopes, scope):
                said: Ready | None = event
                if own is not None and not self._sees_plainly(listener, beside):
                    said = await own(listener.member)
                if said is not None:
                    listener.tell(said, label)
                    self.sent += 1
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)

    def _sees_plainly(self, listener: Listener, beside: AccountId | None) -> bool:
        if beside is not None and beside in self._members_hidden(listener):
            return False
        return self.site.lenses.plain(listener.member)

    def _members_hidden(self, listener: Listener) -> frozenset[AccountId]:
        member = self._members.get(listener.member)
        return member.hidden if member is not None else frozenset()

    async def send_to_all(self, event: Ready) -> None:
        """Give an event to the home stream of everybody."""
        for key in [key for key in self._channels if key[0] == "user"]:
            await self.send(key, event)

    def note_dropped(self) -> None:
        """Count a connection that did not read."""
        self.dropped += 1

    def stop(self) -> None:
        """End all connections: the server stops. Nobody is waited for."""
        for member in tuple(self._members.values()):
            for listener in tuple(member.listeners):
                listener.end(_GOING_AWAY)
