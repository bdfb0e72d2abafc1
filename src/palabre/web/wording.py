"""Times, counts and languages in the words of the reader."""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from palabre.clock import DAY, HOUR, MINUTE, SECOND, as_datetime, now
from palabre.i18n import Translations

if TYPE_CHECKING:
    from babel import Locale

NARROW = "\u202f"
"""The narrow no-break space of French typography."""


def _(message: str) -> str:
    """Mark words for the catalogues; they are translated when they are used."""
    return message


_STEPS = ((HOUR, MINUTE, _("{n} min")), (DAY, HOUR, _("{n} h")), (7 * DAY, DAY, _("{n} d")))


class Wording:
    """How one language writes what no catalogue holds."""

    def __init__(self, language: str, catalogue: Translations) -> None:
        """Speak ``language``."""
        self.language = language
        self._say = catalogue.gettext
        self._catalogue = catalogue
        self.full = lru_cache(maxsize=4096)(self._full)

    @cached_property
    def _locale(self) -> Locale:
        from babel import Locale  # noqa: PLC0415 - 0.1 s that a start need not take

        return Locale(self.language)

    @cached_property
    def _months(self) -> list[str]:
        return [self._locale.months["format"]["wide"][month] for month in range(1, 13)]

    @cached_property
    def _short_months(self) -> list[str]:
        return [self._locale.months["format"]["abbreviated"][month] for month in range(1, 13)]

    def ago(self, at: int) -> str:
        """Write how long ago ``at`` was, in as few letters as it takes: ``3 h``, then ``3 Mar``."""
        present = now()
        past = present - at
        if past < MINUTE:
            return self._say("now") if past < 5 * SECOND else self._say("{n} s").format(n=past // SECOND)
        for most, unit, words in _STEPS:
            if past < most:
                return self._say(words).format(n=past // unit)
        day = as_datetime(at)
        short = f"{day.day}\u00a0{self._short_months[day.month - 1]}"
        return short if day.year == as_datetime(present).year else f"{short} {day.year}"

    def until(self, seconds: float) -> str:
        """Write after how long somebody who was asked to wait may go on: whole seconds, minutes or hours."""
        left = max(1, math.ceil(seconds))
        if left <= 90:
            said = self._catalogue.ngettext("You can go on in {n} second.", "You can go on in {n} seconds.", left)
        elif (left := math.ceil(left / 60)) <= 90:
            said = self._catalogue.ngettext("You can go on in {n} minute.", "You can go on in {n} minutes.", left)
        else:
            left = math.ceil(left / 60)
            said = self._catalogue.ngettext("You can go on in {n} hour.", "You can go on in {n} hours.", left)
        return said.format(n=left)

    def _full(self, at: int) -> str:
        """Write ``at`` as a day and a time, in UTC; a script makes it local."""
        moment = as_datetime(at)
        return self._say("{day} at {time} UTC").format(day=self.day(at), time=f"{moment:%H:%M}")

    def day(self, at: int) -> str:
        """Write the day of ``at``: ``3 March 2026``."""
        moment = as_datetime(at)
        first = "1er" if self.language == "fr" and moment.day == 1 else str(moment.day)
        return f"{first} {self._months[moment.month - 1]} {moment.year}"

    def month(self, at: int) -> str:
        """Write the month of ``at``: ``March 2026``."""
        moment = as_datetime(at)
        return f"{self._months[moment.month - 1]} {moment.year}"

    def count(self, number: int) -> str:
        """Write a count in few characters: ``999``, ``1.2K``, ``13K``, ``2.1M``."""
        for unit, letter in ((1_000_000, "M"), (1_000, "K" if self.language == "en" else "k")):
            if number >= unit:
                tenths = number * 10 // unit
                digits = f"{tenths // 10}.{tenths % 10}" if tenths < 100 and tenths % 10 else str(tenths // 10)
                return digits + letter if self.language == "en" else digits.replace(".", ",") + NARROW + letter
        return str(number)

    def exact(self, number: int) -> str:
        """Write a number in full: ``1,234``."""
        return f"{number:,}".replace(",", "," if self.language == "en" else NARROW)

    def percent(self, share: float) -> str:
        """Write a share of 1: ``42%``."""
        return f"{round(100 * share)}%" if self.language == "en" else f"{round(100 * share)}{NARROW}%"

    def size(self, number: int) -> str:
        """Write a number of bytes: ``16 MB``."""
        unit = 1024 * 1024 * 1024
        if number >= unit and number % unit == 0:
            return self._say("{n} GB").format(n=number // unit)
        return self._say("{n} MB").format(n=max(1, number // (1024 * 1024)))

    def language_name(self, code: str) -> str:
        """Name the language ``code``, or return the code."""
        return str(self._locale.languages.get(code, code))
