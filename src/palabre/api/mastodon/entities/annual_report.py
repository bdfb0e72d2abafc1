"""A member's year."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.ids import AccountId, Kind, PostId
from palabre.posts.yearly import Archetype, Year


class TypeDistribution(msgspec.Struct, frozen=True):
    """How many posts of which kind."""

    total: int
    reblogs: int
    replies: int
    standalone: int


class TopStatuses(msgspec.Struct, frozen=True):
    """The posts that others did most about."""

    by_reblogs: str | None
    by_favourites: str | None
    by_replies: str | None


class TimeSeries(msgspec.Struct, frozen=True):
    """One month."""

    month: int
    statuses: int
    following: int
    followers: int


class TopHashtag(msgspec.Struct, frozen=True):
    """A hashtag and how often it was used."""

    name: str
    count: int


class ReportData(msgspec.Struct, frozen=True, kw_only=True):
    """Mastodon's second schema of it."""

    archetype: Archetype
    type_distribution: TypeDistribution
    top_statuses: TopStatuses
    time_series: list[TimeSeries]
    top_hashtags: list[TopHashtag]


class AnnualReport(msgspec.Struct, frozen=True, kw_only=True):
    """A year summed up; nobody else sees it."""

    year: int
    data: ReportData
    schema_version: int = 2
    share_url: str | None = None
    account_id: str


def annual_report(names: Names, member: AccountId, shown: Year) -> AnnualReport:
    """Render ``shown``."""

    def named(post: PostId | None) -> str | None:
        return None if post is None else names.ids.encode(Kind.POST, post)

    return AnnualReport(
        year=shown.year,
        account_id=names.ids.encode(Kind.ACCOUNT, member),
        data=ReportData(
            archetype=shown.archetype,
            type_distribution=TypeDistribution(shown.posts, shown.reposts, shown.replies, shown.alone),
            top_statuses=TopStatuses(named(shown.most_reposted), named(shown.most_liked), named(shown.most_answered)),
            time_series=[TimeSeries(each.month, each.posts, each.followed, each.followers) for each in shown.months],
            top_hashtags=[TopHashtag(name, count) for name, count in shown.hashtags],
        ),
    )
