"""Notifications that say the same, together."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.api.mastodon.entities.account import Account
from palabre.api.mastodon.entities.account_warning import AccountWarning
from palabre.api.mastodon.entities.collection import Collection
from palabre.api.mastodon.entities.notification import (
    ALONE,
    KIND_OF,
    WIRE_KINDS,
    NotificationFallback,
    Subjects,
    WireKind,
    group_key,
)
from palabre.api.mastodon.entities.report import Report
from palabre.api.mastodon.entities.status import Status
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.ids import Kind, PostId, count_of
from palabre.notifications.groups import Group
from palabre.notifications.model import GroupName


class PartialAccountWithAvatar(msgspec.Struct, frozen=True):
    """As much of a profile as a face in a row takes."""

    id: str
    acct: str
    url: str
    avatar: str
    avatar_static: str
    avatar_description: str
    locked: bool
    bot: bool


class NotificationGroup(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, to which post, and who did it lately."""

    group_key: str
    notifications_count: int
    type: WireKind
    most_recent_notification_id: int
    """A number, as Mastodon gives it, though its documentation says string: a bound for pages and for the marker."""
    page_min_id: str | msgspec.UnsetType = msgspec.UNSET
    page_max_id: str | msgspec.UnsetType = msgspec.UNSET
    latest_page_notification_at: str | msgspec.UnsetType = msgspec.UNSET
    sample_account_ids: list[str]
    status_id: str | msgspec.UnsetType = msgspec.UNSET
    """There only if it is about a post."""
    report: Report | msgspec.UnsetType = msgspec.UNSET
    moderation_warning: AccountWarning | msgspec.UnsetType = msgspec.UNSET
    collection: Collection | msgspec.UnsetType = msgspec.UNSET
    fallback: NotificationFallback | msgspec.UnsetType = msgspec.UNSET


class GroupedNotificationsResults(msgspec.Struct, frozen=True, kw_only=True):
    """Groups, and once each what they are about."""

    accounts: list[Account | msgspec.Raw]
    partial_accounts: list[PartialAccountWithAvatar] | msgspec.UnsetType = msgspec.UNSET
    statuses: list[Status | msgspec.Raw]
    notification_groups: list[NotificationGroup]


Expand = Literal["full", "partial_avatars"]


def group_of(names: Names, key: str) -> GroupName | int | None:
    """Read the name of a group, or the number of a notification that stands alone; ``None``: it is neither."""
    if key.startswith(ALONE):
        return names.ids.try_decode(Kind.NOTIFICATION, key.removeprefix(ALONE))
    word, *about, bucket = key.split("-") if "-" in key else ("", "")
    kind = KIND_OF.get(word)
    if kind is None or not (bucket.isascii() and bucket.isdigit() and len(bucket) < 10) or len(about) > 1:
        return None
    number = names.ids.try_decode(Kind.POST, about[0]) if about else None
    if about and number is None:
        return None
    return GroupName(kind, None if number is None else PostId(number), int(bucket))


def notification_group(
    names: Names,
    shown: Group,
    *,
    of_page: bool,
    about: Subjects = Subjects(),  # noqa: B008 - frozen
) -> NotificationGroup:
    """Render a group; ``of_page``: with what of it the page spans; ``about``: what it is about, if no post."""
    first, last = shown.lines[0], shown.lines[-1]
    number = names.ids.encode
    made = NotificationGroup(
        group_key=group_key(names, shown.name, first.id),
        notifications_count=shown.count,
        type=WIRE_KINDS[first.kind],
        most_recent_notification_id=count_of(shown.newest),
        sample_account_ids=[number(Kind.ACCOUNT, actor) for actor in shown.sample],
        status_id=msgspec.UNSET if first.post is None else number(Kind.POST, first.post.post),
        **msgspec.structs.asdict(about),
    )
    if not of_page:
        return made
    return msgspec.structs.replace(
        made,
        page_min_id=number(Kind.NOTIFICATION, last.id),
        page_max_id=number(Kind.NOTIFICATION, first.id),
        latest_page_notification_at=iso(first.created),
    )
