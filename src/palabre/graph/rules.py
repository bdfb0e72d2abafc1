"""Pure decisions about lists, notes and domains."""

from __future__ import annotations

import re

from palabre.graph.errors import DomainInvalid, ListTitleInvalid, NoteTooLong

TITLE_MOST = 256
LISTS_MOST = 50
MEMBERS_MOST = 1_000
"""Of one list."""
NOTE_MOST = 2_000
ENDORSED_MOST = 100

_DOMAIN = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def good_title(title: str) -> str:
    """Tidy the title of a list.

    Raises:
        ListTitleInvalid: it is empty or too long.

    """
    tidy = " ".join(title.split())
    if not 0 < len(tidy) <= TITLE_MOST:
        raise ListTitleInvalid(field="title", most=TITLE_MOST)
    return tidy


def good_note(text: str) -> str:
    """Tidy a private note; empty for none.

    Raises:
        NoteTooLong: it has more than 2,000 characters.

    """
    tidy = text.replace("\r\n", "\n").strip()
    if len(tidy) > NOTE_MOST:
        raise NoteTooLong(field="comment", most=NOTE_MOST)
    return tidy


def good_domain(domain: str) -> str:
    """Read the name of a network, in lower case and in ASCII.

    Raises:
        DomainInvalid: it is none.

    """
    name = domain.strip().lower().removeprefix("@").rstrip(".")
    try:
        name = name.encode("idna").decode() if name else ""
    except UnicodeError:
        name = ""
    if not _DOMAIN.fullmatch(name):
        raise DomainInvalid(field="domain")
    return name
