"""What the composer says about uploaded pictures: descriptions and focal points."""

from __future__ import annotations

from palabre.ids import AccountId, MediaId
from palabre.media import unfinished
from palabre.media.model import Attachment, Focus, Unfinished
from palabre.store import Transaction


def describe(
    tx: Transaction, viewer: AccountId, media: list[MediaId], words: dict[int, str], points: dict[int, Focus]
) -> tuple[Attachment | Unfinished, ...]:
    """Give each of ``media`` its description and focal point; return them in their order."""
    return tuple(
        unfinished.describe(tx, viewer, each, description=words.get(each), focus=points.get(each)) for each in media
    )


def read_point(text: str) -> Focus | None:
    """Read a focal point as the nine buttons send it: ``-0.8,0.8``."""
    try:
        x, y = (float(part) for part in text[:16].split(","))
    except ValueError:
        return None
    return Focus(x, y) if -1 <= x <= 1 and -1 <= y <= 1 else None
