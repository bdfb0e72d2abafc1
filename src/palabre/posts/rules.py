"""Pure decisions about posts."""

from __future__ import annotations

import re
from typing import NamedTuple

from palabre.ids import AccountId
from palabre.markup.entities import LINK_WEIGHT, Entity, find_entities, weighted_length
from palabre.posts.errors import EmptyPost, PostTooLong, UnknownLanguage
from palabre.posts.model import Draft, Post, Visibility

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
        EmptyPost: neither text nor media.
        PostTooLong: more than ``limit``.
        UnknownLanguage: not a language tag (BCP 47).

    """
    text = draft.text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
    warning = " ".join(draft.warning.replace("\x00", "").split())
    if not text and not draft.media:
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
