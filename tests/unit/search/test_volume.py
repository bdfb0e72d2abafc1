"""How the words of many posts are written into a volume, and read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palabre.search import volume

_PLACES = st.integers(0, volume.POSTS - 1)
_SOME = st.sets(_PLACES, min_size=1, max_size=40).map(sorted)
_MANY = st.tuples(st.integers(1, 700), st.integers(0, 100)).map(
    lambda each: list(range(each[1], volume.POSTS, each[0]))
)
_WORDS = st.dictionaries(st.integers(0, (1 << 20) - 1), _SOME | _MANY, min_size=1, max_size=60)


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
    """With the head of the row: 2,038 bytes, and 40 for the head."""
    assert all(len(page) <= 2_000 for _, page in volume.pages(places))


@pytest.mark.parametrize(
    ("step", "most"),
    [(2, 1_984), (5, 1_984), (30, 550), (200, 100), (900, 60)],
    ids=["bits", "bits of few", "near", "far", "very far"],
)
def test_a_list_is_written_in_the_shortest_form(step: int, most: int) -> None:
    ((_, page),) = volume.pages({5: list(range(0, volume.POSTS, step))})
    assert len(page) <= most
