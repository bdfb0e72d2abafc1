"""A hashtag as those who run the network see it."""

from __future__ import annotations

from palabre.api.mastodon.entities.tag import Tag, tag
from palabre.api.mastodon.entities.wire import Names
from palabre.config import Trending
from palabre.moderation.trends_review import may_trend
from palabre.posts.hashtags import Hashtag


class AdminTag(Tag, frozen=True, kw_only=True):
    """A hashtag, and what moderators let happen with it."""

    trendable: bool
    usable: bool
    listable: bool
    requires_review: bool


def admin_tag(
    names: Names,
    shown: Hashtag,
    decision: bool | None,  # noqa: FBT001 - what was decided, if anything
    policy: Trending,
) -> AdminTag:
    """Render a hashtag."""
    plain = tag(names, shown, None)
    return AdminTag(
        id=plain.id,
        name=plain.name,
        url=plain.url,
        history=plain.history,
        trendable=may_trend(decision, policy),
        usable=shown.usable,
        listable=shown.listable,
        requires_review=policy == "review" and decision is None,
    )
