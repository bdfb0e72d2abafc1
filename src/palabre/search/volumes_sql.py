"""PostgreSQL: most posts are bound in volumes, whose words take little room; the newest, and what changed, lie loose.

A row with the words of one post takes more than the post, and the index of such rows as much again. So whenever
enough of them lie loose, the oldest are taken from there and written as a volume (``search.volume``). What is deleted
or edited is struck out of its volume afterwards: until then its place leads to a post that is not there, or to one
whose text is looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush, heapreplace, merge
from itertools import chain, islice
from typing import Final, NamedTuple

from palabre.ids import PostId
from palabre.search import numbered, volume
from palabre.search.numbered import Numbers
from palabre.search.opened import Opened
from palabre.store import Snapshot, Statement, Transaction, array
from palabre.store.places import PLACES, Placed, at, packed, unpacked

_LOOSE: Final = volume.POSTS // 8
"""So many loose posts are bound: into the newest volume while it has room for them."""
_STRUCK_AT_ONCE: Final = 500
_LOADED: Final = 64
"""Matches whose posts are looked up at once."""

# Nobody runs these on SQLite, whose index is small as it is.
_UNTIDY = Statement(
    "SELECT 0",
    "SELECT EXISTS (SELECT FROM search_gone) OR EXISTS (SELECT FROM search_volume WHERE gone)"
    " OR (SELECT count(*) FROM search_loose) >= %(most)s",
)
_READY = Statement(
    "SELECT 0",
    "SELECT NOT EXISTS (SELECT FROM search_gone) AND NOT EXISTS (SELECT FROM search_volume WHERE gone)"
    " AND (SELECT count(*) FROM search_loose) >= %(most)s",
)
_TAKE_LOOSE = Statement(
    "SELECT 1",
    "WITH oldest AS (SELECT post FROM search_loose ORDER BY post LIMIT %(most)s FOR UPDATE SKIP LOCKED)"
    " DELETE FROM search_loose USING oldest WHERE search_loose.post = oldest.post"
    " RETURNING search_loose.post, search_loose.words",
)
_SEE_LOOSE = Statement("SELECT 1", "SELECT post, words FROM search_loose ORDER BY post LIMIT %(most)s")
_NEWEST = Statement("SELECT 1", "SELECT coalesce(max(volume), 0) FROM search_volume")
_ADD_VOLUME = Statement(
    "SELECT 1",
    "INSERT INTO search_volume (volume, oldest, newest, gone) VALUES (%(volume)s, %(oldest)s, %(newest)s, FALSE)"
    " ON CONFLICT (volume) DO UPDATE SET oldest = excluded.oldest, newest = excluded.newest",
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
_DROP_PAGES = Statement("SELECT 1", "DELETE FROM search_page WHERE volume = %(volume)s")
_DROP_ROWS = Statement("SELECT 1", "DELETE FROM search_post WHERE doc >= %(first)s AND doc < %(first)s + %(rows)s")
_DROP_PAGE = Statement("SELECT 1", "DELETE FROM search_page WHERE volume = %(volume)s AND word = %(word)s")
_CLEAN = Statement("SELECT 1", "UPDATE search_volume SET gone = FALSE WHERE volume = %(volume)s")
_DROP_VOLUME = Statement("SELECT 1", "DELETE FROM search_volume WHERE volume = %(volume)s")
_LOAD = Statement("SELECT 1", "SELECT doc, packed FROM search_post WHERE doc = ANY(%(rows)s::bigint[])")


# Writing


def strike(tx: Transaction, posts: Iterable[PostId]) -> None:
    """Note of posts that are written anew into the index that what a volume may have of them is to be struck out."""
    tx.run(_STRIKE, posts=array(posts))


def is_untidy(db: Snapshot) -> bool:
    """Tell whether :func:`tidy` has something to do."""
    return bool(db.value(_UNTIDY, most=_LOOSE))


class Bound(NamedTuple):
    """A volume, ready to be written: what it is made of, and its rows."""

    number: int
    there: dict[int, int]
    """The posts that it has, by their places."""
    taken: dict[int, list[int]]
    """The words of the loose posts that it takes up."""
    posts: list[int]
    """All of these, in order."""
    pages: list[tuple[int, bytes]]


def prepare(db: Snapshot) -> Bound | None:
    """Make the next volume, if that is what :func:`tidy` would do.

    It takes half a second and more, for which nobody who writes should have to wait.
    """
    if not db.value(_READY, most=_LOOSE):
        return None
    number, there = _open(db)
    return _made(db, number, there, dict(db.all(_SEE_LOOSE, most=volume.POSTS - len(there))))


def tidy(tx: Transaction, prepared: Bound | None = None) -> bool:
    """Do one thing: strike out what is gone, or write a volume; return whether more is left to do."""
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
    _bind(tx, prepared)
    return is_untidy(tx)


def _bind(tx: Transaction, prepared: Bound | None) -> None:
    """Take the oldest loose posts into the newest volume, or into a new one if that has no room for many."""
    number, there = _open(tx)
    taken = dict(tx.all(_TAKE_LOOSE, most=volume.POSTS - len(there)))
    if not taken:
        return
    bound = prepared
    if bound is None or (bound.number, bound.there, bound.taken) != (number, there, taken):
        bound = _made(tx, number, there, taken)
    if there:
        tx.run(_DROP_PAGES, volume=number)
        tx.run(_DROP_ROWS, first=number * volume.ROWS, rows=volume.ROWS)
    posts = bound.posts
    tx.run(_ADD_VOLUME, volume=number, oldest=posts[0], newest=posts[-1])
    for word, page in bound.pages:
        tx.run(_ADD_PAGE, volume=number, word=word, page=page)
    for start in range(0, len(posts), PLACES):
        row = {place: Placed(post, 0) for place, post in enumerate(posts[start : start + PLACES])}
        tx.run(_ADD_ROW, row=number * volume.ROWS + start // PLACES, packed=packed(row))


def _open(db: Snapshot) -> tuple[int, dict[int, int]]:
    """Return the number of the volume that takes up the next posts, and which it has, by their places."""
    number = int(db.value(_NEWEST))
    there = _posts_of(db, number)
    return (number, there) if 0 < len(there) <= volume.POSTS - _LOOSE else (number + 1, {})


def _made(db: Snapshot, number: int, there: dict[int, int], taken: dict[int, list[int]]) -> Bound:
    posts = sorted({*there.values(), *taken})
    place_of = {post: place for place, post in enumerate(posts)}
    places = _places_again(db, number, {was: place_of[post] for was, post in there.items() if post not in taken})
    for post, words in taken.items():
        for word in set(map(volume.short, words)):
            places.setdefault(word, []).append(place_of[post])
    written = volume.pages({word: sorted(found) for word, found in places.items()})
    return Bound(number, there, taken, posts, list(written))


def _posts_of(db: Snapshot, number: int) -> dict[int, int]:
    """Return the posts of a volume by their places in it."""
    first = number * volume.ROWS
    rows = db.all(_ROWS_OF, first=first, rows=volume.ROWS)
    return {
        place - first * PLACES: each.post for row, stored in rows for place, each in unpacked(row, stored).items()
    }


def _places_again(db: Snapshot, number: int, now: Mapping[int, int]) -> dict[int, list[int]]:
    """Return the places of each word of a volume as they will be; ``now``: by what they were; others are gone."""
    found: dict[int, list[int]] = {}
    if now:
        for _, page in db.all(_PAGES_OF, volume=number):
            for word, places in volume.all_places(page):
                if left := [now[place] for place in places if place in now]:
                    found[word] = left
    return found


def _strike_out(tx: Transaction, posts: Iterable[int]) -> None:
    """Take posts from their places, so that nothing leads to them."""
    for post in posts:
        for number, row, stored in tx.all(_ROW_OF, post=post, rows=volume.ROWS):
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
    alive = _posts_of(tx, number)
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
        self._first_row = number * volume.ROWS
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
                self._rows = dict(db.all(_LOAD, rows=array(rows)))
            for place in self._next:
                stored = self._rows.get(self._first_row + place // PLACES)
                who = at(stored, place) if stored is not None else None
                if who is None or who.post >= below:
                    continue
                if who.post < least:
                    return
                yield who.post
            self._next, self._rows = [], {}


def matching(db: Snapshot, numbers: Numbers, below: int, least: int, wanted: int, opened: Opened) -> Iterator[int]:
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
    for each in merge(chain(held, loose), _bound(db, numbers, below, least, opened), reverse=True):
        if each != last:  # it may be loose and not yet struck out of its volume
            yield each
        last = each


def _bound(db: Snapshot, numbers: Numbers, below: int, least: int, opened: Opened) -> Iterator[int]:
    """Yield what volumes have. Those of imported posts may overlap; a volume is read when its newest may be next."""
    open_ones: list[tuple[int, int, Iterator[int]]] = []
    for at_volume, found in enumerate(_volumes(db, numbers, below, least, opened)):
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


def _volumes(db: Snapshot, numbers: Numbers, below: int, least: int, opened: Opened) -> Iterator[_Found]:
    """Yield the volumes that have something, those with the newest posts first."""
    for batch in opened.batches(db, numbers, below, least):
        found = [_Found(each.number, each.newest, matches) for each in batch if (matches := each.matches(numbers))]
        _load_some(db, found)
        yield from found


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
        loaded = dict(db.all(_LOAD, rows=array(rows)))
        for found in asked:
            found.give(loaded)
