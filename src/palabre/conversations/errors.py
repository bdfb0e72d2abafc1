"""What conversations refuse."""

from __future__ import annotations

from palabre.errors import NotFound


class ConversationNotFound(NotFound):
    """The viewer has no such conversation in the list."""

    code = "conversation.not_found"
    message = "There is no such conversation."
