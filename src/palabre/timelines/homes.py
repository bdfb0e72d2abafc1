"""Home timelines and lists: a cache of a query, in memory, for the readers who are active.

Nothing is stored per follower. A window is built by one pull through the (author, id) index, then kept current
by facts: a new post costs one append per *active* follower. The window also remembers the reader's marks on its
posts, so that a warm page needs no statement at all. Whatever changes what belongs in it (a follow, a block, a
mute) drops it; it is built anew when it is read.

The posts of authors whom very many windows take wait in one log (``Later``): a window takes them in when it is
touched, or when its turn comes, a few windows at each such post. So nobody waits while 50,000 windows are appended
to, and each takes everything in the order in which it happened.

All methods run on one thread (the event loop's) here; ``building`` reads and returns values.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from palabre import clock
from palabre.accounts.events import AccountChanged
from palabre.events import Event
from palabre.graph.events import (
    Blocked,
    DomainBlocksChanged,
    Followed,
    ListChanged,
    Muted,
    Unblocked,
    Unfollowed,
    Unmuted,
)
from palabre.ids import AccountId
from palabre.posts.events import (
    HashtagFollowed,
    HashtagUnfollowed,
    PollReset,
    PostCreated,
    PostDeleted,
    PostMarked,
    tag_mark,
)
from palabre.posts.model import CHOICES_AT
from palabre.timelines import rules
from palabre.timelines.home import Home, Key
from palabre.timelines.rules import Candidate, Taste

_RECENT = 20_000
_MANY = 200
"""Windows of one author, from which on they take his posts in later."""
_LATER = 512
"""Facts that wait to be taken in, at most."""
_GONE_KEPT = 1_000
"""So many windows that are gone may be noted among those that have turns, beside as many as there are windows."""
_ROUND = 256
"""Every window has its turn within so many of these facts."""


class _Seen(NamedTuple):
    number: int
    event: Event


class Later:
    """The newest facts about posts of authors whom many take, numbered from 1."""

    def __init__(self) -> None:
        self.end = 0
        """The number of the newest."""
        self._facts: deque[PostCreated | PostDeleted] = deque(maxlen=_LATER)

    def add(self, fact: PostCreated | PostDeleted) -> None:
        """Keep a fact."""
        self.end += 1
        self._facts.append(fact)

    def after(self, number: int) -> Iterator[PostCreated | PostDeleted]:
        """Return the facts after one, the oldest first. They are there: every window has its turn in time."""
        missing = self.end - number
        if missing > len(self._facts):
            raise LookupError(f"{missing} facts were to be taken in, {len(self._facts)} are kept")
        return islice(self._facts, len(self._facts) - missing, None)


class Homes:
    """The windows of active readers, least recently read first; bounded in bytes."""

    def __init__(self, budget: int) -> None:
        """``budget`` in bytes."""
        self._budget = budget
        self._bytes = 0
        self._homes: OrderedDict[Key, Home] = OrderedDict()
        self._sizes: dict[Key, int] = {}
        self._lists: dict[AccountId, set[Key]] = {}
        """Reader to the lists of his that have windows."""
        self._readers: dict[int, set[Key]] = {}
        """Author to the windows that take the author's posts."""
        self._taggers: dict[str, set[Key]] = {}
        """Mark of a hashtag to the windows that take posts with it."""
        self._later = Later()
        self._turns: deque[tuple[Key, int]] = deque()
        """Who takes in next what waits, and the newest fact when that was noted; may hold windows that are gone."""
        self._has_turn: set[Key] = set()
        self._recent: deque[_Seen] = deque(maxlen=_RECENT)
        self._number = 0
        self.kept: set[Key] = set()
        """Homes and lists that are followed live: their windows do not make room for others."""
        self.when_dropped: Callable[[AccountId], None] | None = None
        """Told whose window is forgotten."""
        self._reactions: dict[type[Event], Callable[[Any], None]] = {
            PostCreated: self._created,
            PostDeleted: self._deleted,
            PostMarked: self._marked,
            PollReset: self._poll_reset,
            Followed: self._follow_changed,
            Unfollowed: self._follow_changed,
            Blocked: self._between,
            Unblocked: self._between,
            Muted: self._between,
            Unmuted: self._between,
            DomainBlocksChanged: self._own_choice,
            ListChanged: self._own_choice,
            HashtagFollowed: self._own_choice,
            HashtagUnfollowed: self._own_choice,
            AccountChanged: self._account_changed,
        }

    @property
    def events(self) -> Iterable[type[Event]]:
        """The kinds of facts that change a window."""
        return self._reactions.keys()

    def __len__(self) -> int:
        return len(self._homes)

    @property
    def bytes(self) -> int:
        """About how much memory the windows take."""
        return self._bytes

    def get(self, key: Key) -> Home | None:
        """Return the window of a reader's home, or of a list, if there is one that is good."""
        home = self._homes.get(key)
        if home is None:
            return None
        if home.expires is not None and home.expires <= clock.now():
            self.drop(home.taste.reader)
            return None
        self._homes.move_to_end(key)
        return self._touched(key, home)

    def _touched(self, key: Key, home: Home) -> Home:
        """Return a window that has taken in everything that happened."""
        if home.caught_up != self._later.end:
            for fact in self._later.after(home.caught_up):
                if key in self._readers.get(fact.author, ()):
                    _take(fact, home)
            home.caught_up = self._later.end
        return home

    def _put_off(self, fact: PostCreated | PostDeleted) -> None:
        """Let windows take ``fact`` in later, and those whose turn it is what waits for them."""
        self._later.add(fact)
        due, end = len(self._homes) // _ROUND + 1, self._later.end
        while self._turns and self._turns[0][1] < end and (due > 0 or self._turns[0][1] + _ROUND <= end):
            key, _ = self._turns.popleft()
            home = self._homes.get(key)
            if home is None:
                self._has_turn.discard(key)
                continue
            due -= 1
            self._touched(key, home)
            self._turns.append((key, end))

    @property
    def mark(self) -> int:
        """A point in the stream of facts: take it before :func:`build`, give it to :meth:`install`."""
        return self._number

    def install(self, key: Key, home: Home, mark: int) -> Home:
        """Keep a window that was built, with the facts that came since ``mark``."""
        reader = home.taste.reader
        since = [seen.event for seen in self._recent if seen.number > mark]
        if self._number - mark > len(self._recent) or any(_touches(event, reader) for event in since):
            return home  # too much happened meanwhile: good for this one answer, not to keep
        self._drop(key)
        self._homes[key] = home
        if key != reader:
            self._lists.setdefault(reader, set()).add(key)
        for author in home.taste.authors:
            self._readers.setdefault(author, set()).add(key)
        for tag in map(tag_mark, home.taste.tags):
            self._taggers.setdefault(tag, set()).add(key)
        self._sizes[key] = home.size
        self._bytes += home.size
        home.caught_up = self._later.end
        if key not in self._has_turn:
            self._has_turn.add(key)
            self._turns.append((key, self._later.end))
            if len(self._turns) > 2 * len(self._homes) + _GONE_KEPT:
                self._turns = deque(turn for turn in self._turns if turn[0] in self._homes)
                self._has_turn = {each for each, _ in self._turns}
        for event in since:
            self._reactions[type(event)](event)
        self._make_room()
        return home

    def weigh(self, key: Key) -> None:
        """Count anew what a window takes, which has learned much."""
        home = self._homes.get(key)
        if home is not None:
            self._bytes += home.size - self._sizes[key]
            self._sizes[key] = home.size
            self._make_room()

    def _make_room(self) -> None:
        spared = 0
        while self._bytes > self._budget and len(self._homes) > 1 + spared:
            key = next(iter(self._homes))
            if key in self.kept:
                self._homes.move_to_end(key)
                spared += 1
            else:
                self._drop(key)

    def peek(self, key: Key) -> Home | None:
        """Return the window of a home or a list if there is one, without counting it as read."""
        home = self._homes.get(key)
        return None if home is None else self._touched(key, home)

    def showing(self, author: int, post: int, tags: Iterable[str] = ()) -> list[Key]:
        """Return those of :attr:`kept` whose windows show ``post`` by ``author``, with hashtags of these marks."""
        if not self.kept:
            return []
        keys = self._readers.get(author, set()) & self.kept
        for tag in tags:
            keys |= self._taggers.get(tag, set()) & self.kept
        return [key for key in keys if self._touched(key, self._homes[key]).holds(post)]

    def drop(self, reader: AccountId) -> None:
        """Forget the window of a reader's home, and those of his lists."""
        self._drop(reader)
        for key in tuple(self._lists.get(reader, ())):
            self._drop(key)

    def _drop(self, key: Key) -> None:
        home = self._homes.pop(key, None)
        if home is None:
            return
        taste = home.taste
        self._bytes -= self._sizes.pop(key)
        if key != taste.reader:
            _leave(self._lists, taste.reader, key)
        for author in taste.authors:
            _leave(self._readers, author, key)
        for tag in map(tag_mark, taste.tags):
            _leave(self._taggers, tag, key)
        if self.when_dropped is not None:
            self.when_dropped(taste.reader)

    def clear(self) -> None:
        """Forget every window."""
        for key in tuple(self._homes):
            self._drop(key)

    def apply(self, event: Event) -> None:
        """Take note of a fact, in the order of the journal."""
        reaction = self._reactions.get(type(event))
        if reaction is not None:
            self._number += 1
            self._recent.append(_Seen(self._number, event))
            reaction(event)

    # Reactions

    def _created(self, event: PostCreated) -> None:
        if event.visibility in {"mentioned", "waiting"}:
            return
        self._deliver(event)
        if event.hashtags and self._taggers:
            for tag in event.hashtags:
                for key in self._taggers.get(tag, ()):
                    home = self._touched(key, self._homes[key])
                    if _wanted(event, home.taste, tagged=True):
                        home.add(event.post, 0)

    def _deleted(self, event: PostDeleted) -> None:
        self._deliver(event)
        for tag in event.hashtags:
            for key in self._taggers.get(tag, ()):
                self._touched(key, self._homes[key]).remove(event.post)

    def _deliver(self, event: PostCreated | PostDeleted) -> None:
        readers = self._readers.get(event.author, ())
        if len(readers) > _MANY:
            self._put_off(event)
            return
        for key in readers:
            _take(event, self._touched(key, self._homes[key]))

    def _marked(self, event: PostMarked) -> None:
        home = self._homes.get(event.account)
        if home is not None:
            home.mark(event.post, event.marks)

    def _poll_reset(self, event: PollReset) -> None:
        kept = (1 << CHOICES_AT) - 1
        for home in self._homes.values():
            if event.post in home.marks:
                home.marks[event.post] &= kept

    def _follow_changed(self, event: Followed | Unfollowed) -> None:
        self.drop(event.follower)

    def _between(self, event: Blocked | Unblocked | Muted | Unmuted) -> None:
        self.drop(event.account)
        if isinstance(event, Blocked | Unblocked):
            self.drop(event.target)

    def _own_choice(self, event: DomainBlocksChanged | ListChanged | HashtagFollowed | HashtagUnfollowed) -> None:
        self.drop(event.account)

    def _account_changed(self, event: AccountChanged) -> None:
        self.drop(event.account)


def _take(event: PostCreated | PostDeleted, home: Home) -> None:
    """Let a window that takes the author's posts take one in, or lose it."""
    if isinstance(event, PostDeleted):
        home.remove(event.post)
        return
    simple = event.repost_of is None and event.reply_to_author in {None, event.author} and not home.taste.languages
    if simple or _wanted(event, home.taste):
        home.add(event.post, event.repost_of or 0)


def _leave(index: dict[Any, set[Key]], of: Any, key: Key) -> None:
    keys = index.get(of)
    if keys is not None:
        keys.discard(key)
        if not keys:
            del index[of]


def _wanted(event: PostCreated, taste: Taste, *, tagged: bool = False) -> bool:
    return rules.belongs(
        Candidate(
            event.post,
            event.author,
            event.visibility,
            event.reply_to_author,
            event.repost_of,
            event.repost_of_author,
            event.language,
            tagged=tagged,
        ),
        taste,
    )


def _touches(event: Event, reader: AccountId) -> bool:
    match event:
        case Followed() | Unfollowed():
            return event.follower == reader
        case Blocked() | Unblocked() | Muted() | Unmuted():
            return reader in {event.account, event.target}
        case AccountChanged() | DomainBlocksChanged() | ListChanged() | HashtagFollowed() | HashtagUnfollowed():
            return event.account == reader
        case _:
            return False
