"""PostgreSQL: most posts are bound in volumes, whose words take little room; the newest, and what changed, lie loose.

A row with the words of one post takes more than the post, and the index of such rows as much again. So whenever
enough of them lie loose, the oldest are taken from there and written as a volume (``search.volume``). What is deleted
or edited is struck out of its volume afterwards: until then its place leads to a post that is not there, or to one
whose text is looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush, heapreplace, merge
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Final

from palabre.ids import PostId
from palabre.search import numbered, volume
from palabre.search.numbered import Numbers
from palabre.store import Snapshot, Statement, Transaction
from palabre.store.places import PLACES, Placed, at, packed, unpacked

_ROWS: Final = volume.POSTS // PLACES
"""Rows of ``search_post`` of one volume."""
_STRUCK_AT_ONCE: Final = 500
_FIRST: Final = 2
"""Volumes that are looked into at first; then eight times as many, and so on."""
_LOADED: Final = 64
"""Matches whose posts are looked up at once."""

# Nobody runs these on SQLite, whose index is small as it is.
_UNTIDY = Statement(
    "SELECT 0",
    "SELECT EXISTS (SELECT FROM search_gone) OR EXISTS (SELECT FROM search_volume WHERE gone)"
    " OR (SELECT count(*) FROM search_loose) >= %(most)s",
)
_TAKE_LOOSE = Statement(
    "SELECT 1",
    "WITH oldest AS (SELECT post FROM search_loose ORDER BY post LIMIT %(most)s FOR UPDATE SKIP LOCKED)"
    " DELETE FROM search_loose USING oldest WHERE search_loose.post = oldest.post"
    " RETURNING search_loose.post, search_loose.words",
)
_NEXT = Statement("SELECT 1", "SELECT coalesce(max(volume), 0) + 1 FROM search_volume")
_ADD_VOLUME = Statement(
    "SELECT 1",
    "INSERT INTO search_volume (volume, oldest, newest, gone) VALUES (%(volume)s, %(oldest)s, %(newest)s, FALSE)",
)
_ADD_PAGE = Statement(
    "SELECT 1", "INSERT INTO search_page (volume, word, page) VALUES (%(volume)s, %(word)s, %(page)s::bytea)"
)
_ADD_ROW = Statement(
    "SELECT 1",
    "INSERT INTO search_post (doc, packed) VALUES (%(row)s, %(packed)s::bytea)"
    " ON CONFLICT (doc) DO UPDATE SET packed = excluded.packed",
)
_STRIKE = Statement(
    "SELECT 1",
    "INSERT INTO search_gone (post) SELECT post FROM unnest(%(posts)s::bigint[]) AS p (post)"
    " WHERE EXISTS (SELECT FROM search_volume WHERE oldest <= post AND newest >= post) ON CONFLICT DO NOTHING",
)
_TAKE_GONE = Statement(
    "SELECT 1",
    "WITH taken AS (SELECT post FROM search_gone LIMIT %(most)s FOR UPDATE SKIP LOCKED)"
    " DELETE FROM search_gone USING taken WHERE search_gone.post = taken.post RETURNING search_gone.post",
)
_ROW_OF = Statement(
    "SELECT 1",
    "SELECT v.volume, s.doc, s.packed FROM search_volume v CROSS JOIN LATERAL (SELECT doc, packed FROM search_post"
    " WHERE doc >= v.volume * %(rows)s::bigint AND doc < (v.volume + 1) * %(rows)s::bigint"
    " AND substring(packed FROM 1 FOR 8) <= int8send(%(post)s::bigint) ORDER BY doc DESC LIMIT 1) s"
    " WHERE v.oldest <= %(post)s AND v.newest >= %(post)s",
)
_DROP_ROW = Statement("SELECT 1", "DELETE FROM search_post WHERE doc = %(row)s")
_MARK = Statement("SELECT 1", "UPDATE search_volume SET gone = TRUE WHERE volume = %(volume)s")
_MARKED = Statement("SELECT 1", "SELECT volume FROM search_volume WHERE gone LIMIT 1 FOR UPDATE SKIP LOCKED")
_ROWS_OF = Statement(
    "SELECT 1", "SELECT doc, packed FROM search_post WHERE doc >= %(first)s AND doc < %(first)s + %(rows)s"
)
_PAGES_OF = Statement("SELECT 1", "SELECT word, page FROM search_page WHERE volume = %(volume)s ORDER BY word")
_DROP_PAGE = Statement("SELECT 1", "DELETE FROM search_page WHERE volume = %(volume)s AND word = %(word)s")
_CLEAN = Statement("SELECT 1", "UPDATE search_volume SET gone = FALSE WHERE volume = %(volume)s")
_DROP_VOLUME = Statement("SELECT 1", "DELETE FROM search_volume WHERE volume = %(volume)s")
_LOOK = Statement(
    "SELECT 1",
    "SELECT v.volume, v.newest, v.top, p.page FROM (SELECT volume, newest, CASE WHEN newest >= %(below)s THEN"
    " (SELECT doc FROM search_post WHERE doc >= volume * %(rows)s::bigint AND doc < (volume + 1) * %(rows)s::bigint"
    " AND substring(packed FROM 1 FOR 8) < int8send(%(below)s::bigint) ORDER BY doc DESC LIMIT 1) END AS top"
    " FROM search_volume WHERE newest >= %(least)s AND oldest < %(below)s"
    " ORDER BY newest DESC, volume LIMIT %(most)s OFFSET %(skip)s) AS v"
    " CROSS JOIN unnest(%(words)s::int[]) WITH ORDINALITY AS w (word, at)"
    " LEFT JOIN LATERAL (SELECT page FROM search_page WHERE volume = v.volume AND word <= w.word"
    " ORDER BY word DESC LIMIT 1) AS p ON TRUE ORDER BY v.newest DESC, v.volume, w.at",
)
_LOAD = Statement("SELECT 1", "SELECT doc, packed FROM search_post WHERE doc = ANY(%(rows)s::bigint[])")


# Writing


def strike(tx: Transaction, posts: Iterable[PostId]) -> None:
    """Note of posts that are written anew into the index that what a volume may have of them is to be struck out."""
    tx.run(_STRIKE, posts=list(posts))


def is_untidy(db: Snapshot) -> bool:
    """Tell whether :func:`tidy` has something to do."""
    return bool(db.value(_UNTIDY, most=volume.POSTS))


def tidy(tx: Transaction) -> bool:
    """Do one thing: strike out what is gone, or write one volume; return whether more is left to do."""
    if not is_untidy(tx):
        return False
    tx.wakes.add("purge")  # rows are moved, or taken out
    if gone := tx.column(_TAKE_GONE, most=_STRUCK_AT_ONCE):
        _strike_out(tx, gone)
        return True
    marked = tx.value(_MARKED)
    if marked is not None:
        _write_anew(tx, marked)
        return True
    _bind(tx)
    return is_untidy(tx)


def _bind(tx: Transaction) -> None:
    """Take the oldest loose posts together in a volume."""
    taken = sorted(tx.all(_TAKE_LOOSE, most=volume.POSTS))
    if not taken:
        return
    number = int(tx.value(_NEXT))
    places: dict[int, list[int]] = {}
    for place, (_, words) in enumerate(taken):
        for word in set(map(volume.short, words)):
            places.setdefault(word, []).append(place)
    tx.run(_ADD_VOLUME, volume=number, oldest=taken[0][0], newest=taken[-1][0])
    for word, page in volume.pages(places):
        tx.run(_ADD_PAGE, volume=number, word=word, page=page)
    for start in range(0, len(taken), PLACES):
        posts = {place: Placed(post, 0) for place, (post, _) in enumerate(taken[start : start + PLACES])}
        tx.run(_ADD_ROW, row=number * _ROWS + start // PLACES, packed=packed(posts))


def _strike_out(tx: Transaction, posts: Iterable[int]) -> None:
    """Take posts from their places, so that nothing leads to them."""
    for post in posts:
        for number, row, stored in tx.all(_ROW_OF, post=post, rows=_ROWS):
            there = unpacked(row, stored)
            left = {place: each for place, each in there.items() if each.post != post}
            if left == there:
                continue
            if left:
                tx.run(_ADD_ROW, row=row, packed=packed(left))
            else:
                tx.run(_DROP_ROW, row=row)
            tx.run(_MARK, volume=number)


def _write_anew(tx: Transaction, number: int) -> None:
    """Write the pages of a volume that have words of posts that are gone, without them."""
    first = number * _ROWS
    alive = {
        place - first * PLACES
        for row, stored in tx.all(_ROWS_OF, first=first, rows=_ROWS)
        for place in unpacked(row, stored)
    }
    for word, page in tx.all(_PAGES_OF, volume=number):
        was = dict(volume.all_places(page))
        now = {each: left for each, places in was.items() if (left := [place for place in places if place in alive])}
        if now != was:
            tx.run(_DROP_PAGE, volume=number, word=word)
            for start, anew in volume.pages(now):
                tx.run(_ADD_PAGE, volume=number, word=start, page=anew)
    tx.run(_CLEAN if alive else _DROP_VOLUME, volume=number)


# Finding


class _Found:
    """What one volume has, newest first."""

    def __init__(self, number: int, newest: int, matches: int) -> None:
        self.newest = newest
        self._first_row = number * _ROWS
        self._places = volume.highest(matches)
        self._next: list[int] = []
        self._rows: dict[int, bytes] = {}

    def rows_wanted(self) -> list[int]:
        """Return the rows in which the next matches are; none: there are no more."""
        self._next = list(islice(self._places, _LOADED))
        return sorted({self._first_row + place // PLACES for place in self._next})

    def give(self, rows: dict[int, bytes]) -> None:
        """Take the rows that were wanted."""
        self._rows = rows

    def posts(self, db: Snapshot, below: int, least: int) -> Iterator[int]:
        """Yield the ids of posts, the newest first."""
        while self._next or (rows := self.rows_wanted()):
            if not self._rows:
                self._rows = dict(db.all(_LOAD, rows=rows))
            for place in self._next:
                stored = self._rows.get(self._first_row + place // PLACES)
                who = at(stored, place) if stored is not None else None
                if who is None or who.post >= below:
                    continue
                if who.post < least:
                    return
                yield who.post
            self._next, self._rows = [], {}


def matching(db: Snapshot, numbers: Numbers, below: int, least: int, wanted: int) -> Iterator[int]:
    """Yield the ids of posts, loose or bound, newest first; see :func:`palabre.search.numbered.matching`."""
    look = numbered.look(db, numbers, below, least)
    loose = numbered.matching(db, numbers, look, least, wanted)
    held: list[int] = []
    for each in loose:
        if look.bound >= each:
            held.append(each)
            break
        yield each
    if look.bound < least:
        return
    last = None
    for each in merge(chain(held, loose), _bound(db, numbers, below, least), reverse=True):
        if each != last:  # it may be loose and not yet struck out of its volume
            yield each
        last = each


def _bound(db: Snapshot, numbers: Numbers, below: int, least: int) -> Iterator[int]:
    """Yield what volumes have. Those of imported posts may overlap; a volume is read when its newest may be next."""
    open_ones: list[tuple[int, int, Iterator[int]]] = []
    for at_volume, found in enumerate(_volumes(db, numbers, below, least)):
        while open_ones and -open_ones[0][0] > found.newest:
            yield _step(open_ones)
        posts = found.posts(db, below, least)
        if (first := next(posts, None)) is not None:
            heappush(open_ones, (-first, at_volume, posts))
    while open_ones:
        yield _step(open_ones)


def _step(open_ones: list[tuple[int, int, Iterator[int]]]) -> int:
    """Take the newest post of the volumes that are open, and look up the one after it."""
    newest, at_volume, posts = open_ones[0]
    following = next(posts, None)
    if following is None:
        heappop(open_ones)
    else:
        heapreplace(open_ones, (-following, at_volume, posts))
    return -newest


def _volumes(db: Snapshot, numbers: Numbers, below: int, least: int) -> Iterator[_Found]:
    """Yield the volumes that have something, those with the newest posts first."""
    words = list(map(volume.short, (*numbers.words, *numbers.either, *numbers.without)))
    skip, most = 0, _FIRST
    while True:
        rows = db.all(_LOOK, words=words, below=below, least=least, most=most, skip=skip, rows=_ROWS)
        batch = []
        for (number, newest, top), pages in groupby(rows, key=itemgetter(0, 1, 2)):
            matches = _matches(numbers, words, [page for *_, page in pages])
            if newest >= below:
                matches &= (1 << ((top - number * _ROWS + 1) * PLACES)) - 1 if top is not None else 0
            if matches:
                batch.append(_Found(number, newest, matches))
        _load_some(db, batch)
        yield from batch
        if len(rows) < most * len(words):
            return
        skip, most = skip + most, most * 8


def _load_some(db: Snapshot, batch: Sequence[_Found]) -> None:
    """Look up the first matches of as many volumes as will be asked for, all at once."""
    asked: list[_Found] = []
    rows: list[int] = []
    for found in batch:
        rows += found.rows_wanted()
        asked.append(found)
        if len(rows) >= _LOADED:
            break
    if rows:
        loaded = dict(db.all(_LOAD, rows=rows))
        for found in asked:
            found.give(loaded)


def _matches(numbers: Numbers, words: Sequence[int], pages: Sequence[bytes | None]) -> int:
    """Return the places of a volume that fit, as bits. ``pages``: for each of ``words`` the one that may have it."""
    read = ((volume.bits(page, word) if page else 0) for word, page in zip(words, pages, strict=True))
    found = (1 << volume.POSTS) - 1
    for _ in numbers.words:
        found &= next(read)
        if not found:
            return 0
    if numbers.either:
        one_of = 0
        for _ in numbers.either:
            one_of |= next(read)
        found &= one_of
    for unwanted in read:
        found &= ~unwanted
    return found
