"""A member's year, summed up for the member alone from the posts that are still there."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from enum import StrEnum

import msgspec
from sqlalchemy import bindparam, select
from sqlalchemy.sql.elements import BindParameter

from palabre import clock
from palabre.errors import NotFound
from palabre.graph.tables import follow
from palabre.ids import AccountId, PostId, first_id, time_of
from palabre.posts.model import Part, Visibility
from palabre.posts.tables import annual_report, post
from palabre.store import Snapshot, Transaction, delete, insert, statement, update

_p, _r, _f = post.c, annual_report.c, follow.c
_FIRST_YEAR, _LAST_YEAR = 2000, 2200
_DECEMBER = 12
_TAGS = 5
_POLLS_OF_A_POLLSTER = 10
"""One post in ten."""

_first: BindParameter[int] = bindparam("first")
_end: BindParameter[int] = bindparam("end")
_of_year = (
    _p.author == bindparam("member"),
    _p.id >= _first,
    _p.id < _end,
    _p.visibility != Visibility.WAITING.value,  # it has not appeared
)
_POSTS = statement(
    select(
        _p.id, _p.repost_of, _p.reply_to_author, _p.parts, _p.hashtags, _p.reposts_count, _p.likes_count,
        _p.replies_count,
    ).where(*_of_year)
)  # fmt: skip
_ANY = statement(select(_p.id).where(*_of_year).limit(1))
_FOLLOWERS = statement(select(_f.id).where(_f.followed == bindparam("member"), _f.id >= _first, _f.id < _end))
_FOLLOWED = statement(select(_f.id).where(_f.follower == bindparam("member"), _f.id >= _first, _f.id < _end))
_ASKED = statement(select(_r.year, _r.seen).where(_r.account == bindparam("member")).order_by(_r.year.desc()))
_ASK = insert(annual_report, ignore=True)
_SEE = update(annual_report, _r.account == bindparam("member"), _r.year == bindparam("wanted"), seen=True)
_FORGET = delete(annual_report, _r.account == bindparam("gone"))


class ReportNotFound(NotFound):
    """The member has asked for no report of this year."""

    code = "annual_report.not_found"
    message = "There is no report of this year."


class State(StrEnum):
    """Whether there is a report of a year."""

    AVAILABLE = "available"
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"


class Archetype(StrEnum):
    """What kind of a year it was, not quite seriously."""

    LURKER = "lurker"
    BOOSTER = "booster"
    POLLSTER = "pollster"
    REPLIER = "replier"
    ORACLE = "oracle"


class Month(msgspec.Struct, frozen=True):
    """A month, from 1."""

    month: int
    posts: int
    followed: int
    followers: int


class Year(msgspec.Struct, frozen=True, kw_only=True):
    """What a member did in a year."""

    year: int
    archetype: Archetype
    reposts: int
    replies: int
    alone: int
    """Posts that are neither."""
    most_reposted: PostId | None
    most_liked: PostId | None
    most_answered: PostId | None
    months: tuple[Month, ...]
    hashtags: tuple[tuple[str, int], ...]
    """The most used, with how often."""

    @property
    def posts(self) -> int:
        """Count all."""
        return self.reposts + self.replies + self.alone

    @property
    def best(self) -> list[PostId]:
        """Return the posts that are named, each once."""
        named = (self.most_reposted, self.most_liked, self.most_answered)
        return list(dict.fromkeys(each for each in named if each is not None))


class _Row(msgspec.Struct, frozen=True, array_like=True):
    id: int
    repost_of: int | None
    reply_to_author: int | None
    parts: int
    hashtags: str
    reposts: int
    likes: int
    replies: int


def _bounds(year: int) -> dict[str, int]:
    begin, end = (clock.from_datetime(dt.datetime(each, 1, 1, tzinfo=dt.UTC)) for each in (year, year + 1))
    return {"first": first_id(begin), "end": first_id(end)}


def _is_over(now: int, year: int) -> bool:
    """Tell whether a year is over, or nearly."""
    today = clock.as_datetime(now)
    return year < today.year or (year == today.year and today.month == _DECEMBER)


def state_of(db: Snapshot, member: AccountId, year: int) -> State:
    """Tell whether there is a report, or can be: of a year that is over, or in December, in which he posted."""
    if year in reports_of(db, member):
        return State.AVAILABLE
    if not _FIRST_YEAR <= year <= _LAST_YEAR or not _is_over(db.now, year):
        return State.INELIGIBLE
    return State.INELIGIBLE if db.one(_ANY, member=member, **_bounds(year)) is None else State.ELIGIBLE


def reports_of(db: Snapshot, member: AccountId) -> dict[int, bool]:
    """Return the years for which the member has asked, the last first, and whether he has seen each."""
    return {int(year): bool(seen) for year, seen in db.all(_ASKED, member=member)}


def ask_for(tx: Transaction, member: AccountId, year: int) -> None:
    """Let there be a report of a year, if there can be one."""
    if state_of(tx, member, year) is State.ELIGIBLE:
        tx.run(_ASK, account=member, year=year, seen=False)


def mark_seen(tx: Transaction, member: AccountId, year: int) -> None:
    """Note that the member has seen a report.

    Raises:
        ReportNotFound: he has asked for none.

    """
    if not tx.change(_SEE, member=member, wanted=year):
        raise ReportNotFound


def forget_member(tx: Transaction, gone: AccountId) -> bool:
    """Forget for what an account has asked."""
    tx.run(_FORGET, gone=gone)
    return True


def report(db: Snapshot, member: AccountId, year: int) -> Year:
    """Sum up a year. Four statements.

    Raises:
        ReportNotFound: he has asked for none.

    """
    if year not in reports_of(db, member):
        raise ReportNotFound
    within = {"member": member, **_bounds(year)}
    rows = [_Row(*row) for row in db.all(_POSTS, **within)]
    own = [row for row in rows if row.repost_of is None]
    replies = sum(1 for row in own if row.reply_to_author not in {None, member})
    reposts, alone = len(rows) - len(own), len(own) - replies
    polls = sum(1 for row in own if row.parts & Part.POLL)
    tags = Counter(tag.lower() for row in own for tag in msgspec.json.decode(row.hashtags, type=list[str]))
    months = [
        Counter(clock.as_datetime(time_of(number)).month for number in numbers)
        for numbers in (
            [row.id for row in rows],
            db.column(_FOLLOWED, **within),
            db.column(_FOLLOWERS, **within),
        )
    ]
    return Year(
        year=year,
        archetype=archetype(reposts=reposts, replies=replies, alone=alone, polls=polls),
        reposts=reposts,
        replies=replies,
        alone=alone,
        most_reposted=_best(own, "reposts"),
        most_liked=_best(own, "likes"),
        most_answered=_best(own, "replies"),
        months=tuple(Month(each, *(counted[each] for counted in months)) for each in range(1, 13)),
        hashtags=tuple(tags.most_common(_TAGS)),
    )


def _best(rows: list[_Row], count: str) -> PostId | None:
    best = max(rows, key=lambda row: (getattr(row, count), row.id), default=None)
    return None if best is None or not getattr(best, count) else PostId(best.id)


def archetype(*, reposts: int, replies: int, alone: int, polls: int) -> Archetype:
    """Name a year by what there was most of."""
    own = replies + alone
    if reposts + own < 12:  # not one a month
        return Archetype.LURKER
    if reposts > 2 * own:
        return Archetype.BOOSTER
    if polls * _POLLS_OF_A_POLLSTER >= own:
        return Archetype.POLLSTER
    return Archetype.REPLIER if replies > alone else Archetype.ORACLE
