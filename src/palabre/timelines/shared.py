"""The newest lines of lists that many look at: what is said here, a hashtag, an account's posts. From memory.

One window serves all readers: it holds what decides about each line (its author, whom a repost repeats), and each
reader leaves out what he does not see. Built by one index read, kept current by facts, dropped when its lines may
have changed in another way; pages below it go to the database.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from palabre.accounts.events import AccountChanged
from palabre.events import Event
from palabre.paging import Window
from palabre.posts.events import PostCreated, PostDeleted, PostEdited, PostImported, ReplyHeld, tag_mark
from palabre.posts.model import Visibility

BUILT = 400
"""Lines that are read when a window is built."""
_MOST = 800
_TRIM_AT = 1_000
_RECENT = 5_000
_LINES_MOST = 400_000
"""Lines of all windows together, about 150 bytes each."""
_EXTRA = 10
"""A window costs as much as so many lines, if it has none."""


class Line(NamedTuple):
    """What decides whether a reader sees a line."""

    author: int
    visibility: str = Visibility.PUBLIC.value
    mentions: tuple[int, ...] = ()
    reply_to_author: int | None = None
    original: int = 0
    original_author: int = 0


Key = tuple[str, str | int]
LOCAL: Key = ("local", "")


def of_tag(key: str) -> Key:
    """Return the window of a hashtag, by its folded spelling."""
    return of_mark(tag_mark(key))


def of_mark(mark: str) -> Key:
    """Return the window of a hashtag, by its mark in facts."""
    return ("tag", mark)


def of_author(author: int) -> Key:
    """Return the window of an account's posts."""
    return ("author", author)


class Shared:
    """A window: ids, oldest first, and what decides about each."""

    __slots__ = ("complete", "ids", "lines")

    def __init__(self, found: Iterable[tuple[int, Line]], *, complete: bool) -> None:
        """``found`` comes newest first; ``complete``: nothing older exists."""
        self.lines = dict(found)
        self.ids = array("q", sorted(self.lines))
        self.complete = complete

    def add(self, post: int, line: Line) -> None:
        """Put a line in its place."""
        ids = self.ids
        if post in self.lines:
            self.lines[post] = line  # it waited until now
            return
        if ids and post < ids[0] and not self.complete:
            return
        if not ids or post > ids[-1]:
            ids.append(post)
        else:
            ids.insert(bisect_left(ids, post), post)
        self.lines[post] = line
        if len(ids) > _TRIM_AT:
            cut = len(ids) - _MOST
            for old in ids[:cut]:
                del self.lines[old]
            del ids[:cut]
            self.complete = False

    def remove(self, post: int) -> None:
        """Take a line out."""
        if self.lines.pop(post, None) is not None:
            del self.ids[bisect_left(self.ids, post)]

    def pick(self, window: Window, wanted: Callable[[Line], bool]) -> list[tuple[int, Line]] | None:
        """Return the ``wanted`` lines of a page, newest first; ``None`` if it may reach below what is here."""
        ids, lines = self.ids, self.lines
        low = bisect_right(ids, window.lower) if window.lower else 0
        high = bisect_left(ids, window.before) if window.before is not None else len(ids)
        found: list[tuple[int, Line]] = []
        if window.upwards:
            if low == 0 and not self.complete:
                return None
            for place in range(low, high):
                line = lines[ids[place]]
                if wanted(line):
                    found.append((ids[place], line))
                    if len(found) == window.limit:
                        break
            found.reverse()
            return found
        for place in range(high - 1, low - 1, -1):
            line = lines[ids[place]]
            if wanted(line):
                found.append((ids[place], line))
                if len(found) == window.limit:
                    return found
        return found if low > 0 or self.complete else None


class SharedWindows:
    """The windows in use, least recently used first. On the event loop only."""

    def __init__(self, most: int = _LINES_MOST) -> None:
        """Keep at most ``most`` lines."""
        self._most = most
        self._windows: OrderedDict[Key, Shared] = OrderedDict()
        self._sizes: dict[Key, int] = {}
        self._size = 0
        self._recent: deque[tuple[int, Event]] = deque(maxlen=_RECENT)
        self.mark = 0
        """A point in the stream of facts: take it before a window is read, give it to :meth:`install`."""

    def __len__(self) -> int:
        return len(self._windows)

    def get(self, key: Key) -> Shared | None:
        """Return a window that is there."""
        found = self._windows.get(key)
        if found is not None:
            self._windows.move_to_end(key)
        return found

    def install(self, key: Key, window: Shared, mark: int) -> None:
        """Keep a window with the facts that came since ``mark``, unless they say more than where a post stands."""
        if self.mark - mark > len(self._recent):
            return
        self._drop(key)
        self._windows[key] = window
        self._sizes[key] = size = len(window.ids) + _EXTRA
        self._size += size
        for number, fact in tuple(self._recent):
            if number > mark:
                self._react(fact, only=key)
        while self._size > self._most and len(self._windows) > 1:
            self._drop(next(iter(self._windows)))

    def _drop(self, key: Key) -> None:
        if self._windows.pop(key, None) is not None:
            self._size -= self._sizes.pop(key)

    def apply(self, fact: Event) -> None:
        """Take note of a fact, in the order of the journal."""
        if isinstance(fact, PostCreated | PostDeleted | PostEdited | PostImported | ReplyHeld | AccountChanged):
            self.mark += 1
            self._recent.append((self.mark, fact))
            if self._windows:
                self._react(fact)

    def _react(self, fact: Event, *, only: Key | None = None) -> None:
        match fact:
            case PostCreated():
                self._created(fact, only)
            case PostDeleted():
                self._deleted(fact, only)
            case ReplyHeld():
                self._held(fact, only)
            case PostEdited():  # it mentions others, and stands under other hashtags
                self._drop_among((of_author(fact.author), *map(of_mark, fact.hashtags)), only)
            case PostImported():  # it stands somewhere in the past, under whatever hashtags
                self._drop_of(fact.author, only)
            case AccountChanged():  # perhaps nobody sees its posts any more, or everybody again
                self._drop_of(fact.account, only)

    def _drop_among(self, keys: Iterable[Key], only: Key | None) -> None:
        for key in keys:
            if only is None or only == key:
                self._drop(key)

    def _drop_of(self, account: int, only: Key | None) -> None:
        """Drop every window in which posts of an account may stand."""
        keys = [only] if only else list(self._windows)
        self._drop_among((key for key in keys if key[0] != "author" or key[1] == account), only)

    def _created(self, fact: PostCreated, only: Key | None) -> None:
        own = of_author(fact.author)
        if only is None or only == own:
            window = self._windows.get(own)
            if window is not None:
                open_to_all = fact.visibility in {Visibility.PUBLIC, Visibility.UNLISTED}
                window.add(
                    fact.post,
                    Line(
                        fact.author,
                        fact.visibility,
                        () if open_to_all else fact.mentions,
                        fact.reply_to_author,
                        fact.repost_of or 0,
                        fact.repost_of_author or 0,
                    ),
                )
        if fact.visibility != Visibility.PUBLIC or fact.repost_of is not None or fact.limited:
            return
        line = Line(fact.author)
        if (only is None or only == LOCAL) and fact.reply_to_author in {None, fact.author}:
            window = self._windows.get(LOCAL)
            if window is not None:
                window.add(fact.post, line)
        for tag in fact.hashtags:
            if only is None or only == of_mark(tag):
                window = self._windows.get(of_mark(tag))
                if window is not None:
                    window.add(fact.post, line)

    def _held(self, fact: ReplyHeld, only: Key | None) -> None:
        """Let its writer find a reply that waits among his own posts; nobody else reads the line."""
        own = of_author(fact.author)
        window = self._windows.get(own)
        if window is not None and only in {None, own}:
            window.add(fact.post, Line(fact.author, Visibility.WAITING, (), fact.reply_to_author))

    def _deleted(self, fact: PostDeleted, only: Key | None) -> None:
        for key in (LOCAL, of_author(fact.author), *map(of_mark, fact.hashtags)):
            if only is None or only == key:
                window = self._windows.get(key)
                if window is not None:
                    window.remove(fact.post)
        for repost, author in zip(fact.reposts, fact.reposters, strict=False):
            key = of_author(author)
            if only is None or only == key:
                window = self._windows.get(key)
                if window is not None:
                    window.remove(repost)
