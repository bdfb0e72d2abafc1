"""Reads the CSV files that Mastodon exports: follows, mutes, blocks, bookmarks, lists, blocked domains."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from palabre.imports.errors import ArchiveTooLarge, KindUnclear, NotAnArchive
from palabre.imports.model import ImportedEntry, ImportedTie, Limits, Part, Reason, Record, Skipped, Source, Tie

_NAMES = {
    "following_accounts": Source.FOLLOWS,
    "follows": Source.FOLLOWS,
    "muted_accounts": Source.MUTES,
    "mutes": Source.MUTES,
    "blocked_accounts": Source.BLOCKS,
    "blocks": Source.BLOCKS,
    "bookmarks": Source.BOOKMARKS,
    "lists": Source.LISTS,
    "blocked_domains": Source.DOMAIN_BLOCKS,
}
_TIES = {
    Source.FOLLOWS: Tie.FOLLOW,
    Source.MUTES: Tie.MUTE,
    Source.BLOCKS: Tie.BLOCK,
    Source.BOOKMARKS: Tie.BOOKMARK,
    Source.LISTS: Tie.LISTED,
}
_HEADERS = frozenset({"account address", "#domain", "#uri", "list name"})
_FORMULA = frozenset("=+-@")
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_MOST_LINES = 50
"""Lines of one row: nobody's list has a title that long."""
_ADDRESS = re.compile(r"@?([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?)(?:@([A-Za-z0-9.:-]{1,253}))?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_TRUE = frozenset({"true", "1", "yes", "t"})
_FALSE = frozenset({"false", "0", "no", "f"})
_SURROGATE = re.compile(r"[\udc80-\udcff]")


def source_of(path: Path, name: str | None, limits: Limits) -> Source:
    """Tell what a CSV file holds, by its header, else by the name that Mastodon gave it.

    Raises:
        NotAnArchive: it is no such file.
        KindUnclear: it is a list of accounts, and nothing says what for.

    """
    rows = _rows(path, limits)
    first = next(rows, None)
    if first is None:
        raise NotAnArchive
    told = _by_header({cell.strip().lower() for cell in first})
    if told is not None:
        return told
    stem = re.sub(r"[ ._-]*\(?\d*\)?$", "", Path(name or path.name).stem.lower())
    if stem in _NAMES:
        return _NAMES[stem]
    if len(first) == 1 and first[0].startswith(("https://", "http://")):
        return Source.BOOKMARKS
    if all(_ADDRESS.fullmatch(cell.strip()) for cell in first) and "@" in first[0]:
        raise KindUnclear
    raise NotAnArchive


def _by_header(header: set[str]) -> Source | None:
    if "account address" in header:
        if "list name" in header:
            return Source.LISTS
        if header & {"show boosts", "notify on new posts", "languages"}:
            return Source.FOLLOWS
        return Source.MUTES if "hide notifications" in header else None
    return Source.DOMAIN_BLOCKS if "#domain" in header else Source.BOOKMARKS if "#uri" in header else None


def read_list(path: Path, source: Source, limits: Limits) -> Iterator[Record]:
    """Read the rows of a CSV file as what they stand for, and those that make no sense as skipped."""
    tie = _TIES.get(source)
    part = Part.SETTING if tie is None else Part.BOOKMARK if tie is Tie.BOOKMARK else Part.PERSON
    columns = {"account address": 1 if source is Source.LISTS else 0}
    for number, row in enumerate(_rows(path, limits), 1):
        cells = [_without_guard(cell.strip()) for cell in row]
        if not any(cells):
            continue
        if number == 1 and _HEADERS.intersection(lowered := [cell.lower() for cell in cells]):
            columns |= {title: place for place, title in enumerate(lowered)}
            continue
        found = _domain(cells) if tie is None else _tie(cells, columns, tie)
        yield found or Skipped(part=part, reason=Reason.DAMAGED, what=_shown(row), where=f"line {number}")


def _domain(cells: list[str]) -> ImportedEntry | None:
    domain = cells[0].lower()
    if _DOMAIN.fullmatch(domain) is None:
        return None
    return ImportedEntry(section="domain_blocks", name=f"domain_blocks:{domain}", data={"domain": domain})


def _tie(cells: list[str], columns: dict[str, int], tie: Tie) -> ImportedTie | None:
    target = _target(cells, columns, tie)
    if target is None:
        return None
    if tie is Tie.LISTED:
        title = cells[columns.get("list name", 0)]
        return (
            ImportedTie(tie=tie, target=f"{target} {title}") if title and _SURROGATE.search(title) is None else None
        )
    return ImportedTie(
        tie=tie,
        target=target,
        show_reposts=_flag(cells, columns, "show boosts", default=True),
        notify=_flag(cells, columns, "notify on new posts", default=False),
        languages=_languages(cells, columns),
        hide_notifications=_flag(cells, columns, "hide notifications", default=True),
    )


def _without_guard(cell: str) -> str:
    """Undo what keeps spreadsheets from taking a cell for a formula: an apostrophe before its first sign."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA else cell


def _target(cells: list[str], columns: dict[str, int], tie: Tie) -> str | None:
    place = columns["account address"]
    cell = cells[place] if place < len(cells) else ""
    if tie is Tie.BOOKMARK:
        return cell if cell.startswith(("https://", "http://")) and len(cell) <= 500 else None
    found = _ADDRESS.fullmatch(cell)
    if found is None:
        return None
    return f"{found[1]}@{found[2].lower()}" if found[2] else found[1]


def _flag(cells: list[str], columns: dict[str, int], title: str, *, default: bool) -> bool:
    place = columns.get(title, len(cells))
    word = cells[place].lower() if place < len(cells) else ""
    return True if word in _TRUE else False if word in _FALSE else default


def _languages(cells: list[str], columns: dict[str, int]) -> tuple[str, ...]:
    place = columns.get("languages", len(cells))
    words = cells[place].split(",") if place < len(cells) else []
    return tuple(word.strip() for word in words if _LANGUAGE.fullmatch(word.strip()))


def _shown(row: list[str]) -> str:
    return _SURROGATE.sub("?", ", ".join(row))[:100]


def _rows(path: Path, limits: Limits) -> Iterator[list[str]]:
    """Iterate over the rows; a byte that is not UTF-8 spoils only its own row."""
    with path.open("rb") as file:
        source = file.read(limits.small_file + 1)
    if len(source) > limits.small_file:
        raise ArchiveTooLarge
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):  # saved again by a spreadsheet
        text = source.decode("utf-16", "replace")
    else:
        text = source.decode("utf-8-sig", "surrogateescape")
    if "\x00" in text[:4_096]:
        raise NotAnArchive
    yield from _parsed(_LINE.findall(text.replace("\x00", "")))


def _parsed(lines: list[str]) -> Iterator[list[str]]:
    """Read rows, whose cells may have line breaks; a quotation mark that is never closed spoils only its own line."""
    at = 0
    while at < len(lines):
        end, quotes = at + 1, lines[at].count('"')
        while quotes % 2 and end < min(len(lines), at + _MOST_LINES):
            quotes += lines[end].count('"')
            end += 1
        if quotes % 2:
            end = at + 1
        try:
            yield next(csv.reader(lines[at:end]), [])
        except csv.Error:
            yield [lines[at][:100]]
        at = end
