"""The length of a text is what a reader would count; an independent implementation is the judge."""

import sys
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from palabre.markup import characters
from palabre.markup.characters import count_graphemes

# A virama comes with its consonant: what one without is, the two implementations read differently.
SAMPLES = [
    *"aZ 9.\n\r\té’…ñßþ£λѯ漢あカ한글각ᄀ가ᅡᆨᆨ가힣\u0301\u0308\u0903\u093eकषहআকমక",
    *("क्", "ক্", "క్", "ക്", "ക", "ମ୍", "ક્", "ક"),
    *"\u200c\u200d\ufe0f\ufe0e👨👩👧❤🏳🌈🏽🏿🇫🇷🇩©™☎\U000e0067\U000e007f\u0600\u06dd\u0e33\u0eb3กำ\u200b\u2028\xad\u20e3#*",
]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("plain text", 10),
        ("déjà vu… « l’été »", 18),
        ("e\u0301te\u0301", 3),
        ("👨‍👩‍👧‍👦", 1),
        ("🇫🇷🇧🇷", 2),
        ("👍🏽 ❤️", 3),
        ("#️⃣", 1),
        ("हिन्दी", 2),
        ("각", 1),
        ("a\r\nb", 3),
        ("日本語テスト", 6),
        ("\u0301alone", 6),
    ],
)
def test_a_character_is_what_a_reader_sees(text, length):
    assert count_graphemes(text) == length


@given(st.lists(st.sampled_from(SAMPLES), max_size=20).map("".join))
@settings(max_examples=1500, deadline=None)
def test_difficult_neighbours_count_as_in_an_independent_implementation(text):
    assert count_graphemes(text) == sum(1 for _ in iter_graphemes(text))


def test_texts_taken_for_simple_are_as_long_as_they_are_counted():
    simple = "".join(c for c in map(chr, range(0x10000)) if characters._SIMPLE.fullmatch(c))
    assert len(simple) > 30_000
    assert sum(1 for _ in characters._cluster().finditer(simple)) == len(simple)


def test_no_mark_lies_outside_the_scanned_blocks():
    scanned = {code for block in characters._SCANNED for code in block}
    marks = {code for code in range(sys.maxunicode + 1) if category(chr(code))[0] == "M"}
    assert marks <= scanned
