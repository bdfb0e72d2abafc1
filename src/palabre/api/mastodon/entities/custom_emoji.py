"""A picture that stands for a word between colons."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.emojis.model import Emoji


class CustomEmoji(msgspec.Struct, frozen=True):
    """A custom emoji."""

    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool
    category: str | None


def custom_emoji(names: Names, emoji: Emoji) -> CustomEmoji:
    """Render ``emoji``."""
    return CustomEmoji(
        emoji.shortcode,
        names.uris.media(emoji.file),
        names.uris.media(emoji.still),
        emoji.visible,
        emoji.category,
    )


def emojis_in(names: Names, *texts: str) -> tuple[CustomEmoji, ...]:
    """Render the emojis that ``texts`` use."""
    return tuple(custom_emoji(names, each) for each in names.emojis.used(*texts))
