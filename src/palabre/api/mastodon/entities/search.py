"""What was found."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.account import Account
from palabre.api.mastodon.entities.status import Status
from palabre.api.mastodon.entities.tag import Tag


class Search(msgspec.Struct, frozen=True):
    """Accounts, posts and hashtags."""

    accounts: list[Account]
    statuses: list[Status] | msgspec.Raw
    hashtags: list[Tag]


class SearchV1(msgspec.Struct, frozen=True):
    """The same for old apps: hashtags are names."""

    accounts: list[Account]
    statuses: list[Status] | msgspec.Raw
    hashtags: list[str]
