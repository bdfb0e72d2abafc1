"""SQLite: the places of the index of words, and which post stands at each (``store.places``)."""

from __future__ import annotations

from palabre.ids import PostId
from palabre.store import Snapshot, Statement, Transaction
from palabre.store.places import PLACES, Placed, newest_in, packed, row_of, unpacked

_LOOKED_AT = 8
"""Rows at the end, some 500 places, among which the newest post is."""

# Nobody runs these on PostgreSQL, where the place of a post is its id.
_FIRST = Statement("SELECT doc, packed FROM search_post ORDER BY doc LIMIT 1")
_LAST = Statement("SELECT doc, packed FROM search_post ORDER BY doc DESC LIMIT :most", "SELECT 1 LIMIT %(most)s")
_ROW = Statement("SELECT packed FROM search_post WHERE doc = :row", "SELECT %(row)s")
_KEEP = Statement(
    "INSERT OR REPLACE INTO search_post (doc, packed) VALUES (:row, :packed)", "SELECT %(row)s, %(packed)s"
)
_FOUND = Statement("SELECT rowid FROM search_index WHERE search_index MATCH :place", "SELECT %(place)s")
_FROM = Statement("SELECT doc, packed FROM search_post WHERE doc >= :row ORDER BY doc LIMIT 1", "SELECT %(row)s")


class Places:
    """The places of the index, as one transaction reads them and adds to them; :meth:`keep` writes what it added."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._rows: dict[int, dict[int, Placed]] = {}
        self._changed: set[int] = set()
        self._first: int | None = None
        self._last: int | None = None
        self.newest = PostId(0)
        """The newest post of the last five hundred; 0: there is none."""
        for row, stored in tx.all(_LAST, most=_LOOKED_AT):
            self.newest = max(self.newest, PostId(newest_in(stored)))
            if self._last is None:
                self._rows[row] = unpacked(row, stored)
                self._last = max(self._rows[row])

    def find(self, place: str, post: PostId) -> tuple[int, int] | None:
        """Return place and traits of a post, if it is there; ``place``: ``markup.words.place_of`` it."""
        for each in self._tx.column(_FOUND, place=place):
            found = self._row(row_of(each)).get(each)
            if found is not None and found.post == post:
                return each, found.traits
        return None

    def place_for(self, post: PostId, *, old_gap: int) -> int:
        """Return a place for a post that has none; see :func:`palabre.search.sql.put`."""
        if self._last is None:
            self._first = self._last = 0
            return 0
        if post < self.newest - old_gap:
            if self._first is None:
                first = self._tx.one(_FIRST)
                self._first = min(unpacked(*first)) if first is not None else 0
            self._first -= 1
            return self._first
        self._last += 1
        return self._last

    def put(self, place: int, post: PostId, traits: int) -> None:
        """Let a post stand at a place."""
        row = row_of(place)
        self._row(row)[place] = Placed(post, traits)
        self._changed.add(row)
        if place >= 0:
            self.newest = max(self.newest, post)

    def keep(self) -> None:
        """Write what was added."""
        for row in sorted(self._changed):
            self._tx.run(_KEEP, row=row, packed=packed(self._rows[row]))
        self._changed.clear()

    def _row(self, row: int) -> dict[int, Placed]:
        if row not in self._rows:
            stored = self._tx.value(_ROW, row=row)
            self._rows[row] = unpacked(row, stored) if stored is not None else {}
        return self._rows[row]


def ranges(db: Snapshot, since: int, before: int, *, slack: int) -> list[tuple[int, int]]:
    """Return the ranges of places, from and below, that may hold posts of a time; the newest first.

    Places of what is written today grow with the ids, give or take ``slack``; imported posts have those below 0.
    """
    first, last = db.one(_FIRST), db.one(_LAST, most=1)
    if first is None or last is None:
        return []
    end = int(last[0]) + 1
    low = max(_first_row(db, since - slack, end) - 1, 0) * PLACES
    found = [(low, _first_row(db, before + slack, end) * PLACES)]
    return [*found, (first[0] * PLACES, 0)] if first[0] < 0 else found


def _first_row(db: Snapshot, post: int, end: int) -> int:
    """Return the first row, of those from 0 and below ``end``, that begins with ``post`` or later, by halving."""
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        found = db.one(_FROM, row=middle)
        if found is None or next(iter(unpacked(*found).values())).post >= post:
            high = middle
        else:
            low = int(found[0]) + 1
    return low
