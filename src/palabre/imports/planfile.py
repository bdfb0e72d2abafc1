"""The plan of an import as a file: read once from the archive, then followed slice by slice, across restarts."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from palabre.imports.model import ImportedEntry, ImportedTie, Item, Skipped, Source
from palabre.imports.plan import Plan

_LENGTH = struct.Struct("<L")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Item).decode


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What is known once the archive was read."""

    source: Source
    total: int
    left_out: dict[str, int]
    listed: tuple[Skipped, ...]


_decode_header = msgspec.msgpack.Decoder(Header).decode


def write_plan(plan: Plan, source: Source, path: Path) -> Header:
    """Write people and lists first, then posts, oldest first, then what may be about those posts."""
    first = [each for each in plan.ties if not _is_about_posts(each)]
    last = [each for each in plan.ties if _is_about_posts(each)]
    header = Header(
        source=source,
        total=plan.total + len(plan.ties),
        left_out=plan.left_out.by_reason(),
        listed=tuple(plan.left_out.listed),
    )
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        _write(file, [_encode(header)])
        _write(file, map(_encode, first))
        _write(file, (_encode(post) for _, post in plan.posts()))
        _write(file, map(_encode, last))
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
    return header


def _is_about_posts(item: ImportedTie | ImportedEntry) -> bool:
    return item.tie.is_of_post if isinstance(item, ImportedTie) else item.section in {"filters", "unpublished"}


def _write(file: BinaryIO, frames: Iterable[bytes]) -> None:
    for frame in frames:
        file.write(_LENGTH.pack(len(frame)))
        file.write(frame)


class Steps(NamedTuple):
    """A few things to import, and where in the plan they begin and end."""

    begin: int
    end: int
    items: list[Item]


class PlanFile:
    """A plan that is followed. A place in it is a position in the file; 0 is its beginning."""

    def __init__(self, path: Path) -> None:
        """Open the plan at ``path``."""
        self._file = path.open("rb")
        self.header = _decode_header(self._frame())
        self._first = self._file.tell()

    def _frame(self) -> bytes:
        length = self._file.read(_LENGTH.size)
        return self._file.read(_LENGTH.unpack(length)[0]) if length else b""

    def steps(self, place: int, *, most: int, pictures: int) -> Steps:
        """Return the next items from ``place``: at most ``most``, with about ``pictures`` pictures.

        A post with a video is the last of its slice: each may take minutes, and is a file of its own meanwhile.
        """
        self._file.seek(max(place, self._first))
        found: list[Item] = []
        left = pictures
        while len(found) < most and left > 0 and (frame := self._frame()):
            item = _decode(frame)
            found.append(item)
            left -= sum(pictures if each.film else 1 for each in getattr(item, "media", ()))
        return Steps(place, self._file.tell(), found)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
