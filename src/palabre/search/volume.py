"""The words of many posts in little room, for PostgreSQL: how a volume is written and read. Pure.

A volume is up to 15,872 posts, oldest first; a post is its place among them. For each word it has the list of places.
Words are numbers of 20 bits in ascending order, cut into pages of about two kilobytes.

A page: the number of its first word (3 bytes), a head, compressed, and the lists. The head: the count of words and of
all low bits (2 bytes each), how many places each word has (a byte each; what does not fit, 2 bytes each at the end),
the distances between the words. The lists: those of 512 places or more have a bit for each post, compressed if that
is shorter. Of all others, as one number: the lowest bits of the distances between their places, as many as suit the
length of the list, and, as another, what is left of each distance, so many bits 0 and a 1 (Rice's code). A list of
one place is its 14 bits.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Final

POSTS: Final = 15_872
"""Of a volume: 248 rows of 64 places, and as many bits as fit into a quarter of a page of PostgreSQL."""
ROWS: Final = POSTS // 64
"""Of ``search_post``, of one volume."""
_WORD_BITS: Final = (1 << 20) - 1
_FULL: Final = 1_996
"""Bytes of a page, so that four rows fit into a page of PostgreSQL, which has 36 for the head of each."""
_START: Final = 3
_FAR: Final = 255
_TOLD: Final = 254
"""The form of a list with more places than a form can say: the head tells how many. A smaller number: so many."""
_BITS: Final = 255
"""The form of a list that has a bit for each post of the volume: the head tells its bytes."""
_DENSE: Final = 512
_MOST: Final = 0xFFFF
"""What two bytes hold; there is not so much in a page that is not too long."""
_STRIDE: Final = 48
"""Bytes whose bits are counted at once."""
_PLACE_BITS: Final = 14
_PLACE: Final = (1 << _PLACE_BITS) - 1


def _width(count: int) -> int:
    """Return how many low bits the distances of ``count`` places have (the best for chance, by Kiely's rule)."""
    mean = (POSTS - count) * 4_812 // ((count + 1) * 10_000)
    return mean.bit_length() if count > 1 else _PLACE_BITS


_WIDTHS: Final = tuple(map(_width, range(_DENSE)))
_OF_LIST: Final = (*(count * _WIDTHS[count] for count in range(_TOLD)), 0, 0)
_LOW_BITS: Final = bytes(each & 0xFF for each in _OF_LIST)
_MORE_LOW_BITS: Final = bytes(each >> 8 for each in _OF_LIST)
"""How many low bits a list has, by its form; in two bytes, since bytes are added up much faster than numbers."""
_HIGHS: Final = bytes(count if 1 < count < _TOLD else 0 for count in range(256))
"""How many distances have something above the low bits, by the form of the list."""
_IS_TOLD: Final = bytes(form >= _TOLD for form in range(256))


def short(number: int) -> int:
    """Return the number of a word in a volume: 20 bits of its 32. What shares one is told apart by the text."""
    return number & _WORD_BITS


def pages(places: Mapping[int, Sequence[int]]) -> Iterator[tuple[int, bytes]]:
    """Write a volume. ``places``: those of each word, ascending. Yields the first word of each page, and the page."""
    writer = _Writer(places)
    start, size = 0, 300
    while start < len(writer.words):
        fits, too_many, head = 0, len(writer.words) - start + 1, b""
        while too_many - fits > 1:
            size = min(max(size, fits + 1), too_many - 1)
            tried = writer.head(start, start + size)
            room = _FULL - len(tried) - writer.room(start, start + size)
            if room >= 0 or size == 1:
                fits, head = size, tried
            else:
                too_many = size
            size += room * size // (_FULL - room) or (1 if room >= 0 else -1)
        yield writer.words[start], head + writer.lists(start, start + fits)
        start, size = start + fits, fits


def bits(page: bytes, word: int) -> int:
    """Return the places of a word, as bits of a number; 0 if the page does not have it."""
    opened = _Page(page)
    at = bisect_left(opened.words, word)
    return opened.bits(at) if at < len(opened.words) and opened.words[at] == word else 0


def all_places(page: bytes) -> Iterator[tuple[int, list[int]]]:
    """Read a page whole: each word, and its places."""
    opened = _Page(page)
    yield from zip(opened.words, opened.all_places(), strict=True)


def highest(number: int) -> Iterator[int]:
    """Yield the places of the bits that are set, the highest first."""
    while number:
        place = number.bit_length() - 1
        yield place
        number ^= 1 << place


class _Page:
    """A page that is read."""

    def __init__(self, page: bytes) -> None:
        inflate = zlib.decompressobj(-15)
        head = inflate.decompress(page[_START:])
        self._lists = inflate.unused_data
        count, self._low_bits = struct.unpack_from("<HH", head)
        after = 4 + count
        self._forms = head[4:after]
        told = self._forms.count(_TOLD) + self._forms.count(_BITS)
        end = len(head) - 2 * told
        self._told = struct.unpack_from(f"<{told}H", head, end)
        self.words = _summed(head[after:end], int.from_bytes(page[:_START], "big"))

    def bits(self, at: int) -> int:
        """Return the places of a word by its place among the words, as bits of a number."""
        forms, form = self._forms[:at], self._forms[at]
        before = self._told[: sum(forms.translate(_IS_TOLD))] if self._told else ()
        told = self._told[len(before)] if form >= _TOLD else form
        size, low, high = self._start(forms, before)
        if form == _BITS:
            return _unpacked(self._lists[size : size + told])
        width = _WIDTHS[told]
        low += self._whole_bytes * 8
        left = int.from_bytes(self._lists[low >> 3 : (low + told * width + 7) >> 3], "little") >> (low & 7)
        if told == 1:
            return 1 << (left & _PLACE)
        return _set(_places(left & ((1 << told * width) - 1), width, self._above(high, told, POSTS >> width)))

    def all_places(self) -> Iterator[list[int]]:
        """Yield the places of each word."""
        told, size = iter(self._told), 0
        left = int.from_bytes(self._lists[self._whole_bytes : self._highs_start], "little")
        above, high = _split(self._lists[self._highs_start :]), 0
        for form in self._forms:
            count = next(told) if form >= _TOLD else form
            if form == _BITS:
                yield sorted(highest(_unpacked(self._lists[size : size + count])))
                size += count
                continue
            width = _WIDTHS[count]
            if count == 1:
                yield [left & _PLACE]
            else:
                yield _places(left & ((1 << (count * width)) - 1), width, above[high : high + count])
                high += count
            left >>= count * width

    @staticmethod
    def _start(forms: bytes, told: Sequence[int]) -> tuple[int, int, int]:
        """Return what lists have that stand before one: bytes of whole ones, low bits, and distances."""
        low = sum(forms.translate(_LOW_BITS)) + (sum(forms.translate(_MORE_LOW_BITS)) << 8)
        size, high = 0, sum(forms.translate(_HIGHS))
        if told:
            for form, each in zip((each for each in forms if each >= _TOLD), told, strict=True):
                if form == _BITS:
                    size += each
                else:
                    low, high = low + each * _WIDTHS[each], high + each
        return size, low, high

    @cached_property
    def _whole_bytes(self) -> int:
        return self._start(self._forms, self._told)[0] if _BITS in self._forms else 0

    @property
    def _highs_start(self) -> int:
        low_bytes: int = (self._low_bits + 7) // 8
        return self._whole_bytes + low_bytes

    def _above(self, before: int, count: int, zeros: int) -> list[str]:
        """Return what is above the low bits of ``count`` distances, after ``before`` others; ``zeros``: at most."""
        start, left = self._highs_start, before
        while (ends := _count(self._lists[start : start + _STRIDE])) < left:
            start, left = start + _STRIDE, left - ends
        end = start + _STRIDE + (count + zeros) // 8 + 1
        return _split(self._lists[start:end], left + count)[left : left + count]


class _Writer:
    """The words and lists of a volume as they are written, for pages of any of them."""

    def __init__(self, places: Mapping[int, Sequence[int]]) -> None:
        self.words = sorted(places)
        self._forms = bytearray()
        self._told: list[bytes] = []
        self._distances = [
            b"\xff" * ((word - before) // _FAR) + bytes(((word - before) % _FAR,))
            for before, word in zip(self.words, self.words[1:], strict=False)
        ]
        self._wholes: list[bytes] = []
        self._lows: list[int] = []
        self._highs: list[str] = []
        for word in self.words:
            self._add(places[word])
        self._low_sums = [0, *accumulate(_low_bits(*each) for each in zip(self._forms, self._told, strict=True))]
        sizes = (8 * len(whole) + len(high) for whole, high in zip(self._wholes, self._highs, strict=True))
        self._other_sums = [0, *accumulate(sizes)]

    def _add(self, places: Sequence[int]) -> None:
        count, whole, low, high = len(places), b"", 0, ""
        form = min(count, _TOLD)
        if count >= _DENSE:
            form, whole = _BITS, _packed(_set(places))
            count = len(whole)
        elif count == 1:
            low = places[0]
        else:
            low, high = _distances(places, _WIDTHS[count])
        self._forms.append(form)
        self._told.append(count.to_bytes(2, "little") if form >= _TOLD else b"")
        self._wholes.append(whole)
        self._lows.append(low)
        self._highs.append(high)

    def room(self, start: int, end: int) -> int:
        """Return how many bytes the lists of some words take."""
        return sum((sums[end] - sums[start] + 7) // 8 for sums in (self._low_sums, self._other_sums))

    def head(self, start: int, end: int) -> bytes:
        """Write what stands before the lists of some words."""
        low_bits = self._low_sums[end] - self._low_sums[start]
        packer = zlib.compressobj(9, wbits=-15)
        written = packer.compress(
            struct.pack("<HH", min(end - start, _MOST), min(low_bits, _MOST))
            + self._forms[start:end]
            + b"".join(self._distances[start : end - 1])
            + b"".join(self._told[start:end])
        )
        return self.words[start].to_bytes(_START, "big") + written + packer.flush()

    def lists(self, start: int, end: int) -> bytes:
        """Write the lists of some words."""
        low, first = 0, self._low_sums[start]
        for each, at in zip(self._lows[start:end], self._low_sums[start:end], strict=True):
            low |= each << (at - first)
        lows = low.to_bytes((self._low_sums[end] - first + 7) // 8, "little")
        highs = int("0" + "".join(self._highs[start:end])[::-1], 2)
        return b"".join(self._wholes[start:end]) + lows + highs.to_bytes((highs.bit_length() + 7) // 8, "little")


def _low_bits(form: int, told: bytes) -> int:
    if form >= _TOLD:
        count = int.from_bytes(told, "little")
        return 0 if form == _BITS else count * _WIDTHS[count]
    return form * _WIDTHS[form]


def _distances(places: Sequence[int], width: int) -> tuple[int, str]:
    """Write places as the distances between them: the low bits of all, and what is above them, the first first."""
    low, above, before, mask, at = 0, [], -1, (1 << width) - 1, 0
    for place in places:
        distance = place - before - 1
        low |= (distance & mask) << at
        above.append("0" * (distance >> width))
        before, at = place, at + width
    above.append("")
    return low, "1".join(above)


def _places(low: int, width: int, above: Sequence[str]) -> list[int]:
    """Read places: the low bits of all distances, and what is above them."""
    places, place, mask = [], -1, (1 << width) - 1
    for zeros in above:
        place += (len(zeros) << width | low & mask) + 1
        low >>= width
        places.append(place)
    return places


def _count(bits: bytes) -> int:
    return int.from_bytes(bits, "little").bit_count()


def _split(highs: bytes, most: int = -1) -> list[str]:
    """Read what is above the low bits of distances: so many bits 0, and a 1."""
    return bin(int.from_bytes(highs, "little"))[:1:-1].split("1", most)


def _packed(number: int) -> bytes:
    """Write a list that has a bit for each post."""
    row = number.to_bytes(POSTS // 8, "little")
    packer = zlib.compressobj(9, wbits=-15)
    shorter = packer.compress(row) + packer.flush()
    return shorter if len(shorter) < len(row) else row


def _unpacked(written: bytes) -> int:
    return int.from_bytes(zlib.decompress(written, -15) if len(written) < POSTS // 8 else written, "little")


def _summed(distances: bytes, first: int) -> list[int]:
    sums = list(accumulate(distances, initial=first))
    if _FAR not in distances:
        return sums
    return [first, *(total for total, each in zip(sums[1:], distances, strict=True) if each != _FAR)]


def _set(places: Iterable[int]) -> int:
    row = bytearray(POSTS // 8)
    for place in places:
        row[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(row, "little")
