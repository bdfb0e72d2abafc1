"""PostgreSQL: the volumes that one search looks into, those with the newest posts first, and each of them once.

A member's search asks twice: what everybody may find, and what the member's library has. The second question has no
word that the first had not, so it is answered from the same pages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from palabre.search import volume
from palabre.search.numbered import Numbers
from palabre.store import Snapshot, Statement, array
from palabre.store.places import PLACES

_FIRST: Final = 2
"""Volumes that are looked into at first; then eight times as many, and so on."""

# Nobody runs this on SQLite.
_LOOK = Statement(
    "SELECT 1",
    "SELECT v.volume, v.newest, v.top, w.word, p.page FROM (SELECT volume, newest, CASE WHEN newest >= %(below)s THEN"
    " (SELECT doc FROM search_post WHERE doc >= volume * %(rows)s::bigint AND doc < (volume + 1) * %(rows)s::bigint"
    " AND substring(packed FROM 1 FOR 8) < int8send(%(below)s::bigint) ORDER BY doc DESC LIMIT 1) END AS top"
    " FROM search_volume WHERE newest >= %(least)s AND oldest < %(below)s"
    " ORDER BY newest DESC, volume LIMIT %(most)s OFFSET %(skip)s) AS v"
    " CROSS JOIN unnest(%(words)s::int[]) AS w (word)"
    " LEFT JOIN LATERAL (SELECT page FROM search_page WHERE volume = v.volume AND word <= w.word"
    " ORDER BY word DESC LIMIT 1) AS p ON TRUE ORDER BY v.newest DESC, v.volume",
)

_PAGES = Statement(
    "SELECT 1",
    "SELECT v.volume, w.word, p.page FROM unnest(%(volumes)s::int[]) AS v (volume)"
    " CROSS JOIN unnest(%(words)s::int[]) AS w (word)"
    " LEFT JOIN LATERAL (SELECT page FROM search_page WHERE volume = v.volume AND word <= w.word"
    " ORDER BY word DESC LIMIT 1) AS p ON TRUE",
)


class Volume:
    """What was read of a volume."""

    def __init__(self, number: int, newest: int, places: int, pages: dict[int, bytes | None]) -> None:
        self.number = number
        self.newest = newest
        self._all = (1 << places) - 1
        self.pages = pages
        self._read: dict[int, int] = {}

    def _bits(self, number: int) -> int:
        word = volume.short(number)
        found = self._read.get(word)
        if found is None:
            page = self.pages[word]
            found = self._read[word] = volume.bits(page, word) if page else 0
        return found

    def has(self, words: Sequence[int]) -> int:
        """Return the places where all of ``words`` are, as bits."""
        found = self._all
        for each in words:
            found &= self._bits(each)
            if not found:
                break
        return found

    def matches(self, numbers: Numbers) -> int:
        """Return the places that fit, as bits."""
        found = self.has(numbers.words)
        if not found:
            return 0
        if numbers.either:
            one_of = 0
            for each in numbers.either:
                one_of |= self._bits(each)
            found &= one_of
        for each in numbers.without:
            found &= ~self._bits(each)
        return found


class Opened:
    """The volumes of one search. Of one snapshot."""

    def __init__(self) -> None:
        self._ask(frozenset(), 0)

    def _ask(self, words: frozenset[int], below: int) -> None:
        self._words = words
        self._below = below
        self._volumes: list[Volume] = []
        self._most = _FIRST
        self._all_from: int | None = None
        """There are no others with a post from this one on."""

    def batches(self, db: Snapshot, numbers: Numbers, below: int, least: int) -> Iterator[list[Volume]]:
        """Yield the volumes with posts between ``least`` and ``below``, some at once."""
        first, others = _short(numbers.words), _short((*numbers.either, *numbers.without))
        if below != self._below or not first | others <= self._words:
            self._ask(first | others, below)
        done = 0
        while True:
            there = [each for each in self._volumes[done:] if each.newest >= least]
            if there:
                self._read(db, there, first)
                self._read(db, [each for each in there if each.has(numbers.words)], others)
                yield there
            done += len(there)
            if done < len(self._volumes) or (self._all_from is not None and self._all_from <= least):
                return
            self._look(db, first if first and self._volumes else self._words, below, least)

    def _look(self, db: Snapshot, words: Collection[int], below: int, least: int) -> None:
        """Open the next volumes. Of the first ones whatever is asked, of others only what has to be in them."""
        found = db.all(
            _LOOK,
            words=array(words),
            below=below,
            least=least,
            most=self._most,
            skip=len(self._volumes),
            rows=volume.ROWS,
        )
        for (number, newest, top), pages in groupby(found, key=itemgetter(0, 1, 2)):
            places = volume.POSTS
            if newest >= below:
                places = (top - number * volume.ROWS + 1) * PLACES if top is not None else 0
            self._volumes.append(Volume(number, newest, places, {word: page for *_, word, page in pages}))
        if len(found) < self._most * max(len(words), 1):
            self._all_from = least
        self._most *= 8

    @staticmethod
    def _read(db: Snapshot, volumes: Sequence[Volume], words: frozenset[int]) -> None:
        """Read pages of volumes that were not read when they were opened."""
        partly = {each.number: each for each in volumes if not words <= each.pages.keys()}
        if partly:
            for number, word, page in db.all(_PAGES, volumes=array(partly), words=array(words)):
                partly[number].pages[word] = page


def _short(numbers: Sequence[int]) -> frozenset[int]:
    return frozenset(map(volume.short, numbers))
