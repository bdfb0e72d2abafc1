"""How a query is read. Whatever is typed means something; nothing typed is an error."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime

from palabre.clock import Instant
from palabre.markup.words import fold, is_paired, pattern, sought
from palabre.search.model import Asked, Trait

QUERY_LENGTH = 400
"""Characters of a query that are read."""
_PARTS = 20
_PART = re.compile(r'(?P<no>[-\u2212]?)(?:(?P<operator>[A-Za-z]+):)?(?P<value>"[^"]*"?|[^\s"]+)')
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_HAS = {
    "media": Trait.MEDIA, "image": Trait.MEDIA, "poll": Trait.POLL, "link": Trait.LINK, "embed": Trait.LINK,
}  # fmt: skip
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_HANDLE = re.compile(r"@?(?P<name>\w{1,64})(?:@(?P<domain>[\w.-]{1,253}))?", re.ASCII)


def read(query: str) -> Asked:
    """Read a query: words, ``"phrases"``, ``-excluded``, and operators; an operator that is none is a word."""
    asked = Asked()
    for part in list(_PART.finditer(query[:QUERY_LENGTH].replace("\x00", " ")))[:_PARTS]:
        no, operator, value = bool(part["no"]), (part["operator"] or "").lower(), part["value"]
        understood = _operated(asked, operator, value.strip('"'), no=no) if operator else None
        asked = understood or _worded(asked, f"{part['operator']}:{value}" if operator else value, no=no)
    return asked


def _worded(asked: Asked, text: str, *, no: bool) -> Asked:
    literal = text.strip('"')
    words = sought(literal)
    if not words:
        return asked
    if no:
        return _with(asked, without=(*asked.without, literal))
    exact = len(words) > 1 or text.startswith(('"', "#", "@")) or (is_paired(words[0]) and len(words[0]) > 1)
    return _with(
        asked,
        words=tuple(dict.fromkeys((*asked.words, *words))),
        literal=(*asked.literal, literal) if exact and pattern(literal) else asked.literal,
    )


def _with(asked: Asked, **changes: object) -> Asked:
    return Asked(**{name: changes.get(name, getattr(asked, name)) for name in Asked.__struct_fields__})  # type: ignore[arg-type]  # the same fields


def _operated(asked: Asked, operator: str, value: str, *, no: bool) -> Asked | None:  # noqa: PLR0911 - one for each
    """Return what an operator makes of ``asked``; ``None`` if this is no operator, or not a value for it."""
    match operator:
        case "has":
            trait = _HAS.get(fold(value).removesuffix("s"))
            return None if trait is None else _traited(asked, trait, no=no)
        case "is" if fold(value) == "reply":
            return _traited(asked, Trait.REPLY, no=no)
        case "in" if fold(value) in {"library", "all", "public"} and not no:
            return _with(asked, library=fold(value) == "library")
        case "in" if fold(value) == "library":
            return _with(asked, without_library=True)
        case "from" if handle := _HANDLE.fullmatch(value):
            domain = handle["domain"]
            author = handle["name"].lower() + (f"@{domain.lower()}" if domain else "")
            if no:
                return _with(asked, without_authors=(*asked.without_authors, author))
            return _with(asked, author=author)
        case "lang" | "language" if _LANGUAGE.fullmatch(fold(value)):
            if no:
                return _with(asked, without_languages=(*asked.without_languages, fold(value)))
            return _with(asked, language=fold(value))
        case "before" | "after" | "during" if not no and (span := _span(value)):
            return _timed(asked, operator, *span)
    return None


def _traited(asked: Asked, trait: Trait, *, no: bool) -> Asked:
    if no:
        return _with(asked, without_traits=asked.without_traits | trait)
    return _with(asked, traits=asked.traits | trait)


def _timed(asked: Asked, operator: str, start: int, end: int) -> Asked:
    since, before = asked.since, asked.before
    if operator in {"after", "during"}:
        bound = end if operator == "after" else start
        since = Instant(max(since or 0, bound))
    if operator in {"before", "during"}:
        bound = start if operator == "before" else end
        before = Instant(min(before if before is not None else bound, bound))
    return _with(asked, since=since, before=before)


def _span(text: str) -> tuple[int, int] | None:
    """Return when a year, a month or a day (UTC) begins and when it is over; ``None`` if there is none such."""
    parts = _DATE.fullmatch(text)
    if parts is None:
        return None
    year, month, day = (int(part) if part else None for part in parts.groups())
    try:
        start = datetime(year or 1, month or 1, day or 1, tzinfo=UTC)
        end = datetime(
            year or 1,
            month or 12,
            day or calendar.monthrange(year or 1, month or 12)[1],
            23, 59, 59, 999_000,
            tzinfo=UTC,
        )  # fmt: skip
    except ValueError:
        return None
    return max(int(start.timestamp()) * 1_000, 0), max(int(end.timestamp() * 1_000) + 1, 0)
