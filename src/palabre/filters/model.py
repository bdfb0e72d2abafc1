"""Filters: words and posts that a member does not want to read."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from palabre.clock import Instant
from palabre.ids import AccountId, PostId


class Context(StrEnum):
    """Where a filter is for. Stored by value: never rename one."""

    HOME = "home"
    """The home timeline, and lists."""
    NOTIFICATIONS = "notifications"
    PUBLIC = "public"
    """The local timeline and hashtags."""
    THREAD = "thread"
    ACCOUNT = "account"


class Act(StrEnum):
    """What is done about a post that a filter matches. Stored by value: never rename one."""

    WARN = "warn"
    """It is there, behind a sentence that names the filter."""
    HIDE = "hide"
    """It is left out."""
    BLUR = "blur"
    """Its pictures are covered."""


class Keyword(msgspec.Struct, frozen=True, kw_only=True):
    """A word or a phrase."""

    id: int
    keyword: str
    whole_word: bool = True
    """Whether it counts only where no letter or digit goes on with it."""


class FilteredPost(msgspec.Struct, frozen=True, kw_only=True):
    """A single post."""

    id: int
    post: PostId


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Words and posts that one thing is done about."""

    id: int
    account: AccountId
    title: str
    contexts: tuple[Context, ...]
    act: Act = Act.WARN
    expires: Instant | None = None
    keywords: tuple[Keyword, ...] = ()
    posts: tuple[FilteredPost, ...] = ()


class KeywordChange(msgspec.Struct, frozen=True, kw_only=True):
    """A word to add (without ``id``), to change or to remove."""

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    remove: bool = False
