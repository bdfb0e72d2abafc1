"""Hashtags that many people use now. The formula is open: docs/explanation/trends.md."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import bindparam, func, select

from palabre.accounts.model import Standing
from palabre.accounts.tables import account
from palabre.clock import HOUR, MINUTE
from palabre.ids import first_id, time_of
from palabre.posts.hashtags import Hashtag, hashtags_among
from palabre.posts.tables import hashtag, post_hashtag
from palabre.store import Snapshot, among, statement

FRESH = 5 * MINUTE
"""How long a result may be shown before it is counted again, in milliseconds."""
SPAN = 72 * HOUR
"""Older uses count nothing."""
HALF = 12 * HOUR
"""After so long a use counts half as much."""
ACCOUNTS_LEAST = 3
"""Fewer people make no trend."""
MOST = 100
"""So many trends can be paged through."""
_USES = 50_000
"""The newest uses that are looked at, however many there are."""

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
    .where(account.c.discoverable, account.c.standing == Standing.ACTIVE.value, ~account.c.limited)
    .group_by(_newest.c.hashtag, _newest.c.author)
)
_USED = statement(select(hashtag.c.id).where(among(hashtag.c.id, "ids"), hashtag.c.posts_count > 0, hashtag.c.usable))


def ranked(voices: Iterable[tuple[int, int]], now: int) -> list[int]:
    """Order hashtags by their score. ``voices``: one pair of hashtag and newest use (in ms) of each person."""
    weights: dict[int, list[float]] = {}
    for tag, used in voices:
        weights.setdefault(tag, []).append(0.5 ** (max(now - used, 0) / HALF))
    scores = {tag: sum(sorted(each)) for tag, each in weights.items() if len(each) >= ACCOUNTS_LEAST}
    return sorted(scores, key=lambda tag: (-scores[tag], tag))[:MOST]


def still_used(db: Snapshot, found: Collection[Hashtag]) -> list[Hashtag]:
    """Return those that public posts have now, in the same order. One statement."""
    used = set(db.column(_USED, ids=[each.id for each in found])) if found else ()
    return [each for each in found if each.id in used]


def trending_hashtags(db: Snapshot) -> tuple[Hashtag, ...]:
    """Count the trends as of now: at most :data:`MOST` hashtags, the strongest first. Three statements."""
    voices = ((tag, time_of(post)) for tag, post in db.all(_VOICES, since=first_id(db.now - SPAN)))
    order = ranked(voices, db.now)
    found = {each.id: each for each in hashtags_among(db, order)}
    return tuple(found[tag] for tag in order if tag in found)
