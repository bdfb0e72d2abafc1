"""The network: what it is called, what it allows, how much of everything it takes (version 2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from palabre import __version__
from palabre.accounts import model
from palabre.accounts import rules as profile
from palabre.api.mastodon.entities.account import Account, account
from palabre.api.mastodon.entities.reply_policy import WIRE_REPLY_POLICIES, WireReplyPolicy
from palabre.api.mastodon.entities.rule import Rule
from palabre.api.mastodon.entities.wire import Names
from palabre.config import Config
from palabre.markup.entities import LINK_WEIGHT
from palabre.media.formats import Format
from palabre.media.model import MOST_ATTACHMENTS, MOST_DESCRIPTION, Limits
from palabre.media.processing import takes_films
from palabre.posts import rules as posting
from palabre.posts.tags import FEATURED_MOST

VERSION = f"4.6.0 (compatible; Palabre {__version__})"
"""Apps choose methods by what stands in front."""


_MOST_RATE = 240
"""Pictures a second of a video; beyond 60, some are dropped."""

MASTODON_API = 10
"""Mastodon's additions up to this number are here: grouped notifications (2), sites that name authors (3), media that
outlive a deleted post (4), endorsements and featured hashtags (5, 6), quotes (7), profiles to edit and annual reports
(8), collections (10)."""
PALABRE_API = 1
"""The same of Palabre's own additions, which its description for machines lists."""
_THUMBNAIL_HASH = "UqQI^?t7ozt6_Nofayj[WBf8WBkC-pf6j[j["
"""The blurhash of the header that accounts and the network have by themselves."""
_ICONS = (("apple-touch-icon", 180), ("icon-192", 192), ("icon-512", 512))


class Users(msgspec.Struct, frozen=True):
    """Members who were here in the last four weeks."""

    active_month: int


class Usage(msgspec.Struct, frozen=True):
    """How much the network is used."""

    users: Users


class Thumbnail(msgspec.Struct, frozen=True):
    """A picture of the network."""

    url: str
    description: str
    blurhash: str
    versions: dict[str, str]
    """Addresses by density: ``@1x``, ``@2x``."""


class InstanceIcon(msgspec.Struct, frozen=True):
    """The network's icon in one size."""

    src: str
    size: str


class Urls(msgspec.Struct, frozen=True):
    """Where apps find more."""

    streaming: str
    status: str | None
    about: str
    privacy_policy: str | None
    terms_of_service: str | None
    openapi: str
    """The API described for machines, Palabre's own methods included; ours, Mastodon has no such attribute."""


class Vapid(msgspec.Struct, frozen=True):
    """The key of push messages: a point of P-256, in base64 for addresses."""

    public_key: str


class AccountLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a profile takes."""

    max_display_name_length: int
    max_note_length: int
    max_avatar_description_length: int
    max_header_description_length: int
    max_featured_tags: int
    max_pinned_statuses: int
    max_profile_fields: int
    profile_field_name_limit: int
    profile_field_value_limit: int


class StatusLimits(msgspec.Struct, frozen=True):
    """How much a post takes."""

    max_characters: int
    max_media_attachments: int
    characters_reserved_per_url: int
    reply_policies: tuple[WireReplyPolicy, ...] = WIRE_REPLY_POLICIES
    """Whom an author may let reply; ours, Mastodon has no such attribute."""


class MediaLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a picture, a video or a recording takes; without the extra ``video``, only pictures are taken."""

    supported_mime_types: list[str]
    description_limit: int
    image_size_limit: int
    image_matrix_limit: int
    video_size_limit: int = 0
    video_frame_rate_limit: int = 0
    video_matrix_limit: int = 0


class PollLimits(msgspec.Struct, frozen=True):
    """How much a poll takes; times in seconds."""

    max_options: int = posting.POLL_CHOICES
    max_characters_per_option: int = posting.POLL_CHOICE_LENGTH
    min_expiration: int = posting.POLL_SHORTEST
    max_expiration: int = posting.POLL_LONGEST


class Translation(msgspec.Struct, frozen=True):
    """Whether posts are translated here."""

    enabled: bool = False


Access = Literal["public", "authenticated", "disabled"]


class Feeds(msgspec.Struct, frozen=True):
    """Who may read a kind of timeline."""

    local: Access
    remote: Access


class TimelinesAccess(msgspec.Struct, frozen=True):
    """Who may read which timelines."""

    live_feeds: Feeds
    hashtag_feeds: Feeds
    trending_link_feeds: Feeds


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """What apps have to know before they ask."""

    urls: Urls
    vapid: Vapid
    accounts: AccountLimits
    statuses: StatusLimits
    media_attachments: MediaLimits
    polls: PollLimits
    translation: Translation
    timelines_access: TimelinesAccess
    limited_federation: bool


class Registrations(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody may sign up, and how."""

    enabled: bool
    approval_required: bool
    reason_required: bool | None
    message: str | None
    min_age: int | None
    url: str | None


class ApiVersions(msgspec.Struct, frozen=True):
    """How far apps may count on Mastodon's additions."""

    mastodon: int
    palabre: int = PALABRE_API
    """Ours."""


class Contact(msgspec.Struct, frozen=True):
    """Whom to write to."""

    email: str
    account: Account | None


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """The network."""

    domain: str
    title: str
    version: str
    source_url: str
    description: str
    wrapstodon: str | None
    usage: Usage
    thumbnail: Thumbnail
    icon: list[InstanceIcon]
    languages: list[str]
    configuration: Configuration
    registrations: Registrations
    api_versions: ApiVersions
    contact: Contact
    rules: list[Rule]


def streaming_url(origin: str) -> str:
    """Return where live updates are: the origin, with the scheme of WebSockets."""
    return origin.replace("http", "ws", 1)


def account_limits() -> AccountLimits:
    """Return how much a profile takes."""
    return AccountLimits(
        max_display_name_length=profile.DISPLAY_NAME_LENGTH,
        max_note_length=profile.BIO_LENGTH,
        max_avatar_description_length=profile.PICTURE_DESCRIPTION_LENGTH,
        max_header_description_length=profile.PICTURE_DESCRIPTION_LENGTH,
        max_featured_tags=FEATURED_MOST,
        max_pinned_statuses=posting.PINS,
        max_profile_fields=profile.FIELDS,
        profile_field_name_limit=profile.FIELD_LENGTH,
        profile_field_value_limit=profile.FIELD_LENGTH,
    )


def status_limits(config: Config) -> StatusLimits:
    """Return how much a post takes."""
    return StatusLimits(config.post_length, MOST_ATTACHMENTS, LINK_WEIGHT)


def media_limits(config: Config) -> MediaLimits:
    """Return how much a picture, a video or a recording takes."""
    films = takes_films()
    return MediaLimits(
        supported_mime_types=[kind.value for kind in Format if films or kind.is_picture],
        description_limit=MOST_DESCRIPTION,
        image_size_limit=config.media_bytes,
        image_matrix_limit=Limits().pixels_in,
        video_size_limit=config.video_bytes if films else 0,
        video_frame_rate_limit=_MOST_RATE if films else 0,
        video_matrix_limit=Limits().pixels_film if films else 0,
    )


def instance(
    names: Names,
    config: Config,
    *,
    active: int,
    rules: Sequence[Rule] = (),
    terms: bool = False,
    closed: str | None = None,
    contact: model.Account | None = None,
) -> Instance:
    """Render the network, where ``active`` members were in the last four weeks; it may have ``terms``.

    ``closed`` is what is said while nobody may sign up, in HTML; ``contact`` is the member to talk to.
    """
    origin = names.uris.origin
    registrations = config.registrations
    return Instance(
        domain=names.domain,
        title=config.title,
        version=VERSION,
        source_url=config.source or f"{origin}/about",
        description=config.description,
        wrapstodon=None,
        usage=Usage(Users(active)),
        thumbnail=Thumbnail(
            names.uris.header(None), "", _THUMBNAIL_HASH, dict.fromkeys(("@1x", "@2x"), names.uris.header(None))
        ),
        icon=[InstanceIcon(f"{origin}/static/{name}.png", f"{size}x{size}") for name, size in _ICONS],
        languages=[config.language],
        configuration=Configuration(
            urls=Urls(
                streaming_url(origin),
                f"{origin}/status",
                f"{origin}/about",
                f"{origin}/about#privacy",
                f"{origin}/about#terms" if terms else None,
                f"{origin}/api/openapi.json",
            ),
            vapid=Vapid(names.push_key()),
            accounts=account_limits(),
            statuses=status_limits(config),
            media_attachments=media_limits(config),
            polls=PollLimits(),
            translation=Translation(bool(config.translate_url)),
            timelines_access=TimelinesAccess(
                live_feeds=Feeds("public", "disabled"),
                hashtag_feeds=Feeds("public", "disabled"),
                trending_link_feeds=Feeds("public", "disabled"),
            ),
            limited_federation=False,
        ),
        registrations=Registrations(
            enabled=registrations in {"open", "approval"},
            approval_required=registrations == "approval",
            reason_required=False,
            message=closed if registrations == "closed" else None,
            min_age=None,
            url=None if registrations == "closed" else f"{origin}/auth/sign_up",
        ),
        api_versions=ApiVersions(MASTODON_API),
        contact=Contact(config.contact, None if contact is None else account(names, contact)),
        rules=list(rules),
    )
