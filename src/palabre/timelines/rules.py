"""Pure decisions about what belongs in a home timeline."""

from __future__ import annotations

from typing import NamedTuple

from palabre.graph.model import Replies
from palabre.ids import AccountId
from palabre.posts.model import Visibility

REPEAT_SPAN = 40
"""A post is not shown again by a repost while it stands among this many newest lines."""


_NOT_HERE = frozenset({Visibility.MENTIONED.value, Visibility.WAITING.value})
"""What stands in no timeline, but in conversations."""


class Candidate(NamedTuple):
    """What the decision needs to know of a post; the same from a fact or from a row."""

    post: int
    author: int
    visibility: str
    reply_to_author: int | None
    repost_of: int | None
    repost_of_author: int | None
    language: str | None
    tagged: bool = False
    """Whether it is public and has a hashtag that the reader follows."""


class Taste(NamedTuple):
    """What a reader wants in the home timeline, or in a list."""

    reader: AccountId
    followed: frozenset[int]
    without_reposts: frozenset[int]
    """Followed accounts whose reposts are not wanted."""
    languages: dict[int, tuple[str, ...]]
    """Followed accounts of whom only some languages are wanted."""
    hidden: frozenset[int]
    """Accounts muted, blocked, or blocking the reader."""
    blocked_by: frozenset[int] = frozenset()
    """Of these the ones that block the reader."""
    silenced: frozenset[int] = frozenset()
    """Of these the ones of whose doings the reader is not told: blocked, blocking, muted with notifications."""
    tags: frozenset[str] = frozenset()
    """Hashtags that the reader follows, folded."""
    apart: frozenset[int] = frozenset()
    """Accounts in exclusive lists: they do not stand at home."""
    members: frozenset[int] | None = None
    """Of a list: who is in it."""
    replies: Replies = Replies.FOLLOWED
    """Of a list: which replies it shows."""

    @property
    def authors(self) -> frozenset[int]:
        """Everybody whose posts may stand here without a followed hashtag."""
        if self.members is not None:
            return (self.members & (self.followed | {self.reader})) - self.hidden
        return (self.followed - self.hidden - self.apart) | {self.reader}


def belongs(candidate: Candidate, taste: Taste) -> bool:
    """Decide whether a post by somebody the reader follows (or by the reader) is shown at home, or in a list.

    Replies are shown when they answer somebody the reader follows, the author himself or the reader; direct posts
    never; reposts unless the reader wants none of this author. A list leaves out further replies, as its owner chose.
    Public posts with a hashtag that the reader follows are shown at home whoever wrote them.
    """
    author = candidate.author
    if candidate.visibility in _NOT_HERE or author in taste.hidden:
        return False
    if candidate.tagged:
        return True
    if not _is_author(author, taste):
        return False
    if candidate.repost_of is not None:
        if author in taste.without_reposts or candidate.repost_of_author in taste.hidden:
            return False
    elif candidate.reply_to_author is not None and not _replies_well(author, candidate.reply_to_author, taste):
        return False
    wanted = taste.languages.get(author)
    return not (wanted and candidate.language is not None and candidate.language.partition("-")[0] not in wanted)


def _is_author(author: int, taste: Taste) -> bool:
    if taste.members is not None and author not in taste.members:
        return False
    return author == taste.reader or (author in taste.followed and author not in taste.apart)


def _replies_well(author: int, to: int, taste: Taste) -> bool:
    reader = taste.reader
    if to in taste.hidden or not (to in {author, reader} or to in taste.followed or author == reader):
        return False
    return taste.members is None or _in_list(author, to, taste.members, taste)


def _in_list(author: int, to: int, members: frozenset[int], taste: Taste) -> bool:
    """Decide whether a list shows a reply, which home would show."""
    if to in {author, taste.reader}:
        return True
    return taste.replies is Replies.FOLLOWED or (taste.replies is Replies.LIST and to in members)
