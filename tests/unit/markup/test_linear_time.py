"""No text, however hostile, takes more than linear time."""

import functools
import re
import sys
from re import _constants as constants
from re import _parser as parser

import pytest

from palabre.markup import characters, domains, entities, render
from palabre.markup.characters import count_graphemes
from palabre.markup.entities import find_entities, weighted_length

PATTERNS = {
    f"{module.__name__}.{name}": value
    for module in (characters, domains, entities, render)
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
} | {"cluster": characters._cluster(), "tag": entities._tag(), "tag letter": entities._tag_letter()}


def unbounded_repeats_that_may_backtrack(tree):
    for operation, argument in tree:
        if operation in {constants.MAX_REPEAT, constants.MIN_REPEAT} and argument[1] is constants.MAXREPEAT:
            yield argument
        parts = argument if isinstance(argument, (tuple, list)) else [argument]
        for part in parts:
            for inner in part if isinstance(part, list) else [part]:
                if isinstance(inner, parser.SubPattern):
                    yield from unbounded_repeats_that_may_backtrack(inner)


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_no_pattern_backtracks_over_what_it_repeats(name):
    pattern = PATTERNS[name]
    assert list(unbounded_repeats_that_may_backtrack(parser.parse(pattern.pattern, pattern.flags))) == []


def test_the_check_of_patterns_sees_a_repeat_inside_a_group():
    assert len(list(unbounded_repeats_that_may_backtrack(parser.parse(r"a(?:b|(?=c(d+)))e*+")))) == 1


HOSTILE = [
    "a.",
    "a.b@",
    "a.あb.",
    "a-",
    "a_.com.",
    "http://",
    "http://a.co/(",
    "http://a.co/((a",
    "http://a.co/,",
    "http://あ.",
    "http://a.み",
    "http://xn--あ.com",
    "https://a.co?x=(http://",
    "www.a.みんな",
    "@",
    "@a@",
    "@a.",
    "@a@b.",
    "@a@あ.",
    "@" + "a" * 30,
    "#",
    "#1",
    "#あ·",
    "#\u0301",
    "＃_",
    "RT@a",
    "(((",
    "\u202ahttp://a.co",
    "\u0301",
    "\u200d",
    "👨\u200d",
    "🇫",
    "क्",
    "\u0600",
    "ᄀ",
    "e\u0301",
    "\r\n",
    "x" * 63 + ".",
    "😀.com",
]


def steps(function, text):
    """Count the lines of our code that run for ``text``."""
    count = 0

    def trace(frame, event, _argument):
        nonlocal count
        if "markup" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("unit", HOSTILE)
def test_twice_the_text_takes_at_most_twice_the_steps(unit):
    measure = functools.partial(steps, lambda text: weighted_length(text, find_entities(text)))
    once, twice = (measure(unit * (size // len(unit))) for size in (3000, 6000))
    assert twice <= 2.1 * once + 200


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hundred_thousand_hostile_characters_are_read(unit):
    text = unit * (100_000 // len(unit))
    for hostile in (text, "http://a.co/" + text, "x" + text + " #tag"):
        assert all(entity.end <= len(hostile) for entity in find_entities(hostile))
        assert count_graphemes(hostile) <= len(hostile)
