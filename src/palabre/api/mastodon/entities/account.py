"""An account, as everybody may see it."""

from __future__ import annotations

from typing import Any

import msgspec

from palabre.accounts import model
from palabre.api.mastodon.entities.custom_emoji import CustomEmoji, emojis_in
from palabre.api.mastodon.entities.feature_approval import FeatureApproval
from palabre.api.mastodon.entities.field import Field
from palabre.api.mastodon.entities.html import bio_html, field_html
from palabre.api.mastodon.entities.role import AccountRole, roles_shown
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import DAY, day, iso
from palabre.ids import Kind

_OFFERED = FeatureApproval(("public",), (), "automatic")
_NOT_OFFERED = FeatureApproval()


class Badge(msgspec.Struct, frozen=True):
    """A fact about an account, and who vouches for it: ``member`` or ``operator``."""

    kind: str
    vouched_by: str


class Facts(msgspec.Struct, frozen=True):
    """What only Palabre says of an account."""

    badges: tuple[Badge, ...]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A profile and its counts."""

    id: str
    username: str
    acct: str
    url: str | None
    uri: str
    display_name: str
    note: str
    avatar: str
    avatar_static: str
    avatar_description: str
    header: str
    header_static: str
    header_description: str
    locked: bool
    fields: list[Field]
    emojis: tuple[CustomEmoji, ...]
    bot: bool
    group: bool
    discoverable: bool | None
    indexable: bool
    noindex: bool | None
    moved: Account | None
    suspended: bool | msgspec.UnsetType = msgspec.UNSET
    """There only when true."""
    limited: bool | msgspec.UnsetType = msgspec.UNSET
    """There only when true."""
    created_at: str
    """Midnight of the day: when somebody was awake is nobody's business."""
    last_status_at: str | None
    statuses_count: int
    followers_count: int
    following_count: int
    hide_collections: bool | None
    show_media: bool
    show_media_replies: bool
    show_featured: bool
    roles: tuple[AccountRole, ...] | None
    feature_approval: FeatureApproval
    palabre: Facts | msgspec.UnsetType = msgspec.UNSET
    """There only when there is a fact to tell."""


def attributes(names: Names, shown: model.Account) -> dict[str, Any]:
    """Return the attributes of ``shown``, for ``Account`` and the entities that extend it."""
    if shown.standing is model.Standing.SUSPENDED:
        shown = _only_the_name(shown)
    avatar, header = names.uris.avatar(shown.avatar), names.uris.header(shown.header)
    page = names.uris.account(shown.acct)
    return {
        "id": names.ids.encode(Kind.ACCOUNT, shown.id),
        "username": shown.username,
        "acct": shown.acct,
        "url": shown.url or page,
        "uri": shown.uri or names.uris.actor(shown.id),
        "display_name": shown.display_name,
        "note": bio_html(names, shown),
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": shown.avatar_description,
        "header": header,
        "header_static": header,
        "header_description": shown.header_description,
        "locked": shown.locked,
        "fields": [
            Field(
                field.name,
                field_html(names, shown, field.value),
                None if field.verified is None else iso(field.verified),
            )
            for field in shown.fields
        ],
        "emojis": emojis_in(
            names, shown.display_name, shown.bio, *(f"{each.name} {each.value}" for each in shown.fields)
        ),
        "bot": shown.bot,
        "group": False,
        "discoverable": shown.discoverable,
        "indexable": shown.indexable,
        "noindex": not shown.indexable if shown.is_local else None,
        "moved": None,
        "suspended": True if shown.standing is model.Standing.SUSPENDED else msgspec.UNSET,
        "limited": True if shown.limited else msgspec.UNSET,
        "created_at": iso(shown.created // DAY * DAY),
        "last_status_at": None if shown.last_post is None else day(shown.last_post),
        "statuses_count": shown.posts_count,
        "followers_count": shown.followers_count,
        "following_count": shown.following_count,
        **shows(shown),
        "roles": roles_shown(shown.role),
        "feature_approval": (
            _OFFERED if shown.discoverable and shown.standing is model.Standing.ACTIVE else _NOT_OFFERED
        ),
        "palabre": Facts(tuple(Badge(each.kind.value, each.by.value) for each in shown.facts))
        if shown.facts
        else msgspec.UNSET,
    }


def shows(shown: model.Account) -> dict[str, bool]:
    """Return what a profile shows, in Mastodon's words."""
    return {
        "hide_collections": not shown.shows & model.Shows.PEOPLE,
        "show_media": bool(shown.shows & model.Shows.MEDIA),
        "show_media_replies": bool(shown.shows & model.Shows.MEDIA_REPLIES),
        "show_featured": bool(shown.shows & model.Shows.FEATURED),
    }


def _only_the_name(suspended: model.Account) -> model.Account:
    """Leave of a suspended account what says whom it was."""
    return msgspec.structs.replace(
        suspended,
        role=model.Role.MEMBER,
        display_name="",
        bio="",
        fields=(),
        badges=(),
        avatar=None,
        avatar_description="",
        header=None,
        header_description="",
        posts_count=0,
        followers_count=0,
        following_count=0,
        last_post=None,
    )


def account(names: Names, shown: model.Account) -> Account:
    """Render ``shown``."""
    return Account(**attributes(names, shown))
