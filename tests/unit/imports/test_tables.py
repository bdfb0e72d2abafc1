"""Lists and blocked networks from tables: cells with line breaks, guards against spreadsheets, damaged rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from palabre.imports.archive import open_archive
from palabre.imports.model import ImportedEntry, ImportedTie, Part, Reason, Record, Skipped, Source, Tie


def _read(tmp_path: Path, name: str, content: str | bytes, source: Source | None = None) -> list[Record]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with open_archive(path, source=source) as archive:
        return list(archive.records(here="here.example", now=0))  # type: ignore[arg-type]


def _lists(records: list[Record]) -> list[str]:
    return [each.target for each in records if isinstance(each, ImportedTie) and each.tie is Tie.LISTED]


def test_lists_come_with_their_titles(tmp_path: Path) -> None:
    found = _read(tmp_path, "lists.csv", "friends,ana@elsewhere.example\nfriends,ben@here.example\n")
    assert _lists(found) == ["ana@elsewhere.example friends", "ben@here.example friends"]


@pytest.mark.parametrize("title", ["=1+1", "+x", "-y", "@home", "'quoted'", "a 'b", "'"])
def test_the_guard_of_spreadsheets_is_undone_and_nothing_else(tmp_path: Path, title: str) -> None:
    from palabre.graph.exports import cell

    found = _read(tmp_path, "lists.csv", f"{cell(title)},ana@here.example\n")
    assert _lists(found) == [f"ana@here.example {title}"]


def test_a_line_break_inside_a_cell_is_part_of_it(tmp_path: Path) -> None:
    found = _read(tmp_path, "lists.csv", '"two\nlines, ""and"" more",ana@here.example\r\nplain,ben@here.example\r\n')
    assert _lists(found) == ['ana@here.example two\nlines, "and" more', "ben@here.example plain"]


def test_a_quotation_mark_that_is_never_closed_spoils_its_own_line(tmp_path: Path) -> None:
    rows = ['"open,ana@here.example', *(f"friends,p{number}@here.example" for number in range(60))]
    found = _read(tmp_path, "lists.csv", "\n".join(rows))
    assert len(_lists(found)) == 60
    assert [each.reason for each in found if isinstance(each, Skipped)] == [Reason.DAMAGED]


def test_blocked_networks_come(tmp_path: Path) -> None:
    found = _read(tmp_path, "blocked_domains.csv", "Rude.example\nspam.example\nnot a domain\n")
    assert [each.data["domain"] for each in found if isinstance(each, ImportedEntry)] == [
        "rude.example",
        "spam.example",
    ]
    [skipped] = [each for each in found if isinstance(each, Skipped)]
    assert (skipped.part, skipped.reason) == (Part.SETTING, Reason.DAMAGED)
    assert _read(tmp_path, "x.csv", "#domain\nrude.example\n") == found[:1]
