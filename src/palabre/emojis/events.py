"""What happens to custom emojis."""

from __future__ import annotations

from palabre.events import Event


class EmojisChanged(Event, frozen=True, kw_only=True, tag="emoji.changed"):
    """An emoji was added or removed: whatever was rendered with them is stale."""

    emoji: int
