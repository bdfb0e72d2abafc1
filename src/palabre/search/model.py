"""What is looked for, and what the index knows of a post besides its words."""

from __future__ import annotations

from enum import IntFlag

import msgspec

from palabre.clock import Instant
from palabre.ids import PostId


class Trait(IntFlag):
    """What the index knows of a post. Stored as a number: never give a bit another meaning."""

    OPEN = 1
    """Everybody may search it: public, of an author who allows that."""
    REPLY = 2
    MEDIA = 4
    POLL = 8
    LINK = 16


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A query, understood."""

    words: tuple[str, ...] = ()
    """Folded; all must be there."""
    literal: tuple[str, ...] = ()
    """These must stand in the text like this; they have their share in ``words`` too."""
    without: tuple[str, ...] = ()
    """Texts that must not be there."""
    traits: Trait = Trait(0)
    without_traits: Trait = Trait(0)
    author: str | None = None
    """``name``, ``name@domain`` or ``me``."""
    without_authors: tuple[str, ...] = ()
    """As ``author``."""
    language: str | None = None
    without_languages: tuple[str, ...] = ()
    since: Instant | None = None
    before: Instant | None = None
    library: bool = False
    """Only what is the viewer's own, what they like or keep, and what mentions them."""
    without_library: bool = False
    """Nothing of that."""

    @property
    def says_nothing(self) -> bool:
        """Whether nothing was asked for."""
        return not (
            self.words or self.traits or self.without_traits or self.author or self.language
            or self.since or self.before or self.library or self.without_authors or self.without_languages
            or self.without_library
        )  # fmt: skip


class Slice(msgspec.Struct, frozen=True):
    """Posts whose place in the index is looked at anew: those of one author, or all."""

    author: int = 0
    """0: of everybody."""
    after: PostId = PostId(0)
    """Those up to here have been."""
