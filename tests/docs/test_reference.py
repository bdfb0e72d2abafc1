"""Pages that follow from the code are what ``make docs`` would write now."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import reference  # noqa: E402


@pytest.fixture(scope="module")
def pages() -> dict[Path, str]:
    return reference.pages()


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", *(f"docs/reference/{page}.md" for page in reference.PAGES)])
def test_the_generated_pages_are_current(pages: dict[Path, str], name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == pages[ROOT / name], "run `make docs`"


def test_every_setting_says_what_it_means(pages: dict[Path, str]) -> None:
    rows = [row for row in pages[ROOT / "docs/reference/configuration.md"].split("\n") if row.startswith("| `")]
    assert rows
    assert not [row for row in rows if row.rstrip("| ").endswith("`")]


def test_every_package_says_what_it_is_for(pages: dict[Path, str]) -> None:
    assert not [row for row in pages[ROOT / "ARCHITECTURE.md"].split("\n") if row.endswith("|  |")]


def test_every_method_of_the_api_says_what_it_does(pages: dict[Path, str]) -> None:
    rows = [row for row in pages[ROOT / "docs/reference/api.md"].split("\n") if row.startswith("| `")]
    assert rows
    assert not [row for row in rows if row.endswith("|  |")]
