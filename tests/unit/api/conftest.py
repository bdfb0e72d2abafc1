"""A network in this process: its routes and caches, called without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures_store import Store
from unit.api.network import Network


@pytest.fixture
def network(store: Store, tmp_path: Path) -> Iterator[Network]:
    """A new network on each of the two databases."""
    loop = asyncio.new_event_loop()
    made = Network(store.database, tmp_path, loop)
    yield made
    made.close()
    loop.close()
