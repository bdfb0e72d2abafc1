"""The library in which search is measured: the same at every run, and like what people write."""

from __future__ import annotations

from collections import Counter

from palabre.bench.library import KINDS, SLICE, Library
from palabre.markup.words import words


def test_a_slice_is_the_same_whenever_it_is_made() -> None:
    first, second = Library(2_000), Library(2_000)
    second.slice(0)
    assert first.slice(SLICE) == second.slice(SLICE)
    assert first.slice(SLICE) != first.slice(0)
    assert first.queries(2) == second.queries(2)


def test_it_is_like_what_people_write() -> None:
    library = Library(100_000)
    posts = [each for start in range(0, 10 * SLICE, SLICE) for each in library.slice(start)]
    assert [each.id for each in posts] == sorted({each.id for each in posts})
    assert 100 < sum(len(each.text.encode()) for each in posts) / len(posts) < 250
    assert {each.language for each in posts} == {"en", "fr", "de", "es", "ru", "ja", "zh"}
    often = Counter(word for each in posts for word in words(each.text))
    assert often.most_common(1)[0][1] > len(posts) / 20, "a few words stand everywhere"
    assert sum(count == 1 for count in often.values()) > len(often) / 3, "very many stand once"
    for part in (
        [each for each in posts if each.mentions],
        [each for each in posts if each.media_count],
        [each for each in posts if each.reply_to],
        [each for each in posts if "https://" in each.text],
        [each for each in posts if '"hashtag"' in each.entities],
    ):
        assert len(posts) / 20 < len(part) < len(posts) * 2 / 3


def test_there_are_queries_of_each_kind() -> None:
    queries = Library(2_000).queries(3)
    assert set(queries) == set(KINDS)
    assert all(len(several) == 3 and all(each.text for each in several) for several in queries.values())
