"""What feeds refuse."""

from __future__ import annotations

from palabre.errors import Conflict, Invalid, NotFound


class FeedUnreadable(Invalid):
    """Not well-formed XML, with a DOCTYPE or entities, too deep, too long, or neither RSS nor Atom."""

    code = "feed.unreadable"
    message = "What is at this address is no RSS or Atom feed that can be read."


class FeedUnreachable(Invalid):
    """The address may not be asked, does not answer, or answers with something else."""

    code = "feed.unreachable"
    message = "No feed was found at this address."


class FeedNotFound(NotFound):
    """The account is fed from nothing."""

    code = "feed.not_found"
    message = "There is no such feed."


class FedAlready(Conflict):
    """An account is fed from one feed at a time."""

    code = "feed.already"
    message = "Your account is fed from a feed already. Disconnect it first."
