"""How the JSON of a post ends: with what the viewer did with it, his votes included."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from palabre.api.mastodon.entities.quote_approval import Approvals
from palabre.posts.model import FOLLOWER, OWN, STRANGER, Mark, choices_of, vote_of

_encode = msgspec.json.Encoder().encode

VISITOR = -1
"""Stands for the marks of somebody who is not signed in."""


class Ends(dict[int, bytes]):
    """How a post ends, by the marks of the viewer, ``OWN`` among them; made when it is first needed."""

    __slots__ = ("approvals", "by_follow", "poll", "votes")

    def __init__(self, *, poll: bool, votes: tuple[int, int] | None, approvals: Approvals | None) -> None:
        """``poll``: its poll is still open, for what the viewer voted. ``votes``: up and down, of a reply.

        ``approvals``: who may quote it, where that is not said before.
        """
        super().__init__()
        self.approvals = approvals
        self.by_follow = approvals is not None and approvals.follower != approvals.stranger
        """Whether it makes a difference who follows the author."""
        self.poll = poll
        self.votes = votes

    def __missing__(self, marks: int) -> bytes:
        """Make the end for ``marks``."""
        made = self[marks] = (
            self._poll(marks)
            + self._approval(marks)
            + (b"" if marks == VISITOR else _flags(marks))
            + self._votes(marks)
            + b"}"
        )
        return made

    def _poll(self, marks: int) -> bytes:
        if not self.poll:
            return b""
        if marks == VISITOR:
            return POLL_CLOSES
        mine = choices_of(marks)
        return b',"voted":%s,"own_votes":%s%s' % (
            _encode(bool(mine or marks & OWN)),
            _encode(mine),
            POLL_CLOSES,
        )

    def _approval(self, marks: int) -> bytes:
        if self.approvals is None:
            return b""
        said = self.approvals.others
        if marks != VISITOR and marks & (OWN | FOLLOWER | STRANGER):
            approvals = self.approvals
            said = approvals.author if marks & OWN else approvals.follower if marks & FOLLOWER else approvals.stranger
        return b',"quote_approval":' + said

    def _votes(self, marks: int) -> bytes:
        if self.votes is None:
            return b""
        mine = b"" if marks == VISITOR else b',"vote":%d' % vote_of(marks)
        return b',"palabre":{"up":%d,"down":%d%s}' % (*self.votes, mine)


@lru_cache(maxsize=4_096)
def ends_of(*, poll: bool, votes: tuple[int, int] | None, approvals: Approvals | None = None) -> Ends:
    """Return the ends that all posts of a kind share."""
    return Ends(poll=poll, votes=votes, approvals=approvals)


def _flags(marks: int) -> bytes:
    liked, reposted, bookmarked, pinned = (
        b"true" if marks & mark else b"false" for mark in (Mark.LIKED, Mark.REPOSTED, Mark.BOOKMARKED, Mark.PINNED)
    )
    return b',"favourited":%s,"reblogged":%s,"muted":false,"bookmarked":%s,"pinned":%s,%s' % (
        liked,
        reposted,
        bookmarked,
        pinned,
        FILTERED,
    )


FILTERED = b'"filtered":[]'
"""Says that no filter of the viewer found anything."""
POLL_CLOSES = b'},"reblog":null'
"""What follows a poll: nothing but the viewer's part comes after."""
PLAIN_ENDS = ends_of(poll=False, votes=None)
