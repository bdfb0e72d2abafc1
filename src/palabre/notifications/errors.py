"""What notifications refuse."""

from __future__ import annotations

from palabre.errors import NotFound


class RequestNotFound(NotFound):
    """Nothing of this person waits among the viewer's requests."""

    code = "notification.request_not_found"
    message = "There is no such request."


class NotificationNotFound(NotFound):
    """The viewer has no such notification, or may not see it any more."""

    code = "notification.not_found"
    message = "There is no such notification."
