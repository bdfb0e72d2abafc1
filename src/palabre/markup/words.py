"""The words under which a text is found: without case, accents and widths, for any script. Pure.

Scripts that write without spaces (Chinese, Japanese, Thai and others) and Korean, whose words carry endings, are
cut into overlapping pairs of characters. The same words come out whichever database keeps them.

An index keeps something shorter in their place, which a few words share: what it finds is looked at again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from hashlib import blake2b
from itertools import product
from zlib import crc32

WORDS_MOST = 2_000
"""Different words of one text that are found; a longer one is found by its beginning."""
_WORD_LENGTH = 40
"""Characters of a word that count: the rest of a long address or a string of letters tells nobody more."""

_ACCENTS = dict.fromkeys([*range(0x0300, 0x0370), *range(0x0591, 0x05BE), *range(0x064B, 0x0656), 0x0640, 0x0670])
"""Marks that people leave out when they type: of Latin, Greek and Cyrillic, of Hebrew, of Arabic."""
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af"
)
_SPACED_LETTER = f"[^\\W{_UNSPACED}]"
_RUN = re.compile(f"[{_UNSPACED}]+|{_SPACED_LETTER}+")
_ASCII_RUN = re.compile(r"\w+", re.ASCII)
"""The same where all is ASCII, in half the time."""
_PAIRED = re.compile(f"[{_UNSPACED}]")


def fold(text: str) -> str:
    """Return ``text`` as it is compared: without case, accents and widths."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_ACCENTS)
    return unicodedata.normalize("NFC", plain)


def is_paired(word: str) -> bool:
    """Tell whether ``word``, folded, is of a script that is cut into pairs."""
    return _PAIRED.match(word) is not None


def words(text: str) -> list[str]:
    """Return the different words of ``text``, in their order; of runs without spaces, pairs and the last character.

    A single character of such a script is thus the beginning of one of the words, or one of them.
    """
    folded = fold(text)
    if folded.isascii():
        return list(dict.fromkeys(run[:_WORD_LENGTH] for run in _ASCII_RUN.findall(folded)))[:WORDS_MOST]
    found: dict[str, None] = {}
    for run in _RUN.findall(spaced(folded)):
        if is_paired(run):
            found.update(dict.fromkeys(run[at : at + 2] for at in range(len(run))))
        else:
            found[run[:_WORD_LENGTH]] = None
        if len(found) >= WORDS_MOST:
            break
    return list(found)[:WORDS_MOST]


def sought(text: str) -> list[str]:
    """Return the words that a text with ``text`` in it has: as :func:`words`, but no ends of runs that go on."""
    found: dict[str, None] = {}
    for run in _RUN.findall(spaced(fold(text))):
        if not is_paired(run):
            found[run[:_WORD_LENGTH]] = None
        elif len(run) == 1:
            found[run] = None
        else:
            found.update(dict.fromkeys(run[at : at + 2] for at in range(len(run) - 1)))
    return list(found)


class _Marks(dict[int, str]):
    """What a character is written as in :func:`spaced`; each is looked up once."""

    def __missing__(self, code: int) -> str:
        each = chr(code)
        self[code] = "_" if unicodedata.category(each) in {"Mn", "Mc"} and not _PAIRED.match(each) else each
        return self[code]


_MARKS = _Marks()


def spaced(folded: str) -> str:
    """Take marks for parts of words: a vowel sign of Hindi is not a gap."""
    return folded if folded.isascii() else folded.translate(_MARKS)


def says(word: str) -> Callable[[str], bool]:
    """Return what tells whether a text, folded and :func:`spaced`, has a word of :func:`sought` among its words."""
    if is_paired(word):
        return lambda text: word in text
    end = "" if len(word) == _WORD_LENGTH else f"(?!{_SPACED_LETTER})"
    whole = re.compile(f"(?<!{_SPACED_LETTER}){re.escape(word)}{end}").search
    return lambda text: word in text and whole(text) is not None


def pattern(literal: str) -> re.Pattern[str] | None:
    """Return what finds ``literal`` in a folded text, as whole words; ``None`` if it has none."""
    parts = fold(literal).split()
    if not any(_RUN.search(part) for part in parts):
        return None
    middle = r"\s+".join(map(re.escape, parts))
    before = "" if _PAIRED.match(parts[0][0]) or not parts[0][0].isalnum() else r"(?<!\w)"
    after = "" if _PAIRED.match(parts[-1][-1]) or not parts[-1][-1].isalnum() else r"(?!\w)"
    return re.compile(before + middle + after)


def number_of(word: str) -> int:
    """Return the number, of 32 bits, that stands for a word where the word itself must not be left behind."""
    return int.from_bytes(blake2b(word.encode(), digest_size=4).digest(), "big", signed=True)


def tokens(text: str, warning: str, language: str | None, author: int, traits: int) -> list[str]:
    """Return all that the index knows a post by: its words, and after an equals sign what else it is."""
    others = [of_author(author), *of_traits(traits)]
    if language:
        others.append(of_language(language))
    return words(f"{warning} {text}" if warning else text) + others


def of_author(author: int) -> str:
    """Return the token of a post's author."""
    return f"=a{author}"


def of_language(language: str) -> str:
    """Return the token of a post's language, without its region."""
    return "=l" + "".join(each for each in language.partition("-")[0].lower() if each.isalpha())


def of_traits(traits: int) -> list[str]:
    """Return a token for each bit."""
    return [f"={1 << bit}" for bit in range(traits.bit_length()) if traits >> bit & 1]


# What the full-text index of SQLite keeps

_DIGITS = ["".join(each) for each in product("0123456789abcdefghijklmnopqrstuvwxyz", repeat=2)]
_SHORT = 4
_SECONDS = 128


def is_kept_whole(word: str) -> bool:
    """Tell whether :func:`term_of` is the word itself; a longer one may have the same letters."""
    return len(word) <= _SHORT and word.isascii()


def term_of(token: str) -> str:
    """Return what stands for a token in SQLite's index: itself if it is short, else four of 36 letters and digits.

    So 1.7 million are the most there can be, and neighbours in the sorted list of all differ in the last letter:
    half of what an index of whole words takes is the words. Of a pair of characters the first is kept, so that it is
    found by itself as the beginning of a term; 128 letters share the place of the second.
    """
    if token.isascii():
        if len(token) <= _SHORT or token[0] == "=":
            return token
    elif is_paired(token):
        return token[0] + chr(0x80 + crc32(token[1].encode()) % _SECONDS) if len(token) > 1 else token
    number = crc32(token.encode())
    return _DIGITS[number // 1_296 % 1_296] + _DIGITS[number % 1_296]


def token_line(text: str, warning: str, language: str | None, author: int, traits: int) -> str:
    """Return a term for each of :func:`tokens`, with spaces between them, as SQLite's index takes them."""
    return " ".join(dict.fromkeys(map(term_of, tokens(text, warning, language, author, traits))))


_TELLING = 2


def place_of(text: str, warning: str, author: int) -> str:
    """Return the query of SQLite's full-text index that finds a post again: its author and its longest words."""
    telling = sorted(words(f"{warning} {text}" if warning else text), key=len)[-_TELLING:]
    return " AND ".join(f'"{term_of(each)}"' for each in [*telling, of_author(author)])
