"""Reading custom emojis: everybody may see them all."""

from __future__ import annotations

from palabre.emojis import sql
from palabre.emojis.model import Emoji
from palabre.store import Snapshot

MOST = 2_000
"""The most emojis of a network: all are in the memory of each process."""


def all_emojis(db: Snapshot) -> list[Emoji]:
    """Return all, by name. One statement."""
    return sql.everything(db)
