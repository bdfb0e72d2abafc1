"""Which of several standbys has the word: writes are answered by what it says, as soon as it knows that."""

from __future__ import annotations

from typing import Final, Protocol

from palabre import clock
from palabre.survival.wire import Message

_SHARE: Final = 0.25
_MOST_SECONDS: Final = 1.0
"""Another standby has by then what writers wait for: to wait longer would gain nothing."""


class Receiver(Protocol):
    """A standby that is connected and up to date."""

    name: str
    acknowledged: int
    """It has everything up to this number on its disk."""
    spoke: float
    """When it was last heard, on the clock that never goes back."""

    def give_up(self) -> None:
        """End the connection: it does not answer."""
        ...

    def ship(self, message: Message) -> None:
        """Send what has just happened."""
        ...


class Choice:
    """One standby at a time, until it is gone or silent: who changed often would keep writers waiting each time."""

    def __init__(self, receivers: dict[str, Receiver], *, timeout: float) -> None:
        self._receivers = receivers
        self._patience = min(timeout * _SHARE, _MOST_SECONDS)
        self._name = ""
        self._since = 0.0
        self._answered = False

    def made(self) -> str:
        """Return who has the word; choose if nobody has: who has most, and of equals who was heard last."""
        if not self._name and self._receivers:
            best = max(self._receivers.values(), key=lambda each: (each.acknowledged, each.spoke))
            self._name, self._since, self._answered = best.name, clock.monotonic(), False
        return self._name

    def came(self, name: str) -> None:
        """Note that a standby has connected, perhaps anew: it has to hear first what was decided before."""
        if name == self._name:
            self._since = clock.monotonic()

    def answered(self, name: str) -> None:
        """Note that a standby knows that it has the word."""
        self._answered = self._answered or name == self._name

    def gone(self, name: str) -> None:
        """Take the word from a standby."""
        if name == self._name:
            self._name = ""

    def unheard(self) -> list[Receiver]:
        """Return who, if anybody, has been given the word and has not said that it knows."""
        chosen = self._receivers.get(self._name)
        return [] if chosen is None or self._answered else [chosen]

    def silent(self, number: int | None, since: float) -> Receiver | None:
        """Return who has the word and leaves writers waiting, although another could answer them.

        Args:
            number: what writers have waited for longest; ``None`` if nobody waits.
            since: since when they do.

        """
        chosen = self._receivers.get(self._name)
        if chosen is None:
            return None
        others = [each for each in self._receivers.values() if each is not chosen]
        if not self._answered:
            since = self._since
            better = any(each.spoke > since for each in others)
        elif number is not None:
            since = max(since, self._since)
            better = chosen.acknowledged < number and any(each.acknowledged >= number for each in others)
        else:
            return None
        return chosen if better and clock.monotonic() - since > self._patience else None
