"""Hashtags that many people use now. The formula is open: docs/explanation/trends.md."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import bindparam, func, select

from palabre.accounts.model import Standing
from palabre.accounts.tables import account
from palabre.clock import HOUR, MINUTE, Instant
from palabre.ids import first_id, time_of
from palabre.posts.hashtags import Hashtag, hashtags_among
from palabre.posts.tables import post_hashtag
from palabre.store import Snapshot, statement

FRESH = 5 * MINUTE
"""How long a result is shown before it is counted again, in milliseconds."""
SPAN = 72 * HOUR
"""Older uses count nothing."""
HALF = 12 * HOUR
"""After so long a use counts half as much."""
ACCOUNTS_LEAST = 3
"""Fewer people make no trend."""
MOST = 100
"""So many trends can be paged through."""
_USES = 50_000
"""The newest uses that are looked at; work is bounded, however much is written."""

_u = post_hashtag.c
_newest = (
    select(_u.hashtag, _u.author, _u.post)
    .where(_u.post >= bindparam("since"))
    .order_by(_u.post.desc())
    .limit(_USES)
    .subquery()
)
_VOICES = statement(
    select(_newest.c.hashtag, func.max(_newest.c.post))
    .join_from(_newest, account, account.c.id == _newest.c.author)
    .where(account.c.discoverable, account.c.standing == Standing.ACTIVE.value)
    .group_by(_newest.c.hashtag, _newest.c.author)
)


class Counted(msgspec.Struct, frozen=True):
    """The trends as of a moment, the strongest first."""

    at: Instant
    hashtags: tuple[Hashtag, ...]


class Trends:
    """The last result, kept in memory. Nothing is lost with it: it is counted again from the posts."""

    def __init__(self) -> None:
        self._counted: Counted | None = None

    def hashtags(self, db: Snapshot) -> tuple[Hashtag, ...]:
        """Return at most :data:`MOST` hashtags; three statements once in :data:`FRESH`, none otherwise."""
        counted = self._counted
        if counted is None or not 0 <= db.now - counted.at < FRESH:
            counted = self._counted = Counted(db.now, tuple(trending_hashtags(db)))
        return counted.hashtags


def ranked(voices: Iterable[tuple[int, int]], now: int) -> list[int]:
    """Order hashtags by their score. ``voices``: one pair of hashtag and newest use (in ms) of each person."""
    weights: dict[int, list[float]] = {}
    for tag, used in voices:
        weights.setdefault(tag, []).append(0.5 ** (max(now - used, 0) / HALF))
    scores = {tag: sum(sorted(each)) for tag, each in weights.items() if len(each) >= ACCOUNTS_LEAST}
    return sorted(scores, key=lambda tag: (-scores[tag], tag))[:MOST]


def trending_hashtags(db: Snapshot) -> list[Hashtag]:
    """Count the trends as of now. Three statements."""
    voices = ((tag, time_of(post)) for tag, post in db.all(_VOICES, since=first_id(db.now - SPAN)))
    order = ranked(voices, db.now)
    found = {each.id: each for each in hashtags_among(db, order)}
    return [found[tag] for tag in order if tag in found]
