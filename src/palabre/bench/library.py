"""What many people write, made up: a million posts in seven languages to be searched, the same at every run.

Words follow Zipf's law, and frequent ones are short; one in a hundred was never written before (a name, a slip, part
of an address). So the index meets what it meets in life: a few words that stand everywhere, and very many that stand
once. Every slice of posts has dice of its own, so that any of them can be made again without those before it.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
import random
from bisect import bisect
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from palabre.clock import DAY, Instant
from palabre.ids import first_id
from palabre.markup.entities import find_entities

SLICE = 500
"""Posts that are made together."""
AUTHORS = 5_000
BEGAN = Instant(1_640_995_200_000)
"""1 January 2022."""
DAYS = 1_200
_SEED = 20_261_126
_LATIN, _CYRILLIC = "etaoinsrhldcumfpgwybvkxjqz", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфё"
_KANA = "いのにをはがとてでたしなもかられこるすまよりそきあだどけやばえ"
_SIGNS = "".join(map(chr, range(0x4E00, 0x4E00 + 3_000)))
_ONCE = 0.01
"""Words that were never written before."""
_SHARES = {"en": 45, "fr": 12, "de": 12, "es": 11, "ru": 8, "ja": 7, "zh": 5}
"""Percent of posts."""


class Post(NamedTuple):
    """A post of the library."""

    id: int
    author: int
    text: str
    language: str
    mentions: tuple[int, ...]
    media_count: int
    reply_to: int | None
    entities: str


class _Zipf:
    """Chooses a place in a list, the first ones often (Mandelbrot's form of Zipf's law)."""

    def __init__(self, count: int, shift: float = 2.7) -> None:
        self._sums = list(itertools.accumulate(1 / (place + shift) for place in range(count)))

    def place(self, dice: random.Random) -> int:
        return bisect(self._sums, dice.random() * self._sums[-1])


class _Language:
    """Words made of the letters of a script."""

    def __init__(self, name: str, letters: str, *, words: int, shortest: float, longer: float, space: str) -> None:
        dice = random.Random(f"{_SEED} {name}")  # noqa: S311 - the same at every run
        frequent = _Zipf(len(letters), shift=12)
        self.space = space
        self.words: list[str] = []
        known: set[str] = set()
        while len(self.words) < words:
            middle = shortest + longer * math.log10(len(self.words) + 1)
            size = max(1, round(dice.gauss(middle, middle / 4)))
            word = "".join(letters[frequent.place(dice)] for _ in range(size))
            if word not in known:
                known.add(word)
                self.words.append(word)
        self._often = _Zipf(words)
        self._letters, self._frequent = letters, frequent

    def word(self, dice: random.Random) -> str:
        if dice.random() < _ONCE:
            return "".join(self._letters[self._frequent.place(dice)] for _ in range(dice.randint(3, 12)))
        return self.words[self._often.place(dice)]


class Library:
    """The posts, and what is looked for in them."""

    def __init__(self, count: int) -> None:
        self.count = count
        latin = {
            name: _Language(name, _LATIN, words=60_000, shortest=1.6, longer=1.6, space=" ")
            for name in ("en", "fr", "de", "es")
        }
        self.languages = latin | {
            "ru": _Language("ru", _CYRILLIC, words=60_000, shortest=1.6, longer=1.6, space=" "),
            "ja": _Language("ja", _KANA + _SIGNS, words=30_000, shortest=1.0, longer=0.4, space=""),
            "zh": _Language("zh", _SIGNS, words=30_000, shortest=1.0, longer=0.3, space=""),
        }
        self._names = list(_SHARES)
        self._shares = list(itertools.accumulate(_SHARES.values()))
        self._writes = _Zipf(AUTHORS, shift=50)
        self._tags = _Zipf(20_000, shift=20)
        self._step = first_id(DAY) * DAYS // count

    def id_of(self, number: int) -> int:
        """Return the id of a post: they are written at even intervals."""
        return first_id(BEGAN) + (number + 1) * self._step

    def slice(self, start: int) -> list[Post]:
        """Return the posts from number ``start``, a multiple of :data:`SLICE`."""
        dice = random.Random(f"{_SEED} {start}")  # noqa: S311 - the same at every run
        return [self._post(dice, number) for number in range(start, min(start + SLICE, self.count))]

    def _post(self, dice: random.Random, number: int) -> Post:
        name = dice.choices(self._names, cum_weights=self._shares)[0]
        language = self.languages[name]
        size = min(max(2, round(dice.lognormvariate(2.8, 0.7))), 85)  # the middle one has 16 words, as a short note
        text = language.space.join(language.word(dice) for _ in range(size))
        mentions = tuple({self.author(dice) for _ in range(dice.choice((0, 0, 0, 1, 1, 2)))})
        reply = dice.random() < 0.35 and number > SLICE
        parts = [f"@{name_of(each)}" for each in mentions]
        parts.append(text)
        parts += [f"#{self.tag(dice)}" for _ in range(dice.choice((0, 0, 0, 0, 1, 2)))]
        if dice.random() < 0.12:
            parts.append(self._address(dice))
        whole = " ".join(parts)
        found = find_entities(whole) if mentions or len(parts) > 1 else ()
        return Post(
            id=self.id_of(number),
            author=self.author(dice),
            text=whole,
            language=name,
            mentions=mentions,
            media_count=int(dice.random() < 0.2),
            reply_to=self.id_of(number - dice.randint(1, SLICE)) if reply else None,
            entities=msgspec.json.encode(found).decode(),
        )

    def _address(self, dice: random.Random) -> str:
        site = self.languages["en"].words[100 + self._tags.place(dice) % 5_000]
        slug = "-".join(self.languages["en"].word(dice) for _ in range(dice.randint(0, 6)))
        return f"https://{site}.example/{slug or 'p'}/{dice.randrange(10**8)}"

    def author(self, dice: random.Random) -> int:
        """Return the id of an account; some write much more than others."""
        return self._writes.place(dice) + 1

    def tag(self, dice: random.Random) -> str:
        """Return a hashtag, without its sign."""
        place = self._tags.place(dice)
        return f"{self.languages['en'].words[500 + place].capitalize()}{place % 97}"

    def queries(self, each: int) -> dict[str, list[Query]]:
        """Return queries by their kind, ``each`` of every kind."""
        dice = random.Random(f"{_SEED} queries")  # noqa: S311 - the same at every run
        return {kind: [self._query(dice, kind) for _ in range(each)] for kind in KINDS}

    def _spaced(self, dice: random.Random) -> Sequence[str]:
        """Return the words of a post that has some, in a script with spaces."""
        while True:
            post = dice.choice(self.slice(dice.randrange(self.count // SLICE) * SLICE))
            words = [word for word in post.text.split() if word.isalpha()]
            if len(words) >= 6 and post.language not in {"ja", "zh"}:
                return words

    def _query(self, dice: random.Random, kind: str) -> Query:
        english = self.languages["en"].words
        common = english[dice.randrange(12)]
        known = english[dice.randrange(100, 3_000)]
        words = self._spaced(dice)
        at = dice.randrange(len(words) - 1)
        of_author, day = f"from:{name_of(self.author(dice))}", _date(BEGAN + dice.randrange(DAYS // 4, DAYS) * DAY)
        texts = {
            "rare word": max(words, key=len),
            "common word": common,
            "two words": f"{words[at]} {words[-1]}",
            "two common words": f"{common} {english[dice.randrange(12, 60)]}",
            "two words that never meet": f"{known} {self.languages['ru'].words[dice.randrange(2_000)]}",
            "phrase": f'"{words[at]} {words[at + 1]}"',
            "from:": f"{common} {of_author}",
            "has:media": f"{known} has:media",
            "before:": f"{known} before:{day}",
            "after:": f"{known} after:{day}",
            "lang:": f"{common} lang:{dice.choice(self._names[1:])}",
            "minus": f"{known} -{common}",
            "hashtag": f"#{self.tag(dice)}",
            "Chinese": self.languages["zh"].words[dice.randrange(50, 4_000)],
            "in:library": f"{common} in:library",
        }
        below = self.id_of(dice.randrange(self.count // 2, self.count)) if kind == "below a post" else None
        return Query(texts.get(kind, known), 40 if kind == "third page" else 0, below)


class Query(NamedTuple):
    """What is asked: text and place."""

    text: str
    offset: int = 0
    below: int | None = None


KINDS = (
    "rare word", "common word", "known word", "two words", "two common words", "two words that never meet", "phrase",
    "from:", "has:media", "before:", "after:", "lang:", "minus", "hashtag", "Chinese", "in:library", "third page",
    "below a post",
)  # fmt: skip
"""Of queries. A common word stands in one post of four to fifty, a known one in one of a thousand or so."""


def name_of(author: int) -> str:
    """Return the name of an account."""
    return f"u{author}"


def _date(moment: int) -> str:
    return dt.datetime.fromtimestamp(moment // 1_000, dt.UTC).date().isoformat()
