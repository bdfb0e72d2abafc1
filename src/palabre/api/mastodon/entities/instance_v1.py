"""The network, as apps read it that know only version 1."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from palabre.accounts import model
from palabre.api.mastodon.entities.account import Account, account
from palabre.api.mastodon.entities.instance import (
    VERSION,
    MediaLimits,
    PollLimits,
    StatusLimits,
    media_limits,
    status_limits,
    streaming_url,
)
from palabre.api.mastodon.entities.rule import Rule
from palabre.api.mastodon.entities.wire import Names
from palabre.config import Config
from palabre.posts.tags import FEATURED_MOST


class Urls(msgspec.Struct, frozen=True):
    """Where apps find more."""

    streaming_api: str


class Stats(msgspec.Struct, frozen=True):
    """How big the network is."""

    user_count: int
    status_count: int
    domain_count: int


class AccountLimits(msgspec.Struct, frozen=True):
    """How much a profile takes."""

    max_featured_tags: int


class Configuration(msgspec.Struct, frozen=True):
    """What apps have to know before they ask."""

    accounts: AccountLimits
    statuses: StatusLimits
    media_attachments: MediaLimits
    polls: PollLimits


class InstanceV1(msgspec.Struct, frozen=True, kw_only=True):
    """The network."""

    uri: str
    title: str
    short_description: str
    description: str
    email: str
    version: str
    urls: Urls
    stats: Stats
    thumbnail: str | None
    languages: list[str]
    registrations: bool
    approval_required: bool
    invites_enabled: bool
    configuration: Configuration
    contact_account: Account | None
    rules: list[Rule]


def instance_v1(
    names: Names,
    config: Config,
    *,
    members: int,
    posts: int,
    domains: int,
    rules: Sequence[Rule] = (),
    contact: model.Account | None = None,
) -> InstanceV1:
    """Render the network with its counts, and the member to talk to."""
    return InstanceV1(
        uri=names.domain,
        title=config.title,
        short_description=config.description,
        description=config.description,
        email=config.contact,
        version=VERSION,
        urls=Urls(streaming_url(names.uris.origin)),
        stats=Stats(members, posts, domains),
        thumbnail=names.uris.header(None),
        languages=[config.language],
        registrations=config.registrations in {"open", "approval"},
        approval_required=config.registrations == "approval",
        invites_enabled=config.registrations == "invitation",
        configuration=Configuration(
            AccountLimits(FEATURED_MOST), status_limits(config), media_limits(config), PollLimits()
        ),
        contact_account=None if contact is None else account(names, contact),
        rules=list(rules),
    )
