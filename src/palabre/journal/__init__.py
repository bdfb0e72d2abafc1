"""The ordered facts and the cursors of those who react to them: each fact takes effect exactly once."""

from palabre.journal.log import Cursor, Journal, head, holds, read_after, read_back, record, seal
from palabre.journal.subscriber import Subscriber, advance, cursors, forget_read

__all__ = [
    "Cursor", "Journal", "Subscriber", "advance", "cursors", "forget_read", "head", "holds", "read_after",
    "read_back", "record", "seal",
]  # fmt: skip
