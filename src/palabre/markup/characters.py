"""Characters as readers see them (UAX #29 grapheme clusters) and the character classes of hashtags and domains.

The standard library knows the category of every character but has no class for them in ``re``. The few
ranges needed are read once from ``unicodedata``, so they are those of the Python that runs (3.11: Unicode 14).
Each class below is text to put between ``[`` and ``]`` in a pattern.
"""

from __future__ import annotations

import re
from functools import cache
from unicodedata import category

# No mark lives in ideographs, Hangul syllables or beyond; leaving them out halves the time of the import.
_SCANNED = (
    range(0x0300, 0x3400),
    range(0xA000, 0xAC00),
    range(0xF900, 0x17000),
    range(0x1B000, 0x1F000),
    range(0xE0100, 0xE01F0),
)


@cache
def _ranges() -> dict[str, str]:
    """Return the ranges of the categories needed, written for a class of ``re``. Read once, and only when needed."""
    found: dict[str, list[list[int]]] = {
        "Mn": [],
        "Me": [],
        "Mc": [],
        "No": [[0xB2, 0xB3], [0xB9, 0xB9], [0xBC, 0xBE]],
    }
    for block in _SCANNED:
        for code in block:
            ranges = found.get(category(chr(code)))
            if ranges is None:
                continue
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return {name: "".join(f"{chr(a)}-{chr(b)}" for a, b in ranges) for name, ranges in found.items()}


def marks() -> str:
    """Return the class of combining marks of every script."""
    found = _ranges()
    return found["Mn"] + found["Me"] + found["Mc"]


def number_signs() -> str:
    r"""Return the class of numbers that are no digits, as ² ½ ①: ``\w`` has them, a hashtag does not."""
    return _ranges()["No"]


BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Marks that turn the direction of writing."""

SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""White space of every script."""

LATIN = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0250-\u02af\u02bb\u0300-\u036f\u1e00-\u1eff"
"""Latin letters beyond ASCII, and the accents that combine with them."""

# --- Grapheme clusters -------------------------------------------------------------------------------------

# Mc that stand alone as characters of their own (UAX #29, table 2, exceptions to SpacingMark).
_ALONE = (
    "\u102b\u102c\u1038\u1062-\u1064\u1067-\u106d\u1083\u1087-\u108c\u108f\u109a-\u109c"
    "\u1a61\u1a63\u1a64\uaa7b\uaa7d\U00011720\U00011721"
)
_EXTEND_BESIDE_MARKS = "\u200c\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
_PREPEND = (
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd\U000111c2\U000111c3"
    "\U0001193f\U00011941\U00011a3a\U00011a84-\U00011a89\U00011d46"
)
_CONTROL = (
    "\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\ufffb"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff"
)
_PICTURE = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u2388\u23cf\u23e9-\u23f3"
    "\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2605\u2607-\u2612\u2614-\u2685\u2690-\u2705"
    "\u2708-\u2712\u2714\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757\u2763-\u2767"
    "\u2795-\u2797\u27a1\u27b0\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f0ff\U0001f10d-\U0001f10f\U0001f12f\U0001f16c-\U0001f171\U0001f17e\U0001f17f\U0001f18e"
    "\U0001f191-\U0001f19a\U0001f1ad-\U0001f1e5\U0001f201-\U0001f20f\U0001f21a\U0001f22f\U0001f232-\U0001f23a"
    "\U0001f23c-\U0001f23f\U0001f249-\U0001f3fa\U0001f400-\U0001f53d\U0001f546-\U0001f64f\U0001f680-\U0001f6ff"
    "\U0001f774-\U0001f77f\U0001f7d5-\U0001f7ff\U0001f80c-\U0001f80f\U0001f848-\U0001f84f\U0001f85a-\U0001f85f"
    "\U0001f888-\U0001f88f\U0001f8ae-\U0001f8ff\U0001f90c-\U0001f93a\U0001f93c-\U0001f945\U0001f947-\U0001faff"
    "\U0001fc00-\U0001fffd"
)
# Rule GB9c: in these scripts a virama joins two consonants into one character (UAX #29, InCB).
_VIRAMA = "\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d"
_CONSONANT = (
    "\u0915-\u0939\u0958-\u095f\u0978-\u097f\u0995-\u09a8\u09aa-\u09b0\u09b2\u09b6-\u09b9\u09dc\u09dd\u09df\u09f0\u09f1"
    "\u0a95-\u0aa8\u0aaa-\u0ab0\u0ab2\u0ab3\u0ab5-\u0ab9\u0af9\u0b15-\u0b28\u0b2a-\u0b30\u0b32\u0b33\u0b35-\u0b39"
    "\u0b5c\u0b5d\u0b5f\u0b71\u0c15-\u0c28\u0c2a-\u0c39\u0c58-\u0c5a\u0d15-\u0d3a"
)
_LEAD, _VOWEL, _TAIL = "\u1100-\u115f\ua960-\ua97c", "\u1160-\u11a7\ud7b0-\ud7c6", "\u11a8-\u11ff\ud7cb-\ud7fb"
_OPEN_SYLLABLES = "".join(
    chr(code) for code in range(0xAC00, 0xD7A4, 28)
)  # those that may still take a vowel or a tail


@cache
def _cluster() -> re.Pattern[str]:
    """Return the pattern of one cluster. Every quantifier is possessive: it cannot backtrack, whatever the text."""
    extend = _ranges()["Mn"] + _ranges()["Me"] + _EXTEND_BESIDE_MARKS
    attached = rf"(?:[{extend}\u200d\u0e33\u0eb3]|(?![{_ALONE}])[{_ranges()['Mc']}])"
    joiner = rf"(?:(?![{_VIRAMA}\u200c])[{extend}\u200d])"
    return re.compile(
        rf"""\r\n
        | [{_CONTROL}]
        | (?:[{_PREPEND}]*+ (?:
              [\U0001f1e6-\U0001f1ff]{{2}}+
            | [{_LEAD}]*+ (?: [{_VOWEL}]++ | [{_OPEN_SYLLABLES}][{_VOWEL}]*+ | [\uac00-\ud7a3] ) [{_TAIL}]*+
            | [{_LEAD}]++
            | [{_TAIL}]++
            | [{_PICTURE}] (?: [{extend}]*+ \u200d [{_PICTURE}] )*+
            | [{_CONSONANT}] (?: {joiner}*+ [{_VIRAMA}] (?: [{_VIRAMA}] | {joiner} )*+ [{_CONSONANT}] )*+
            | (?! {attached} ) [^{_CONTROL}{_PREPEND}]
          ) | [{_PREPEND}]++ ) {attached}*+
        | {attached}++
        """,
        re.VERBOSE,
    )


# Characters that never join a neighbour of this same class: such a text is as long as it has code points.
_SIMPLE = re.compile(
    "[\t\n -~\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f\u0531-\u0590\u1e00-\u1fff\u2010-\u2027\u2030-\u205e"
    "\u20a0-\u20bf\u2190-\u2193\u3001-\u3029\u3031-\u303c\u3041-\u3096\u309b-\u30ff\u3400-\u9fff\uac00-\ud7a3"
    "\uff01-\uff9d]*+"
)


_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters, marks and signs that draw nothing: fillers, the joiner of graphemes, braille without a dot."""
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})


def is_blank(text: str) -> bool:
    """Tell whether nobody sees anything of ``text``: it is empty, or white space, fillers and marks of format."""
    return all(sign in _UNSEEN or "\ufe00" <= sign <= "\ufe0f" or category(sign) in _UNSEEN_KINDS for sign in text)


def count_graphemes(text: str) -> int:
    """Count the characters of ``text`` as a reader sees them: a family emoji, a flag or an accented letter is one.

    Extended grapheme clusters of UAX #29, as Mastodon's ``grapheme_length`` counts.
    """
    if _SIMPLE.fullmatch(text):
        return len(text)
    return sum(1 for _ in _cluster().finditer(text))
