"""How far a member has read, kept for all of the member's apps."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import msgspec
from sqlalchemy import bindparam, select

from palabre.clock import Instant
from palabre.ids import AccountId
from palabre.store import Snapshot, Transaction, among, delete, statement, upsert
from palabre.timelines.tables import marker


class Timeline(StrEnum):
    """What is read. Stored by value: never rename one."""

    HOME = "home"
    NOTIFICATIONS = "notifications"


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """The newest line that was read of a timeline."""

    timeline: Timeline
    last_read: int
    """Id of a post, or of a notification."""
    version: int
    """How often it was moved."""
    updated: Instant


_OF = statement(
    select(marker.c.timeline, marker.c.last_read, marker.c.version, marker.c.updated).where(
        marker.c.account == bindparam("viewer"), among(marker.c.timeline, "timelines")
    )
)
_MOVE = upsert(
    marker,
    key=["account", "timeline"],
    change={
        "last_read": bindparam("reached"),
        "version": marker.c.version + 1,
        "updated": bindparam("at"),
    },
)

_FORGET = delete(marker, marker.c.account == bindparam("account"))


def markers(db: Snapshot, viewer: AccountId, timelines: Collection[Timeline]) -> dict[Timeline, Marker]:
    """Return how far the viewer has read each of ``timelines``, if that was ever said. One statement."""
    found = db.structs(_OF, Marker, viewer=viewer, timelines=[each.value for each in timelines])
    return {each.timeline: each for each in found}


def move_marker(tx: Transaction, viewer: AccountId, timeline: Timeline, last_read: int) -> None:
    """Note that the viewer has read ``timeline`` up to ``last_read``; apps may move back too."""
    tx.run(
        _MOVE,
        account=viewer,
        timeline=timeline.value,
        last_read=last_read,
        version=0,
        updated=tx.now,
        reached=last_read,
        at=tx.now,
    )


def forget_member(tx: Transaction, gone: AccountId) -> None:
    """Forget how far a deleted account has read."""
    tx.run(_FORGET, account=gone)
