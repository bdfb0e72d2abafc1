"""What happens to conversations."""

from __future__ import annotations

from palabre.events import Event
from palabre.ids import AccountId


class ConversationMoved(Event, frozen=True, kw_only=True, tag="conversation.moved"):
    """A conversation in the list of ``account`` has a new last post, or has been read."""

    conversation: int
    account: AccountId
