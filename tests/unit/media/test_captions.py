"""Captions are read strictly and written anew."""

from __future__ import annotations

import pytest

from palabre.media.captions import MOST_BYTES, cleaned
from palabre.media.errors import MediaTooLarge, WrongCaptions

GOOD = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nHello\n"


def test_cues_stay_as_they_are() -> None:
    assert cleaned(GOOD) == GOOD
    assert cleaned("\ufeffWEBVTT - a title\r\n\r\n1\r\n00:01.000 --> 00:04.000\r\nHello\r\n") == GOOD


def test_only_times_place_and_words_are_kept() -> None:
    dirty = (
        "WEBVTT\nX-Author: ana\n\nNOTE by ana\n\nSTYLE\n::cue { background: url(https://evil) }\n\n"
        "REGION\nid:fred\n\nname of a cue\n"
        "00:01.000 --> 00:04.000 align:start region:fred line:10%\n"
        "<v Ana>Hello</v> <b>you</b> <c.loud>all</c> <00:02.000><script>x</script>\x07\u202e\n"
    )
    assert cleaned(dirty) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:04.000 align:start line:10%\n<v Ana>Hello</v> <b>you</b> all x\n"
    )


def test_cleaning_twice_changes_nothing() -> None:
    once = cleaned("WEBVTT\n\n00:01.000 --> 00:04.000\n<<b>b> <v A<B> -- &amp;\n\n01:00.000 --> 01:01.000\nlast")
    assert cleaned(once) == once


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("hello", 1),
        ("WEBVTTX\n\n00:01.000 --> 00:04.000\nx", 1),
        ("WEBVTT\n\nwords only", 3),
        ("WEBVTT\n\n00:01,000 --> 00:04,000\nx", 3),
        ("WEBVTT\n\n00:04.000 --> 00:01.000\nx", 3),
        ("WEBVTT\n\n00:01.000 --> 00:04.000\n" + "x" * 501, 4),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(WrongCaptions) as refused:
        cleaned(text)
    assert refused.value.field == "captions"
    assert refused.value.details["line"] == line


def test_captions_have_bounds() -> None:
    with pytest.raises(MediaTooLarge):
        cleaned("WEBVTT\n\n" + "x" * MOST_BYTES)
    with pytest.raises(WrongCaptions):
        cleaned("WEBVTT\n\n" + "00:01.000 --> 00:04.000\nx\n\n" * 5_001)
