"""The ranked view: lines of home in the order of a score that anybody can recompute.

The formula is open, in whole numbers only: docs/explanation/ranked-view.md. Nothing goes into it but what is public
about a post, how old its line is, and which of the reader's people like it; nothing about it is stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, func, select

from palabre.accounts.model import Standing
from palabre.accounts.tables import account
from palabre.clock import DAY, HOUR, MINUTE, Instant
from palabre.ids import AccountId, PostId, first_id, time_of
from palabre.posts.tables import post, viewer_post
from palabre.store import Snapshot, among, statement
from palabre.timelines.model import Entry

SPAN = 2 * DAY
"""Older lines are not in the ranked view."""
REACH = 7 * DAY
"""A digest looks back no further."""
MOST = 400
"""So many of the newest lines are looked at, however many there are."""

BASE = 1
"""What a post has that nobody has answered, liked or repeated."""
WEIGHTS = {
    "replies": 4,
    "reposts": 3,
    "quotes": 3,
    "likes": 1,
    "likes_by_followed": 4,
    "ups": 2,
    "downs": -2,
}
HALF_MINUTES = 120
"""A line this old has half the score of a new one; one three times as old a quarter."""
SCALE = 60_000
"""So that whole numbers tell enough scores apart."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the score of a line is made of."""

    replies: int = 0
    reposts: int = 0
    quotes: int = 0
    likes: int = 0
    """Of everybody, the reader's people included."""
    likes_by_followed: int = 0
    """Of people whom the reader follows, made since the oldest line that is ranked may have been written."""
    ups: int = 0
    """Votes on a reply."""
    downs: int = 0
    age_minutes: int = 0
    """Whole minutes since the line came to home: of a repost, since it was reposted."""


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its score and what that is made of."""

    line: Entry
    terms: Terms
    points: int
    score: int


class Counts(NamedTuple):
    """What is counted of a post for everybody, and who wrote it."""

    author: int
    replies: int
    reposts: int
    quotes: int
    likes: int
    ups: int
    downs: int


def points_of(terms: Terms) -> int:
    """Add up what happened with a post, each thing by its weight; never below 0."""
    counted: int = BASE + sum(weight * getattr(terms, name) for name, weight in WEIGHTS.items())
    return max(0, counted)


def score_of(terms: Terms) -> int:
    """Return the score: points, less with age; what is left of the division is dropped."""
    return points_of(terms) * SCALE // (terms.age_minutes + HALF_MINUTES)


_p, _v = post.c, viewer_post.c
_COUNTS = statement(
    select(
        _p.id, _p.author, _p.replies_count, _p.reposts_count, _p.quotes_count, _p.likes_count, _p.ups, _p.downs
    ).where(among(_p.id, "posts"))
)  # fmt: skip
_LIKED = statement(
    select(_v.post, func.count())
    .join_from(viewer_post, account, account.c.id == _v.account)
    .where(
        among(_v.account, "people"),
        _v.liked >= bindparam("since"),
        among(_v.post, "posts"),
        account.c.standing == Standing.ACTIVE.value,
    )
    .group_by(_v.post)
)


def looked_at(lines: Iterable[Entry], since: int) -> list[Entry]:
    """Return which of ``lines``, newest first, are ranked: since an instant, each post once, at most :data:`MOST`."""
    lowest = first_id(since)
    picked: dict[int, Entry] = {}
    for line in lines:
        if line.post < lowest or len(picked) == MOST:
            break
        picked.setdefault(line.original or line.post, line)
    return list(picked.values())


def in_order(
    lines: Iterable[Entry], counts: Mapping[int, Counts], liked: Mapping[int, int], now: Instant
) -> list[Ranked]:
    """Return ``lines`` with their scores, the highest first; of equal ones the newer line first."""
    found = []
    for line in lines:
        shown = line.original or line.post
        if shown not in counts:
            continue  # deleted in this moment
        each = counts[shown]
        terms = Terms(
            replies=each.replies,
            reposts=each.reposts,
            quotes=each.quotes,
            likes=each.likes,
            likes_by_followed=liked.get(shown, 0),
            ups=each.ups,
            downs=each.downs,
            age_minutes=max(now - time_of(line.post), 0) // MINUTE,
        )
        found.append(Ranked(line=line, terms=terms, points=points_of(terms), score=score_of(terms)))
    return sorted(found, key=lambda one: (-one.score, -one.line.post))


def rank(
    db: Snapshot,
    lines: Collection[Entry],
    people: Collection[int],
    since: int,
    *,
    without: AccountId | None = None,
) -> list[Ranked]:
    """Rank lines of a home timeline whose reader follows ``people``. At most two statements.

    ``without`` leaves out what this account wrote.
    """
    if not lines:
        return []
    shown = [PostId(line.original or line.post) for line in lines]
    rows = db.all(_COUNTS, posts=shown)
    counts = {row[0]: Counts(*row[1:]) for row in rows if row[1] != without}
    liked: dict[int, int] = {}
    if people and any(each.likes for each in counts.values()):
        some = [each for each in shown if each in counts and counts[each].likes]
        liked = dict(db.all(_LIKED, people=list(people), since=first_id(since), posts=some))
    return in_order(lines, counts, liked, db.now)


def earliest(since: int | None, now: int, *, span: int = SPAN) -> int:
    """Return from when on lines are ranked: as asked, but not longer ago than ``span``."""
    return max(now - span, since or 0)


LONG_AWAY = 4 * HOUR
"""Who was away for longer is offered a digest."""
