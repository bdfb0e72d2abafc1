"""What all tests share. Fixtures live in the ``fixtures_*`` modules beside this file, one module a subject."""

from __future__ import annotations

from pathlib import Path

import pytest

from folders import keep_temporary_files_in_memory

pytest_plugins = ["fixtures_postgresql", "fixtures_store", "fixtures_server", "fixtures_browser"]

_TESTS = Path(__file__).parent
_FIRST = ("architecture", "docs", "journeys", "browser", "store", "unit")


def pytest_configure() -> None:
    """Folders of tests (``tmp_path``), databases and profiles of browsers are in memory, if there is room.

    What a test leaves that passed is removed at once (``pyproject.toml``).
    """
    keep_temporary_files_in_memory()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What fails soonest comes first, then what takes longest: nobody is left alone with a long file in the end."""
    items.sort(key=lambda item: _FIRST.index(item.path.relative_to(_TESTS).parts[0]))


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of golden files and captured inputs."""
    return _TESTS / "fixtures"
