"""Polls: asked with a post, answered once by each member, ended at their time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from palabre import jobs, journal
from palabre.clock import SECOND, Instant
from palabre.ids import AccountId, PostId, new_id
from palabre.posts import poll_sql, rules, sql
from palabre.posts.errors import OwnPoll, PollNotFound, PostNotFound, VotedAlready
from palabre.posts.events import PollClosed, PollReset, PostChanged, PostMarked
from palabre.posts.model import Choice, Poll, PollDraft, Post, bits_of, choices_of
from palabre.posts.queries import readable_post
from palabre.posts.wording import active
from palabre.store import Transaction

CLOSE = "posts.close_poll"
"""The job that says that the time of a poll is over."""
VOID = "posts.void_votes"
"""The job that forgets what is left of the votes in a poll that was changed."""

_SLICE = 1_000


class Closing(msgspec.Struct, frozen=True):
    """The end of a poll, as it was set when the job was made."""

    post: PostId
    author: AccountId
    expires: Instant


def ask(tx: Transaction, post: Post, asked: PollDraft) -> Poll:
    """Add a poll that :func:`rules.checked_poll` let through to ``post``."""
    poll = Poll(
        post=post.id,
        choices=tuple(Choice(title) for title in asked.choices),
        multiple=asked.multiple,
        hide_totals=asked.hide_totals,
        expires=Instant(tx.now + asked.seconds * SECOND),
        expired=False,
    )
    poll_sql.insert_poll(tx, poll)
    _close_later(tx, post, poll.expires)
    return poll


def _close_later(tx: Transaction, post: Post, expires: Instant) -> None:
    jobs.enqueue(tx, CLOSE, Closing(post.id, post.author, expires), at=expires)


def close(tx: Transaction, closing: Closing) -> bool:
    """State that a poll is over, unless it is gone or ends at another time by now."""
    poll = poll_sql.polls_of(tx, [closing.post]).get(closing.post)
    if poll is not None and poll.expires == closing.expires:
        journal.record(tx, PostChanged(post=closing.post))
        journal.record(tx, PollClosed(post=closing.post, author=closing.author))
    return True


def vote(tx: Transaction, viewer: AccountId, post: PostId, choices: Sequence[int]) -> PostId:
    """Take ``choices`` (places, from 0) in the poll of ``post``; once, and for good.

    Raises:
        PollNotFound: there is none, or the viewer may not read its post.
        PollEnded, OwnPoll, VotedAlready, WrongChoice: as they say.

    """
    try:
        target = readable_post(tx, viewer, post)
    except PostNotFound:
        raise PollNotFound from None
    poll = poll_sql.polls_of(tx, [post]).get(post)
    if poll is None:
        raise PollNotFound
    active(tx, viewer)
    if target.author == viewer:
        raise OwnPoll
    rules.check_choices(poll, choices)
    poll_sql.count_voter(tx, post)  # first: whoever votes in the same moment, in another process, waits here
    before = sql.marked(tx, viewer, post)
    if choices_of(before.marks):
        raise VotedAlready
    bits = bits_of(choices)
    after = before._replace(marks=before.marks | bits, voted=new_id(tx.now))
    sql.set_marks(tx, viewer, post, after)
    for place in sorted(set(choices)):
        poll_sql.count_choice(tx, post, place)
    journal.record(tx, PostMarked(account=viewer, post=post, author=target.author, marks=after.marks, added=bits))
    return post


def change(tx: Transaction, post: Post, before: Poll | None, asked: PollDraft | None) -> bool:
    """Let the poll of an edited post be ``asked``; return whether it asks something else now.

    The same answers keep their votes, and get a new end; other answers, or another way of choosing, begin anew.
    """
    if before is None and asked is None:
        return False
    if before is not None and asked is not None:
        titles = tuple(choice.title for choice in before.choices)
        if titles == asked.choices and before.multiple == asked.multiple:
            expires = Instant(tx.now + asked.seconds * SECOND)
            poll_sql.renew(tx, post.id, expires=expires, hide_totals=asked.hide_totals)
            _close_later(tx, post, expires)
            return False
    if before is not None:
        poll_sql.delete_polls(tx, [post.id])
        if not void_votes(tx, post.id):
            jobs.enqueue(tx, VOID, post.id, key=f"post:{post.id}")
    if asked is not None:
        ask(tx, post, asked)
    return True


def void_votes(tx: Transaction, post: PostId) -> bool:
    """Forget a slice of the votes in a poll that was changed; return whether none is left."""
    count = poll_sql.void_votes(tx, post, most=_SLICE)
    journal.record(tx, PollReset(post=post))
    return count < _SLICE
