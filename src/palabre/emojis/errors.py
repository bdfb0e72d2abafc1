"""What custom emojis are refused for."""

from __future__ import annotations

from palabre.errors import Conflict, Invalid, NotFound


class WrongShortcode(Invalid):
    """Not two to thirty letters, digits and underscores."""

    code = "emoji.wrong_shortcode"
    message = "The name of an emoji has 2 to 30 letters a to z, digits and underscores."


class ShortcodeTaken(Conflict):
    """There is an emoji of that name; detail: ``name``."""

    code = "emoji.shortcode_taken"
    message = "There is an emoji called {name} already."


class TooManyEmojis(Invalid):
    """More than are kept in the memory of each process; detail: ``limit``."""

    code = "emoji.too_many"
    message = "At most {limit} emojis are kept: remove one first."


class EmojiNotFound(NotFound):
    """There is no such emoji."""

    code = "emoji.not_found"
    message = "There is no such emoji."
