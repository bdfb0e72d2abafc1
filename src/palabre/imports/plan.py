"""Sorts what an archive holds by date, so that a post is filed after the one it answers.

Archives are in no useful order. All posts are written to a temporary file without a name as they are read; in
memory stay three numbers per post and a hash of its key: 50,000 posts take 5 MB here, and their texts none.
"""

from __future__ import annotations

import re
import struct
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from palabre.clock import Instant
from palabre.imports.model import ImportedEntry, ImportedPost, ImportedTie, Part, Reason, Record, Skipped

LISTED = 500
"""How many of the things left out are listed one by one; all are counted."""
LISTED_ALIKE = 100
"""How many of those may be left out for the same reason."""

_LENGTH = struct.Struct("<L")
_LAST_NUMBER = re.compile(r"[0-9]{1,19}\Z")


UNLISTED_REASONS = frozenset(
    {Reason.REPOST, Reason.EDITED_LATER, Reason.ONLY_NUMBERS, Reason.NOT_FOUND_HERE, Reason.ALREADY_HERE}
)
"""Reasons that say all when counted."""


def may_list(listed: list[Skipped], reason: Reason) -> bool:
    """Tell whether one more thing is listed that was left out for ``reason``."""
    if reason in UNLISTED_REASONS or len(listed) >= LISTED:
        return False
    return sum(each.reason is reason for each in listed) < LISTED_ALIKE


class LeftOut:
    """Counts what is left out, and lists the first of it. What was simply a repost is only counted."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.counts: Counter[tuple[Part, Reason]] = Counter()
        self.listed: list[Skipped] = []

    def add(self, skipped: Skipped) -> None:
        """Count ``skipped``, and list it if there is room."""
        self.counts[skipped.part, skipped.reason] += skipped.count
        if may_list(self.listed, skipped.reason):
            self.listed.append(skipped)

    def by_reason(self) -> dict[str, int]:
        """Return the counts as ``{"post.repost": 12}``."""
        return {f"{part}.{reason}": count for (part, reason), count in sorted(self.counts.items())}


class Plan:
    """What will be imported from one archive, in the order in which it will be."""

    def __init__(self, records: Iterable[Record], folder: Path | None = None) -> None:
        """Read ``records`` to their end, keeping the posts in a temporary file in ``folder``."""
        self.left_out = LeftOut()
        self.ties: list[ImportedTie | ImportedEntry] = []
        self._file = cast("BinaryIO", tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - closed in close()
        self._created = array("q")
        self._numbers = array("Q")
        self._places = array("q")
        self._later: dict[str, str] = {}
        self._order: list[int] = []
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(ImportedPost).decode
        try:
            self._take_in(records)
        except BaseException:
            self._file.close()
            raise

    def _take_in(self, records: Iterable[Record]) -> None:
        seen: set[bytes] = set()
        edited: dict[int, str] = {}
        for record in records:
            if isinstance(record, Skipped):
                self.left_out.add(record)
            elif isinstance(record, ImportedTie | ImportedEntry):
                self.ties.append(record)
            else:
                name = _hashed(record.source_key)
                if name in seen:
                    self.left_out.add(Skipped(part=Part.POST, reason=Reason.TWICE, what=record.source_key))
                    continue
                seen.add(name)
                if record.replaced_by is not None:
                    edited[len(self._places)] = record.replaced_by
                    self._later[record.source_key] = record.replaced_by
                self._keep(record)
        superseded = {place for place, key in edited.items() if _hashed(key) in seen}
        for _ in superseded:
            self.left_out.add(Skipped(part=Part.POST, reason=Reason.EDITED_LATER))
        remaining = (place for place in range(len(self._places)) if place not in superseded)
        self._order = sorted(remaining, key=lambda place: (self._created[place], self._numbers[place], place))
        self._later = {old: new for old, new in self._later.items() if _hashed(new) in seen}

    def _keep(self, post: ImportedPost) -> None:
        self._created.append(post.created)
        self._numbers.append(_number(post.source_key))
        self._places.append(self._file.tell())
        encoded = self._encode(post)
        self._file.write(_LENGTH.pack(len(encoded)))
        self._file.write(encoded)

    @property
    def total(self) -> int:
        """How many posts will be imported."""
        return len(self._order)

    def posts(self, begin: int = 0) -> Iterator[tuple[int, ImportedPost]]:
        """Iterate over the posts, oldest first, from number ``begin``, each with its number.

        No two have the same ``created``: those that had differ by a millisecond, in the order of the archive.
        """
        last = -1
        for number, place in enumerate(self._order):
            at = max(self._created[place], last + 1)
            last = at
            if number < begin:
                continue
            self._file.seek(self._places[place])
            (length,) = _LENGTH.unpack(self._file.read(_LENGTH.size))
            post = self._decode(self._file.read(length))
            parent = self._later.get(post.reply_to, post.reply_to) if post.reply_to else None
            yield number, msgspec.structs.replace(post, created=Instant(at), reply_to=parent, replaced_by=None)

    def close(self) -> None:
        """Forget everything."""
        self._file.close()


def _number(key: str) -> int:
    """Return the number at the end of a key: it tells the order of what was written in the same second."""
    digits = _LAST_NUMBER.search(key)
    return int(digits[0]) if digits else 0


def _hashed(key: str) -> bytes:
    return blake2b(key.encode(), digest_size=10).digest()
