"""Posts, and what a page, an API or an activity shows of one."""

from __future__ import annotations

from enum import IntFlag, StrEnum
from typing import NamedTuple

import msgspec

from palabre.accounts.model import Account
from palabre.clock import Instant
from palabre.ids import AccountId, PostId
from palabre.markup.entities import Entity
from palabre.media.model import Attachment


class Visibility(StrEnum):
    """Who may read a post, widest first. Stored by value: never rename one."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    MENTIONED = "mentioned"


class Mark(IntFlag):
    """What a member did with a post: the bits of ``viewer_post.marks``."""

    NONE = 0
    LIKED = 1
    REPOSTED = 2
    BOOKMARKED = 4


class Mention(msgspec.Struct, frozen=True):
    """An account that a post addresses."""

    account: AccountId
    username: str
    domain: str

    @property
    def acct(self) -> str:
        """``name``, or ``name@domain`` for a remote account."""
        return f"{self.username}@{self.domain}" if self.domain else self.username


class Entry(NamedTuple):
    """A post that a viewer may read, before anything of the post itself is loaded: a line of a timeline."""

    post: PostId
    original: int
    """The post that it reposts; 0 for none."""
    marks: int
    """Bits of ``Mark``: what the viewer did with the post, or with the original of a repost."""


class Head(NamedTuple):
    """What decides who may read a post, and where it stands."""

    author: int
    visibility: str
    mentions: tuple[int, ...]
    """Accounts, of a post that not everybody may read."""
    original: int
    """The post that it reposts; 0 for none."""
    reply_to: PostId | None
    thread: PostId


class Readable(NamedTuple):
    """A post that a viewer may read, with its head, and the head of the original if it is a repost."""

    post: PostId
    marks: int
    head: Head
    original_head: Head | None

    @property
    def entry(self) -> Entry:
        """Return its line."""
        return Entry(self.post, self.head.original, self.marks)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to publish."""

    text: str
    visibility: Visibility = Visibility.PUBLIC
    reply_to: PostId | None = None
    warning: str = ""
    sensitive: bool = False
    language: str | None = None
    media: tuple[int, ...] = ()
    app: int | None = None


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A post as stored. Local and remote posts have the same shape; a repost has ``repost_of`` and no text."""

    id: PostId
    author: AccountId
    text: str
    """Source text of a local post, HTML of a remote one."""
    entities: tuple[Entity, ...] = ()
    """Links, mentions and hashtags in ``text``, for local posts."""
    mentions: tuple[Mention, ...] = ()
    hashtags: tuple[str, ...] = ()
    """As written, without ``#``."""
    warning: str = ""
    sensitive: bool = False
    language: str | None = None
    visibility: Visibility
    created: Instant
    edited: Instant | None = None
    reply_to: PostId | None = None
    reply_to_author: AccountId | None = None
    thread: PostId
    """The post that began the conversation; its own id for that one."""
    repost_of: PostId | None = None
    app: int | None = None
    replies_count: int = 0
    reposts_count: int = 0
    likes_count: int = 0
    uri: str | None = None
    url: str | None = None

    @property
    def is_listed(self) -> bool:
        """Whether it stands in the public timelines: public, and the beginning or more of its author's own thread."""
        alone = self.reply_to is None or self.reply_to_author == self.author
        return self.visibility is Visibility.PUBLIC and alone and self.repost_of is None


class PostView(msgspec.Struct, frozen=True, kw_only=True):
    """A post with all that a page, an API entity or an activity shows of it, already loaded."""

    post: Post
    author: Account
    media: tuple[Attachment, ...] = ()
    marks: Mark = Mark.NONE
    """What the viewer did with it; of the original, for a repost."""
    original: PostView | None = None
    """The post that this one reposts."""
    app_name: str | None = None
    app_website: str | None = None

    @property
    def shown(self) -> PostView:
        """What the reader reads: the original of a repost, else itself."""
        return self.original or self


class ThreadView(msgspec.Struct, frozen=True, kw_only=True):
    """A post in its conversation, oldest first."""

    ancestors: list[PostView]
    post: PostView
    descendants: list[PostView]
