"""What may be said about a picture."""

from __future__ import annotations

from palabre.media.errors import DescriptionTooLong, FocusOutside
from palabre.media.model import MOST_DESCRIPTION, Focus


def checked_description(text: str) -> str:
    """Return ``text`` as it is kept: without surrounding blanks, and without NUL, which PostgreSQL cannot store.

    Raises:
        DescriptionTooLong: it has more than ``MOST_DESCRIPTION`` characters.

    """
    kept = text.replace("\0", "").strip()
    if len(kept) > MOST_DESCRIPTION:
        raise DescriptionTooLong(field="description", length=len(kept), limit=MOST_DESCRIPTION)
    return kept


def check_focus(focus: Focus) -> None:
    """Refuse a focal point outside the picture.

    Raises:
        FocusOutside: a coordinate is not from -1 to 1, or not a number.

    """
    if not (-1 <= focus.x <= 1 and -1 <= focus.y <= 1):
        raise FocusOutside(field="focus")
