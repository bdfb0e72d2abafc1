"""What happens to notifications: for live readers and push messages."""

from __future__ import annotations

from palabre.events import Event
from palabre.ids import AccountId, PostId


class Notified(Event, frozen=True, kw_only=True, tag="notification.created"):
    """``account`` is told something."""

    notification: int
    account: AccountId
    what: str
    """The kind, as stored."""
    actor: AccountId
    post: PostId | None = None


class NotificationsMerged(Event, frozen=True, kw_only=True, tag="notification.merged"):
    """What ``account`` had filtered of ``sender`` now stands among the notifications, all of it or a slice."""

    account: AccountId
    sender: AccountId
    posts: tuple[PostId, ...] = ()
    """Those in which the sender mentions the member."""


class NotificationsSeen(Event, frozen=True, kw_only=True, tag="notification.seen"):
    """``account`` has seen everything up to ``newest``, on whatever device; or has removed it."""

    account: AccountId
    newest: int
