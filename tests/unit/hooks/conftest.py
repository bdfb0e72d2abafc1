"""Members on both databases."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from people import People


@pytest.fixture
def people(store: Store) -> People:
    """Nobody yet."""
    return People(store)
