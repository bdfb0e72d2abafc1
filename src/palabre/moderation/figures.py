"""Figures for those who run the network, counted when they ask: nothing is collected for them.

Days are those of UTC. Whoever wrote or reposted something on a day was active on it: that is all that is kept of it.
Replies that wait, or were never approved, count for nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam, func, select

from palabre.accounts.tables import account, app, login
from palabre.clock import DAY, Instant
from palabre.ids import first_id
from palabre.media.tables import attachment as media
from palabre.moderation.tables import report
from palabre.posts.model import Visibility
from palabre.posts.tables import post, post_hashtag, viewer_post
from palabre.store import Snapshot, statement

LONGEST = 366
"""Days that are counted at most."""
_DAY: sa.ColumnElement[int] = sa.literal_column(str(first_id(DAY)))
_MOST_LANGUAGES = 50


def _within(column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    return sa.and_(column >= bindparam("first"), column < bindparam("past"))


def _by_day(column: sa.ColumnElement[int], counted: sa.ColumnElement[int]) -> sa.Select[int, int]:
    day = (column // _DAY).label("day")
    return select(day, counted).where(_within(column)).group_by(day)


_NEW_USERS = statement(_by_day(account.c.id, func.count()).join_from(account, login, login.c.account == account.c.id))
_is_out = post.c.visibility != Visibility.WAITING.value
_ACTIVE_USERS = statement(_by_day(post.c.id, func.count(post.c.author.distinct())).where(_is_out))
_OPENED = statement(_by_day(report.c.id, func.count()))
_closed_on = (report.c.closed // sa.literal_column(str(DAY))).label("day")
_RESOLVED = statement(
    select(_closed_on, func.count())
    .where(report.c.closed >= bindparam("since"), report.c.closed < bindparam("until"))
    .group_by(_closed_on)
)
_of_tag = post_hashtag.c.hashtag == bindparam("tag")
_TAG_USES = statement(_by_day(post_hashtag.c.post, func.count()).where(_of_tag))
_TAG_ACCOUNTS = statement(_by_day(post_hashtag.c.post, func.count(post_hashtag.c.author.distinct())).where(_of_tag))
_parts = sa.union_all(
    _by_day(post.c.id, func.count().label("count")).where(
        sa.or_(post.c.repost_of.is_not(None), post.c.reply_to.is_not(None)), _is_out
    ),
    _by_day(viewer_post.c.liked, func.count().label("count")),
).subquery()
_TAG_LANGUAGES = statement(
    select(post.c.language, func.count())
    .join_from(post_hashtag, post, post.c.id == post_hashtag.c.post)
    .where(_within(post_hashtag.c.post), _of_tag, post.c.language.is_not(None), _is_out)
    .group_by(post.c.language)
    .order_by(func.count().desc(), post.c.language)
    .limit(bindparam("most"))
)
_INTERACTIONS = statement(select(_parts.c.day, func.sum(_parts.c.count)).select_from(_parts).group_by(_parts.c.day))
_MEDIA_BYTES = statement(select(func.coalesce(func.sum(media.c.size), 0)))
_SOURCES = statement(
    select(app.c.name, func.count())
    .join_from(account, login, login.c.account == account.c.id)
    .outerjoin(app, app.c.id == login.c.app)
    .where(_within(account.c.id))
    .group_by(app.c.name)
    .order_by(func.count().desc(), app.c.name)
    .limit(bindparam("most"))
)
_LANGUAGES = statement(
    select(post.c.language, func.count())
    .where(_within(post.c.id), post.c.language.is_not(None), _is_out)
    .group_by(post.c.language)
    .order_by(func.count().desc(), post.c.language)
    .limit(bindparam("most"))
)
_activity_day = (post.c.id // _DAY).label("day")
_ACTIVITY = statement(
    select(post.c.author, _activity_day)
    .distinct()
    .join_from(post, login, login.c.account == post.c.author)
    .where(_within(post.c.id), post.c.author >= bindparam("first"), post.c.author < bindparam("past"), _is_out)
)
_JOINED = statement(
    select(account.c.id).join_from(account, login, login.c.account == account.c.id).where(_within(account.c.id))
)


class Span(msgspec.Struct, frozen=True):
    """Whole days, both ends included, counted since 1970."""

    first: int
    last: int

    @property
    def days(self) -> range:
        """Each of them."""
        return range(self.first, self.last + 1)

    def before(self) -> Span:
        """Return as many days before these."""
        return Span(self.first - len(self.days), self.first - 1)

    def bounds(self) -> dict[str, int]:
        """Return the bounds of ids, and of times."""
        since, until = self.first * DAY, (self.last + 1) * DAY
        return {"first": first_id(since), "past": first_id(until), "since": since, "until": until}


def span(start: Instant, end: Instant) -> Span:
    """Return the days from one moment to another, the last :data:`LONGEST` of them."""
    first, last = sorted((start // DAY, end // DAY))
    return Span(max(first, last - LONGEST + 1), last)


_COUNTS = {
    "new_users": _NEW_USERS,
    "active_users": _ACTIVE_USERS,
    "interactions": _INTERACTIONS,
    "opened_reports": _OPENED,
    "resolved_reports": _RESOLVED,
}
_OF_TAG = {"tag_uses": _TAG_USES, "tag_accounts": _TAG_ACCOUNTS}
MEASURES = frozenset({*_COUNTS, *_OF_TAG})


def measure(db: Snapshot, key: str, days: Span, tag: int | None = None) -> dict[int, int] | None:
    """Count ``key`` for each of the days, perhaps of a hashtag; ``None``: it is nothing that is counted."""
    bounds = days.bounds()
    given = {"since": bounds["since"], "until": bounds["until"]}
    if key != "resolved_reports":
        given = {"first": bounds["first"], "past": bounds["past"]}
    if key in _OF_TAG:
        if tag is None:
            return None
        found = dict(db.all(_OF_TAG[key], tag=tag, **given))
    elif key in _COUNTS:
        found = dict(db.all(_COUNTS[key], **given))
    else:
        return None
    return {day: int(found.get(day, 0)) for day in days.days}


def languages(db: Snapshot, days: Span, most: int) -> list[tuple[str, int]]:
    """Return the languages of what was written in those days, the most used first."""
    bounds = days.bounds()
    rows = db.all(_LANGUAGES, first=bounds["first"], past=bounds["past"], most=min(max(most, 1), _MOST_LANGUAGES))
    return [(language, count) for language, count in rows]


def tag_languages(db: Snapshot, days: Span, tag: int, most: int) -> list[tuple[str, int]]:
    """Return the languages of what was written under a hashtag in those days, the most used first."""
    bounds = days.bounds()
    limit = min(max(most, 1), _MOST_LANGUAGES)
    rows = db.all(_TAG_LANGUAGES, first=bounds["first"], past=bounds["past"], tag=tag, most=limit)
    return [(language, count) for language, count in rows]


def sources(db: Snapshot, days: Span, most: int) -> list[tuple[str | None, int]]:
    """Return with which apps those signed up who joined in those days; ``None``: on the pages."""
    bounds = days.bounds()
    limit = min(max(most, 1), _MOST_LANGUAGES)
    rows = db.all(_SOURCES, first=bounds["first"], past=bounds["past"], most=limit)
    return [(name, count) for name, count in rows]


def media_bytes(db: Snapshot) -> int:
    """Return how much space the media take that members have uploaded."""
    return int(db.value(_MEDIA_BYTES))


class Cohort(msgspec.Struct, frozen=True):
    """Who joined in one period, and how many of them were active in it and in each later one."""

    period: int
    joined: int
    active: tuple[tuple[int, int], ...]
    """Pairs of period and count."""


def cohorts(joined: Mapping[int, int], activity: Iterable[tuple[int, int]], periods: list[int]) -> list[Cohort]:
    """Sort members by when they joined. Pure.

    Args:
        joined: member → period in which he joined.
        activity: pairs of member and period in which he was active, more than once if need be.
        periods: all of them, in order.

    """
    sizes: dict[int, int] = defaultdict(int)
    for period in joined.values():
        sizes[period] += 1
    active: dict[tuple[int, int], int] = defaultdict(int)
    for member, period in set(activity):
        if member in joined:
            active[joined[member], period] += 1
    return [
        Cohort(each, sizes[each], tuple((later, active[each, later]) for later in periods if later >= each))
        for each in periods
    ]


def retention(db: Snapshot, days: Span, period_of: Callable[[int], int]) -> list[Cohort]:
    """Return the cohorts of those days; ``period_of`` says in which period a day is. Two statements."""
    bounds = days.bounds()
    read = partial(db.all, first=bounds["first"], past=bounds["past"])
    joined = {number: period_of(number // first_id(DAY)) for (number,) in read(_JOINED)}
    activity = ((author, period_of(int(day))) for author, day in read(_ACTIVITY))
    return cohorts(joined, activity, sorted({period_of(day) for day in days.days}))
