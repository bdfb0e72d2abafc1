"""A picture that stands for a word between colons."""

from __future__ import annotations

import msgspec


class CustomEmoji(msgspec.Struct, frozen=True):
    """A custom emoji. This network has none of its own; the lists that could hold some are empty."""

    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool
    category: str | None
