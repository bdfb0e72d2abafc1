"""What the operator has written of the network, in files of the data folder; and what holds until then."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from palabre.clock import SECOND, Instant
from palabre.i18n import translations

FOLDER = "texts"
"""In the data folder: ``about.txt``, ``privacy.txt``, ``terms.txt``, in UTF-8, paragraphs parted by empty lines."""

MOST_BYTES = 200_000

Name = Literal["about", "privacy", "terms"]


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


def written(folder: Path, name: Name) -> Text | None:
    """Read what the operator has written; ``None`` if nothing. What is longer than ``MOST_BYTES`` is cut there."""
    path = folder / FOLDER / f"{name}.txt"
    try:
        with path.open("rb") as file:
            words = file.read(MOST_BYTES).decode("utf-8", "replace").strip()
        changed = Instant(int(path.stat().st_mtime) * SECOND)
    except OSError:
        return None
    return Text(words, changed) if words else None


def usual_privacy(language: str) -> Text:
    """Return what holds of data on every network, in ``language``."""
    say = translations(language).gettext
    return Text("\n\n".join(say(sentence) for sentence in _PRIVACY), _PRIVACY_SINCE)
