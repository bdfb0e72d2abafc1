"""Custom emojis, and where a text uses them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from palabre.clock import Instant

SHORTCODE = re.compile(r":([A-Za-z0-9_]{2,30}):", re.ASCII)


class Emoji(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that stands for ``:shortcode:``."""

    id: int
    shortcode: str
    file: str
    """Name in the media store; perhaps a moving picture."""
    still: str
    """Name in the media store of a picture that does not move; perhaps the same."""
    category: str | None
    visible: bool
    """Whether it is offered to choose from; it is shown in any case."""
    created: Instant


class EmojiBook:
    """The emojis of the network, in memory: texts are looked through for them whenever they are rendered."""

    __slots__ = ("_by_name",)

    def __init__(self, emojis: Iterable[Emoji] = ()) -> None:
        self._by_name: dict[str, Emoji] = {}
        self.fill(emojis)

    def fill(self, emojis: Iterable[Emoji]) -> None:
        """Replace all by ``emojis``."""
        self._by_name = {each.shortcode: each for each in emojis}

    def __len__(self) -> int:
        return len(self._by_name)

    def all(self) -> list[Emoji]:
        """Return all, by name."""
        return [self._by_name[name] for name in sorted(self._by_name)]

    def get(self, shortcode: str) -> Emoji | None:
        """Return the emoji of a name."""
        return self._by_name.get(shortcode)

    def used(self, *texts: str) -> list[Emoji]:
        """Return the emojis that ``texts`` use, each once, in their order."""
        if not self._by_name:
            return []
        found: dict[str, Emoji] = {}
        for text in texts:
            if ":" in text:
                for name in SHORTCODE.findall(text):
                    if name in self._by_name:
                        found.setdefault(name, self._by_name[name])
        return list(found.values())
