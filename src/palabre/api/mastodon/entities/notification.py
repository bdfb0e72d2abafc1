"""Something that a member is told."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.api.mastodon.entities.account import Account
from palabre.api.mastodon.entities.status import Status
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.ids import Kind
from palabre.notifications import model
from palabre.notifications.groups import name_of

WireKind = Literal[
    "mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "quote", "quoted_update"
]

WIRE_KINDS: dict[model.Kind, WireKind] = {
    model.Kind.FOLLOW: "follow",
    model.Kind.FOLLOW_REQUEST: "follow_request",
    model.Kind.MENTION: "mention",
    model.Kind.REPOST: "reblog",
    model.Kind.LIKE: "favourite",
    model.Kind.POST: "status",
    model.Kind.POLL: "poll",
    model.Kind.UPDATE: "update",
    model.Kind.QUOTE: "quote",
    model.Kind.QUOTED_UPDATE: "quoted_update",
}
ALONE = "ungrouped-"
KIND_OF: dict[str, model.Kind] = {word: kind for kind, word in WIRE_KINDS.items()}


def group_key(names: Names, name: model.GroupName | None, number: int) -> str:
    """Write the name of a group, or of notification ``number`` that stands alone."""
    if name is None:
        return f"{ALONE}{names.ids.encode(Kind.NOTIFICATION, number)}"
    about = "" if name.post is None else f"{names.ids.encode(Kind.POST, name.post)}-"
    return f"{WIRE_KINDS[name.kind]}-{about}{name.bucket}"


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, who did it, and to which post."""

    id: str
    type: WireKind
    group_key: str
    created_at: str
    account: Account | msgspec.Raw
    status: Status | msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """There only if it is about a post."""


def notification(
    names: Names,
    told: model.NotificationLine,
    *,
    account: Account | msgspec.Raw,
    status: Status | msgspec.Raw | msgspec.UnsetType = msgspec.UNSET,
) -> Notification:
    """Render ``told``, with its actor and its post rendered already."""
    public = names.ids.encode(Kind.NOTIFICATION, told.id)
    return Notification(
        id=public,
        type=WIRE_KINDS[told.kind],
        group_key=group_key(names, name_of(told.kind, told.post.post if told.post else None, told.bucket), told.id),
        created_at=iso(told.created),
        account=account,
        status=status,
    )
