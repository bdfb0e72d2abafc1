"""All the SQL of polls. What a member voted is in ``viewer_post.marks``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, select

from palabre.clock import Instant
from palabre.ids import AccountId, PostId
from palabre.posts.model import CHOICES_AT, Choice, Poll
from palabre.posts.tables import poll, poll_choice, viewer_post
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update

_INSERT = insert(poll)
_INSERT_CHOICE = insert(poll_choice)
_OF_POSTS = statement(
    select(
        poll.c.post,
        poll.c.multiple,
        poll.c.hide_totals,
        poll.c.expires,
        poll.c.voters,
        poll_choice.c.title,
        poll_choice.c.votes,
    )
    .join_from(poll, poll_choice, poll_choice.c.post == poll.c.post)
    .where(among(poll.c.post, "posts"))
    .order_by(poll.c.post, poll_choice.c.place)
)
_COUNT_VOTER = update(poll, poll.c.post == bindparam("asked"), voters=poll.c.voters + 1)
_COUNT_CHOICE = update(
    poll_choice,
    poll_choice.c.post == bindparam("asked"),
    poll_choice.c.place == bindparam("taken"),
    votes=poll_choice.c.votes + 1,
)
_RENEW = update(poll, poll.c.post == bindparam("asked"), expires=bindparam("until"), hide_totals=bindparam("hidden"))
_DELETE = delete(poll, among(poll.c.post, "posts"))
_DELETE_CHOICES = delete(poll_choice, among(poll_choice.c.post, "posts"))
_VOTERS = statement(
    select(viewer_post.c.voted, viewer_post.c.account)
    .where(
        viewer_post.c.post == bindparam("asked"),
        viewer_post.c.voted.is_not(None),
        viewer_post.c.voted > bindparam("after"),
    )
    .order_by(viewer_post.c.voted)
    .limit(bindparam("most"))
)
_VOID = update(
    viewer_post,
    viewer_post.c.post == bindparam("asked"),
    among(viewer_post.c.account, "voters"),
    marks=viewer_post.c.marks.op("&")(sa.literal((1 << CHOICES_AT) - 1)),
    voted=None,
)
_UNMARKED = delete(
    viewer_post,
    viewer_post.c.post == bindparam("asked"),
    among(viewer_post.c.account, "voters"),
    viewer_post.c.marks == 0,
)


def insert_poll(tx: Transaction, new: Poll) -> None:
    """Add a poll with its choices."""
    tx.run(
        _INSERT,
        post=new.post,
        multiple=new.multiple,
        hide_totals=new.hide_totals,
        expires=new.expires,
        voters=new.voters,
    )
    for place, choice in enumerate(new.choices):
        tx.run(_INSERT_CHOICE, post=new.post, place=place, title=choice.title, votes=choice.votes)


def _poll(db: Snapshot, rows: Sequence[tuple[Any, ...]]) -> Poll:
    post, multiple, hide_totals, expires, voters, *_ = rows[0]
    return Poll(
        post=PostId(post),
        choices=tuple(Choice(row[5], row[6]) for row in rows),
        multiple=bool(multiple),
        hide_totals=bool(hide_totals),
        expires=Instant(expires),
        expired=expires <= db.now,
        voters=voters,
    )


def polls_of(db: Snapshot, posts: Collection[PostId]) -> dict[PostId, Poll]:
    """Load the polls of ``posts``: one statement."""
    by_post: dict[PostId, list[tuple[Any, ...]]] = {}
    for row in db.all(_OF_POSTS, posts=list(posts)):
        by_post.setdefault(PostId(row[0]), []).append(row)
    return {post: _poll(db, rows) for post, rows in by_post.items()}


def count_voter(tx: Transaction, post: PostId) -> None:
    """Count a voter. On PostgreSQL this also makes others who vote in the same poll wait for the end of this."""
    tx.run(_COUNT_VOTER, asked=post)


def count_choice(tx: Transaction, post: PostId, place: int) -> None:
    """Count a choice."""
    tx.run(_COUNT_CHOICE, asked=post, taken=place)


def renew(tx: Transaction, post: PostId, *, expires: int, hide_totals: bool) -> None:
    """Give a poll another end; its votes stay."""
    tx.run(_RENEW, asked=post, until=expires, hidden=hide_totals)


def delete_polls(tx: Transaction, posts: Collection[PostId]) -> None:
    """Remove polls; what members voted goes with their marks, or by :func:`void_votes`."""
    tx.run(_DELETE, posts=list(posts))
    tx.run(_DELETE_CHOICES, posts=list(posts))


def voters(db: Snapshot, post: PostId, *, after: int, most: int) -> list[tuple[int, AccountId]]:
    """Return ``(id of the vote, voter)``, the earliest first."""
    return [(row[0], AccountId(row[1])) for row in db.all(_VOTERS, asked=post, after=after, most=most)]


def void_votes(tx: Transaction, post: PostId, *, most: int) -> int:
    """Forget what at most ``most`` members voted; return how many there were."""
    found = [account for _, account in voters(tx, post, after=0, most=most)]
    if found:
        tx.run(_VOID, asked=post, voters=found)
        tx.run(_UNMARKED, asked=post, voters=found)
    return len(found)
