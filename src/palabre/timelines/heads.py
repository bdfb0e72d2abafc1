"""Who may read which posts, from memory: the heads of the posts that were asked for lately.

A head is what decides about a post: its author, its visibility, whom it mentions. Together with how a reader stands
to people, which the window of his home timeline knows, it answers without a statement what ``posts.sql.readable``
answers with one. Only what that statement has found readable gets in, so every author in here is active; whatever may
change that takes the author out.
"""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict
from collections.abc import Iterable

from palabre.accounts.events import AccountChanged
from palabre.events import Event
from palabre.ids import PostId
from palabre.posts.events import PostChanged, PostCreated, PostDeleted, PostImported, ReplyHeld
from palabre.posts.lines import THREAD_MOST
from palabre.posts.model import Edge, Entry, Head, Readable, Visibility
from palabre.timelines.home import Home

_MOST = 100_000
_MOST_EDGES = 200_000
_DROPS_NOTED = 20_000

Edges = list[Edge]


def may_read(head: Head, home: Home | None) -> bool:
    """Decide as ``posts.rules.may_read`` does, about an active author's post; ``home`` is the viewer's, if any."""
    if head.visibility in {Visibility.PUBLIC, Visibility.UNLISTED}:
        return home is None or head.author not in home.taste.blocked_by
    if home is None:
        return False
    taste = home.taste
    if head.author == taste.reader:
        return True
    if head.author in taste.blocked_by or head.visibility == Visibility.WAITING:
        return False
    return taste.reader in head.mentions or (
        head.visibility == Visibility.FOLLOWERS and head.author in taste.followed
    )


class Heads:
    """Heads of posts and the shapes of conversations, least recently used first. Used on the event loop only."""

    def __init__(self, most: int = _MOST) -> None:
        """Keep at most ``most`` heads, about 300 bytes each."""
        self._most = most
        self._heads: OrderedDict[PostId, Head] = OrderedDict()
        self._active: set[int] = set()
        """Authors who are known to be active."""
        self._threads: OrderedDict[PostId, Edges] = OrderedDict()
        self._thread_of: dict[PostId, PostId] = {}
        self._drops: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._forgotten = 0
        self.mark = 0
        """How many facts there were that made something stale: take it before reading what is to be kept."""

    def __len__(self) -> int:
        return len(self._heads)

    # Reading

    def entries(self, home: Home | None, posts: Iterable[PostId]) -> dict[PostId, Entry] | None:
        """Return those of ``posts`` that may be read; ``None`` if that is not known of all of them."""
        heads, active = self._heads, self._active
        found: dict[PostId, Entry] = {}
        for post in posts:
            head = heads.get(post)
            if head is None or head.author not in active:
                return None
            shown = head.original or post
            if head.original:
                original = heads.get(PostId(head.original))
                if original is None or original.author not in active:
                    return None
            else:
                original = head
            if home is None:
                marks = 0
            else:
                known = home.mark_of(shown)
                if known is None:
                    return None
                marks = known
            if may_read(head, home) and (original is head or may_read(original, home)):
                found[post] = Entry(post, head.original, marks)
        for post in found:
            heads.move_to_end(post)
        return found

    def head(self, post: PostId) -> Head | None:
        """Return what is known of a post that :meth:`entries` has found readable."""
        return self._heads.get(post)

    def edges(self, thread: PostId) -> Edges | None:
        """Return where the posts of a conversation stand, if that is known."""
        found = self._threads.get(thread)
        if found is not None:
            self._threads.move_to_end(thread)
        return found

    # Learning

    def _good_since(self, mark: int, kind: str, number: int) -> bool:
        return mark >= self._forgotten and self._drops.get((kind, number), 0) <= mark

    def learn(self, rows: Iterable[Readable], mark: int) -> None:
        """Keep what a statement found readable, as read after ``mark``."""
        for row in rows:
            self._keep(row.post, row.head, mark)
            if row.original_head is not None:
                self._keep(PostId(row.head.original), row.original_head, mark)

    def _keep(self, post: PostId, head: Head, mark: int) -> None:
        if not self._good_since(mark, "post", post) or not self._good_since(mark, "account", head.author):
            return
        self._active.add(head.author)
        self._heads[post] = head
        self._heads.move_to_end(post)
        if len(self._heads) > self._most:
            self._heads.popitem(last=False)

    def learn_thread(self, thread: PostId, edges: Edges, mark: int) -> None:
        """Keep the shape of a conversation, as read after ``mark``."""
        if not self._good_since(mark, "thread", thread) or any(
            not self._good_since(mark, "post", edge.post) for edge in edges
        ):
            return
        self._forget_thread(thread)
        self._threads[thread] = edges
        for edge in edges:
            self._thread_of[edge.post] = thread
        while len(self._thread_of) > _MOST_EDGES and len(self._threads) > 1:
            self._forget_thread(next(iter(self._threads)))

    # Forgetting

    def _forget_thread(self, thread: PostId) -> None:
        for edge in self._threads.pop(thread, ()):
            self._thread_of.pop(edge.post, None)

    def _note(self, kind: str, number: int) -> None:
        self.mark += 1
        self._drops[kind, number] = self.mark
        self._drops.move_to_end((kind, number))
        if len(self._drops) > _DROPS_NOTED:
            _, self._forgotten = self._drops.popitem(last=False)

    def _drop_post(self, post: int | None) -> None:
        if post is None:
            return
        self._heads.pop(PostId(post), None)
        self._note("post", post)
        thread = self._thread_of.get(PostId(post))
        if thread is not None:
            self._forget_thread(thread)

    def apply(self, fact: Event) -> None:
        """Take note of a fact, in the order of the journal."""
        match fact:
            case PostCreated() if fact.reply_to is not None:
                self._replied(Edge(fact.post, fact.reply_to), fact.thread)
            case ReplyHeld():
                self._replied(Edge(fact.post, fact.reply_to, only=fact.author), fact.thread)
            case PostImported():
                self._forget_threads()
            case PostDeleted():
                for gone in (fact.post, *fact.reposts):
                    self._drop_post(gone)
            case PostChanged():
                self._drop_post(fact.post)
            case AccountChanged():
                self._active.discard(fact.account)
                self._note("account", fact.account)

    def _replied(self, edge: Edge, thread: PostId | None) -> None:
        if thread is None:  # stated by a version that did not say where
            self._forget_threads()
            return
        self._note("thread", thread)
        edges = self._threads.get(thread)
        if edges is not None and len(edges) < THREAD_MOST:
            insort(edges, edge, key=_place_of)
            self._thread_of[edge.post] = thread

    def _forget_threads(self) -> None:
        self._threads.clear()
        self._thread_of.clear()
        self.mark += 1
        self._forgotten = self.mark


def _place_of(edge: Edge) -> tuple[bool, int]:
    return edge.place
