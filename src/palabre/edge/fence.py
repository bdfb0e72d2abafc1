"""From which networks not everything is allowed, in memory: asked at every request, answered in a microsecond."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from palabre import clock
from palabre.moderation.blocks_model import IpBlock, IpSeverity

_STRICTEST = tuple(reversed(IpSeverity))


class Fence:
    """The blocked networks, by how many bits of an address they fix."""

    __slots__ = ("_blocks", "bars")

    def __init__(self) -> None:
        self._blocks: dict[tuple[int, int], dict[int, IpBlock]] = {}
        self.bars = False
        """Whether anybody is kept out altogether, and addresses must be looked at."""

    def fill(self, blocks: Iterable[IpBlock]) -> None:
        """Take these instead of those before."""
        found: dict[tuple[int, int], dict[int, IpBlock]] = {}
        bars = False
        for block in blocks:
            network = ip_network(block.network)
            shift = network.max_prefixlen - network.prefixlen
            found.setdefault((network.version, shift), {})[int(network.network_address) >> shift] = block
            bars = bars or block.severity is IpSeverity.NO_ACCESS
        self._blocks, self.bars = found, bars

    def severity(self, address: str) -> IpSeverity | None:
        """Return what holds for an address: the strictest of all blocks that have not run out."""
        if not self._blocks:
            return None
        try:
            parsed = ip_address(address)
        except ValueError:
            return None
        number, now = int(parsed), clock.now()
        found = {
            block.severity
            for (version, shift), blocks in self._blocks.items()
            if version == parsed.version
            and (block := blocks.get(number >> shift)) is not None
            and (block.expires is None or block.expires > now)
        }
        return next((each for each in _STRICTEST if each in found), None)
