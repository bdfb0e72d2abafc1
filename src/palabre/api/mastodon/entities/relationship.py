"""How whoever asks stands to an account."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.graph import model
from palabre.ids import Kind


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """Follows, requests, mutes and blocks between two accounts."""

    id: str
    following: bool
    showing_reblogs: bool
    notifying: bool
    languages: tuple[str, ...] | None
    followed_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    muting_expires_at: str | None
    requested: bool
    requested_by: bool
    domain_blocking: bool
    endorsed: bool
    note: str


def relationship(names: Names, stands: model.Relationship) -> Relationship:
    """Render how the viewer stands to ``stands.account``."""
    return Relationship(
        id=names.ids.encode(Kind.ACCOUNT, stands.account),
        following=stands.following,
        showing_reblogs=stands.showing_reposts,
        notifying=stands.notifying,
        languages=stands.languages or None,
        followed_by=stands.followed_by,
        blocking=stands.blocking,
        blocked_by=stands.blocked_by,
        muting=stands.muting,
        muting_notifications=stands.muting_notifications,
        muting_expires_at=None if stands.muting_expires is None else iso(stands.muting_expires),
        requested=stands.requested,
        requested_by=stands.requested_by,
        domain_blocking=stands.domain_blocking,
        endorsed=stands.endorsed,
        note=stands.note,
    )
