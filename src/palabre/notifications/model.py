"""What a member is told."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from palabre.accounts.model import Account
from palabre.clock import Instant
from palabre.ids import AccountId
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


class NotificationView(msgspec.Struct, frozen=True, kw_only=True):
    """A notification with what it shows, already loaded."""

    id: int
    kind: Kind
    created: Instant
    actor: Account
    post: PostView | None = None


class NotificationLine(NamedTuple):
    """A notification, before anything that it shows is loaded."""

    id: int
    kind: Kind
    created: Instant
    actor: AccountId
    post: Entry | None
