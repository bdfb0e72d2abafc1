"""Pure decisions about posts."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from palabre.ids import AccountId
from palabre.markup.entities import LINK_WEIGHT, Entity, find_entities, weighted_length
from palabre.posts.errors import (
    ChoiceTooLong,
    EmptyPost,
    PollEnded,
    PostTooLong,
    TooFewChoices,
    TooManyChoices,
    UnknownLanguage,
    WrongChoice,
    WrongDuration,
)
from palabre.posts.model import Draft, Poll, PollDraft, Post, QuotePolicy, Visibility

POLL_CHOICES = 8
"""The most answers of a poll; there are at least two."""
POLL_CHOICE_LENGTH = 100
"""The most characters of an answer."""
POLL_SHORTEST = 5 * 60
"""Seconds."""
POLL_LONGEST = 31 * 24 * 60 * 60
"""Seconds."""
THREAD = 25
"""The most posts of a thread that is written at once."""
PINS = 5
"""The most posts on top of a profile."""
VERSIONS = 20
"""How many former wordings of a post are kept; older ones go."""

_ORDER = list(Visibility)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class Wording(NamedTuple):
    """A text that is fit to be published."""

    text: str
    warning: str
    entities: list[Entity]


def narrowest(asked: Visibility, parent: Visibility | None) -> Visibility:
    """Return ``asked``, or what the parent of a reply has if that is narrower."""
    if parent is None or _ORDER.index(asked) >= _ORDER.index(parent):
        return asked
    return parent


def check(draft: Draft, *, limit: int) -> Wording:
    """Tidy the text of ``draft`` and find its entities; ``limit`` counts weighted characters, warning included.

    Raises:
        EmptyPost: neither text nor media, nor a quote.
        PostTooLong: more than ``limit``.
        UnknownLanguage: not a language tag (BCP 47).

    """
    text = draft.text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
    warning = " ".join(draft.warning.replace("\x00", "").split())
    if not text and not draft.media and draft.quote is None:
        raise EmptyPost(field="status")
    if len(text) + len(warning) > 40 * limit + 4_000:  # far too long to be worth counting
        raise PostTooLong(field="status", length=len(text) + len(warning), limit=limit)
    entities = find_entities(text)
    if (
        len(text) + len(warning) + LINK_WEIGHT * len(entities) > limit
    ):  # it weighs that much at most; counting is slow
        length = weighted_length(text, entities) + weighted_length(warning)
        if length > limit:
            raise PostTooLong(field="status", length=length, limit=limit)
    if draft.language is not None and not _LANGUAGE.fullmatch(draft.language):
        raise UnknownLanguage(field="language", language=draft.language[:40])
    return Wording(text, warning, entities)


def may_read(post: Post, viewer: AccountId | None, *, follows_author: bool, blocked: bool) -> bool:
    """Decide whether ``viewer`` (``None``: anybody) may read ``post``; ``blocked``: its author blocks the viewer."""
    if viewer == post.author:
        return True
    if blocked:
        return False
    match post.visibility:
        case Visibility.PUBLIC | Visibility.UNLISTED:
            return True
        case Visibility.FOLLOWERS:
            return viewer is not None and (follows_author or _is_mentioned(post, viewer))
        case Visibility.MENTIONED:
            return viewer is not None and _is_mentioned(post, viewer)


def _is_mentioned(post: Post, viewer: AccountId) -> bool:
    return any(mention.account == viewer for mention in post.mentions)


def may_repost(post: Post, viewer: AccountId) -> bool:
    """Decide whether ``viewer``, who may read ``post``, may repost it."""
    if post.visibility in {Visibility.PUBLIC, Visibility.UNLISTED}:
        return True
    return post.visibility is Visibility.FOLLOWERS and post.author == viewer


_OPEN = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})


def quote_policy(asked: QuotePolicy, visibility: Visibility) -> QuotePolicy:
    """Return ``asked``, or that nobody may quote what is not for everybody."""
    return asked if visibility in _OPEN else QuotePolicy.NOBODY


def may_quote(post: Post, viewer: AccountId, *, follows_author: bool) -> bool:
    """Decide whether ``viewer``, who may read ``post``, may quote it; authors may quote themselves."""
    if post.visibility not in _OPEN:
        return False
    if post.author == viewer or post.quote_policy is QuotePolicy.ALL:
        return True
    return post.quote_policy is QuotePolicy.FOLLOWERS and follows_author


def may_pin(post: Post, viewer: AccountId) -> bool:
    """Decide whether ``viewer`` may put ``post`` on top of the own profile."""
    return post.author == viewer and post.repost_of is None and post.visibility is not Visibility.MENTIONED


def checked_poll(asked: PollDraft) -> PollDraft:
    """Tidy a poll.

    Raises:
        TooFewChoices, TooManyChoices, ChoiceTooLong, WrongDuration: as they say.

    """
    titles = tuple(" ".join(title.replace("\x00", "").split()) for title in asked.choices)
    titles = tuple(title for title in titles if title)
    if len(titles) < 2 or len(set(titles)) != len(titles):
        raise TooFewChoices(field="poll")
    if len(titles) > POLL_CHOICES:
        raise TooManyChoices(field="poll", limit=POLL_CHOICES)
    if any(len(title) > POLL_CHOICE_LENGTH for title in titles):
        raise ChoiceTooLong(field="poll", limit=POLL_CHOICE_LENGTH)
    if not POLL_SHORTEST <= asked.seconds <= POLL_LONGEST:
        raise WrongDuration(field="poll")
    return PollDraft(choices=titles, seconds=asked.seconds, multiple=asked.multiple, hide_totals=asked.hide_totals)


def check_choices(poll: Poll, choices: Collection[int]) -> None:
    """Refuse a vote that ``poll`` does not take.

    Raises:
        PollEnded, WrongChoice: as they say.

    """
    if poll.expired:
        raise PollEnded
    if not choices or not all(0 <= place < len(poll.choices) for place in choices):
        raise WrongChoice(field="choices")
    if len(set(choices)) > 1 and not poll.multiple:
        raise WrongChoice(field="choices")
