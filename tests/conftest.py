"""What all tests share. Fixtures live in the ``fixtures_*`` modules beside this file, one module a subject."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from folders import in_memory

pytest_plugins = ["fixtures_postgresql", "fixtures_store", "fixtures_server", "fixtures_browser"]

_TESTS = Path(__file__).parent
_FIRST = ("architecture", "docs", "journeys", "browser", "store", "unit")


def pytest_configure() -> None:
    """The folders of tests (``tmp_path``) are in memory, if there is room and nobody wants them elsewhere.

    ``--basetemp`` goes before it. What a test leaves that passed is removed at once (``pyproject.toml``).
    """
    if memory := in_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What fails soonest comes first, then what takes longest: nobody is left alone with a long file in the end."""
    items.sort(key=lambda item: _FIRST.index(item.path.relative_to(_TESTS).parts[0]))


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of golden files and captured inputs."""
    return _TESTS / "fixtures"
