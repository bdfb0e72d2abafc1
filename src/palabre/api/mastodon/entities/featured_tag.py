"""A hashtag on a profile."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.clock import Instant, iso
from palabre.ids import Kind
from palabre.posts.tags import Featured


class FeaturedTag(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag that an account features, and how much it uses it."""

    id: str
    name: str
    url: str
    statuses_count: str
    last_status_at: str | None


def featured_tag(names: Names, shown: Featured) -> FeaturedTag:
    """Render a featured hashtag."""
    return FeaturedTag(
        id=names.ids.encode(Kind.FEATURED, shown.id),
        name=shown.name,
        url=names.uris.hashtag(shown.name),
        statuses_count=str(shown.posts_count),
        last_status_at=None if shown.last is None else iso(Instant(shown.last))[:10],
    )
