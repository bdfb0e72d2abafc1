"""Filters, in their second version and in their first, and what they found."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.filters import model
from palabre.filters.rules import Match
from palabre.ids import Kind

WireContext = Literal["home", "notifications", "public", "thread", "account"]
WireAct = Literal["warn", "hide", "blur"]


class FilterKeyword(msgspec.Struct, frozen=True):
    """A word that is filtered."""

    id: str
    keyword: str
    whole_word: bool


class FilterStatus(msgspec.Struct, frozen=True):
    """A post that is filtered."""

    id: str
    status_id: str


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """A filter. What is in it is there only where filters are looked at, not where they were used."""

    id: str
    title: str
    context: list[WireContext]
    expires_at: str | None
    filter_action: WireAct
    keywords: list[FilterKeyword] | msgspec.UnsetType = msgspec.UNSET
    statuses: list[FilterStatus] | msgspec.UnsetType = msgspec.UNSET


class FilterResult(msgspec.Struct, frozen=True):
    """A filter that matches a post, and what of it does."""

    filter: Filter
    keyword_matches: tuple[str, ...] | None
    status_matches: list[str] | None


class V1Filter(msgspec.Struct, frozen=True, kw_only=True):
    """A word with its filter around it, as apps of before 2022 know it."""

    id: str
    phrase: str
    context: list[WireContext]
    whole_word: bool
    expires_at: str | None
    irreversible: bool


def filter_keyword(names: Names, shown: model.Keyword) -> FilterKeyword:
    """Render a word."""
    return FilterKeyword(names.ids.encode(Kind.FILTER_KEYWORD, shown.id), shown.keyword, shown.whole_word)


def filter_status(names: Names, shown: model.FilteredPost) -> FilterStatus:
    """Render a post of a filter."""
    return FilterStatus(names.ids.encode(Kind.FILTER_POST, shown.id), names.ids.encode(Kind.POST, shown.post))


def filter_(names: Names, shown: model.Filter, *, whole: bool = True) -> Filter:
    """Render a filter; with ``whole``, with what is in it."""
    return Filter(
        id=names.ids.encode(Kind.FILTER, shown.id),
        title=shown.title,
        context=[context.value for context in shown.contexts],
        expires_at=None if shown.expires is None else iso(shown.expires),
        filter_action=shown.act.value,
        keywords=[filter_keyword(names, word) for word in shown.keywords] if whole else msgspec.UNSET,
        statuses=[filter_status(names, one) for one in shown.posts] if whole else msgspec.UNSET,
    )


def filter_result(names: Names, match: Match) -> FilterResult:
    """Render what a filter found."""
    return FilterResult(
        filter=filter_(names, match.filter, whole=False),
        keyword_matches=match.keywords or None,
        status_matches=[names.ids.encode(Kind.POST, post) for post in match.posts] or None,
    )


def v1_filter(names: Names, shown: model.Filter, word: model.Keyword) -> V1Filter:
    """Render a word of a filter as a filter of its own."""
    return V1Filter(
        id=names.ids.encode(Kind.FILTER_KEYWORD, word.id),
        phrase=word.keyword,
        context=[context.value for context in shown.contexts],
        whole_word=word.whole_word,
        expires_at=None if shown.expires is None else iso(shown.expires),
        irreversible=shown.act is model.Act.HIDE,
    )
