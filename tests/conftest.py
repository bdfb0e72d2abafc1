"""What all tests share. Fixtures live in the ``fixtures_*`` modules beside this file, one module a subject."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["fixtures_postgresql", "fixtures_store", "fixtures_server", "fixtures_browser"]


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of golden files and captured inputs."""
    return Path(__file__).parent / "fixtures"
