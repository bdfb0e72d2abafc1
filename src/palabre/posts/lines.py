"""Which posts a viewer may read, and in which order they answer each other, without loading them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import msgspec

from palabre.ids import AccountId, PostId
from palabre.posts import sql
from palabre.posts.errors import PostNotFound
from palabre.posts.model import Entry
from palabre.store import Snapshot

_THREAD_MOST = 4_000
"""Posts of one conversation that are looked at."""
_ANCESTORS_MOST = 400


class ThreadLines(msgspec.Struct, frozen=True):
    """A post in its conversation, each branch together, oldest first."""

    ancestors: list[Entry]
    post: Entry
    descendants: list[Entry]


def readable_lines(db: Snapshot, viewer: AccountId | None, ids: Collection[PostId]) -> dict[PostId, Entry]:
    """Return those among ``ids`` that ``viewer`` may read. One statement."""
    return {each.post: Entry(*each[:3]) for each in sql.readable(db, viewer, ids)}


def readable_line(db: Snapshot, viewer: AccountId | None, post: PostId) -> Entry:
    """Return one post that ``viewer`` may read. One statement.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.

    """
    return Entry(*_one(db, viewer, post)[:3])


def _one(db: Snapshot, viewer: AccountId | None, post: PostId) -> sql.Readable:
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
    if focus.original:
        focus = _one(db, viewer, PostId(focus.original))
    above, below = branches(db, focus.post, focus.reply_to, focus.thread)
    lines = readable_lines(db, viewer, [*above, *below])
    return ThreadLines(
        ancestors=[lines[each] for each in unbroken(above, lines)],
        post=Entry(*focus[:3]),
        descendants=[lines[each] for each in below if each in lines],
    )


def branches(db: Snapshot, post: PostId, reply_to: int | None, thread: PostId) -> tuple[list[PostId], list[PostId]]:
    """Return what stands above a post, the nearest first, and below it, each branch together. One statement."""
    edges = sql.thread_edges(db, thread, most=_THREAD_MOST)
    parents = dict(edges)
    children: dict[int, list[PostId]] = defaultdict(list)
    for child, parent in edges:
        if parent is not None:
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
