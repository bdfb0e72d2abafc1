"""Pure decisions about filters: what is a good one, and what it matches."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from palabre.clock import Instant
from palabre.filters.errors import ContextInvalid, KeywordInvalid, TitleInvalid
from palabre.filters.model import Act, Context, Filter, Keyword
from palabre.ids import PostId
from palabre.markup.characters import is_blank

TITLE_MOST = 256
KEYWORD_MOST = 512
FILTERS_MOST = 100
KEYWORDS_MOST = 300
"""Of all filters of a member together: every post he reads is compared with all of them."""
POSTS_MOST = 1_000


def good_title(title: str) -> str:
    """Tidy the title of a filter.

    Raises:
        TitleInvalid: it is empty or too long.

    """
    tidy = " ".join(title.split())
    if is_blank(tidy) or len(tidy) > TITLE_MOST:
        raise TitleInvalid(field="title", most=TITLE_MOST)
    return tidy


def good_keyword(keyword: str) -> str:
    """Tidy a word that is to be filtered.

    Raises:
        KeywordInvalid: it is empty or too long.

    """
    tidy = " ".join(keyword.split())
    if not 0 < len(tidy) <= KEYWORD_MOST:
        raise KeywordInvalid(field="keyword", most=KEYWORD_MOST)
    return tidy


def good_contexts(words: Collection[str]) -> tuple[Context, ...]:
    """Read where a filter is for, in the order of ``Context``.

    Raises:
        ContextInvalid: nowhere, or somewhere that is not.

    """
    found = tuple(context for context in Context if context.value in words)
    if not found or len(found) < len(set(words)):
        raise ContextInvalid(field="context")
    return found


class Match(NamedTuple):
    """A filter, and what of it was found."""

    filter: Filter
    keywords: tuple[str, ...] = ()
    """The words, as the filter has them."""
    posts: tuple[PostId, ...] = ()


def _pattern(keyword: Keyword) -> str:
    """Write a word as a regular expression without choices of its own: matching it takes linear time."""
    found = r"\s+".join(map(re.escape, keyword.keyword.split()))
    if keyword.whole_word:
        before = r"\b" if re.match(r"\w", keyword.keyword[0]) else ""
        after = r"\b" if re.match(r"\w", keyword.keyword[-1]) else ""
        found = f"{before}{found}{after}"
    return found


class Sieve:
    """The filters of one member, made ready: one regular expression says whether any word matches at all."""

    __slots__ = ("_any", "_by_post", "_filters", "expires")

    def __init__(self, filters: Iterable[Filter], now: Instant) -> None:
        """Make those of ``filters`` ready that have not ended at ``now``."""
        alive = [each for each in filters if each.expires is None or each.expires > now]
        self._filters: list[tuple[Filter, list[tuple[re.Pattern[str], str]]]] = [
            (each, [(re.compile(_pattern(word), re.IGNORECASE), word.keyword) for word in each.keywords])
            for each in alive
        ]
        words = dict.fromkeys(_pattern(word) for each in alive for word in each.keywords)
        self._any = re.compile("|".join(words), re.IGNORECASE) if words else None
        self._by_post = frozenset(one.post for each in alive for one in each.posts)
        self.expires: Instant | None = min((each.expires for each in alive if each.expires is not None), default=None)
        """When the first of them ends."""

    @property
    def filters(self) -> list[Filter]:
        """What it is made of."""
        return [each for each, _ in self._filters]

    def hides_in(self, context: Context) -> bool:
        """Tell whether any of them leaves something out of lists in ``context``."""
        return any(each.act is Act.HIDE and context in each.contexts for each, _ in self._filters)

    def match(self, posts: Sequence[PostId], words: str) -> tuple[Match, ...]:
        """Return which filters match a post: ``posts`` are its id and that of the repost around it."""
        named = not self._by_post.isdisjoint(posts)
        worded = self._any is not None and self._any.search(words) is not None
        if not named and not worded:
            return ()
        found = []
        for each, patterns in self._filters:
            keywords = tuple(word for pattern, word in patterns if pattern.search(words)) if worded else ()
            ids = tuple(one.post for one in each.posts if one.post in posts) if named else ()
            if keywords or ids:
                found.append(Match(each, keywords, ids))
        return tuple(found)


def joined(first: Iterable[Match], second: Iterable[Match]) -> tuple[Match, ...]:
    """Bring together what was found in two texts that are read as one: each filter once."""
    found: dict[int, Match] = {}
    for each in (*first, *second):
        before = found.get(each.filter.id, Match(each.filter))
        found[each.filter.id] = Match(
            each.filter,
            tuple(dict.fromkeys((*before.keywords, *each.keywords))),
            tuple(dict.fromkeys((*before.posts, *each.posts))),
        )
    return tuple(found.values())


def hides(matches: Iterable[Match], context: Context | None) -> bool:
    """Tell whether a list in ``context`` leaves out what ``matches``; without a context nothing does."""
    return context is not None and any(
        match.filter.act is Act.HIDE and context in match.filter.contexts for match in matches
    )
