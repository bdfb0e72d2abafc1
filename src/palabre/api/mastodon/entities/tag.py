"""A hashtag and how much it is used."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.ids import Kind
from palabre.posts.hashtags import Hashtag


class History(msgspec.Struct, frozen=True):
    """The uses of a hashtag on one day."""

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


def tag(names: Names, shown: Hashtag, *, member: bool) -> Tag:
    """Render ``shown``; hashtags are neither followed nor featured yet."""
    mine = False if member else msgspec.UNSET
    return Tag(
        id=names.ids.encode(Kind.HASHTAG, shown.id),
        name=shown.name,
        url=names.uris.hashtag(shown.name),
        history=[
            History(day=str(day.day // 1_000), uses=str(day.uses), accounts=str(day.accounts))
            for day in shown.history
        ],
        following=mine,
        featuring=mine,
    )
