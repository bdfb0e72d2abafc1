"""What the graph refuses."""

from __future__ import annotations

from palabre.errors import Forbidden, Invalid, NotFound


class NotOneself(Forbidden):
    """Nobody follows, mutes or blocks himself."""

    code = "graph.oneself"
    message = "You cannot do this to yourself."


class FollowNotAllowed(Forbidden):
    """One of the two blocks the other."""

    code = "graph.follow_not_allowed"
    message = "This action is not allowed."


class NoRequest(NotFound):
    """This account does not ask to follow the viewer."""

    code = "graph.no_request"
    message = "There is no such follow request."


class DurationInvalid(Invalid):
    """A mute lasts for some time, or for ever."""

    code = "graph.duration_invalid"
    message = "A mute lasts longer than no time."
