"""Pages of a network in this process, on both databases."""

from __future__ import annotations

from unit.api.conftest import network, network_with

__all__ = ["network", "network_with"]
