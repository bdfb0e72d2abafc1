"""What trends: pages that are linked, and all of it as those who run the network see it."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.preview_card import PreviewCard, preview_card
from palabre.api.mastodon.entities.status import Status
from palabre.api.mastodon.entities.tag import History, history
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.ids import Kind
from palabre.moderation.model import Publisher
from palabre.search.trending_links import TrendingLink


class TrendsLink(PreviewCard, frozen=True, kw_only=True):
    """A page that trends."""

    history: list[History]


class AdminTrendsLink(TrendsLink, frozen=True, kw_only=True):
    """A page that many link, whether or not it is shown."""

    id: str
    requires_review: bool


class AdminTrendsStatus(Status, frozen=True, kw_only=True):
    """A post that many like, whether or not it is shown among the trends."""

    requires_review: bool


class AdminPublisher(msgspec.Struct, frozen=True, kw_only=True):
    """The host of pages that many link."""

    id: str
    domain: str
    trendable: bool | None
    """What was decided, if anything."""
    reviewed_at: str | None
    requires_review: bool


def trends_link(names: Names, shown: TrendingLink) -> TrendsLink:
    """Render a page that trends."""
    card = msgspec.structs.asdict(preview_card(names, shown.card))
    return TrendsLink(**card, history=history(shown.history))


def admin_trends_link(names: Names, shown: TrendingLink, *, requires_review: bool) -> AdminTrendsLink:
    """Render a page for review."""
    plain = msgspec.structs.asdict(trends_link(names, shown))
    number = names.ids.encode(Kind.LINK, shown.card.id)
    return AdminTrendsLink(**plain, id=number, requires_review=requires_review)


def admin_publisher(names: Names, shown: Publisher, *, requires_review: bool) -> AdminPublisher:
    """Render a publisher for review."""
    return AdminPublisher(
        id=names.ids.encode(Kind.PUBLISHER, shown.id),
        domain=shown.domain,
        trendable=shown.trendable,
        reviewed_at=None if shown.decided is None else iso(shown.decided),
        requires_review=requires_review,
    )
