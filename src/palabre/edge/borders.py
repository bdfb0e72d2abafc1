"""Which other servers are blocked, in memory: asked before anything is fetched from outside."""

from __future__ import annotations

from collections.abc import Iterable

from palabre.moderation.servers_model import ServerBlock, ServerSeverity
from palabre.moderation.servers_rules import ascii_name, block_for


class Borders:
    """The blocked servers, by name."""

    __slots__ = ("_blocks",)

    def __init__(self) -> None:
        self._blocks: dict[str, ServerBlock] = {}

    def fill(self, blocks: Iterable[ServerBlock]) -> None:
        """Take these instead of those before."""
        self._blocks = {each.domain: each for each in blocks}

    def _block(self, host: str) -> ServerBlock | None:
        if not self._blocks:
            return None
        try:
            return block_for(ascii_name(host), self._blocks)
        except UnicodeError:
            return None  # no server has this name

    def bars(self, host: str) -> bool:
        """Tell whether nothing is fetched from there."""
        block = self._block(host)
        return block is not None and block.severity is ServerSeverity.SUSPEND

    def bars_media(self, host: str) -> bool:
        """Tell whether no picture is fetched from there."""
        block = self._block(host)
        return block is not None and block.refuses_media
