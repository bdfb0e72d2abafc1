"""How much the network was used, week by week: counts of everybody together, kept about nobody."""

from __future__ import annotations

import msgspec
from sqlalchemy import bindparam, func, select

from palabre import clock
from palabre.accounts.queries import active_count
from palabre.accounts.tables import account
from palabre.clock import Instant
from palabre.ids import first_id
from palabre.posts.model import Visibility
from palabre.posts.tables import post
from palabre.store import Snapshot, statement

WEEKS = 12
"""So many are shown, the present one among them."""

_WEEK = 7 * clock.DAY
_MONDAY = 4 * clock.DAY
"""The first Monday after the beginning of 1970, a Thursday."""

_p, _a = post.c, account.c
_in_post = (
    _p.id >= bindparam("first"),
    _p.id < bindparam("end"),
    _p.local,
    _p.visibility != Visibility.WAITING.value,
)
_COUNTS = statement(
    select(
        select(func.count()).select_from(post).where(*_in_post).scalar_subquery(),
        select(func.count(_p.author.distinct())).where(*_in_post).scalar_subquery(),
        select(func.count())
        .select_from(account)
        .where(_a.id >= bindparam("first"), _a.id < bindparam("end"), _a.domain == "")
        .scalar_subquery(),
    )
)


class Activity(msgspec.Struct, frozen=True):
    """One week."""

    week: Instant
    """Its Monday, at midnight UTC."""
    posts: int
    """Posts and reposts of members that have appeared and are still there."""
    active: int
    """Members who were here: of the present week, who used a browser or posted; of those before, who posted, for
    nothing else is kept by the week."""
    joined: int
    """Members who signed up and are still there."""


def last_weeks(now: int) -> list[Instant]:
    """Return the Mondays of the last weeks, the present one first."""
    present = now - (now - _MONDAY) % _WEEK
    return [Instant(present - number * _WEEK) for number in range(WEEKS)]


def activity(db: Snapshot, week: Instant) -> Activity:
    """Count a week. One statement; two for the present one."""
    row = db.one(_COUNTS, first=first_id(week), end=first_id(week + _WEEK))
    posts, authors, joined = row or (0, 0, 0)
    present = db.now - week < _WEEK
    return Activity(week, posts, active_count(db, week) if present else authors, joined)
