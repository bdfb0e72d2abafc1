"""Which posts a viewer may read, and in which order they answer each other, without loading them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from enum import StrEnum

import msgspec

from palabre.ids import AccountId, PostId
from palabre.posts import sql
from palabre.posts.errors import PostNotFound
from palabre.posts.model import Edge, Entry, Readable
from palabre.store import Snapshot

THREAD_MOST = 4_000
"""Posts of one conversation that are looked at."""
_ANCESTORS_MOST = 400


class ThreadLines(msgspec.Struct, frozen=True):
    """A post in its conversation, each branch together, oldest first."""

    ancestors: list[Entry]
    post: Entry
    descendants: list[Entry]


def readable_rows(db: Snapshot, viewer: AccountId | None, ids: Collection[PostId]) -> list[Readable]:
    """Return those among ``ids`` that ``viewer`` may read, with what decided that, in no order. One statement."""
    return sql.readable(db, viewer, ids)


def readable_lines(db: Snapshot, viewer: AccountId | None, ids: Collection[PostId]) -> dict[PostId, Entry]:
    """Return those among ``ids`` that ``viewer`` may read. One statement."""
    return {each.post: each.entry for each in sql.readable(db, viewer, ids)}


def readable_line(db: Snapshot, viewer: AccountId | None, post: PostId) -> Entry:
    """Return one post that ``viewer`` may read. One statement.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.

    """
    return _one(db, viewer, post).entry


def _one(db: Snapshot, viewer: AccountId | None, post: PostId) -> Readable:
    found = sql.readable(db, viewer, [post])
    if not found:
        raise PostNotFound
    return found[0]


def thread_lines(db: Snapshot, viewer: AccountId | None, post: PostId) -> ThreadLines:
    """Return what a post replies to and the replies to it; of a repost, the original's. At most four statements.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.

    """
    focus = _one(db, viewer, post)
    if focus.head.original:
        focus = _one(db, viewer, PostId(focus.head.original))
    above, below = branches(thread_edges(db, focus.head.thread), focus.post, focus.head.reply_to, viewer)
    lines = readable_lines(db, viewer, [*above, *below])
    return ThreadLines(
        ancestors=[lines[each] for each in unbroken(above, lines)],
        post=focus.entry,
        descendants=[lines[each] for each in below if each in lines],
    )


class ReplyOrder(StrEnum):
    """How the replies to one post stand."""

    TIME = "time"
    """The oldest first."""
    VOTES = "votes"
    """Those with the most votes up, less those down, first."""
    AUTHOR = "author"
    """What the author of the conversation says first, then the oldest."""


def sorted_replies(db: Snapshot, viewer: AccountId | None, post: PostId, order: ReplyOrder) -> list[Entry]:
    """Return the replies to a post, each followed by those to it, in ``order`` on each level.

    Raises:
        PostNotFound: there is no such post, or the viewer may not read it.

    """
    focus = _one(db, viewer, post)
    if focus.head.original:
        focus = _one(db, viewer, PostId(focus.head.original))
    below = ordered_branch(db, viewer, focus.post, focus.head.thread, order)
    lines = readable_lines(db, viewer, below)
    return [lines[each] for each in below if each in lines]


def ordered_branch(
    db: Snapshot, viewer: AccountId | None, post: PostId, thread: PostId, order: ReplyOrder
) -> list[PostId]:
    """Return what stands below a post, each branch together, in ``order`` on each level, what is hidden last.

    One statement.
    """
    standing = sql.thread_standing(db, viewer, thread, most=THREAD_MOST)
    begun_by = next((each.author for each in standing if each.post == thread), None)

    def place(each: sql.Standing) -> tuple[int, int, int]:
        match order:
            case ReplyOrder.VOTES:
                return each.hidden, each.downs - each.ups, each.post
            case ReplyOrder.AUTHOR:
                return each.hidden, each.author != begun_by, each.post
            case ReplyOrder.TIME:
                return each.hidden, 0, each.post

    children: dict[int, list[sql.Standing]] = defaultdict(list)
    for each in standing:
        if each.reply_to is not None:
            children[each.reply_to].append(each)
    below: list[PostId] = []
    stack = sorted(children[post], key=place, reverse=True)
    while stack:
        child = stack.pop()
        below.append(child.post)
        stack.extend(sorted(children[child.post], key=place, reverse=True))
    return below


def thread_edges(db: Snapshot, thread: PostId) -> list[Edge]:
    """Return where the posts of a conversation stand, oldest first, what is hidden last. One statement."""
    return sql.thread_edges(db, thread, most=THREAD_MOST)


def branches(
    edges: Sequence[Edge], post: PostId, reply_to: int | None, viewer: AccountId | None
) -> tuple[list[PostId], list[PostId]]:
    """Return what stands above a post, the nearest first, and below it, each branch together; for ``viewer``."""
    parents = {edge.post: edge.reply_to for edge in edges}
    children: dict[int, list[PostId]] = defaultdict(list)
    for child, parent, _, only in edges:
        if parent is not None and only in {0, viewer}:
            children[parent].append(child)
    above: dict[PostId, None] = {}
    while reply_to is not None and len(above) < _ANCESTORS_MOST and reply_to not in above:
        above[PostId(reply_to)] = None
        reply_to = parents.get(PostId(reply_to))
    below: list[PostId] = []
    stack = list(reversed(children[post]))
    while stack:
        child = stack.pop()
        below.append(child)
        stack.extend(reversed(children[child]))
    return list(above), below


def unbroken(above: Sequence[PostId], readable: Collection[PostId]) -> list[PostId]:
    """Return ``above`` oldest first, up to the first that is hidden: the line of descent is cut there."""
    kept: list[PostId] = []
    for each in above:
        if each not in readable:
            break
        kept.append(each)
    return kept[::-1]
