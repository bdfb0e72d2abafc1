"""What members do with their conversations."""

from __future__ import annotations

from palabre import journal
from palabre.conversations import sql
from palabre.conversations.errors import ConversationNotFound
from palabre.conversations.events import ConversationMoved
from palabre.ids import AccountId
from palabre.store import Transaction


def mark(tx: Transaction, viewer: AccountId, number: int, *, unread: bool) -> None:
    """Note that the viewer has read a conversation, or wants to read it again.

    Raises:
        ConversationNotFound: there is no such one in the viewer's list.

    """
    if sql.one(tx, viewer, number) is None:
        raise ConversationNotFound
    if sql.mark(tx, viewer, number, unread=unread):
        journal.record(tx, ConversationMoved(conversation=number, account=viewer))


def delete_conversation(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Remove a conversation from the viewer's list; its posts stay, and the next one brings it back.

    Raises:
        ConversationNotFound: there is no such one in the viewer's list.

    """
    if not sql.delete_one(tx, viewer, number):
        raise ConversationNotFound
