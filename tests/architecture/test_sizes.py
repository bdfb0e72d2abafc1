"""A file that needs a table of contents is two files."""

from __future__ import annotations

import pytest

from architecture.source_tree import ROOT

_MOST_LINES = 600
"""Aim for fewer than 500; past this bound the file is split."""


@pytest.mark.parametrize("pattern", ["src/**/*.py", "tests/**/*.py", "tools/*", "src/palabre/web/**/assets/*.[jc]s*"])
def test_no_file_is_too_long(pattern: str) -> None:
    lengths = {
        path.relative_to(ROOT): path.read_text("utf-8").count("\n") for path in ROOT.glob(pattern) if path.is_file()
    }
    assert not {str(path): lines for path, lines in lengths.items() if lines > _MOST_LINES}
