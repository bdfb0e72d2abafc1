"""How far a member has read a timeline."""

from __future__ import annotations

import msgspec


class Marker(msgspec.Struct, frozen=True):
    """The last thing read, and how often that was said."""

    last_read_id: str
    version: int
    updated_at: str
