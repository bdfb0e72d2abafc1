"""What is particular about how a member sees posts: his filters, and the conversations that he has muted.

Most members have neither, and that is remembered too: for them nothing is compared, and nothing is read again. What
was found about a post is kept beside the filters, so that a page that is read again costs a look-up a line.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from typing import Any

from palabre import clock
from palabre.events import Event
from palabre.filters.events import FiltersChanged
from palabre.filters.queries import sieve_of
from palabre.filters.rules import Match, Sieve, joined
from palabre.ids import AccountId, PostId
from palabre.posts.events import ThreadMuted, ThreadUnmuted
from palabre.posts.model import PostView
from palabre.posts.muting import mutes_and_filters, threads_of
from palabre.store import Database, Snapshot

_MOST = 50_000
"""Members of whom it is known how they see posts; of most, that there is nothing particular."""
_FOUND_MOST = 120
"""Posts of which it is kept what a member's filters say."""
_THREADS_MOST = 50_000


def matches_in(sieve: Sieve, viewer: AccountId, view: PostView) -> tuple[Match, ...]:
    """Return which filters match a post that is loaded, or what it quotes."""
    shown = view.shown
    if shown.post.author == viewer:
        return ()
    found = _found(sieve, (shown.post.id,) if view.original is None else (shown.post.id, view.post.id), shown)
    quoted = shown.quoted
    if quoted is None or quoted.post.author == viewer:
        return found
    return joined(found, _found(sieve, (quoted.post.id,), quoted))


def _found(sieve: Sieve, ids: tuple[PostId, ...], view: PostView) -> tuple[Match, ...]:
    """Compare all that a post says: its warning, its text, the descriptions of its pictures, its poll's choices."""
    words = [view.post.warning, view.post.text, *(each.description for each in view.media)]
    if view.poll is not None:
        words += [choice.title for choice in view.poll.choices]
    return sieve.match(ids, "\n\n".join(word for word in words if word))


class Lens:
    """The filters of a member and the conversations that he has muted."""

    __slots__ = ("_found", "sieve", "threads", "viewer")

    def __init__(self, viewer: AccountId, sieve: Sieve | None, threads: frozenset[PostId]) -> None:
        self.viewer = viewer
        self.sieve = sieve
        self.threads = threads
        self._found: dict[tuple[PostId, ...], tuple[object, tuple[Match, ...], Any]] = {}

    @property
    def is_over(self) -> bool:
        """Whether one of the filters has ended since it was made."""
        expires = self.sieve.expires if self.sieve is not None else None
        return expires is not None and expires <= clock.now()

    def known(self, posts: tuple[PostId, ...], text: object) -> tuple[tuple[Match, ...], Any] | None:
        """Return what was found about a post while it was the very object ``text``, and what was made of that."""
        found = self._found.get(posts)
        return None if found is None or found[0] is not text else found[1:]

    def learn(self, posts: tuple[PostId, ...], text: object, matches: tuple[Match, ...], made: Any) -> None:
        """Keep what was found about a post."""
        if len(self._found) >= _FOUND_MOST:
            self._found.clear()
        self._found[posts] = (text, matches, made)


def load_lens(db: Snapshot, viewer: AccountId) -> Lens | None:
    """Read how a member sees posts; ``None`` if there is nothing particular about it. One statement for most."""
    threads, filters = mutes_and_filters(db, viewer)
    sieve = sieve_of(db, viewer) if filters else None
    return Lens(viewer, sieve, threads) if sieve is not None or threads else None


class Lenses:
    """How members see posts, least recently used first. Used on the event loop only."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._kept: OrderedDict[AccountId, Lens | None] = OrderedDict()
        self._threads: OrderedDict[PostId, PostId] = OrderedDict()
        """Post to the conversation that it stands in, which never changes."""
        self._mark = 0

    def apply(self, fact: Event) -> None:
        """Take note of a fact, in the order of the journal."""
        if isinstance(fact, FiltersChanged | ThreadMuted | ThreadUnmuted):
            self._mark += 1
            self._kept.pop(fact.account, None)

    def plain(self, viewer: AccountId) -> bool:
        """Tell whether it is known that there is nothing particular about how ``viewer`` sees posts."""
        try:
            self._kept.move_to_end(viewer)
        except KeyError:
            return False
        return self._kept[viewer] is None

    async def get(self, viewer: AccountId | None) -> Lens | None:
        """Return how ``viewer`` sees posts, if there is anything particular about it."""
        if viewer is None or self.plain(viewer):
            return None
        kept = self._kept.get(viewer)
        if kept is not None and not kept.is_over:
            return kept
        mark = self._mark
        lens = await self._db.read(load_lens, viewer)
        if mark == self._mark:
            self._kept[viewer] = lens
            self._kept.move_to_end(viewer)
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return lens

    async def muted_among(self, lens: Lens, posts: Collection[PostId]) -> frozenset[PostId]:
        """Return which of ``posts`` stand in conversations that the member has muted."""
        if not lens.threads:
            return frozenset()
        missing = [post for post in posts if post not in self._threads]
        known = {post: self._threads[post] for post in posts if post in self._threads}
        if missing:
            found = await self._db.read(threads_of, missing)
            known |= found
            self._threads.update(found)
            while len(self._threads) > _THREADS_MOST:
                self._threads.popitem(last=False)
        return frozenset(post for post in posts if known.get(post) in lens.threads)
