"""What the operator has written of the network, in files of the data folder; and what holds until then."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Literal

import msgspec

from palabre.clock import SECOND, Instant, day
from palabre.i18n import translations

FOLDER = "texts"
"""In the data folder: ``about.txt``, ``privacy.txt``, ``terms.txt``, ``closed.txt``, in UTF-8, paragraphs parted
by empty lines; and ``terms-2027-01-31.txt`` for terms that hold from a day."""

MOST_BYTES = 200_000

_DATED = re.compile(r"terms-([0-9]{4}-[0-9]{2}-[0-9]{2})\.txt", re.ASCII)

Name = Literal["about", "privacy", "terms", "closed"]


def _(message: str) -> str:
    """Mark a sentence for the catalogues."""
    return message


_PRIVACY = (
    _(
        "We keep what you write and do here, and nothing about you from elsewhere. There is no advertising, no tracking, and nothing on these pages is loaded from another site."  # noqa: E501 - one sentence of the catalogues
    ),
    _("An e-mail address is optional. It is stored encrypted, used only to let you back in, and shown to nobody."),
    _(
        "Addresses of your connection are used for a few minutes to stop floods, in memory only. They are never written down."  # noqa: E501 - as above
    ),
    _(
        "Pictures lose everything hidden in them, such as the place where they were taken, before anybody can see them."  # noqa: E501 - as above
    ),
    _("What you delete is gone: text, pictures, and what was cached of them."),
    _("Cookies: one keeps you signed in, one protects forms, two remember language and colours. No others."),
    _(
        "Public posts can be read by anybody, and by search engines only if you allow it in your profile. Posts for followers or for people mentioned are shown to them alone; the people who run this server could read them."  # noqa: E501 - as above
    ),
)
_PRIVACY_SINCE = Instant(1_795_651_200_000)
"""When the sentences above were last changed: 26 November 2026."""


class Text(msgspec.Struct, frozen=True):
    """Words, and when they were changed."""

    words: str
    changed: Instant


class Terms(msgspec.Struct, frozen=True):
    """A version of the terms, and from which day it holds (UTC)."""

    since: dt.date
    words: str


def written(folder: Path, name: Name) -> Text | None:
    """Read what the operator has written; ``None`` if nothing. What is longer than ``MOST_BYTES`` is cut there."""
    return _read(folder, f"{name}.txt")


def _read(folder: Path, name: str) -> Text | None:
    path = folder / FOLDER / name
    try:
        with path.open("rb") as file:
            words = file.read(MOST_BYTES).decode("utf-8", "replace").strip()
        changed = Instant(int(path.stat().st_mtime) * SECOND)
    except OSError:
        return None
    return Text(words, changed) if words else None


def terms_of(folder: Path) -> list[Terms]:
    """Read all versions of the terms, the first first: ``terms-2027-01-31.txt`` from that day, ``terms.txt`` too."""
    found: dict[dt.date, str] = {}
    undated = written(folder, "terms")
    if undated is not None:
        found[dt.date.fromisoformat(day(undated.changed))] = undated.words
    try:
        names = sorted(path.name for path in (folder / FOLDER).iterdir())
    except OSError:
        names = []
    for name in names:
        dated = _DATED.fullmatch(name)
        since = _day(dated[1]) if dated else None
        text = _read(folder, name) if since is not None else None
        if since is not None and text is not None:
            found[since] = text.words
    return [Terms(since, words) for since, words in sorted(found.items())]


def in_force(versions: list[Terms], today: dt.date) -> Terms | None:
    """Return the terms that hold; if none do yet, those that will first; ``None`` if there are none."""
    held = [each for each in versions if each.since <= today]
    return held[-1] if held else next(iter(versions), None)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def usual_privacy(language: str) -> Text:
    """Return what holds of data on every network, in ``language``."""
    say = translations(language).gettext
    return Text("\n\n".join(say(sentence) for sentence in _PRIVACY), _PRIVACY_SINCE)
