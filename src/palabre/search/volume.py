"""The words of many posts in little room, for PostgreSQL: how a volume is written and read. Pure.

A volume is 15,872 posts, oldest first; a post is its place among them. For each word it has the list of places, in
the shortest of three forms. Words are numbers of 20 bits in ascending order, cut into pages of about two kilobytes,
which are compressed: the distances between neighbours are small numbers, and mostly the same few.

A page: the number of its first word (4 bytes), then compressed: the count of words (2 bytes), the size of the numbers
(2), their distances, a form each, the sizes of the lists whose form does not tell it (2 each), the lists.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

POSTS: Final = 15_872
"""Of a volume: 248 rows of 64 places, and as many bits as fit into a quarter of a page of PostgreSQL."""
_WORD_BITS: Final = (1 << 20) - 1
_PAGE: Final = 2_600
"""Bytes that become a full page, more or less."""
_FULL: Final = 1_990
"""Bytes of a page, so that four rows fit into a page of PostgreSQL; one of a single word may have more."""
_FAR: Final = 255
_DISTANCES: Final = 251
"""The form of a list of distances: one byte each; 255: that much, and more follows."""
_BITS: Final = 252
"""The form of a list that has a bit for each post of the volume. A smaller number: so many places, two bytes each."""


def short(number: int) -> int:
    """Return the number of a word in a volume: 20 bits of its 32. What shares one is told apart by the text."""
    return number & _WORD_BITS


def pages(places: Mapping[int, Sequence[int]]) -> Iterator[tuple[int, bytes]]:
    """Write a volume. ``places``: those of each word, ascending. Yields the first word of each page, and the page."""
    words = sorted(places)
    lists = [_list(places[word]) for word in words]
    start, wanted = 0, _PAGE
    while start < len(words):
        end, size = start + 1, len(lists[start][1]) + 2
        while end < len(words) and size + len(lists[end][1]) < wanted:
            size += len(lists[end][1]) + 2
            end += 1
        page = _page(words[start:end], lists[start:end])
        if len(page) > _FULL and end > start + 1:
            wanted = min(size, wanted) * _FULL // len(page) - 20
            continue
        if end < len(words) and size > wanted // 2:
            wanted = size * (_FULL - 20) // len(page)
        yield words[start], page
        start = end


def bits(page: bytes, word: int) -> int:
    """Return the places of a word, as bits of a number; 0 if the page does not have it."""
    words, forms, sizes, lists = _opened(page)
    at = bisect_left(words, word)
    if at == len(words) or words[at] != word:
        return 0
    before = forms[:at]
    distances, whole = before.count(_DISTANCES), before.count(_BITS)
    start = 2 * (sum(before) - distances * _DISTANCES - whole * _BITS) + sum(sizes[: distances + whole])
    size = sizes[distances + whole] if forms[at] >= _DISTANCES else 2 * forms[at]
    written = lists[start : start + size]
    return int.from_bytes(written, "little") if forms[at] == _BITS else _set(_places(forms[at], written))


def all_places(page: bytes) -> Iterator[tuple[int, list[int]]]:
    """Read a page whole: each word, and its places."""
    words, forms, sizes, lists = _opened(page)
    start, given = 0, iter(sizes)
    for word, form in zip(words, forms, strict=True):
        size = next(given) if form >= _DISTANCES else 2 * form
        yield word, _places(form, lists[start : start + size])
        start += size


def highest(number: int) -> Iterator[int]:
    """Yield the places of the bits that are set, the highest first."""
    while number:
        place = number.bit_length() - 1
        yield place
        number ^= 1 << place


def _list(places: Sequence[int]) -> tuple[int, bytes]:
    """Return the form of a list, and the list."""
    if len(places) * 8 >= POSTS:
        return _BITS, _set(places).to_bytes(POSTS // 8, "little")
    distances = _distances(places)
    if len(places) >= _DISTANCES or len(distances) <= len(places) * 2:
        return _DISTANCES, distances
    return len(places), struct.pack(f"<{len(places)}H", *places)


def _page(words: Sequence[int], lists: Sequence[tuple[int, bytes]]) -> bytes:
    forms = bytes(form for form, _ in lists)
    numbers = _distances([each - words[0] for each in words])
    sizes = [len(written) for form, written in lists if form >= _DISTANCES]
    head = struct.pack("<HH", len(words), len(numbers)) + numbers + forms + struct.pack(f"<{len(sizes)}H", *sizes)
    packer = zlib.compressobj(9, wbits=-15)
    whole = packer.compress(head + b"".join(written for _, written in lists)) + packer.flush()
    return words[0].to_bytes(4, "big") + whole


def _opened(page: bytes) -> tuple[list[int], bytes, Sequence[int], bytes]:
    """Return the words of a page, the form of each list, the sizes that the forms do not tell, and the lists."""
    whole = zlib.decompress(page[4:], -15)
    count, size = struct.unpack_from("<HH", whole)
    words = _summed(whole[4 : 4 + size], int.from_bytes(page[:4], "big"))
    at = 4 + size + count
    forms = whole[4 + size : at]
    told = forms.count(_DISTANCES) + forms.count(_BITS)
    return words, forms, struct.unpack_from(f"<{told}H", whole, at), whole[at + 2 * told :]


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
    if form == _DISTANCES:
        return _summed(written)
    if form == _BITS:
        return sorted(highest(int.from_bytes(written, "little")))
    return list(struct.unpack(f"<{form}H", written))


def _set(places: Iterable[int]) -> int:
    row = bytearray(POSTS // 8)
    for place in places:
        row[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(row, "little")
