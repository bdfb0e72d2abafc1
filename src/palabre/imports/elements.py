"""Reads a huge JSON array one element at a time, and goes on after a damaged one.

A regular expression jumps from bracket to bracket outside strings, so a file is cut into elements at about the
speed of reading it, in a buffer of one element. An element that cannot be read costs only itself: reading
resumes at the next place that looks like the start of an element.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Generic, TypeVar

import msgspec

from palabre.imports.errors import ArchiveTooLarge, DamagedMember
from palabre.imports.model import Limits

_CHUNK = 1 << 18
_HEAD = 1 << 20
"""Bytes in which the array must begin."""
_OVERLAP = 4_096
"""Bytes kept when looking for a start, since it may lie across two chunks."""

_RUN = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\\x00-\x1f]++|\\.)*+")*+')
"""Everything up to the next bracket outside a string. Possessive throughout: never backtracks."""


def _nested(levels: int) -> bytes:
    """Write the expression of what may stand between two brackets that hold ``levels`` of further ones."""
    inner = rb"[\[{]" + _nested(levels - 1) + rb"[\]}]|" if levels else b""
    return rb'(?:[^"\[\]{}]++|' + inner + rb'"(?:[^"\\\x00-\x1f]++|\\.)*+")*+'


_WHOLE = re.compile(rb"\{" + _nested(7) + rb"\}")
"""An element of no more than usual depth that lies in the buffer whole: nearly all do."""
_UNFINISHED = re.compile(rb'"(?:[^"\\\x00-\x1f]++|\\.)*+\\?\Z')
"""A string that goes on after the end of the buffer."""
_GAP = re.compile(rb"[\s,]*+")
_COUNTED = 2**63
"""Integers of a database, and of a plan, are below this."""
_OPENING = b"{["
_QUOTE, _END = 0x22, 0x5D
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"\x00")

T = TypeVar("T")


class Damage(msgspec.Struct, frozen=True):
    """A place where nothing could be read. ``number`` counts elements from 1; ``fatal``: nothing follows."""

    number: int
    why: str
    fatal: bool = False


class ElementReader(Generic[T]):
    """Iterates over the elements of one array in ``stream``, decoded as ``type``, and over its damages."""

    def __init__(
        self,
        stream: BinaryIO,
        *,
        kind: type[T],
        opening: re.Pattern[bytes],
        start: re.Pattern[bytes],
        limits: Limits,
    ) -> None:
        """Prepare to read; ``opening`` ends with the array's bracket, ``start`` is how an element begins."""
        self._stream = stream
        self._decode = msgspec.json.Decoder(kind, strict=False).decode
        self._opening = opening
        self._start = start
        self._limits = limits
        self._buffer = b""
        self._ended = False
        self._broken = ""
        self._number = 0

    def _more(self, keep_from: int) -> bool:
        """Drop what lies before ``keep_from`` and read on; False at the end of the stream."""
        if self._ended:
            return False
        try:
            chunk = self._stream.read(_CHUNK)
        except DamagedMember as broken:
            chunk, self._broken = b"", str(broken)
        if not chunk:
            self._ended = True
            return False
        self._buffer = self._buffer[keep_from:] + chunk
        return True

    def __iter__(self) -> Iterator[T | Damage]:
        at = self._find_array()
        if isinstance(at, Damage):
            yield at
            return
        resyncs = 0
        while (at := self._skip_gap(at)) >= 0 and self._buffer[at] != _END:
            self._number += 1
            if self._number > self._limits.entries:
                raise ArchiveTooLarge
            found, end = self._element(at)
            if not isinstance(found, str):
                yield found
                at = end
                continue
            resyncs += 1
            if resyncs > self._limits.resyncs:  # each costs a reading of up to a whole element
                yield Damage(self._number, "too many damaged entries", fatal=True)
                return
            at = end or self._resync()
            yield Damage(self._number, found, fatal=at < 0)
            if at < 0:
                return
        while self._more(len(self._buffer)):  # only its end tells whether the file was whole
            pass
        if self._broken or at < 0:
            yield Damage(self._number + 1, self._broken or "the file ends too early", fatal=True)

    def _find_array(self) -> int | Damage:
        while True:
            found = self._opening.search(self._buffer)
            if found:
                return found.end()
            if len(self._buffer) > _HEAD or not self._more(0):
                return Damage(0, self._broken or "the list of posts was not found", fatal=True)
            if self._buffer.startswith(_UTF16):
                return Damage(0, "not written in UTF-8", fatal=True)

    def _skip_gap(self, at: int) -> int:
        while True:
            gap = _GAP.match(self._buffer, at)
            at = gap.end() if gap else at
            if at < len(self._buffer):
                return at
            if not self._more(at):
                return -1
            at = 0

    def _element(self, begin: int) -> tuple[T | str, int]:
        """Return the element at ``begin`` and where it ends; or why not, and where it ends if that is certain.

        Where it is not, the end is 0 and the buffer now starts one byte after the element's beginning.
        """
        whole = _WHOLE.match(self._buffer, begin)
        if whole and whole.end() - begin <= self._limits.element:
            found, certain = self._decoded(whole[0])
            if certain or not isinstance(found, str):
                return found, whole.end()
        at, depth, why = begin, 0, ""
        while not why:
            run = _RUN.match(self._buffer, at)
            at = run.end() if run else at
            if at - begin > self._limits.element:
                why = "too large"
            elif at == len(self._buffer) or _UNFINISHED.match(self._buffer, at):
                if self._more(begin):
                    at, begin = at - begin, 0
                else:
                    why = self._broken or "the file ends too early"
            else:
                depth, why = self._bracket(at, depth)
                at += 1
                if depth == 0 and not why:
                    found, certain = self._decoded(self._buffer[begin:at])
                    if certain or not isinstance(found, str):
                        return found, at
                    why = found
        self._buffer = self._buffer[begin + 1 :]
        return why, 0

    def _bracket(self, at: int, depth: int) -> tuple[int, str]:
        """Return how deep the bracket at ``at`` leads from ``depth``, or what is wrong with it."""
        if self._buffer[at] == _QUOTE:
            return depth, "a text that is not closed"
        if self._buffer[at] in _OPENING:
            return depth + 1, "nested too deeply" if depth >= self._limits.depth else ""
        return depth - 1, "" if depth else "unreadable"

    def _decoded(self, element: bytes) -> tuple[T | str, bool]:
        """Decode; of what fails, say why, and whether it is JSON all the same, so that its end is certain."""
        try:
            return self._decode(element), True
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as wrong:
            try:
                msgspec.json.decode(element)
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
                return _plain(wrong), False
            return _plain(wrong), True

    def _resync(self) -> int:
        """Find the next start of an element in the buffer or beyond; -1 if there is none."""
        while True:
            found = self._start.search(self._buffer)
            if found:
                return found.start()
            if not self._more(max(0, len(self._buffer) - _OVERLAP)):
                return -1


def _plain(wrong: Exception) -> str:
    return str(wrong)[:200] or type(wrong).__name__


def sound(value: Any) -> Any:
    """Return what was read without the character that PostgreSQL does not store.

    Raises:
        ValueError: a number in it is larger than any that a database or a plan holds.

    """
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [sound(each) for each in value]
    if isinstance(value, dict):
        return {sound(name): sound(each) for name, each in value.items()}
    if isinstance(value, int) and not -_COUNTED <= value < _COUNTED:
        raise ValueError("a number of more than 64 bits")
    return value
