"""What writing and editing share: who may, whom the text means, which hashtags it has."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from palabre.accounts.model import Account, Standing
from palabre.accounts.queries import account, accounts_by_handle, login_of
from palabre.ids import AccountId
from palabre.markup.entities import Entity, EntityKind, hashtag_key
from palabre.posts.errors import HashtagUnusable, MayNotWrite
from palabre.posts.events import tag_mark
from palabre.posts.hashtags import unusable_among
from palabre.posts.model import Mention, Post, Visibility
from palabre.store import Snapshot

_MENTIONS_MOST = 100


class Terms(msgspec.Struct, frozen=True):
    """What the network asks of a post."""

    limit: int = 1_000
    """Most weighted characters."""
    domain: str = ""
    """Our own: ``@name@domain`` is a local account."""
    described: bool = False
    """Whether every picture, video and recording must have a description."""
    cards: bool = False
    """Whether linked pages are read for their cards."""


def must_describe(db: Snapshot, viewer: AccountId, terms: Terms) -> bool:
    """Tell whether the network or the member asks that all media are described."""
    login = login_of(db, viewer)
    return terms.described or (login is not None and login.preferences.describe_media)


def tags_of(entities: list[Entity]) -> dict[str, str]:
    """Return the hashtags among ``entities``: key to spelling."""
    found: dict[str, str] = {}
    for entity in entities:
        if entity.kind is EntityKind.HASHTAG:
            found.setdefault(hashtag_key(entity.value), entity.value)
    return found


def usable_tags_of(db: Snapshot, entities: list[Entity], before: Collection[str] = ()) -> dict[str, str]:
    """Return the hashtags among ``entities`` as :func:`tags_of` does; one statement if there are new ones.

    Args:
        db: where to look.
        entities: of the text.
        before: spellings that the post has already, which it keeps.

    Raises:
        HashtagUnusable: moderators let no new post have one of them.

    """
    found = tags_of(entities)
    barred = unusable_among(db, found.keys() - set(map(hashtag_key, before)))
    if barred:
        names = ", ".join(f"#{spelling}" for key, spelling in found.items() if key in barred)
        raise HashtagUnusable(field="status", names=names)
    return found


def mentions_of(db: Snapshot, entities: list[Entity], domain: str) -> tuple[Mention, ...]:
    """Return the accounts that are meant by ``entities``; ``domain`` is our own."""
    handles: list[tuple[str, str]] = []
    for entity in entities:
        if entity.kind is EntityKind.MENTION:
            name, _, host = entity.value.casefold().partition("@")
            handle = (name, "" if host == domain.casefold() else host)
            if handle not in handles and len(handles) < _MENTIONS_MOST:
                handles.append(handle)
    if not handles:
        return ()
    found = accounts_by_handle(db, handles)
    return tuple(
        Mention(account=each.id, username=each.username, domain=each.domain)
        for handle in handles
        if (each := found.get(handle)) is not None and each.standing is Standing.ACTIVE
    )


def active(db: Snapshot, viewer: AccountId) -> Account:
    """Return the account of ``viewer``.

    Raises:
        MayNotWrite: it waits for approval, or is suspended.

    """
    author = account(db, viewer)
    if author is None or author.standing is not Standing.ACTIVE:
        raise MayNotWrite
    return author


def tag_marks(of: Post) -> tuple[str, ...]:
    """Return what stands in facts for the hashtags under whose timelines a post is."""
    return marks_of_tags(of.hashtags, of.visibility)


def marks_of_tags(hashtags: Iterable[str], visibility: Visibility) -> tuple[str, ...]:
    """Return the same of the ``hashtags`` of a post with this visibility."""
    return tuple(tag_mark(hashtag_key(tag)) for tag in hashtags) if visibility is Visibility.PUBLIC else ()
