"""Finds the links, mentions and hashtags of a text, and measures its length.

The rules are those of Twitter's text library, whose test vectors are in ``tests/fixtures/markup``, with Mastodon's
mentions. See the decision "text entities" for each place where we differ. Every pattern is possessive and each
part of the text is read a bounded number of times: the time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Final
from unicodedata import normalize

import msgspec

from palabre.markup.characters import LATIN, count_graphemes, marks, number_signs
from palabre.markup.domains import DOMAIN_RUN, LABEL_RUN, domain_length, is_encodable

LINK_WEIGHT = 23
"""What a link counts, however long it is."""

_LONGEST_NAME = 30
_LONGEST_REMOTE_NAME = 100


class EntityKind(StrEnum):
    """What an entity is."""

    MENTION = "mention"
    HASHTAG = "hashtag"
    LINK = "link"


class Entity(msgspec.Struct, frozen=True, array_like=True):
    """A part of a text that stands for something: ``text[start:end]``, offsets in code points.

    ``value`` is the ``name`` or ``name@domain`` of a mention, a hashtag as typed, the full URL of a link.
    """

    start: int
    end: int
    kind: EntityKind
    value: str


# --- Links -------------------------------------------------------------------------------------------------

_NO_LINK_BEHIND = re.compile(r"[A-Za-z0-9@＠$#＃\ufeff\ufffe\uffff]")
_NO_BARE_LINK_BEHIND = "@＠$#＃./\ufeff\ufffe\uffff"
_ASCII_DOMAIN_CHARS = rf"A-Za-z0-9_\-{LATIN}"
_DOT_INSIDE = re.compile(rf"[{_ASCII_DOMAIN_CHARS}]\.[A-Za-z0-9\x80-\U0010ffff]")
_DOMAIN_CHAR = re.compile(rf"[{_ASCII_DOMAIN_CHARS}]")
# A bare domain is in ASCII or Latin letters; its ending may be of any script (then the run ends in a dot).
_BARE_RUN = re.compile(rf"[{_ASCII_DOMAIN_CHARS}]++(?:\.[{_ASCII_DOMAIN_CHARS}]++)*+(?:\.(?=[^\x00-\x7f]))?")
_LONGEST_LABEL = 63
_PORT = re.compile(r":\d{1,5}+(?!\d)")
# A path is of letters and marks of scripts that put spaces between words. Those that put none (Chinese, Japanese,
# Thai...) end it, as does Korean, which joins particles to what stands before; so does their punctuation, and other
# scripts' too: these are the punctuation marks among the ranges of letters.
_SPACED_SCRIPTS = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u037d\u037f-\u0386\u0388-\u0559\u0560-\u0588\u058a-\u05bf\u05c1\u05c2\u05c4-\u05f2"
    "\u0610-\u061a\u0620-\u0669\u066e-\u06d3\u06d5-\u06ff\u070f-\u0963\u0966-\u096f\u0971-\u0df3\u10a0-\u10fa\u10fc-\u10ff"
    "\u1200-\u135f\u1369-\u166c\u166f-\u167f\u1681-\u169a\u16a0-\u16ea\u16ee-\u1734\u1740-\u177f\u1810-\u193f\u1a00-\u1a1d"
    "\u1b00-\u1b59\u1b80-\u1c3a\u1c40-\u1c7d\u1c80-\u1fff\u200c\u200d\u2c00-\u2cf8\u2d00-\u2dff\ua4d0-\ua4fd\ua500-\ua60c"
    "\ua610-\ua6ef\ua700-\ua873\ua880-\ua8cd\ua8d0-\ua92d\uab30-\uabea\uabec-\uabff\ufb00-\ufd3d\ufd50-\ufdfb\ufe70-\ufefc"
    "\U00010280-\U0001039e\U00010400-\U0001056e\U00010780-\U00010856\U0001e900-\U0001e95d"
)
_DASHES = "\u058a\u05be\u1400\u2010-\u2015\u2e3a\u2e3b"
_PATH_PART = re.compile(rf"[A-Za-z0-9!*';:=+,.$/%#\[\]\-_~&|@{_DASHES}{_SPACED_SCRIPTS}]++")
_NOT_AT_PATH_END = "!*';:,.$%[]~&|@\u058a\u05be\u1400\u2010\u2011\u2012\u2013\u2014\u2015\u2e3a\u2e3b"
_QUERY = re.compile(rf"\?[A-Za-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@{_SPACED_SCRIPTS}]++")
_NOT_AT_QUERY_END = "!?*'();:+$%[].,~|@"


def _part_end(text: str, position: int) -> int:
    part = _PATH_PART.match(text, position)
    return position if part is None else part.end()


def _parentheses_end(text: str, start: int) -> int:
    """Return where the parentheses at ``start`` close, or ``start``; they may nest once: We_Up_(Album_(Edited))."""
    if text[start : start + 1] != "(":
        return start
    position = _part_end(text, start + 1)
    if text[position : position + 1] == "(":
        inner_end = _part_end(text, position + 1)
        if inner_end == position + 1 or text[inner_end : inner_end + 1] != ")":
            return start
        position = _part_end(text, inner_end + 1)
    elif position == start + 1:
        return start
    return position + 1 if text[position : position + 1] == ")" else start


def _path_end(text: str, start: int) -> int:
    """Return where the path that begins with the slash at ``start`` ends, without punctuation of the sentence."""
    end = position = start + 1
    while True:
        part_end = _part_end(text, position)
        kept = text[position:part_end].rstrip(_NOT_AT_PATH_END)
        if kept:
            end = position + len(kept)
        position = _parentheses_end(text, part_end)
        if position == part_end:
            return end
        end = position


def _rest_end(text: str, position: int) -> int:
    """Return where the path and the query behind a domain end."""
    if text.startswith("/", position):
        position = _path_end(text, position)
    query = _QUERY.match(text, position)
    if query is not None:
        position += len(query.group().rstrip(_NOT_AT_QUERY_END))
    return position


def _scheme_start(text: str, colon: int) -> int:
    """Return where the http or https before ``colon`` starts, or -1; nothing that belongs to it may stand before."""
    for size in (4, 5):
        start = colon - size
        if start >= 0 and text[start:colon].lower() in {"http", "https"}:
            return -1 if start and _NO_LINK_BEHIND.match(text, start - 1) else start
    return -1


def _full_links(text: str) -> Iterator[Entity]:
    """Find links typed with http:// or https://."""
    position = 0
    while (colon := text.find("://", position)) >= 0:
        start, position = _scheme_start(text, colon), colon + 3
        run = DOMAIN_RUN.match(text, position) if start >= 0 else None
        if run is None:
            continue
        size = domain_length(run.group(), text[run.end() : run.end() + 1])
        if not size or not is_encodable(run.group()[:size]):
            position = run.end()
            continue
        position += size
        port = _PORT.match(text, position)
        position = _rest_end(text, port.end() if port else position)
        yield Entity(start, position, EntityKind.LINK, text[start:position])


def _label_start(text: str, dot: int, least: int) -> int:
    """Return where the label before ``dot`` starts; ``least`` is where what was already read ends."""
    least = max(least, dot - _LONGEST_LABEL - 1)
    while dot > least and _DOMAIN_CHAR.match(text, dot - 1):
        dot -= 1
    return dot


def _bare_links(text: str) -> Iterator[Entity]:
    """Find domains typed without a scheme, with their path if any; never part of an e-mail address."""
    position = 0
    while (inside := _DOT_INSIDE.search(text, position)) is not None:
        start = _label_start(text, inside.start(), position)
        found = _BARE_RUN.match(text, start)
        if found is None:  # pragma: no cover - the character before the dot matches
            return
        position, run = found.end(), found.group()
        behind = text[max(start - 1, 0) : start]
        if behind and (behind in _NO_BARE_LINK_BEHIND or _DOMAIN_CHAR.match(behind)):
            continue
        if run.endswith("."):
            ending = LABEL_RUN.match(text, position)
            run += ending.group() if ending else ""
        after = text[start + len(run) : start + len(run) + 1]
        if after in {"@", "＠"}:
            continue
        size = domain_length(run, after, typed_as_link=after == "/")
        if not size or not is_encodable(run[:size]):
            continue
        end = start + size
        port = _PORT.match(text, end)
        path = port.end() if port else end
        if text.startswith("/", path):
            end = _rest_end(text, path)
        position = max(position, end)
        yield Entity(start, end, EntityKind.LINK, "https://" + text[start:end])


# --- Hashtags ----------------------------------------------------------------------------------------------

_HASH = re.compile("[#＃]")
# Joiners inside words, and the marks that Hebrew, Japanese, Tibetan and Catalan write within a word.
_TAG_MARKS = "_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7"
HASHTAG_MOST: Final = 500
"""Characters of a hashtag; what is longer is none. An index of the database takes no more than some 2,700 bytes."""
_TAG_DOTS = "\u00b7\u30fb"
_NOT_AT_TAG_END = _TAG_DOTS + "\u200c\u200d\ufe0e\ufe0f"
_ASCII_TAG = re.compile(r"[A-Za-z0-9_]++(?![^\x00-\x7f])")
_ASCII_TAG_CHARS = frozenset("&_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_NO_HASHTAG_BEFORE = re.compile("[#＃]|://")


@cache
def _tag() -> re.Pattern[str]:
    return re.compile(rf"(?:[^\W{number_signs()}]|[{marks()}{_TAG_MARKS}])++")


@cache
def _tag_letter() -> re.Pattern[str]:
    return re.compile(rf"[^\W\d_{number_signs()}]")


def _starts_word(text: str, start: int) -> bool:
    """Say whether a hashtag may start here: not within a word; a variation selector ends the emoji before it."""
    if start == 0:
        return True
    behind = text[start - 1]
    if behind.isascii():
        return behind not in _ASCII_TAG_CHARS
    return behind in "\ufe0e\ufe0f" or not _tag().match(behind)


def _hashtags(text: str) -> Iterator[Entity]:
    """Find hashtags: letters, marks and digits of any script, at least one letter."""
    for sign in _HASH.finditer(text):
        start = sign.start()
        if not _starts_word(text, start) or text[start + 1 : start + 2] in {"\ufe0f", "\u20e3"}:
            continue
        found = _ASCII_TAG.match(text, start + 1) or _tag().match(text, start + 1)
        if found is None or _NO_HASHTAG_BEFORE.match(text, found.end()):
            continue
        tag = found.group().rstrip(_NOT_AT_TAG_END)
        if tag and len(tag) <= HASHTAG_MOST and tag[0] not in _TAG_DOTS and _tag_letter().search(tag):
            yield Entity(start, start + 1 + len(tag), EntityKind.HASHTAG, tag)


_INVISIBLE = re.compile("[\u0640\u200c\u200d\ufe00-\ufe0f]")
_ACCENTS = re.compile("(?<=[A-Za-z\u0370-\u03ff])[\u0300-\u036f]++")
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ŧ": "t", "æ": "ae", "œ": "oe"}
)


def hashtag_key(tag: str) -> str:
    """Return the key by which a hashtag is looked up: tags with one key are the same tag.

    Width and compatibility forms (NFKC) and case are folded, as Mastodon does; accents of Latin letters too
    (``#Café`` and ``#cafe``), as Mastodon and its clients do, and those of Greek, which capitals drop. Marks of other
    scripts carry meaning (й is not и) and stay. Joiners, variation selectors and the Arabic tatweel change how a word
    looks, not which word it is: they go.
    """
    key = tag.lower() if tag.isascii() else _folded(tag)
    return key.removeprefix("#")


def _folded(tag: str) -> str:
    folded = normalize("NFKC", normalize("NFKC", tag).casefold()).casefold()
    plain = normalize("NFD", _INVISIBLE.sub("", folded)).translate(_PLAIN_LETTERS)
    return normalize("NFC", _ACCENTS.sub("", plain))


# --- Mentions ----------------------------------------------------------------------------------------------

_AT = re.compile("[@＠]")
_NO_MENTION_BEHIND = frozenset("_!#$%&*@＠/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_RT = re.compile(r"(?:^|[^A-Za-z0-9_+~.\-])RT", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9_]++(?:(?:\.|-++)[A-Za-z0-9_]++)*+")
_LABEL = r"[A-Za-z0-9](?:-*+[A-Za-z0-9])*+"
# A domain of letters alone need not be in the root zone (.onion, .test, a name inside a house); `localhost` and IPv4
# addresses may have a port: that is how servers are tried out.
_MENTION_DOMAIN = re.compile(
    rf"(?:localhost(?![\w.-])|(?:\d{{1,3}}+\.){{3}}+\d{{1,3}}+(?![\w-]))(?::\d{{1,5}}+)?|{_LABEL}(?:\.{_LABEL})++"
)
_NO_MENTION_BEFORE = re.compile(rf"[@＠{LATIN}]|://")


def _mention_domain_end(text: str, position: int) -> int:
    """Return where the domain at ``position`` ends, or ``position`` if there is none."""
    found = _MENTION_DOMAIN.match(text, position)
    run = DOMAIN_RUN.match(text, position)
    if run is None or (found is not None and text[found.end() : run.end()].strip("-_.") == ""):
        return position if found is None else found.end()
    size = domain_length(run.group(), text[run.end() : run.end() + 1])
    if size and is_encodable(run.group()[:size]):
        return position + size
    return position if found is None else found.end()


def _mentions(text: str) -> Iterator[Entity]:
    """Find ``@name`` and ``@name@domain``; a name that is too long names nobody."""
    for sign in _AT.finditer(text):
        start = sign.start()
        if start and text[start - 1] in _NO_MENTION_BEHIND and not _RT.fullmatch(text, max(start - 3, 0), start):
            continue
        found = _NAME.match(text, start + 1)
        if found is None:
            continue
        name, end, longest = found.group(), found.end(), _LONGEST_NAME
        if text[end : end + 1] == "@":
            domain_end = _mention_domain_end(text, end + 1)
            if domain_end == end + 1:
                continue
            end, longest = domain_end, _LONGEST_REMOTE_NAME
        if len(name) <= longest and not _NO_MENTION_BEFORE.match(text, end):
            yield Entity(start, end, EntityKind.MENTION, text[start + 1 : end])


# --- All together ------------------------------------------------------------------------------------------


def find_entities(text: str) -> list[Entity]:
    """Find the links, mentions and hashtags of ``text``, in order; where two overlap the first one stands."""
    found: list[Entity] = []
    if "://" in text:
        found.extend(_full_links(text))
    if "." in text:
        found.extend(_bare_links(text))
    if "#" in text or "＃" in text:
        found.extend(_hashtags(text))
    if "@" in text or "＠" in text:
        found.extend(_mentions(text))
    found.sort(key=attrgetter("start"))
    kept: list[Entity] = []
    end = 0
    for entity in found:
        if entity.start >= end:
            kept.append(entity)
            end = entity.end
    return kept


def weighted_length(text: str, entities: Sequence[Entity] | None = None) -> int:
    """Measure ``text`` as Mastodon does, so that clients which count while one types agree with us.

    Characters are counted as readers see them (grapheme clusters: a family emoji is one). A link counts 23; a remote
    mention counts only its ``@name``. A domain typed without http:// is a link here but plain text for Mastodon and
    its clients, so it counts its characters, and 23 at most: no client finds a text short enough that we refuse.
    """
    pieces: list[str] = []
    position = 0
    for entity in find_entities(text) if entities is None else entities:
        shown = text[entity.start : entity.end]
        if entity.kind is EntityKind.LINK:
            bare = entity.value != shown
            shown = "x" * (min(LINK_WEIGHT, count_graphemes(shown)) if bare else LINK_WEIGHT)
        elif entity.kind is EntityKind.MENTION:
            shown = shown[:1] + entity.value.partition("@")[0]
        pieces += (text[position : entity.start], shown)
        position = entity.end
    pieces.append(text[position:])
    return count_graphemes("".join(pieces))
