"""Pages that many people link now. The formula is that of hashtags: docs/explanation/trends.md."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam, func, select

from palabre.accounts.tables import account
from palabre.cards.model import Card
from palabre.cards.queries import cards_among
from palabre.clock import DAY, Instant
from palabre.ids import PostId, first_id, time_of
from palabre.posts.hashtags import DAYS, Day
from palabre.posts.model import Visibility
from palabre.posts.tables import post
from palabre.search.trending_posts import is_tame, may_carry
from palabre.search.trends import ACCOUNTS_LEAST, SPAN, ranked
from palabre.store import Snapshot, among, statement

_POSTS = 50_000
"""The newest posts with a card that are looked at, however many there are."""
_ASKED_AGAIN = 10
"""So many of a link's newest voices are asked again whenever it is shown."""

_is_public = post.c.visibility == Visibility.PUBLIC.value
_newest = (
    select(post.c.card, post.c.author, post.c.id, post.c.warning, post.c.sensitive)
    .where(post.c.card.is_not(None), _is_public, post.c.id >= bindparam("since"))
    .order_by(post.c.id.desc())
    .limit(_POSTS)
    .subquery("newest")
)
_tame = sa.or_(
    bindparam("sensitive") == 1, sa.and_(_newest.c.warning == "", ~_newest.c.sensitive, ~account.c.sensitized)
)
_VOICES = statement(
    select(_newest.c.card, func.max(_newest.c.id))
    .join_from(_newest, account, account.c.id == _newest.c.author)
    .where(may_carry, _tame)
    .group_by(_newest.c.card, _newest.c.author)
)
_day = (post.c.id // sa.literal_column(str(first_id(DAY)))).label("day")
_USES = statement(
    select(post.c.card, _day, func.count(), func.count(sa.distinct(post.c.author)))
    .where(among(post.c.card, "ids"), post.c.card.is_not(None), _is_public, post.c.id >= bindparam("since"))
    .group_by(post.c.card, _day)
)
_STANDING = statement(
    select(post.c.card, func.count())
    .join_from(post, account, account.c.id == post.c.author)
    .where(among(post.c.id, "ids"), _is_public, may_carry, is_tame)
    .group_by(post.c.card)
)


class TrendingLink(msgspec.Struct, frozen=True, kw_only=True):
    """A page that trends."""

    card: Card
    history: tuple[Day, ...]
    """The public posts with it on the last seven days, today first."""
    voices: tuple[PostId, ...]
    """The newest posts with it, one of each person."""

    @property
    def uses(self) -> int:
        """How many public posts of the last seven days have it."""
        return sum(day.uses for day in self.history)


def trending_links(db: Snapshot, *, sensitive: bool) -> tuple[TrendingLink, ...]:
    """Count the trends as of now: at most :data:`MOST` pages, the strongest first. Three statements."""
    used: dict[int, list[int]] = {}
    for card, number in db.all(_VOICES, since=first_id(db.now - SPAN), sensitive=int(sensitive)):
        used.setdefault(card, []).append(number)
    order = ranked(((card, time_of(each)) for card, posts in used.items() for each in posts), db.now)
    cards = cards_among(db, order)
    history = _history(db, list(cards))
    return tuple(
        TrendingLink(
            card=cards[each],
            history=history[each],
            voices=tuple(PostId(number) for number in sorted(used[each], reverse=True)[:_ASKED_AGAIN]),
        )
        for each in order
        if each in cards
    )


def _history(db: Snapshot, cards: Collection[int]) -> dict[int, tuple[Day, ...]]:
    today = db.now // DAY
    days = range(today, today - DAYS, -1)
    rows = db.all(_USES, ids=list(cards), since=first_id(days[-1] * DAY)) if cards else ()
    uses = {(card, day): (posts, authors) for card, day, posts, authors in rows}
    return {card: tuple(Day(Instant(day * DAY), *uses.get((card, day), (0, 0))) for day in days) for card in cards}


def standing_links(db: Snapshot, counted: Collection[TrendingLink], *, sensitive: bool) -> list[TrendingLink]:
    """Return those of whose newest voices enough count now, in the same order. One statement."""
    if not counted:
        return []
    asked = [number for each in counted for number in each.voices]
    voices = dict(db.all(_STANDING, ids=asked, sensitive=int(sensitive)))
    return [each for each in counted if voices.get(each.card.id, 0) >= ACCOUNTS_LEAST]
