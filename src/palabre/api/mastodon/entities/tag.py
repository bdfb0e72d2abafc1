"""A hashtag and how much it is used."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.ids import Kind
from palabre.posts.hashtags import Day, Hashtag


class History(msgspec.Struct, frozen=True):
    """The uses of a hashtag, or of a page, on one day."""

    day: str
    """Seconds since 1970 of its midnight, in digits."""
    uses: str
    accounts: str


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag. ``following`` and ``featuring`` are there only for members."""

    id: str
    name: str
    url: str
    history: list[History]
    following: bool | msgspec.UnsetType = msgspec.UNSET
    featuring: bool | msgspec.UnsetType = msgspec.UNSET


def history(days: Iterable[Day]) -> list[History]:
    """Render how much something was used on each day."""
    return [History(day=str(day.day // 1_000), uses=str(day.uses), accounts=str(day.accounts)) for day in days]


def tag(names: Names, shown: Hashtag, stance: tuple[bool, bool] | None) -> Tag:
    """Render ``shown``; ``stance`` says of a member whether he follows it, and whether he features it."""
    return Tag(
        id=names.ids.encode(Kind.HASHTAG, shown.id),
        name=shown.name,
        url=names.uris.hashtag(shown.name),
        history=history(shown.history),
        following=msgspec.UNSET if stance is None else stance[0],
        featuring=msgspec.UNSET if stance is None else stance[1],
    )
