"""Which hashtags may trend: decided by those who run the network, under the operator's policy."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from palabre.config import Trending
from palabre.ids import AccountId
from palabre.moderation.acts import note
from palabre.moderation.model import Act
from palabre.moderation.tables import hashtag_review
from palabre.posts.errors import HashtagNotFound
from palabre.posts.hashtags import Hashtag, hashtags_among
from palabre.store import Snapshot, Transaction, among, statement, upsert

_h = hashtag_review.c
_DECIDED = statement(select(_h.hashtag, _h.trendable).where(among(_h.hashtag, "ids")))
_DECIDE = upsert(hashtag_review, key=["hashtag"], change=["trendable", "decided"])


def decided(db: Snapshot, hashtags: Collection[Hashtag]) -> dict[int, bool]:
    """Return which of these hashtags may trend and which may not; undecided ones are left out. One statement."""
    if not hashtags:
        return {}
    return {number: bool(on) for number, on in db.all(_DECIDED, ids=[each.id for each in hashtags])}


def may_trend(decision: bool | None, policy: Trending) -> bool:  # noqa: FBT001 - what was decided, if anything
    """Decide whether a hashtag is shown among the trends."""
    match policy:
        case "open":
            return decision is not False
        case "review":
            return decision is True
        case "off":
            return False


def shown(db: Snapshot, hashtags: Collection[Hashtag], policy: Trending) -> list[Hashtag]:
    """Return those that may trend, in the same order. One statement, none if nothing trends."""
    if policy == "off":
        return []
    found: Mapping[int, bool] = decided(db, hashtags)
    return [each for each in hashtags if may_trend(found.get(each.id), policy)]


def decide(tx: Transaction, admin: AccountId, number: int, *, trendable: bool) -> Hashtag:
    """Let a hashtag trend, or never; return it.

    Raises:
        HashtagNotFound: no public post has it.

    """
    found = hashtags_among(tx, [number])
    if not found:
        raise HashtagNotFound
    hashtag = found[0]
    tx.run(_DECIDE, hashtag=hashtag.id, trendable=trendable, decided=tx.now)
    note(tx, admin, Act.APPROVE_TREND if trendable else Act.REFUSE_TREND, subject=f"#{hashtag.name}")
    return hashtag
