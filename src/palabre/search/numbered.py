"""Posts by the numbers of their words, on PostgreSQL: newest first, by whichever of two ways is the shorter.

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

from palabre.store import Snapshot, Statement

_LOOK: Final = 300
"""Newest posts that are read first: a third of a millisecond."""
_STRIDE: Final = 10_000
"""Posts that are read at once, at most."""
_MOST: Final = 800
"""Matches that are fetched through the index."""

# Nobody runs these on SQLite, which has an index with an order.
_BACKWARDS = Statement(
    "SELECT 1",
    "SELECT coalesce(array_agg(doc ORDER BY doc DESC) FILTER (WHERE words @> %(words)s::int[]"
    " AND NOT words && %(without)s::int[] AND (%(all)s OR words && %(either)s::int[])), '{}'),"
    " min(doc), count(*), (SELECT reltuples FROM pg_class WHERE oid = 'search_post'::regclass)"
    " FROM (SELECT doc, words FROM search_post WHERE doc < %(below)s AND doc >= %(least)s"
    " ORDER BY doc DESC LIMIT %(rows)s) AS newest",
)
_FIND = "SELECT doc FROM search_post WHERE words @> %({})s::int[] AND NOT words && %(without)s::int[]"
_RANGE = " WHERE doc < %(below)s AND doc >= %(least)s ORDER BY doc DESC LIMIT %(most)s"
_BY_WORDS = Statement(
    "SELECT 1", f"WITH found AS MATERIALIZED ({_FIND.format('first')}) SELECT doc FROM found{_RANGE}"
)
_BY_WORDS_OF_TWO = Statement(
    "SELECT 1",
    f"WITH found AS MATERIALIZED ({_FIND.format('first')} UNION {_FIND.format('second')})"
    f" SELECT doc FROM found{_RANGE}",
)


class Numbers(NamedTuple):
    """What is looked for."""

    words: Sequence[int]
    """All of them must be there."""
    without: Sequence[int]
    """None of them may."""
    either: Sequence[int] = ()
    """One of these, at most two, must be there too; none: that does not matter."""


def matching(db: Snapshot, numbers: Numbers, below: int, least: int, wanted: int) -> Iterator[int]:
    """Yield the ids of posts, newest first, from ``least`` and below ``below``; ``wanted``: about so many are."""
    rows, seen, hits = _LOOK, 0, 0
    while True:
        found, last, count, total = _backwards(db, numbers, below, least, rows)
        yield from found
        if count < rows:
            return
        seen, hits, below = seen + count, hits + len(found), last
        needed = max(wanted - hits, _LOOK // 10) * seen / hits if hits else math.inf
        if needed >= total * hits / seen:
            break
        rows = min(math.ceil(needed * 1.3), _STRIDE)
    while True:
        through = _through_index(db, numbers, below, least)
        yield from through
        if len(through) < _MOST:
            return
        below = through[-1]


def _backwards(
    db: Snapshot, numbers: Numbers, below: int, least: int, rows: int
) -> tuple[list[int], int, int, float]:
    """Read the newest ``rows``; return what matches, the last id, how many there were, and about how many are."""
    row = db.one(
        _BACKWARDS,
        words=list(numbers.words),
        without=list(numbers.without),
        all=not numbers.either,
        either=list(numbers.either),
        below=below,
        least=least,
        rows=rows,
    )
    found, last, count, total = row or ([], 0, 0, 0)
    return found, last or 0, count, total


def _through_index(db: Snapshot, numbers: Numbers, below: int, least: int) -> list[int]:
    words = [[*numbers.words, each] for each in numbers.either] or [list(numbers.words)]
    which = _BY_WORDS if len(words) == 1 else _BY_WORDS_OF_TWO
    more = {"second": words[1]} if len(words) > 1 else {}
    return db.column(
        which, first=words[0], without=list(numbers.without), below=below, least=least, most=_MOST, **more
    )
