"""What goes with a member who leaves: posts, drafts, likes, votes, and the mentions in what others wrote."""

from __future__ import annotations

from palabre import journal
from palabre.ids import AccountId, PostId
from palabre.media.actions import discard
from palabre.posts import leaving_sql, sql
from palabre.posts.deleting import delete_whole
from palabre.posts.events import PostChanged, PostMarked
from palabre.posts.model import Mark, choices_of
from palabre.store import Transaction

_POSTS_AT_ONCE = 40
"""Each takes a dozen statements."""
_ROWS_AT_ONCE = 300


def forget_member(tx: Transaction, gone: AccountId) -> bool:
    """Remove a slice of what a deleted account has written and done; return whether nothing is left.

    Counts of others are corrected, and each fact is stated, so that nothing shows any of it once it is processed.
    The words of others stay as they are: a mention in them becomes plain text.
    """
    posts = leaving_sql.by_author(tx, gone, most=_POSTS_AT_ONCE)
    for each in posts:
        delete_whole(tx, each)
    if posts:
        return False
    marks = leaving_sql.marks_by(tx, gone, most=_ROWS_AT_ONCE)
    for post, found, author in marks:
        sql.set_marks(tx, gone, post, sql.Marked(0))
        if author is not None:
            _unmark(tx, gone, post, found, author)
    changed = leaving_sql.unmention(tx, gone, most=_ROWS_AT_ONCE)
    for post in changed:
        journal.record(tx, PostChanged(post=post))
    drafts = leaving_sql.waiting(tx, gone, most=_ROWS_AT_ONCE)
    for _, draft in drafts:
        discard(tx, gone, draft.media)
    leaving_sql.forget_waiting(tx, [number for number, _ in drafts])
    leaving_sql.forget_own(tx, gone)
    return max(len(marks), len(changed), len(drafts)) < _ROWS_AT_ONCE


def _unmark(tx: Transaction, gone: AccountId, post: PostId, marks: int, author: AccountId) -> None:
    if marks & Mark.LIKED:
        sql.count_like(tx, post, -1)
    ups, downs = bool(marks & Mark.UP), bool(marks & Mark.DOWN)
    if ups or downs:
        sql.count_votes(tx, post, ups=-ups, downs=-downs)
    taken = choices_of(marks)
    if taken:
        leaving_sql.retract_vote(tx, post, sorted(taken))
    journal.record(tx, PostMarked(account=gone, post=post, author=author, marks=0, removed=marks))
