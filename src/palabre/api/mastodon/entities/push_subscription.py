"""What a device is told, and where."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.notification import WIRE_KINDS
from palabre.api.mastodon.entities.wire import Names
from palabre.ids import Kind
from palabre.push.model import Subscription

_DIGITS = 9


class Alerts(msgspec.Struct, frozen=True, kw_only=True):
    """Which notifications are told."""

    mention: bool = False
    status: bool = False
    reblog: bool = False
    follow: bool = False
    follow_request: bool = False
    favourite: bool = False
    poll: bool = False
    update: bool = False
    quote: bool = False
    quoted_update: bool = False
    reply_request: bool | msgspec.UnsetType = msgspec.UNSET
    """Ours, as the next six: there for apps that have asked for them."""
    quote_request: bool | msgspec.UnsetType = msgspec.UNSET
    quote_accepted: bool | msgspec.UnsetType = msgspec.UNSET
    reply_approved: bool | msgspec.UnsetType = msgspec.UNSET
    appeal_decided: bool | msgspec.UnsetType = msgspec.UNSET
    admin_appeal: bool | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="admin.appeal")
    passkey_added: bool | msgspec.UnsetType = msgspec.UNSET
    admin_sign_up: bool = msgspec.field(default=False, name="admin.sign_up")
    admin_report: bool = msgspec.field(default=False, name="admin.report")
    moderation_warning: bool = False
    added_to_collection: bool = False
    collection_update: bool = False


class WebPushSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """What one access token wants to be told."""

    id: int
    """A number of 30 bits, as apps expect it: Mastodon gives one, though its documentation says string."""
    endpoint: str
    standard: bool
    server_key: str
    alerts: Alerts
    policy: str


def push_subscription(names: Names, kept: Subscription, *, endpoint: str, server_key: str) -> WebPushSubscription:
    """Render ``kept``, whose address has been decrypted."""
    told = {word.replace(".", "_"): True for kind, word in WIRE_KINDS.items() if kind.value in kept.alerts}
    return WebPushSubscription(
        id=int(names.ids.encode(Kind.PUSH, kept.id)[-_DIGITS:]),
        endpoint=endpoint,
        standard=kept.standard,
        server_key=server_key,
        alerts=Alerts(**told),
        policy=kept.policy.value,
    )
