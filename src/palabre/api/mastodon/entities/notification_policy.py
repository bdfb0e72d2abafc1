"""What a member wants to hear of whom, and who waits to be heard."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.account import Account
from palabre.api.mastodon.entities.status import Status
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.ids import Kind
from palabre.notifications.requests import Request
from palabre.notifications.rules import Policy, Treatment


class Summary(msgspec.Struct, frozen=True):
    """How much waits."""

    pending_requests_count: int
    pending_notifications_count: int


class NotificationPolicy(msgspec.Struct, frozen=True):
    """What becomes of the notifications of whom."""

    for_not_following: Treatment
    for_not_followers: Treatment
    for_new_accounts: Treatment
    for_private_mentions: Treatment
    for_limited_accounts: Treatment
    summary: Summary


class NotificationPolicyV1(msgspec.Struct, frozen=True):
    """The same as apps know it that can only filter or not."""

    filter_not_following: bool
    filter_not_followers: bool
    filter_new_accounts: bool
    filter_private_mentions: bool
    summary: Summary


class NotificationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What waits of one account."""

    id: str
    created_at: str
    updated_at: str
    account: Account | msgspec.Raw
    notifications_count: str
    last_status: Status | msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """There only if a post waits."""


def notification_policy(kept: Policy, counted: tuple[int, int]) -> NotificationPolicy:
    """Render what a member wants."""
    return NotificationPolicy(
        kept.not_following,
        kept.not_followers,
        kept.new_accounts,
        kept.private_mentions,
        kept.limited_accounts,
        Summary(*counted),
    )


def notification_policy_v1(kept: Policy, counted: tuple[int, int]) -> NotificationPolicyV1:
    """Render it for apps of before."""
    return NotificationPolicyV1(
        kept.not_following is not Treatment.ACCEPT,
        kept.not_followers is not Treatment.ACCEPT,
        kept.new_accounts is not Treatment.ACCEPT,
        kept.private_mentions is not Treatment.ACCEPT,
        Summary(*counted),
    )


def notification_request(
    names: Names,
    waiting: Request,
    *,
    account: Account | msgspec.Raw,
    last_status: Status | msgspec.Raw | msgspec.UnsetType = msgspec.UNSET,
) -> NotificationRequest:
    """Render a request, with its account and its post rendered already."""
    return NotificationRequest(
        id=names.ids.encode(Kind.NOTIFICATION_REQUEST, waiting.sender.id),
        created_at=iso(waiting.first),
        updated_at=iso(waiting.last),
        account=account,
        notifications_count=str(waiting.count),
        last_status=last_status,
    )
