"""What trends, counted once for all who ask, and of that what may be shown: to a reader, or for review."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

import msgspec

from palabre.cards.model import Card
from palabre.config import Config
from palabre.edge.tally import Tally
from palabre.ids import AccountId
from palabre.moderation.model import Publisher
from palabre.moderation.trending import decided_links, decided_pages, decided_posts, publishers_of
from palabre.moderation.trends_review import decided, may_trend, shown
from palabre.posts.hashtags import Hashtag
from palabre.posts.model import Entry
from palabre.search.trending_links import TrendingLink, standing_links, trending_links
from palabre.search.trending_posts import StillTrends, Trend, one_of_each, standing_posts, trending_posts
from palabre.search.trends import FRESH, MOST, still_used, trending_hashtags
from palabre.store import Database, Snapshot


class ReviewedHashtag(msgspec.Struct, frozen=True):
    """A hashtag that many use, and what was decided about it."""

    hashtag: Hashtag
    decision: bool | None


class ReviewedPost(msgspec.Struct, frozen=True):
    """A post that many like, and what was decided about it."""

    entry: Entry
    author: AccountId
    decision: bool | None


class ReviewedLink(msgspec.Struct, frozen=True):
    """A page that many link, and what was decided about it and about its publisher."""

    link: TrendingLink
    own: bool | None
    """What was decided about the page itself."""
    decision: bool | None
    """That, or what was decided about its publisher."""


class Trending:
    """The trends of a network. Counted when somebody asks and the last result is old; nothing is stored."""

    def __init__(self, database: Database, config: Config) -> None:
        self._db = database
        self._policy = config.trends
        self._sensitive = config.trends_sensitive
        self._hashtags = Tally(trending_hashtags, FRESH)
        self._posts = Tally(partial(trending_posts, sensitive=self._sensitive), FRESH)
        self._links = Tally(partial(trending_links, sensitive=self._sensitive), FRESH)

    # For readers: nothing is read if nothing may trend

    async def hashtags(self) -> list[Hashtag]:
        """Return the hashtags that trend, the strongest first. At most two statements."""
        if self._policy == "off":
            return []
        return await self._db.read(self._shown_hashtags, await self._hashtags.get(self._db))

    def _shown_hashtags(self, db: Snapshot, counted: Collection[Hashtag]) -> list[Hashtag]:
        return shown(db, still_used(db, counted), self._policy)

    async def posts(self, viewer: AccountId | None) -> list[Entry]:
        """Return the posts that trend, as ``viewer`` may see them, the strongest first. At most two statements."""
        if self._policy == "off":
            return []
        return await self._db.read(self._shown_posts, viewer, await self._posts.get(self._db))

    def _shown_posts(self, db: Snapshot, viewer: AccountId | None, counted: Collection[Trend]) -> list[Entry]:
        found = standing_posts(db, viewer, counted, sensitive=self._sensitive)
        decisions = decided_posts(db, [each.entry.post for each in found])
        may = (each for each in found if may_trend(decisions.get(each.entry.post), self._policy))
        return one_of_each(may)[:MOST]

    async def links(self) -> list[TrendingLink]:
        """Return the pages that trend, the strongest first. At most three statements."""
        if self._policy == "off":
            return []
        return await self._db.read(self._shown_links, await self._links.get(self._db))

    def _shown_links(self, db: Snapshot, counted: Collection[TrendingLink]) -> list[TrendingLink]:
        found = standing_links(db, counted, sensitive=self._sensitive)
        decisions = decided_links(db, [each.card for each in found])
        return [each for each in found if may_trend(decisions.get(each.card.id), self._policy)]

    # For review: counted whatever the policy is

    async def recount(self) -> None:
        """Count everything as of now, for whoever is about to decide."""
        await self._hashtags.get(self._db, anew=True)
        await self._posts.get(self._db, anew=True)
        await self._links.get(self._db, anew=True)

    async def hashtags_to_review(self) -> list[ReviewedHashtag]:
        """Return the hashtags that many use, with what was decided about them."""
        return await self._db.read(self._judged_hashtags, await self._hashtags.get(self._db))

    @staticmethod
    def _judged_hashtags(db: Snapshot, counted: Collection[Hashtag]) -> list[ReviewedHashtag]:
        found = still_used(db, counted)
        decisions = decided(db, found)
        return [ReviewedHashtag(each, decisions.get(each.id)) for each in found]

    async def posts_to_review(self) -> list[ReviewedPost]:
        """Return the posts that many like, whoever hides them, with what was decided about them."""
        return await self._db.read(self._judged_posts, await self._posts.get(self._db))

    def _judged_posts(self, db: Snapshot, counted: Collection[Trend]) -> list[ReviewedPost]:
        found: list[StillTrends] = standing_posts(db, None, counted, sensitive=self._sensitive)
        decisions = decided_posts(db, [each.entry.post for each in found])
        return [ReviewedPost(each.entry, each.author, decisions.get(each.entry.post)) for each in found]

    async def links_to_review(self) -> list[ReviewedLink]:
        """Return the pages that many link, with what was decided about them."""
        return await self._db.read(self._judged_links, await self._links.get(self._db))

    def _judged_links(self, db: Snapshot, counted: Collection[TrendingLink]) -> list[ReviewedLink]:
        found = standing_links(db, counted, sensitive=self._sensitive)
        cards = [each.card for each in found]
        own, decisions = decided_pages(db, cards), decided_links(db, cards)
        return [ReviewedLink(each, own.get(each.card.id), decisions.get(each.card.id)) for each in found]

    async def publishers_to_review(self) -> list[Publisher]:
        """Return the publishers of the pages that many link, with what was decided about them."""
        return await self._db.read(publishers_of, [each.card for each in await self.counted_links()])

    async def counted_links(self) -> Sequence[TrendingLink]:
        """Return the pages that many link, as they were counted last."""
        return await self._links.get(self._db)

    async def linked(self, card: Card) -> TrendingLink:
        """Return a page as it was counted last, or as one that trends no more."""
        known = await self._links.get(self._db)
        return next((each for each in known if each.card.id == card.id), None) or TrendingLink(
            card=card, history=(), voices=()
        )
