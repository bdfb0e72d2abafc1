"""Home timelines: a cache of a query, in memory, for the readers who are active.

Nothing is stored per follower. A window is built by one pull through the (author, id) index, then kept current
by facts: a new post costs one append per *active* follower. The window also remembers the reader's marks on its
posts, so that a warm page needs no statement at all. Whatever changes what belongs in it (a follow, a block, a
mute) drops it; it is built anew when it is read.

All methods run on one thread (the event loop's) except :func:`build`, which reads and returns a value.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from palabre import clock
from palabre.accounts.events import AccountChanged
from palabre.events import Event
from palabre.graph.events import Blocked, Followed, Muted, Unblocked, Unfollowed, Unmuted
from palabre.graph.queries import follows_of, hidden_from
from palabre.ids import AccountId, PostId, first_id
from palabre.paging import NEWEST, Window
from palabre.posts.events import PollReset, PostCreated, PostDeleted, PostMarked
from palabre.posts.model import CHOICES_AT
from palabre.posts.queries import marks_of
from palabre.store import Snapshot
from palabre.timelines import rules, sql
from palabre.timelines.model import Entry
from palabre.timelines.rules import Candidate, Taste

_MOST = 800
_TRIM_AT = 1_000
_FIRST_SPAN = 6 * clock.HOUR
_BATCH = 1_000
_RECENT = 20_000
_BASE_BYTES = 1_200
_ID_BYTES = 12
_FOLLOW_BYTES = 180
_KNOWN_MOST = 256
"""Posts outside the window of which the marks are remembered, beside those that have any."""


class Home:
    """The newest lines of one reader's home timeline, oldest first."""

    __slots__ = ("_known", "complete", "expires", "ids", "marked", "marks", "originals", "shown", "taste", "unsure")

    def __init__(self, taste: Taste, *, complete: bool, expires: int | None) -> None:
        self.taste = taste
        self.ids: array[int] = array("q")
        self.originals: dict[int, int] = {}
        """Repost to original."""
        self.marks: dict[int, int] = {}
        """Post (or original) to the reader's marks, where there are any."""
        self.shown: deque[int] = deque(maxlen=rules.REPEAT_SPAN)
        """What the newest lines show, to leave out repeats."""
        self.unsure: set[int] = set()
        """Originals that were reposted since the window was built, and of which the reader's marks are not known."""
        self.marked = 0
        """How often the reader has marked something: take it before reading marks, give it to :meth:`learn_marks`."""
        self._known: set[int] = set()
        """Posts outside the window whose marks are as they stand in ``marks``."""
        self.complete = complete
        """Whether nothing older exists than what is here."""
        self.expires = expires
        """When a mute ends and the window with it."""

    def add(self, post: int, original: int) -> None:
        """Append a line, or put it in its place if it came late; once only."""
        shows = original or post
        if original and shows in self.shown:
            return
        ids = self.ids
        if ids and post <= ids[-1]:
            place = bisect_left(ids, post)
            if place < len(ids) and ids[place] == post:
                return
            if place == 0 and not self.complete:
                return
            ids.insert(place, post)
        else:
            ids.append(post)
        self.shown.append(shows)
        if original:
            self.originals[post] = original
            if self.mark_of(original) is None:
                self.unsure.add(original)
        if len(ids) > _TRIM_AT:
            self._trim()

    def _trim(self) -> None:
        cut = len(self.ids) - _MOST
        for old in self.ids[:cut]:
            shown = self.originals.pop(old, old)
            self.marks.pop(shown, None)
            self._known.discard(shown)
            self.unsure.discard(shown)
        del self.ids[:cut]
        self.complete = False

    def remove(self, post: int) -> None:
        """Take a line out."""
        place = bisect_left(self.ids, post)
        if place < len(self.ids) and self.ids[place] == post:
            del self.ids[place]
            self.originals.pop(post, None)

    def holds(self, post: int) -> bool:
        """Tell whether ``post`` is one of the lines."""
        place = bisect_left(self.ids, post)
        return place < len(self.ids) and self.ids[place] == post

    # What the reader did with posts

    def mark_of(self, post: int) -> int | None:
        """Return the reader's marks on a post (not a repost); ``None`` if they are not known."""
        found = self.marks.get(post)
        if found is not None:
            return found
        if post in self._known:
            return 0
        ids = self.ids
        place = bisect_left(ids, post)
        return 0 if place < len(ids) and ids[place] == post else None

    def learn_marks(self, found: Iterable[tuple[int, int]], marked: int) -> None:
        """Remember marks as they were read when ``self.marked`` was ``marked``, unless some were made since."""
        if marked != self.marked:
            return
        if len(self._known) > _KNOWN_MOST:
            self._known.clear()
            window = set(self.ids) | set(self.originals.values())
            self.marks = {post: mark for post, mark in self.marks.items() if post in window}
            self._known.update(self.originals.values())
        for post, mark in found:
            self._set(post, mark)

    def mark(self, post: int, marks: int) -> None:
        """Note what the reader has just done."""
        self.marked += 1
        self._set(post, marks)

    def _set(self, post: int, marks: int) -> None:
        if marks:
            self.marks[post] = marks
        else:
            self.marks.pop(post, None)
        self._known.add(post)
        self.unsure.discard(post)

    def span(self, window: Window) -> tuple[int, int] | None:
        """Return the places ``(low, high)`` of a page in ``ids``; ``None`` if it reaches below what is here."""
        ids = self.ids
        low = bisect_right(ids, window.lower) if window.lower else 0
        high = bisect_left(ids, window.before) if window.before is not None else len(ids)
        if window.after is not None:
            if low == 0 and not self.complete:
                return None
            return low, min(high, low + window.limit)
        if low == 0 and high < window.limit and not self.complete:
            return None
        return max(low, high - window.limit), high

    def page(self, window: Window) -> list[Entry] | None:
        """Return the lines of a page, newest first; ``None`` if it reaches below what is here."""
        span = self.span(window)
        if span is None:
            return None
        low, high = span
        ids, originals, marks = self.ids, self.originals, self.marks
        lines = []
        for place in range(high - 1, low - 1, -1):
            post = ids[place]
            original = originals.get(post, 0)
            lines.append(Entry(PostId(post), original, marks.get(original or post, 0)))
        return lines

    @property
    def size(self) -> int:
        """About how many bytes it takes, its place in the index of authors included."""
        return _BASE_BYTES + _ID_BYTES * len(self.ids) + _FOLLOW_BYTES * len(self.taste.followed)


def _taste(db: Snapshot, reader: AccountId) -> Taste:
    follows = follows_of(db, reader)
    hidden = hidden_from(db, reader)
    return Taste(
        reader=reader,
        followed=frozenset(each.followed for each in follows),
        without_reposts=frozenset(each.followed for each in follows if not each.show_reposts),
        languages={each.followed: each.languages for each in follows if each.languages},
        hidden=frozenset(hidden.blocking | hidden.blocked_by | hidden.muting),
        blocked_by=frozenset(hidden.blocked_by),
        silenced=frozenset(hidden.blocking | hidden.blocked_by | hidden.silencing),
    )


def _collect(
    db: Snapshot, taste: Taste, *, upper: int, lower: int, wanted: int, upwards: bool = False
) -> tuple[list[Candidate], bool]:
    """Pull until ``wanted`` lines belong, or nothing is left; tell whether nothing is left."""
    authors = [taste.reader, *(taste.followed - taste.hidden)]
    kept: list[Candidate] = []
    if upwards:
        while len(kept) < wanted:
            rows = sql.pull(db, authors, lower=lower, upper=upper, most=_BATCH, upwards=True)
            kept += [row for row in rows if rules.belongs(row, taste)]
            if len(rows) < _BATCH:
                return kept, True
            lower = rows[-1].post
        return kept, False
    span = _FIRST_SPAN
    newest = min(upper, first_id(db.now + clock.MINUTE))
    floor = max(lower, newest - first_id(span))
    while True:
        rows = sql.pull(db, authors, lower=floor, upper=upper, most=_BATCH)
        kept += [row for row in rows if rules.belongs(row, taste)]
        if len(kept) >= wanted:
            return kept, False
        if len(rows) == _BATCH:
            upper = rows[-1].post
            continue
        if floor <= lower:
            return kept, True
        upper = floor + 1
        span *= 8
        floor = max(lower, floor - first_id(span))


def build(db: Snapshot, reader: AccountId) -> Home:
    """Build the window of ``reader`` from the database: follows, hidden accounts, posts, marks."""
    taste = _taste(db, reader)
    found, complete = _collect(db, taste, upper=NEWEST, lower=0, wanted=_MOST // 2)
    home = Home(taste, complete=complete, expires=sql.first_mute_to_end(db, reader))
    for candidate in reversed(found[:_MOST]):
        home.add(candidate.post, candidate.repost_of or 0)
    shown = {PostId(home.originals.get(post, post)) for post in home.ids}
    if shown:
        marks = marks_of(db, reader, shown)
        home.learn_marks(((post, int(marks.get(post, 0))) for post in shown), home.marked)
    return home


def deep_page(db: Snapshot, reader: AccountId, window: Window) -> list[Entry]:
    """Return a page that lies below the window in memory, from the same query."""
    taste = _taste(db, reader)
    found, _ = _collect(
        db, taste, upper=window.upper, lower=window.lower, wanted=window.limit, upwards=window.upwards
    )
    found = found[: window.limit]
    if window.upwards:
        found.reverse()
    marks = marks_of(db, reader, {PostId(each.repost_of or each.post) for each in found})
    return [
        Entry(PostId(each.post), each.repost_of or 0, int(marks.get(PostId(each.repost_of or each.post), 0)))
        for each in found
    ]


class _Seen(NamedTuple):
    number: int
    event: Event


class Homes:
    """The windows of active readers, least recently read first; bounded in bytes."""

    def __init__(self, budget: int) -> None:
        """``budget`` in bytes."""
        self._budget = budget
        self._bytes = 0
        self._homes: OrderedDict[AccountId, Home] = OrderedDict()
        self._sizes: dict[AccountId, int] = {}
        self._readers: dict[int, set[AccountId]] = {}
        """Author to the active readers whose windows take the author's posts."""
        self._recent: deque[_Seen] = deque(maxlen=_RECENT)
        self._number = 0
        self.kept: set[AccountId] = set()
        """Readers who follow their homes live: their windows do not make room for others."""
        self.when_dropped: Callable[[AccountId], None] | None = None
        """Told of each window that is forgotten."""
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

    def get(self, reader: AccountId) -> Home | None:
        """Return the reader's window if there is one that is good."""
        home = self._homes.get(reader)
        if home is None:
            return None
        if home.expires is not None and home.expires <= clock.now():
            self.drop(reader)
            return None
        self._homes.move_to_end(reader)
        return home

    @property
    def mark(self) -> int:
        """A point in the stream of facts: take it before :func:`build`, give it to :meth:`install`."""
        return self._number

    def install(self, reader: AccountId, home: Home, mark: int) -> Home:
        """Keep a window that was built, with the facts that came since ``mark``."""
        since = [seen.event for seen in self._recent if seen.number > mark]
        if self._number - mark > len(self._recent) or any(_touches(event, reader) for event in since):
            return home  # too much happened meanwhile: good for this one answer, not to keep
        self.drop(reader)
        self._homes[reader] = home
        for author in (home.taste.followed - home.taste.hidden) | {reader}:
            self._readers.setdefault(author, set()).add(reader)
        self._sizes[reader] = home.size
        self._bytes += home.size
        for event in since:
            self._reactions[type(event)](event)
        if self._bytes > self._budget:
            self._make_room()
        return home

    def _make_room(self) -> None:
        spared = 0
        while self._bytes > self._budget and len(self._homes) > 1 + spared:
            reader = next(iter(self._homes))
            if reader in self.kept:
                self._homes.move_to_end(reader)
                spared += 1
            else:
                self.drop(reader)

    def peek(self, reader: AccountId) -> Home | None:
        """Return the reader's window if there is one, without counting it as read."""
        return self._homes.get(reader)

    def showing(self, author: int, post: int) -> list[AccountId]:
        """Return those of :attr:`kept` whose windows show ``post`` by ``author``."""
        readers = self._readers.get(author)
        if not readers or not self.kept:
            return []
        return [reader for reader in readers & self.kept if self._homes[reader].holds(post)]

    def drop(self, reader: AccountId) -> None:
        """Forget a window."""
        home = self._homes.pop(reader, None)
        if home is None:
            return
        self._bytes -= self._sizes.pop(reader)
        for author in (home.taste.followed - home.taste.hidden) | {reader}:
            readers = self._readers.get(author)
            if readers is not None:
                readers.discard(reader)
                if not readers:
                    del self._readers[author]
        if self.when_dropped is not None:
            self.when_dropped(reader)

    def clear(self) -> None:
        """Forget every window."""
        for reader in tuple(self._homes):
            self.drop(reader)

    def apply(self, event: Event) -> None:
        """Take note of a fact, in the order of the journal."""
        reaction = self._reactions.get(type(event))
        if reaction is not None:
            self._number += 1
            self._recent.append(_Seen(self._number, event))
            reaction(event)

    # Reactions

    def _created(self, event: PostCreated) -> None:
        readers = self._readers.get(event.author)
        if not readers or event.visibility == "mentioned":
            return
        post, original = event.post, event.repost_of or 0
        homes = self._homes
        simple = not original and event.reply_to_author in {None, event.author}
        if simple:
            for reader in readers:
                home = homes[reader]
                if home.taste.languages and not _wanted(event, home.taste):
                    continue
                home.add(post, 0)
            return
        for reader in readers:
            home = homes[reader]
            if _wanted(event, home.taste):
                home.add(post, original)

    def _deleted(self, event: PostDeleted) -> None:
        for reader in self._readers.get(event.author, ()):
            self._homes[reader].remove(event.post)

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

    def _account_changed(self, event: AccountChanged) -> None:
        for reader in tuple(self._readers.get(event.account, ())):
            home = self._homes[reader]
            if home.taste.reader == event.account:
                self.drop(reader)


def _wanted(event: PostCreated, taste: Taste) -> bool:
    return rules.belongs(
        Candidate(
            event.post,
            event.author,
            event.visibility,
            event.reply_to_author,
            event.repost_of,
            event.repost_of_author,
            event.language,
        ),
        taste,
    )


def _touches(event: Event, reader: AccountId) -> bool:
    match event:
        case Followed() | Unfollowed():
            return event.follower == reader
        case Blocked() | Unblocked() | Muted() | Unmuted():
            return reader in {event.account, event.target}
        case AccountChanged():
            return event.account == reader
        case _:
            return False
