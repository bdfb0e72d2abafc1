"""An access token, shown once."""

from __future__ import annotations

import msgspec


class Token(msgspec.Struct, frozen=True):
    """What an app sends with each request from now on."""

    access_token: str
    token_type: str
    scope: str
    created_at: int
    """Seconds since 1970."""
