"""Decides what becomes of a notification by what its member wants of whom. Pure.

The conditions are Mastodon's: somebody counts as a follower after three days, and as new for thirty.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from palabre.clock import DAY, HOUR
from palabre.notifications.model import GROUP_HOURS

NEW_FOR = 30 * DAY
"""How long an account counts as new, in milliseconds."""
FOLLOWER_AFTER = 3 * DAY
"""How long somebody must have followed to count as a follower, in milliseconds."""


class Treatment(StrEnum):
    """What becomes of a notification. Stored by value: never rename one."""

    ACCEPT = "accept"
    FILTER = "filter"
    """It waits among the requests."""
    DROP = "drop"
    """It is never written."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What a member wants to hear of whom."""

    not_following: Treatment = Treatment.ACCEPT
    """Of people whom the member does not follow."""
    not_followers: Treatment = Treatment.ACCEPT
    """Of people who do not follow the member."""
    new_accounts: Treatment = Treatment.ACCEPT
    private_mentions: Treatment = Treatment.FILTER
    """Mentions in posts for the mentioned alone, unless followed or answering the member."""
    limited_accounts: Treatment = Treatment.FILTER
    """Of accounts that moderators have limited."""


class Sender(NamedTuple):
    """How whoever causes a notification stands to the member who would get it."""

    permitted: bool
    """The member has accepted a request of the sender's."""
    followed: bool
    follower_since: int | None
    """When the sender began to follow the member, in milliseconds since 1970."""
    created: int
    """When the sender's account was made."""
    limited: bool = False
    """Moderators have limited the sender."""


def treatment(policy: Policy, sender: Sender, *, now: int, private: bool) -> Treatment:
    """Decide; the strictest of what applies. ``private``: a private mention that answers nothing of the member's."""
    if sender.permitted:
        return Treatment.ACCEPT
    since = sender.follower_since
    wanted = [
        (policy.not_following, not sender.followed),
        (policy.not_followers, since is None or since > now - FOLLOWER_AFTER),
        (policy.new_accounts, sender.created > now - NEW_FOR),
        (policy.private_mentions, private and not sender.followed),
        (policy.limited_accounts, sender.limited and not sender.followed),
    ]
    found = {chosen for chosen, applies in wanted if applies}
    return next((each for each in (Treatment.DROP, Treatment.FILTER) if each in found), Treatment.ACCEPT)


def hour_of(at: int) -> int:
    """Return the hour of ``at`` (milliseconds since 1970), since 1970."""
    return at // HOUR


def bucket_of(now: int, latest: int) -> int:
    """Return the group of something that happens now: the latest one, by the hour it began, or a new one."""
    hour = hour_of(now)
    return latest if hour - GROUP_HOURS < latest <= hour else hour
