"""The words of many posts in little room, for PostgreSQL: how a volume is written and read. Pure.

A volume is 15,872 posts, oldest first; a post is its place among them. For each word it has the list of places, in
the shortest of three forms. Words are numbers of 22 bits in ascending order, cut into pages of about a kilobyte,
which are compressed: the distances between neighbours are small numbers, and mostly the same few.

A page: the number of its first word (4 bytes), then compressed: the count of words (2 bytes), the size of the numbers
(2), their distances, a form each, the sizes of the lists (2 each), the lists.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import accumulate
from typing import Final

POSTS: Final = 15_872
"""Of a volume: 248 rows of 64 places, and as many bits as fit into a quarter of a page of PostgreSQL."""
_WORD_BITS: Final = (1 << 22) - 1
_PAGE: Final = 1_500
"""Bytes of a page before it is compressed; a list that is longer has one to itself."""
_FAR: Final = 255


class _Form(IntEnum):
    """How a list of places is written. Stored: never give a number another meaning."""

    PLACES = 0
    """Two bytes each."""
    DISTANCES = 1
    """One byte each; 255: that much, and more follows."""
    BITS = 2
    """A bit for each post of the volume."""


def short(number: int) -> int:
    """Return the number of a word in a volume: 22 bits of its 32. What shares one is told apart by the text."""
    return number & _WORD_BITS


def pages(places: Mapping[int, Sequence[int]]) -> Iterator[tuple[int, bytes]]:
    """Write a volume. ``places``: those of each word, ascending. Yields the first word of each page, and the page."""
    words: list[int] = []
    lists: list[tuple[_Form, bytes]] = []
    size = 0
    for word in sorted(places):
        form, written = _list(places[word])
        if words and size + len(written) > _PAGE:
            yield words[0], _page(words, lists)
            words, lists, size = [], [], 0
        words.append(word)
        lists.append((form, written))
        size += len(written) + 4
    if words:
        yield words[0], _page(words, lists)


def bits(page: bytes, word: int) -> int:
    """Return the places of a word, as bits of a number; 0 if the page does not have it."""
    words, forms, ends, lists = _opened(page)
    at = bisect_left(words, word)
    if at == len(words) or words[at] != word:
        return 0
    return _bits(forms[at], lists[ends[at - 1] if at else 0 : ends[at]])


def all_places(page: bytes) -> Iterator[tuple[int, list[int]]]:
    """Read a page whole: each word, and its places."""
    words, forms, ends, lists = _opened(page)
    for word, form, start, end in zip(words, forms, [0, *ends], ends, strict=False):
        yield word, _places(form, lists[start:end])


def highest(number: int) -> Iterator[int]:
    """Yield the places of the bits that are set, the highest first."""
    while number:
        place = number.bit_length() - 1
        yield place
        number ^= 1 << place


def _list(places: Sequence[int]) -> tuple[_Form, bytes]:
    if len(places) * 8 >= POSTS:
        return _Form.BITS, _set(places).to_bytes(POSTS // 8, "little")
    distances = _distances(places)
    if len(distances) <= len(places) * 2:
        return _Form.DISTANCES, distances
    return _Form.PLACES, struct.pack(f"<{len(places)}H", *places)


def _page(words: Sequence[int], lists: Iterable[tuple[_Form, bytes]]) -> bytes:
    forms, written = zip(*lists, strict=True)
    numbers = _distances([each - words[0] for each in words])
    sizes = struct.pack(f"<{len(words)}H", *map(len, written))
    whole = b"".join((struct.pack("<HH", len(words), len(numbers)), numbers, bytes(forms), sizes, *written))
    packer = zlib.compressobj(9, wbits=-15)
    return words[0].to_bytes(4, "big") + packer.compress(whole) + packer.flush()


def _opened(page: bytes) -> tuple[list[int], bytes, list[int], bytes]:
    """Return the words of a page, the forms of their lists, where each list ends, and the lists."""
    whole = zlib.decompress(page[4:], -15)
    count, size = struct.unpack_from("<HH", whole)
    first = int.from_bytes(page[:4], "big")
    words = _summed(whole[4 : 4 + size], first)
    at = 4 + size + count
    ends = list(accumulate(struct.unpack_from(f"<{count}H", whole, at)))
    return words, whole[4 + size : at], ends, whole[at + 2 * count :]


def _distances(numbers: Sequence[int]) -> bytes:
    """Write ascending numbers as the distance of each to the one before, the first to 0."""
    written = bytearray()
    last = 0
    for number in numbers:
        far, rest = divmod(number - last, _FAR)
        if far:
            written += b"\xff" * far
        written.append(rest)
        last = number
    return bytes(written)


def _summed(distances: bytes, first: int = 0) -> list[int]:
    sums = accumulate(distances, initial=first)
    next(sums)
    return [total for total, each in zip(sums, distances, strict=True) if each != _FAR]


def _places(form: int, written: bytes) -> list[int]:
    if form == _Form.PLACES:
        return list(struct.unpack(f"<{len(written) // 2}H", written))
    if form == _Form.DISTANCES:
        return _summed(written)
    return sorted(highest(int.from_bytes(written, "little")))


def _bits(form: int, written: bytes) -> int:
    return int.from_bytes(written, "little") if form == _Form.BITS else _set(_places(form, written))


def _set(places: Iterable[int]) -> int:
    row = bytearray(POSTS // 8)
    for place in places:
        row[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(row, "little")
