"""A conversation among those whom its posts mention."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.account import Account
from palabre.api.mastodon.entities.status import Status


class Conversation(msgspec.Struct, frozen=True):
    """Who talks, what was said last, and whether the member has seen it."""

    id: str
    unread: bool
    accounts: list[Account] | msgspec.Raw
    last_status: Status | msgspec.Raw | None
