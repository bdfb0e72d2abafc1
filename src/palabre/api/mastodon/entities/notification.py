"""Something that a member is told."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.api.mastodon.entities.account import Account
from palabre.api.mastodon.entities.account_warning import AccountWarning, account_warning
from palabre.api.mastodon.entities.collection import Collection, collection
from palabre.api.mastodon.entities.report import Report, report
from palabre.api.mastodon.entities.status import Status
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.graph.model import AccountCollection
from palabre.ids import Kind
from palabre.moderation.model import Deed, ReportView
from palabre.notifications import model
from palabre.notifications.groups import name_of
from palabre.notifications.subjects import Subject

WireKind = Literal[
    "mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "quote",
    "quoted_update", "admin.sign_up", "admin.report", "moderation_warning", "added_to_collection",
    "collection_update", "quote_request", "quote_accepted", "reply_request", "reply_approved", "admin.appeal",
    "appeal_decided", "passkey_added",
]  # fmt: skip

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
    model.Kind.SIGN_UP: "admin.sign_up",
    model.Kind.REPORT: "admin.report",
    model.Kind.WARNING: "moderation_warning",
    model.Kind.COLLECTED: "added_to_collection",
    model.Kind.COLLECTION_UPDATE: "collection_update",
    model.Kind.QUOTE_REQUEST: "quote_request",
    model.Kind.QUOTE_ACCEPTED: "quote_accepted",
    model.Kind.REPLY_REQUEST: "reply_request",
    model.Kind.REPLY_APPROVED: "reply_approved",
    model.Kind.APPEAL: "admin.appeal",
    model.Kind.APPEAL_DECIDED: "appeal_decided",
    model.Kind.PASSKEY: "passkey_added",
}
ALONE = "ungrouped-"
KIND_OF: dict[str, model.Kind] = {word: kind for kind, word in WIRE_KINDS.items()}


def group_key(names: Names, name: model.GroupName | None, number: int) -> str:
    """Write the name of a group, or of notification ``number`` that stands alone."""
    if name is None:
        return f"{ALONE}{names.ids.encode(Kind.NOTIFICATION, number)}"
    about = "" if name.post is None else f"{names.ids.encode(Kind.POST, name.post)}-"
    return f"{WIRE_KINDS[name.kind]}-{about}{name.bucket}"


class NotificationFallback(msgspec.Struct, frozen=True):
    """What an app shows of a kind that it does not know, in the member's language; HTML."""

    title: str
    summary: str | None
    details: str | None = None


class Subjects(msgspec.Struct, frozen=True, kw_only=True):
    """What a notification is about, if no post, and what stands for it in apps that do not know its kind."""

    report: Report | msgspec.UnsetType = msgspec.UNSET
    moderation_warning: AccountWarning | msgspec.UnsetType = msgspec.UNSET
    collection: Collection | msgspec.UnsetType = msgspec.UNSET
    fallback: NotificationFallback | msgspec.UnsetType = msgspec.UNSET


def subjects(names: Names, about: Subject | None, *, actor: Account | msgspec.Raw) -> Subjects:
    """Render what a notification is about, caused by ``actor``."""
    match about:
        case ReportView():
            return Subjects(report=report(names, about.report, about.target))
        case Deed():
            return Subjects(moderation_warning=account_warning(names, about, account=actor))
        case AccountCollection():
            return Subjects(collection=collection(names, about))
    return Subjects()


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, who did it, and to which post."""

    id: str
    type: WireKind
    group_key: str
    created_at: str
    account: Account | msgspec.Raw
    status: Status | msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """There only if it is about a post."""
    report: Report | msgspec.UnsetType = msgspec.UNSET
    moderation_warning: AccountWarning | msgspec.UnsetType = msgspec.UNSET
    collection: Collection | msgspec.UnsetType = msgspec.UNSET
    fallback: NotificationFallback | msgspec.UnsetType = msgspec.UNSET


def notification(
    names: Names,
    told: model.NotificationLine,
    *,
    account: Account | msgspec.Raw,
    status: Status | msgspec.Raw | msgspec.UnsetType = msgspec.UNSET,
    about: Subjects = Subjects(),  # noqa: B008 - frozen
) -> Notification:
    """Render ``told``, with its actor, its post and what else it is about rendered already."""
    public = names.ids.encode(Kind.NOTIFICATION, told.id)
    return Notification(
        id=public,
        type=WIRE_KINDS[told.kind],
        group_key=group_key(names, name_of(told.kind, told.post.post if told.post else None, told.bucket), told.id),
        created_at=iso(told.created),
        account=account,
        status=status,
        **msgspec.structs.asdict(about),
    )
