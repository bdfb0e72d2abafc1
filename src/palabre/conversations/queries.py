"""Reading conversations."""

from __future__ import annotations

from palabre.accounts.queries import accounts
from palabre.conversations import sql
from palabre.conversations.errors import ConversationNotFound
from palabre.conversations.model import Conversation
from palabre.ids import AccountId
from palabre.paging import Slice, Window
from palabre.posts.queries import post_views
from palabre.store import Snapshot

_UNREAD_MOST = 50


def conversations_page(db: Snapshot, viewer: AccountId, window: Window) -> Slice[Conversation]:
    """Return the viewer's conversations, whichever was written in last first; the cursors are posts.

    At most four statements. A conversation whose last post the viewer may not read any more is left out.
    """
    rows = sql.page(db, viewer, window)
    if not rows:
        return Slice([], None, None)
    return Slice(_load(db, viewer, rows), rows[0].last_post, rows[-1].last_post, len(rows))


def unread_conversations(db: Snapshot, viewer: AccountId) -> int:
    """Count the conversations that the viewer has not read, as the list shows them; at most 50.

    One statement if there are none. Whoever has more than 200 is told of the newest.
    """
    ends = sql.unread_ends(db, viewer, most=_UNREAD_MOST)
    return len(post_views(db, viewer, ends)) if ends else 0


def conversation(db: Snapshot, viewer: AccountId, number: int) -> Conversation:
    """Return one conversation of the viewer's.

    Raises:
        ConversationNotFound: there is no such one in the viewer's list, or its last post may not be read any more.

    """
    row = sql.one(db, viewer, number)
    found = _load(db, viewer, [row]) if row else []
    if not found:
        raise ConversationNotFound
    return found[0]


def _load(db: Snapshot, viewer: AccountId, rows: list[sql.Row]) -> list[Conversation]:
    views = {view.post.id: view for view in post_views(db, viewer, [row.last_post for row in rows])}
    others = {
        number: [each.account for each in view.post.mentions if each.account not in {viewer, view.post.author}]
        for number, view in views.items()
    }
    wanted = {number for numbers in others.values() for number in numbers}
    people = accounts(db, wanted) if wanted else {}
    found = []
    for row in rows:
        view = views.get(row.last_post)
        if view is None:
            continue
        with_author = [] if view.author.id == viewer else [view.author]
        everybody = with_author + [people[number] for number in others[row.last_post] if number in people]
        found.append(
            Conversation(id=row.id, unread=bool(row.unread), people=tuple(everybody or [view.author]), last_post=view)
        )
    return found
