"""What a member is told."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from palabre.accounts.model import Account
from palabre.clock import Instant
from palabre.graph.model import AccountCollection
from palabre.ids import AccountId, PostId
from palabre.moderation.model import Deed, ReportView
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
    QUOTE_REQUEST = "quote_request"
    """Somebody asks to quote me; it is told of the post in which he does."""
    QUOTE_ACCEPTED = "quote_accepted"
    """Somebody whom I asked has agreed to my quote; it is told of the post in which I quote."""
    REPLY_REQUEST = "reply_request"
    """Replies to me wait for my approval: one notification, whatever waits."""
    REPLY_APPROVED = "reply_approved"
    """A reply of mine that waited has appeared."""
    SIGN_UP = "sign_up"
    """Somebody has joined; told to those who run the network."""
    REPORT = "report"
    """Somebody reported something; told to those who run the network."""
    WARNING = "warning"
    """Moderators did something about my account."""
    COLLECTED = "collected"
    """Somebody put me into a collection."""
    COLLECTION_UPDATE = "collection_update"
    """A collection that I am in says something else of itself."""
    APPEAL = "appeal"
    """Somebody asks that what was done about the account be looked at again; told to those who decide about it."""
    APPEAL_DECIDED = "appeal_decided"
    """My appeal was decided about."""
    PASSKEY = "passkey_added"
    """From now on a passkey signs me in: told by nobody but me, so that I learn of one that somebody else added."""


OWN = frozenset(
    {
        Kind.QUOTE_REQUEST,
        Kind.QUOTE_ACCEPTED,
        Kind.REPLY_REQUEST,
        Kind.REPLY_APPROVED,
        Kind.APPEAL,
        Kind.APPEAL_DECIDED,
        Kind.PASSKEY,
    }
)
"""What Mastodon has no word for: apps are told of it only if they say that they know what to do with it."""


GROUPED = frozenset({Kind.LIKE, Kind.REPOST, Kind.FOLLOW})
"""What is told together when it is about the same post, within :data:`GROUP_HOURS`."""

ALWAYS = frozenset(
    {
        Kind.POLL,
        Kind.UPDATE,
        Kind.QUOTE_ACCEPTED,
        Kind.REPLY_REQUEST,
        Kind.REPLY_APPROVED,
        Kind.SIGN_UP,
        Kind.REPORT,
        Kind.WARNING,
        Kind.APPEAL,
        Kind.APPEAL_DECIDED,
    }
)
"""What arrives whatever the member wants of its sender: it is about polls he voted in, posts he reposted,
replies he asked to see first, his own replies and quotes, or about running the network and his own account.
"""

EACH_TIME = frozenset({Kind.PASSKEY})
"""What is told again although it was told before: each time it is about something else that has no name here."""

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
    about: ReportView | Deed | AccountCollection | None = None
    """What it is about, if not a post."""


class NotificationLine(NamedTuple):
    """A notification, before anything that it shows is loaded."""

    id: int
    kind: Kind
    created: Instant
    actor: AccountId
    post: Entry | None
    bucket: int = 0
    """The hour in which its group began, since 1970; 0: it stands alone. Kind, post and bucket name a group."""
    subject: int = 0
    """What it is about, if not a post: a report, an act of moderators, a collection."""


class Narrow(NamedTuple):
    """A notification, neither its post nor its actor loaded."""

    id: int
    kind: str
    created: int
    post: PostId | None
    actor: AccountId
    bucket: int
    subject: int | None
