"""Something that all members are told."""

from __future__ import annotations

import msgspec

from palabre.announcements import model
from palabre.api.mastodon.entities.custom_emoji import CustomEmoji
from palabre.api.mastodon.entities.html import text_html
from palabre.api.mastodon.entities.status import StatusTag
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.ids import Kind
from palabre.markup.entities import EntityKind, find_entities


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
    emojis: list[CustomEmoji]
    reactions: list[Reaction]


def announcement(names: Names, told: model.Announcement, *, member: bool) -> Announcement:
    """Render an announcement, with what the viewer did with it if a ``member`` asks."""
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
        mentions=[],
        statuses=[],
        tags=[StatusTag(tag.lower(), names.uris.hashtag(tag)) for tag in tags],
        emojis=[],
        reactions=[Reaction(each.name, each.count, each.me if member else msgspec.UNSET) for each in told.reactions],
    )
