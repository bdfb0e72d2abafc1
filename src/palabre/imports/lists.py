"""Reads the CSV files that Mastodon exports: follows, mutes, blocks, bookmarks."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from palabre.imports.errors import ArchiveTooLarge, KindUnclear, NotAnArchive
from palabre.imports.model import ImportedTie, Limits, Part, Reason, Record, Skipped, Source, Tie

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
}
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
    header = {cell.strip().lower() for cell in first}
    if "account address" in header:
        if header & {"show boosts", "notify on new posts", "languages"}:
            return Source.FOLLOWS
        if "hide notifications" in header:
            return Source.MUTES
    stem = re.sub(r"[ ._-]*\(?\d*\)?$", "", Path(name or path.name).stem.lower())
    if stem in _NAMES:
        return _NAMES[stem]
    if len(first) == 1 and first[0].startswith(("https://", "http://")):
        return Source.BOOKMARKS
    if all(_ADDRESS.fullmatch(cell.strip()) for cell in first) and "@" in first[0]:
        raise KindUnclear
    raise NotAnArchive


def read_list(path: Path, source: Source, limits: Limits) -> Iterator[Record]:
    """Read the lines of a CSV file as ties, and those that make no sense as skipped."""
    tie = _TIES.get(source)
    if tie is None:
        count = sum(1 for _ in _rows(path, limits))
        yield Skipped(part=Part.PERSON, reason=Reason.NOT_SUPPORTED, where=source.value, count=count)
        return
    part = Part.BOOKMARK if tie is Tie.BOOKMARK else Part.PERSON
    columns = {"account address": 0}
    for number, row in enumerate(_rows(path, limits), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if number == 1 and "account address" in (lowered := [cell.lower() for cell in cells]):
            columns = {title: place for place, title in enumerate(lowered)}
            continue
        target = _target(cells, columns, tie)
        if target is None:
            yield Skipped(part=part, reason=Reason.DAMAGED, what=_shown(row), where=f"line {number}")
            continue
        yield ImportedTie(
            tie=tie,
            target=target,
            show_reposts=_flag(cells, columns, "show boosts", default=True),
            notify=_flag(cells, columns, "notify on new posts", default=False),
            languages=_languages(cells, columns),
            hide_notifications=_flag(cells, columns, "hide notifications", default=True),
        )


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
    for line in text.replace("\x00", "").splitlines():  # none of these files has a line break inside a cell
        try:
            yield next(csv.reader([line]), [])
        except csv.Error:
            yield [line[:100]]
