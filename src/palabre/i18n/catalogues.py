"""Gettext catalogues, compiled by ``make`` from the ``.po`` files beside this module."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "fr")
"""What the interface speaks; the first is what the source is written in."""

Translations = gettext.NullTranslations

_DOMAIN = "palabre"


@cache
def translations(language: str) -> Translations:
    """Return the catalogue of ``language``; without one, messages stay as they are in the source."""
    return gettext.translation(_DOMAIN, Path(__file__).parent, [language], fallback=True)


def best_language(accepted: str | None, default: str = LANGUAGES[0]) -> str:
    """Choose among ``LANGUAGES`` by an ``Accept-Language`` header; ``default`` when it names none of them."""
    best, best_weight = default, 0.0
    for part in (accepted or "")[:512].split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best
