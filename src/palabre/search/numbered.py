"""Loose posts by the numbers of their words, on PostgreSQL: newest first, by whichever of two ways is the shorter.

A GIN index knows no order: it hands over all posts that have a word, however many, before the newest can be chosen.
For a word that stands in every tenth post it is much quicker to read backwards from the newest until there is enough;
for one that stands nowhere else that would read everything. PostgreSQL cannot tell which it is, as it has no
statistics of words. So some of the newest posts are read first, which often is enough; and if not, their share of
matches says which way is shorter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from palabre.store import Snapshot, Statement, array

_LOOK: Final = 300
"""Newest posts that are read first: a third of a millisecond."""
_STRIDE: Final = 10_000
"""Posts that are read at once, at most."""
_LEAST: Final = 8
"""Further matches that are looked for at once, at least."""
_DEARER: Final = 3
"""So much more than a post that is read backwards does one take that the index finds."""
_MOST: Final = 800
"""Matches that are fetched through the index."""

# Nobody runs these on SQLite, which has an index with an order.
_BACKWARDS = Statement(
    "SELECT 1",
    "SELECT coalesce(array_agg(post ORDER BY post DESC) FILTER (WHERE words @> %(words)s::int[]"
    " AND NOT words && %(without)s::int[] AND (%(all)s OR words && %(either)s::int[])), '{}'),"
    " min(post), count(*), (SELECT reltuples FROM pg_class WHERE oid = 'search_loose'::regclass),"
    " (SELECT max(newest) FROM search_volume)"
    " FROM (SELECT post, words FROM search_loose WHERE post < %(below)s AND post >= %(least)s"
    " ORDER BY post DESC LIMIT %(rows)s) AS newest",
)
_FIND = "SELECT post FROM search_loose WHERE words @> %({})s::int[] AND NOT words && %(without)s::int[]"
_RANGE = " WHERE post < %(below)s AND post >= %(least)s ORDER BY post DESC LIMIT %(most)s"
_BY_WORDS = Statement(
    "SELECT 1", f"WITH found AS MATERIALIZED ({_FIND.format('first')}) SELECT post FROM found{_RANGE}"
)
_BY_WORDS_OF_TWO = Statement(
    "SELECT 1",
    f"WITH found AS MATERIALIZED ({_FIND.format('first')} UNION {_FIND.format('second')})"
    f" SELECT post FROM found{_RANGE}",
)


class Numbers(NamedTuple):
    """What is looked for."""

    words: Sequence[int]
    """All of them must be there."""
    without: Sequence[int]
    """None of them may."""
    either: Sequence[int] = ()
    """One of these, at most two, must be there too; none: that does not matter."""


class Look(NamedTuple):
    """What was seen of some posts, from one backwards."""

    found: list[int]
    """Those that fit, newest first."""
    last: int
    """The oldest that was read."""
    rows: int
    """How many were read."""
    total: float
    """About how many there are."""
    bound: int
    """The newest post of all volumes; 0: there are none."""


def look(db: Snapshot, numbers: Numbers, below: int, least: int) -> Look:
    """Read a few posts from ``below`` backwards."""
    return _backwards(db, numbers, below, least, _LOOK)


def matching(db: Snapshot, numbers: Numbers, seen: Look, least: int, wanted: int) -> Iterator[int]:
    """Yield the ids of posts, newest first, to ``least``; ``seen``: the first look; ``wanted``: about so many are."""
    rows, read, hits, now = _LOOK, 0, 0, seen
    while True:
        yield from now.found
        if now.rows < rows:
            return
        read, hits, below = read + now.rows, hits + len(now.found), now.last
        needed = max(wanted - hits, _LEAST) * read / hits if hits else math.inf
        if needed >= _DEARER * now.total * hits / read:
            break
        rows = min(math.ceil(needed * 1.3), _STRIDE)
        now = _backwards(db, numbers, below, least, rows)
    while True:
        through = _through_index(db, numbers, below, least)
        yield from through
        if len(through) < _MOST:
            return
        below = through[-1]


def _backwards(db: Snapshot, numbers: Numbers, below: int, least: int, rows: int) -> Look:
    row = db.one(
        _BACKWARDS,
        words=array(numbers.words),
        without=array(numbers.without),
        all=not numbers.either,
        either=array(numbers.either),
        below=below,
        least=least,
        rows=rows,
    )
    found, last, count, total, bound = row or ([], 0, 0, 0, 0)
    return Look(found, last or 0, count, total, bound or 0)


def _through_index(db: Snapshot, numbers: Numbers, below: int, least: int) -> list[int]:
    words = [array((*numbers.words, each)) for each in numbers.either] or [array(numbers.words)]
    which = _BY_WORDS if len(words) == 1 else _BY_WORDS_OF_TWO
    more = {"second": words[1]} if len(words) > 1 else {}
    return db.column(
        which, first=words[0], without=array(numbers.without), below=below, least=least, most=_MOST, **more
    )
