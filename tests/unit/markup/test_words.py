"""Words are the same whichever way they are found."""

from __future__ import annotations

import random
import string

from palabre.markup.words import WORDS_MOST, term_of, words


def test_a_text_in_ascii_has_the_words_that_it_has_beside_others() -> None:
    dice = random.Random(7)
    texts = ["".join(dice.choices(string.printable, k=dice.randrange(200))) for _ in range(500)]
    texts += [
        "",
        "_",
        "a_b-c",
        "x" * 100,
        "don't",
        "1,000",
        "#Tag @name",
        "\x1c\x85".encode("latin-1").decode("latin-1"),
    ]
    for text in texts:
        assert [*words(text), "ω"] == words(f"{text} ω"), text
    assert len(words(" ".join(map(str, range(3 * WORDS_MOST))))) == WORDS_MOST


def test_terms_are_short_and_the_same_for_ever() -> None:
    """They stand in indexes that are not written anew."""
    known = {
        "the": "the", "four": "four", "five5": "sday", "=a12345": "=a12345", "éa": "zof9",
        "日": "日", "日本": "日Õ",
    }  # fmt: skip
    assert {word: term_of(word) for word in known} == known
