"""How the words of many posts are written into a volume, and read."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palabre.search import volume

_PLACES = st.integers(0, volume.POSTS - 1)
_SOME = st.sets(_PLACES, min_size=1, max_size=40).map(sorted)
_DENSE = st.integers(0, 1 << 63).map(
    lambda seed: sorted(random.Random(seed).sample(range(volume.POSTS), 250 + seed % 700))
)
_MANY = st.tuples(st.integers(1, 700), st.integers(0, 100)).map(
    lambda each: list(range(each[1], volume.POSTS, each[0]))
)
_WORDS = st.dictionaries(st.integers(0, (1 << 20) - 1), _SOME | _MANY | _DENSE, min_size=1, max_size=60)


@settings(deadline=None, max_examples=30)
@given(_WORDS)
def test_what_is_written_is_read_again(places: dict[int, list[int]]) -> None:
    pages = list(volume.pages(places))
    assert [word for word, _ in pages] == sorted(word for word, _ in pages)
    read = {word: found for _, page in pages for word, found in volume.all_places(page)}
    assert read == places
    starts = [word for word, _ in pages]
    for word, found in places.items():
        page = next(page for start, page in reversed(pages) if start <= word)
        assert list(volume.highest(volume.bits(page, word))) == found[::-1]
        for other in (word - 1, word + 1):
            if other not in places and other >= starts[0]:
                assert volume.bits(next(page for start, page in reversed(pages) if start <= other), other) == 0


@settings(deadline=None, max_examples=30)
@given(_WORDS)
def test_a_page_fits_four_times_into_one_of_postgresql(places: dict[int, list[int]]) -> None:
    """With the head of the row, 36 bytes, and where it is, 4: a page has 8,168."""
    assert all(len(page) <= 1_996 for _, page in volume.pages(places))


def test_pages_are_full() -> None:
    """Words like people's: most stand once or twice, some everywhere."""
    places = {word * 5: list(range(word % 89, volume.POSTS, 1 + 20_000 // (word % 700 + 1))) for word in range(9_000)}
    sizes = [len(page) for _, page in volume.pages(places)]
    assert sum(sizes) / len(sizes) > 1_800


@pytest.mark.parametrize(
    ("step", "most"),
    [(1, 40), (2, 60), (5, 1_984), (30, 420), (32, 400), (70, 245), (200, 100), (900, 40), (9_000, 20), (15_872, 16)],
)
def test_a_list_takes_little_more_than_must_be(step: int, most: int) -> None:
    """A list of distances by chance would take 15,872 / step * (1.5 + log2(step)) bits."""
    ((_, page),) = volume.pages({5: list(range(0, volume.POSTS, step))})
    assert len(page) <= most
