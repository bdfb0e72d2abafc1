"""One window: the newest lines of a home timeline or of a list, with the reader's marks on them."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable

from palabre.ids import AccountId, PostId
from palabre.paging import Window
from palabre.timelines import rules
from palabre.timelines.model import Entry
from palabre.timelines.rules import Taste

MOST = 800
_TRIM_AT = 1_000
_BASE_BYTES = 1_200
_ID_BYTES = 12
_FOLLOW_BYTES = 180
_KNOWN_MOST = 256
"""Posts outside the window of which the marks are remembered, beside those that have any."""
MARKS_MOST = 1_000
"""Readers with up to so many marks, who look at more than :data:`_KNOWN_MOST` other posts, have all remembered."""
_MARK_BYTES = 110

Key = AccountId | tuple[AccountId, int]
"""Whose home, or whose list and which."""


class Home:
    """The newest lines of one reader's home timeline, or of one of his lists, oldest first."""

    __slots__ = (
        "_all_marks",
        "_known",
        "caught_up",
        "complete",
        "expires",
        "ids",
        "marked",
        "marks",
        "originals",
        "shown",
        "taste",
        "unsure",
    )

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
        self._all_marks: bool | None = False
        """Whether ``marks`` has every mark of the reader; ``None`` if they are too many."""
        self.caught_up = 0
        """How many of the posts that windows take in later it has taken in."""
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
        cut = len(self.ids) - MOST
        gone = {self.originals.pop(old, old) for old in self.ids[:cut]}
        for shown in gone.difference(self.ids[cut:], self.originals.values()):
            if not self._all_marks:
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
        if self._all_marks or post in self._known:
            return 0
        ids = self.ids
        place = bisect_left(ids, post)
        return 0 if place < len(ids) and ids[place] == post else None

    @property
    def wants_all_marks(self) -> bool:
        """Whether it is time to read every mark of the reader (up to ``MARKS_MOST + 1``): he looks around a lot."""
        return self._all_marks is False and len(self._known) > _KNOWN_MOST

    def learn_all_marks(self, found: dict[int, int], marked: int) -> None:
        """Remember every mark of the reader, unless they are too many; ``marked`` as for :meth:`learn_marks`."""
        if len(found) > MARKS_MOST:
            self._all_marks = None
        elif marked == self.marked:
            self.marks, self._all_marks = found, True
            self._known.clear()
            self.unsure.clear()

    def learn_marks(self, found: Iterable[tuple[int, int]], marked: int) -> None:
        """Remember marks as they were read when ``self.marked`` was ``marked``, unless some were made since."""
        if marked != self.marked or self._all_marks:
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
        if not self._all_marks:
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
        marks = _MARK_BYTES * len(self.marks)
        return _BASE_BYTES + _ID_BYTES * len(self.ids) + _FOLLOW_BYTES * len(self.taste.authors) + marks
