"""Which posts stand at the places of an index: 64 in one row, each in as many bits as the row needs. Pure.

A row of its own for each post would take twice the room of what it says. SQLite's triggers call these functions, so
they are below everything that knows of posts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

PLACES = 64
"""Places in a row; the number of the row is the place divided by this, rounded down."""
_HEAD = 9
_TRAIT_BITS = 6
_NO_TRAITS = 0x80


class Placed(NamedTuple):
    """Who stands at a place."""

    post: int
    traits: int
    """Bits of ``search.model.Trait``, of which there may be six."""


def row_of(place: int) -> int:
    """Return the number of the row in which a place is."""
    return place // PLACES


def packed(posts: Mapping[int, Placed]) -> bytes:
    """Write a row: ``posts`` by their places, all of the same row, at least one.

    Eight bytes of the oldest post, one byte of bits for each place, then the places, the lowest bits first: 0 where
    nobody is, else one more than the distance to the oldest post and, below it, the traits; if none has any, the
    highest bit of the ninth byte says so, and there is no room for them.
    """
    oldest = min(each.post for each in posts.values())
    traits = _TRAIT_BITS if any(each.traits for each in posts.values()) else 0
    numbers = {place % PLACES: ((each.post - oldest + 1) << traits) | each.traits for place, each in posts.items()}
    bits = max(numbers.values()).bit_length()
    whole = 0
    for slot, number in numbers.items():
        whole |= number << (slot * bits)
    head = oldest.to_bytes(8, "big") + bytes((bits | (0 if traits else _NO_TRAITS),))
    return head + whole.to_bytes((whole.bit_length() + 7) // 8, "little")


def unpacked(row: int, stored: bytes) -> dict[int, Placed]:
    """Read a row: the posts by their places, in order."""
    bits, traits = _layout(stored)
    before = int.from_bytes(stored[:8], "big") - 1
    whole = int.from_bytes(stored[_HEAD:], "little")
    of_place, of_traits = (1 << bits) - 1, (1 << traits) - 1
    place, found = row * PLACES, {}
    while whole:
        number = whole & of_place
        if number:
            found[place] = Placed(before + (number >> traits), number & of_traits)
        whole >>= bits
        place += 1
    return found


def newest_in(stored: bytes) -> int:
    """Return the newest post of a row."""
    bits, traits = _layout(stored)
    whole = int.from_bytes(stored[_HEAD:], "little")
    of_place = (1 << bits) - 1
    most = 0
    while whole:
        most = max(most, whole & of_place)
        whole >>= bits
    return int.from_bytes(stored[:8], "big") + (most >> traits) - 1


def _layout(stored: bytes) -> tuple[int, int]:
    """Return how many bits a place has, and how many of them say traits."""
    bits = stored[8]
    return (bits ^ _NO_TRAITS, 0) if bits & _NO_TRAITS else (bits, _TRAIT_BITS)


def at(stored: bytes, place: int) -> Placed | None:
    """Return who stands at a place of a row."""
    bits, traits = _layout(stored)
    first = place % PLACES * bits
    window = int.from_bytes(stored[_HEAD + first // 8 : _HEAD + (first + bits + 7) // 8], "little")
    number = window >> (first % 8) & ((1 << bits) - 1)
    if not number:
        return None
    return Placed(int.from_bytes(stored[:8], "big") + (number >> traits) - 1, number & ((1 << traits) - 1))


# What SQL calls


def post_at(stored: bytes, place: int) -> int | None:
    """Return the post at a place."""
    found = at(stored, place)
    return found.post if found is not None else None


def traits_at(stored: bytes, place: int) -> int | None:
    """Return the traits of the post at a place."""
    found = at(stored, place)
    return found.traits if found is not None else None


def without(stored: bytes, place: int) -> bytes | None:
    """Return a row without the post at a place; ``None``: nobody is left."""
    row = row_of(place)
    left = {each: who for each, who in unpacked(row, stored).items() if each != place}
    return packed(left) if left else None


def packed_list(listed: str) -> bytes:
    """Write a row from a list of place, post and traits, with commas between all."""
    numbers = list(map(int, listed.split(",")))
    return packed(
        {
            place: Placed(post, traits)
            for place, post, traits in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
        }
    )
