"""What a member is told."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from palabre.accounts.model import Account
from palabre.clock import Instant
from palabre.ids import AccountId, PostId
from palabre.posts.model import Entry, PostView


class Kind(StrEnum):
    """What happened. Stored by value: never rename one."""

    FOLLOW = "follow"
    FOLLOW_REQUEST = "follow_request"
    MENTION = "mention"
    """Somebody mentioned me, or replied to me."""
    REPOST = "repost"
    LIKE = "like"
    POST = "post"
    """Somebody whose posts I asked to be told about has posted."""
    POLL = "poll"
    """A poll of mine, or one in which I voted, is over."""
    UPDATE = "update"
    """A post that I reposted was edited."""
    QUOTE = "quote"
    """Somebody quoted me."""
    QUOTED_UPDATE = "quoted_update"
    """A post that I quoted was edited; it is told of the post in which I did."""


GROUPED = frozenset({Kind.LIKE, Kind.REPOST, Kind.FOLLOW})
"""What is told together when it is about the same post, within :data:`GROUP_HOURS`."""

ALWAYS = frozenset({Kind.POLL, Kind.UPDATE})
"""What arrives whatever the member wants of its sender: it is about polls he voted in and posts he reposted."""

GROUP_HOURS = 12
"""How long a group stays open after it began."""


class GroupName(NamedTuple):
    """What names a group among those of one member."""

    kind: Kind
    post: PostId | None
    bucket: int


class NotificationView(msgspec.Struct, frozen=True, kw_only=True):
    """A notification with what it shows, already loaded."""

    id: int
    kind: Kind
    created: Instant
    actor: Account
    post: PostView | None = None
    bucket: int = 0
    """As in ``NotificationLine``."""


class NotificationLine(NamedTuple):
    """A notification, before anything that it shows is loaded."""

    id: int
    kind: Kind
    created: Instant
    actor: AccountId
    post: Entry | None
    bucket: int = 0
    """The hour in which its group began, since 1970; 0: it stands alone. Kind, post and bucket name a group."""
