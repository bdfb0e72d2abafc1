"""Somebody to follow, and why."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.account import Account


class Suggestion(msgspec.Struct, frozen=True):
    """An account and the reasons in Mastodon's words; ``source`` is for older apps."""

    source: str
    sources: list[str]
    account: Account | msgspec.Raw
