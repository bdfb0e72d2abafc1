"""Which posts stand at the places of SQLite's index, packed in rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from palabre.store.places import (
    PLACES,
    Placed,
    at,
    newest_in,
    packed,
    packed_list,
    post_at,
    row_of,
    traits_at,
    unpacked,
    without,
)

_ROWS = st.integers(-3, 3).flatmap(
    lambda row: st.dictionaries(
        st.integers(row * PLACES, row * PLACES + PLACES - 1),
        st.builds(Placed, st.integers(0, 2**62), st.integers(0, 63)),
        min_size=1,
    )
)


@given(_ROWS)
def test_what_is_packed_is_read_again(posts: dict[int, Placed]) -> None:
    row = row_of(min(posts))
    stored = packed(posts)
    assert unpacked(row, stored) == posts
    assert newest_in(stored) == max(each.post for each in posts.values())
    for place in range(row * PLACES, (row + 1) * PLACES):
        assert at(stored, place) == posts.get(place)
        assert (post_at(stored, place), traits_at(stored, place)) == (posts.get(place) or (None, None))
    listed = ",".join(f"{place},{each.post},{each.traits}" for place, each in posts.items())
    assert packed_list(listed) == stored


@given(_ROWS)
def test_one_is_taken_out_after_the_other(posts: dict[int, Placed]) -> None:
    row = row_of(min(posts))
    stored: bytes | None = packed(posts)
    left = dict(posts)
    for place in posts:
        assert stored is not None
        stored = without(stored, place)
        del left[place]
        assert (unpacked(row, stored) if stored else {}) == left
    assert stored is None


def test_posts_of_two_hours_take_less_than_six_bytes_each() -> None:
    """As many as a network of a million posts in three years writes in that time."""
    posts = {place: Placed((1_700_000_000_000 + place * 100_000 << 16) + 40_000, 31) for place in range(PLACES)}
    assert len(packed(posts)) / PLACES < 6
