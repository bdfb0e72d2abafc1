"""Something that all members are told."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from palabre.accounts.model import Account
from palabre.announcements import model
from palabre.api.mastodon.entities.custom_emoji import CustomEmoji, emojis_in
from palabre.api.mastodon.entities.html import text_html
from palabre.api.mastodon.entities.status import StatusTag
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.ids import Kind, PostId
from palabre.markup.entities import EntityKind, find_entities
from palabre.posts.model import PostView

_POST = re.compile(r"/@[^/]+/([0-9]{31})(?![0-9])", re.ASCII)


class Reaction(msgspec.Struct, frozen=True, omit_defaults=True):
    """An emoji, and how many have answered with it."""

    name: str
    count: int
    me: bool | msgspec.UnsetType = msgspec.UNSET
    """There only if a member asks."""


class MentionedAccount(msgspec.Struct, frozen=True):
    """An account that an announcement names."""

    id: str
    username: str
    url: str
    acct: str


class LinkedStatus(msgspec.Struct, frozen=True):
    """A post that an announcement links to."""

    id: str
    url: str


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement."""

    id: str
    content: str
    starts_at: str | None
    ends_at: str | None
    all_day: bool
    published_at: str
    updated_at: str
    read: bool | msgspec.UnsetType = msgspec.UNSET
    """There only if a member asks."""
    mentions: list[MentionedAccount]
    statuses: list[LinkedStatus]
    tags: list[StatusTag]
    emojis: tuple[CustomEmoji, ...]
    reactions: list[Reaction]


def named_in(names: Names, text: str) -> tuple[list[tuple[str, str]], list[PostId]]:
    """Find whom an announcement names, by user name and domain, and which posts it links."""
    people: dict[tuple[str, str], None] = {}
    for each in find_entities(text):
        if each.kind is EntityKind.MENTION:
            name, _, domain = each.value.lower().partition("@")
            people[name, "" if domain == names.domain else domain] = None
    places = (place.removeprefix(names.uris.origin) for place in text.split() if place.startswith(names.uris.origin))
    refs = [found[1] for place in places if (found := _POST.match(place))]
    numbers = dict.fromkeys(names.ids.try_decode(Kind.POST, ref) for ref in refs)
    return list(people), [PostId(number) for number in numbers if number is not None]


def announcement(
    names: Names,
    told: model.Announcement,
    *,
    member: bool,
    people: Iterable[Account] = (),
    posts: Iterable[PostView] = (),
) -> Announcement:
    """Render an announcement, with what the viewer did with it if a ``member`` asks.

    ``people`` and ``posts`` are those of :func:`named_in` that anybody may see.
    """
    tags = dict.fromkeys(each.value for each in find_entities(told.text) if each.kind is EntityKind.HASHTAG)
    return Announcement(
        id=names.ids.encode(Kind.ANNOUNCEMENT, told.id),
        content=text_html(names, told.text),
        starts_at=None if told.starts is None else iso(told.starts),
        ends_at=None if told.ends is None else iso(told.ends),
        all_day=told.all_day,
        published_at=iso(told.published),
        updated_at=iso(told.updated),
        read=told.read if member else msgspec.UNSET,
        mentions=[
            MentionedAccount(
                names.ids.encode(Kind.ACCOUNT, each.id), each.username, names.uris.account(each.acct), each.acct
            )
            for each in people
        ],
        statuses=[
            LinkedStatus(names.ids.encode(Kind.POST, each.post.id), names.uris.post(each.author.acct, each.post.id))
            for each in posts
        ],
        tags=[StatusTag(tag.lower(), names.uris.hashtag(tag)) for tag in tags],
        emojis=emojis_in(names, told.text),
        reactions=[Reaction(each.name, each.count, each.me if member else msgspec.UNSET) for each in told.reactions],
    )
