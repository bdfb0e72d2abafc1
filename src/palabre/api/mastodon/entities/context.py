"""The conversation around a post."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.status import Status


class Context(msgspec.Struct, frozen=True):
    """What a post replies to, and what replies to it, oldest first."""

    ancestors: list[Status] | msgspec.Raw
    descendants: list[Status] | msgspec.Raw
