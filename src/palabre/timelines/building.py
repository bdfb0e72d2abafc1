"""Windows of home timelines and lists from the database, and pages below them: one pull through indexes."""

from __future__ import annotations

from palabre import clock
from palabre.graph.lists import excluded_from_home, list_of, members_of
from palabre.graph.queries import follows_of, hidden_from
from palabre.ids import AccountId, PostId, first_id
from palabre.paging import NEWEST, Window
from palabre.posts.queries import marks_of
from palabre.posts.tags import followed_hashtags
from palabre.store import Snapshot
from palabre.timelines import rules, sql
from palabre.timelines.home import MOST, Home
from palabre.timelines.model import Entry
from palabre.timelines.rules import Candidate, Taste

_FIRST_SPAN = 6 * clock.HOUR
_BATCH = 1_000


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
        tags=followed_hashtags(db, reader),
        apart=excluded_from_home(db, reader),
    )


def _list_taste(db: Snapshot, taste: Taste, number: int) -> Taste:
    """Return what stands in a list of the owner of ``taste``.

    Raises:
        ListNotFound: he has no such list.

    """
    found = list_of(db, taste.reader, number)
    members = members_of(db, taste.reader, number)
    return taste._replace(members=frozenset(members), replies=found.replies, tags=frozenset(), apart=frozenset())


def _collect(
    db: Snapshot, taste: Taste, *, upper: int, lower: int, wanted: int, upwards: bool = False
) -> tuple[list[Candidate], bool]:
    """Pull until ``wanted`` lines belong, or nothing is left; tell whether nothing is left."""
    authors, tags = list(taste.authors), list(taste.tags)
    kept: list[Candidate] = []
    if upwards:
        while len(kept) < wanted:
            rows = sql.pull(db, authors, tags, lower=lower, upper=upper, most=_BATCH, upwards=True)
            kept += [row for row in rows if rules.belongs(row, taste)]
            if len(rows) < _BATCH:
                return kept, True
            lower = rows[-1].post
        return kept, False
    span = _FIRST_SPAN
    newest = min(upper, first_id(db.now + clock.MINUTE))
    floor = max(lower, newest - first_id(span))
    while True:
        rows = sql.pull(db, authors, tags, lower=floor, upper=upper, most=_BATCH)
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
    home = _fill(db, _taste(db, reader))
    shown = {PostId(home.originals.get(post, post)) for post in home.ids}
    if shown:
        marks = marks_of(db, reader, shown)
        home.learn_marks(((post, int(marks.get(post, 0))) for post in shown), home.marked)
    return home


def build_list(db: Snapshot, taste: Taste, number: int) -> Home:
    """Build the window of a list, without marks: the home window of the owner, whose ``taste`` is given, has those.

    Raises:
        ListNotFound: he has no such list.

    """
    return _fill(db, _list_taste(db, taste, number))


def _fill(db: Snapshot, taste: Taste) -> Home:
    found, complete = _collect(db, taste, upper=NEWEST, lower=0, wanted=MOST // 2)
    home = Home(taste, complete=complete, expires=sql.first_mute_to_end(db, taste.reader))
    for candidate in reversed(found[:MOST]):
        home.add(candidate.post, candidate.repost_of or 0)
    return home


def deep_page(db: Snapshot, reader: AccountId, window: Window) -> list[Entry]:
    """Return a page that lies below the window in memory, from the same query."""
    return _deep(db, _taste(db, reader), window)


def deep_list_page(db: Snapshot, reader: AccountId, number: int, window: Window) -> list[Entry]:
    """Return a page of a list that lies below the window in memory, from the same query.

    Raises:
        ListNotFound: the reader has no such list.

    """
    return _deep(db, _list_taste(db, _taste(db, reader), number), window)


def _deep(db: Snapshot, taste: Taste, window: Window) -> list[Entry]:
    reader = taste.reader
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
