"""Pure decisions about what belongs in a home timeline."""

from __future__ import annotations

from typing import NamedTuple

from palabre.ids import AccountId
from palabre.posts.model import Visibility

REPEAT_SPAN = 40
"""A post is not shown again by a repost while it stands among this many newest lines."""


class Candidate(NamedTuple):
    """What the decision needs to know of a post; the same from a fact or from a row."""

    post: int
    author: int
    visibility: str
    reply_to_author: int | None
    repost_of: int | None
    repost_of_author: int | None
    language: str | None
    mentions_reader: bool = False


class Taste(NamedTuple):
    """What a reader wants in the home timeline."""

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


def belongs(candidate: Candidate, taste: Taste) -> bool:
    """Decide whether a post by somebody the reader follows (or by the reader) is shown at home.

    Replies are shown when they answer somebody the reader follows, the author himself or the reader; direct posts
    never; reposts unless the reader wants none of this author.
    """
    author, reader = candidate.author, taste.reader
    if candidate.visibility == Visibility.MENTIONED or author in taste.hidden:
        return False
    if author != reader and author not in taste.followed:
        return False
    if candidate.repost_of is not None:
        if author in taste.without_reposts or candidate.repost_of_author in taste.hidden:
            return False
    elif candidate.reply_to_author is not None:
        to = candidate.reply_to_author
        if to in taste.hidden or not (to in {author, reader} or to in taste.followed or author == reader):
            return False
    wanted = taste.languages.get(author)
    return not (wanted and candidate.language is not None and candidate.language.partition("-")[0] not in wanted)
