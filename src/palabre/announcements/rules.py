"""What may be announced, and what is a reaction. Pure."""

from __future__ import annotations

import unicodedata

from palabre.announcements import errors
from palabre.clock import Instant

TEXT_LENGTH = 5_000
REACTIONS = 8
"""Different emojis of one announcement."""

_EMOJI_LENGTH = 16
_KEYCAP = "\u20e3"
_JOINING = frozenset({"\u200d", "\ufe0f", "\ufe0e", _KEYCAP})


def check_text(text: str) -> str:
    """Return ``text`` without what surrounds it.

    Raises:
        AnnouncementEmpty: nothing is left.
        AnnouncementTooLong: too much is.

    """
    said = text.strip()
    if not said:
        raise errors.AnnouncementEmpty(field="text")
    if len(said) > TEXT_LENGTH:
        raise errors.AnnouncementTooLong(field="text", limit=TEXT_LENGTH)
    return said


def check_span(starts: Instant | None, ends: Instant | None) -> None:
    """See that it ends after it begins.

    Raises:
        AnnouncementEndsFirst: it does not.

    """
    if starts is not None and ends is not None and ends < starts:
        raise errors.AnnouncementEndsFirst(field="ends")


def check_emoji(name: str) -> str:
    """Return ``name`` if it is an emoji: symbols, joined or with a shade, or a digit in a key.

    Raises:
        NoEmoji: it is something else.

    """
    bare = [character for character in name if character not in _JOINING]
    symbols = [each for each in bare if unicodedata.category(each) in {"So", "Sm", "Sk"} or ord(each) >= 0x1F000]
    is_key = name.endswith(_KEYCAP) and len(bare) == 1 and bare[0] in "0123456789#*"
    if len(name) > _EMOJI_LENGTH or not bare or (len(symbols) != len(bare) and not is_key):
        raise errors.NoEmoji(field="name")
    return name
