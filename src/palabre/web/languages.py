"""The languages that a post can be marked as written in."""

from __future__ import annotations

from functools import cache

from palabre.i18n.languages import CODES
from palabre.web.wording import Wording


@cache
def choices(wording: Wording) -> tuple[tuple[str, str], ...]:
    """List ``(code, name)`` of all languages, by name."""
    named = [(code, wording.language_name(code)) for code in CODES]
    return tuple(
        sorted(((code, name[:1].upper() + name[1:]) for code, name in named), key=lambda pair: _key(pair[1]))
    )


def _key(name: str) -> str:
    """Sort É with E."""
    from unicodedata import normalize  # noqa: PLC0415 - once a process

    return normalize("NFD", name)
