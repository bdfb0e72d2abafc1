"""A network in this process: its routes and caches, called without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures_store import Store
from palabre.store import Database
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


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch, network: Network) -> Callable[[Callable[[], Any]], int]:
    """Counts the statements that a call reads."""
    read_now, read_here = Database.read_now, Database._read_here
    total = 0

    def counting(original: Any) -> Any:
        def wrapped(database: Database, query: Any, *args: Any, **kwargs: Any) -> Any:
            def counted(db: Any, *inner: Any, **more: Any) -> Any:
                nonlocal total
                try:
                    return query(db, *inner, **more)
                finally:
                    total += db.statements

            return original(database, counted, *args, **kwargs)

        return wrapped

    monkeypatch.setattr(Database, "read_now", counting(read_now))
    monkeypatch.setattr(Database, "_read_here", counting(read_here))

    def run(call: Callable[[], Any]) -> int:
        nonlocal total
        total = 0
        call()
        return total

    return run
