"""What is refused to those who want to listen, in Mastodon's words."""

from __future__ import annotations

from palabre.edge.errors import EdgeRefusal
from palabre.errors import TooMany, Unauthenticated, Unavailable


class TokenMissing(Unauthenticated):
    """Nobody listens without a member's access token."""

    code = "stream.token_missing"
    message = "Missing access token"


class StreamOutsideScopes(Unauthenticated):
    """The token was given for other things. Mastodon says 401 here, not 403."""

    code = "stream.scope"
    message = "Access token does not have the required scopes"


class UnknownStream(EdgeRefusal):
    """There is no stream of this name."""

    code = "stream.unknown"
    message = "Unknown stream type"


class TagMissing(EdgeRefusal):
    """A stream of a hashtag was asked for without ``tag``."""

    code = "stream.tag_missing"
    message = "Missing tag name parameter"


class ListClosed(Unauthenticated):
    """The list does not exist, or belongs to somebody else: the two look the same."""

    code = "stream.list"
    message = "Not authorized to stream this list"


class UnreadableMessage(EdgeRefusal):
    """What came over the WebSocket is not ``{"type": "subscribe", "stream": …}`` or the like."""

    code = "stream.unreadable"
    message = 'Send {{"type": "subscribe" or "unsubscribe", "stream": "…"}}'


class TooManySubscriptions(TooMany):
    """One connection listens to no more than so many streams."""

    code = "stream.too_many_subscriptions"
    message = "One connection takes at most {limit} streams"


class TooManyListeners(TooMany):
    """One member, or one address, has no more than so many connections."""

    code = "stream.too_many_connections"
    message = "Too many connections for live updates are open: at most {limit}"


class NoRoom(Unavailable):
    """The server has as many listeners as it takes (``live_connections``)."""

    code = "stream.no_room"
    message = "There is no room for more live updates right now. Please try again later."
