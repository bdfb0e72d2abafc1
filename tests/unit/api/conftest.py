"""A network in this process: its routes and caches, called without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures_store import Store
from unit.api.network import Network


@pytest.fixture
def network_with(store: Store, tmp_path: Path) -> Iterator[Callable[..., Network]]:
    """Makes a network of your own settings, on each of the two databases."""
    loop = asyncio.new_event_loop()
    made: list[Network] = []

    def make(**settings: Any) -> Network:
        made.append(Network(store.database, tmp_path, loop, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()
    loop.close()


@pytest.fixture
def network(network_with: Callable[..., Network]) -> Network:
    """A new network on each of the two databases."""
    return network_with()
