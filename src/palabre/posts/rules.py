"""Pure decisions about posts."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from palabre.ids import AccountId
from palabre.markup.characters import is_blank
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
from palabre.posts.model import (
    Draft,
    Poll,
    PollDraft,
    Post,
    QuotePolicy,
    QuoteState,
    ReplyApproval,
    ReplyPolicy,
    Visibility,
)

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
    """Return ``asked``, or what the parent of a reply has if that is narrower. Nobody asks for ``WAITING``."""
    if asked is Visibility.WAITING:
        asked = Visibility.MENTIONED
    if parent is None or _ORDER.index(asked) >= _ORDER.index(parent):
        return asked
    return parent


def visibility_of_quote(asked: Visibility, quoted: Post | None) -> Visibility:
    """Return ``asked``, narrowed to followers if what is ``quoted`` is for them."""
    if quoted is None or quoted.visibility in _OPEN:
        return asked
    return narrowest(asked, quoted.visibility)


def check(draft: Draft, *, limit: int) -> Wording:
    """Tidy the text of ``draft`` and find its entities; ``limit`` counts weighted characters, warning included.

    Raises:
        EmptyPost: neither text nor media, nor a quote.
        PostTooLong: more than ``limit``; names the warning if the text alone would do.
        UnknownLanguage: not a language tag (BCP 47).

    """
    text = draft.text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
    warning = " ".join(draft.warning.replace("\x00", "").split())
    if is_blank(text):  # white space that no strip() takes away is no text either
        text = ""
    if not text and not draft.media and draft.quote is None:
        raise EmptyPost(field="status")
    most = 40 * limit + 4_000
    if len(text) + len(warning) > most:  # far too long to be worth counting
        field = "status" if len(text) > most else "spoiler_text"
        raise PostTooLong(field=field, length=len(text) + len(warning), limit=limit)
    entities = find_entities(text)
    if (
        len(text) + len(warning) + LINK_WEIGHT * len(entities) > limit
    ):  # it weighs that much at most; counting is slow
        of_text = weighted_length(text, entities)
        length = of_text + weighted_length(warning)
        if length > limit:
            raise PostTooLong(field="status" if of_text > limit else "spoiler_text", length=length, limit=limit)
    if draft.language is not None and not _LANGUAGE.fullmatch(draft.language):
        raise UnknownLanguage(field="language", language=draft.language[:40])
    return Wording(text, warning, entities)


def language_of(said: str | None, otherwise: str | None) -> str | None:
    """Return the language that ``said`` names as some programs write it (``EN``, ``en_US``), or ``otherwise``."""
    if otherwise is not None and not _LANGUAGE.fullmatch(otherwise):
        otherwise = None  # chosen when more could be chosen
    if not said or _LANGUAGE.fullmatch(said):
        return said or otherwise
    first = said.replace("_", "-").partition("-")[0].lower()
    return first if _LANGUAGE.fullmatch(first) else otherwise


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
        case Visibility.WAITING:
            return False


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
    return asked if visibility in _OPEN or visibility is Visibility.WAITING else QuotePolicy.NOBODY


def quote_allowed(post: Post, viewer: AccountId, *, follows_author: bool) -> QuoteState | None:
    """Decide how a quote of ``post`` by ``viewer``, who may read it, begins; ``None``: he may not quote it.

    Authors may quote themselves, also what only their followers read: :func:`visibility_of_quote` says for whom.
    """
    if post.visibility not in _OPEN and not (post.author == viewer and post.visibility is Visibility.FOLLOWERS):
        return None
    at_once = post.author == viewer or post.quote_policy is QuotePolicy.ALL
    by_following = post.quote_policy in {QuotePolicy.FOLLOWERS, QuotePolicy.FOLLOWERS_OR_ASK}
    if at_once or (by_following and follows_author):
        return QuoteState.ACCEPTED
    return QuoteState.PENDING if post.quote_policy.asks else None


def shows_to(visibility: Visibility, mentioned: bool, *, follows: bool) -> bool:  # noqa: FBT001
    """Tell whether a post of this visibility is read by somebody who is ``mentioned`` in it or ``follows``."""
    match visibility:
        case Visibility.PUBLIC | Visibility.UNLISTED:
            return True
        case Visibility.FOLLOWERS:
            return follows or mentioned
        case _:
            return mentioned


def reply_policy(asked: ReplyPolicy, *, is_reply: bool) -> ReplyPolicy:
    """Return ``asked``; a reply has none of its own: what the conversation began with holds."""
    return ReplyPolicy.ALL if is_reply else asked


def is_addressed(root: Post, parent: Post, viewer: AccountId) -> bool:
    """Tell whether the author of a conversation addresses ``viewer``, where it began or in what he answers."""
    return _is_mentioned(root, viewer) or (parent.author == root.author and _is_mentioned(parent, viewer))


def may_reply(root: Post, viewer: AccountId, *, addressed: bool, follows: bool, followed: bool) -> bool:
    """Decide whether ``viewer`` may reply in the conversation that began with ``root``.

    ``follows``: the viewer follows its author; ``followed``: the author follows the viewer. Whoever is addressed may
    answer, unless nobody may.
    """
    if root.author == viewer:
        return True
    match root.reply_policy:
        case ReplyPolicy.ALL:
            return True
        case ReplyPolicy.FOLLOWERS:
            return addressed or follows
        case ReplyPolicy.FOLLOWED:
            return addressed or followed
        case ReplyPolicy.MENTIONED:
            return addressed
        case ReplyPolicy.NOBODY:
            return False


def must_wait(approval: ReplyApproval, *, addressed: bool, followed: bool) -> bool:
    """Decide whether a reply that may be written waits for the author of the conversation."""
    if approval is ReplyApproval.STRANGERS:
        return not (addressed or followed)
    return approval is ReplyApproval.ALL


def may_pin(post: Post, viewer: AccountId) -> bool:
    """Decide whether ``viewer`` may put ``post`` on top of the own profile."""
    return post.author == viewer and post.repost_of is None and post.visibility in _PINNABLE


_PINNABLE = frozenset({Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS})


def checked_poll(asked: PollDraft) -> PollDraft:
    """Tidy a poll.

    Raises:
        TooFewChoices, TooManyChoices, ChoiceTooLong, WrongDuration: as they say.

    """
    titles = tuple(" ".join(title.replace("\x00", "").split()) for title in asked.choices)
    titles = tuple(title for title in titles if not is_blank(title))
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
