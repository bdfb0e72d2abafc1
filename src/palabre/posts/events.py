"""What happens to posts."""

from __future__ import annotations

from hashlib import blake2b

from palabre.events import Event
from palabre.ids import AccountId, PostId


def tag_mark(key: str) -> str:
    """Return what stands for a folded hashtag in facts, which outlive posts: 18 hexadecimal digits, not the word."""
    return blake2b(key.encode(), digest_size=9).hexdigest()


class PostCreated(Event, frozen=True, kw_only=True, tag="post.created"):
    """A post now exists; a repost too."""

    post: PostId
    author: AccountId
    visibility: str
    reply_to: PostId | None = None
    reply_to_author: AccountId | None = None
    repost_of: PostId | None = None
    repost_of_author: AccountId | None = None
    mentions: tuple[AccountId, ...] = ()
    """Local accounts only; for the mentioned and for who is notified."""
    language: str | None = None
    thread: PostId | None = None
    """Of a reply: the post that began the conversation."""
    hashtags: tuple[str, ...] = ()
    """Marks (:func:`tag_mark`), of a public post, of the hashtags under whose timelines it stands."""
    quote_of: PostId | None = None
    quote_of_author: AccountId | None = None
    approved_by: AccountId | None = None
    """Of a reply that waited: who let it appear, and need not be told of it."""
    quote_asks: AccountId | None = None
    """Who is asked whether he agrees to what it quotes."""
    limited: bool = False
    """Moderators limit its author: it stands in no public timeline, and has no hashtags here."""


class PostImported(Event, frozen=True, kw_only=True, tag="post.imported"):
    """A post of long ago now stands in its author's timeline; nobody is told."""

    post: PostId
    author: AccountId


class PostChanged(Event, frozen=True, kw_only=True, tag="post.changed"):
    """What a post shows is different: its counts, its media, its text. Cached pieces of it are stale."""

    post: PostId


class PostEdited(Event, frozen=True, kw_only=True, tag="post.edited"):
    """A post says something else now; what it said before is in its history."""

    post: PostId
    author: AccountId
    visibility: str
    mentions: tuple[AccountId, ...] = ()
    """Local accounts that it did not mention before."""
    hashtags: tuple[str, ...] = ()
    """Folded, of a public post: those that it had before or has now."""


class PollClosed(Event, frozen=True, kw_only=True, tag="post.poll_closed"):
    """The time of a poll is over."""

    post: PostId
    author: AccountId


class PollReset(Event, frozen=True, kw_only=True, tag="post.poll_reset"):
    """A poll asks something else now: the votes in it are void."""

    post: PostId


class QuoteChanged(Event, frozen=True, kw_only=True, tag="post.quote_changed"):
    """The author of the quoted post decided about a quote, or deleted it; how it stands is at the quoting post."""

    post: PostId
    """The one that quotes."""
    quoted: PostId
    state: str
    author: AccountId | None = None
    """Of the one that quotes."""
    hashtags: tuple[str, ...] = ()
    """As in ``PostCreated``, of the one that quotes."""


class ReplyHeld(Event, frozen=True, kw_only=True, tag="reply.held"):
    """A reply waits until ``owner``, the author of the conversation, lets it appear; nobody else learns of it."""

    post: PostId
    author: AccountId
    owner: AccountId
    reply_to: PostId
    reply_to_author: AccountId
    thread: PostId
    state: str
    """``pending``; or ``muted`` or ``spam``, and the owner is not told either."""


class ReplyDecided(Event, frozen=True, kw_only=True, tag="reply.decided"):
    """``owner`` decided about a reply that waited, or its author took it back (``withdrawn``)."""

    post: PostId
    author: AccountId
    owner: AccountId
    state: str


class PostDeleted(Event, frozen=True, kw_only=True, tag="post.deleted"):
    """A post is gone, with everything of it; ``reposts`` are the reposts that went with it."""

    post: PostId
    author: AccountId
    repost_of: PostId | None = None
    reply_to: PostId | None = None
    quote_of: PostId | None = None
    reposts: tuple[PostId, ...] = ()
    reposters: tuple[AccountId, ...] = ()
    """Whose counts are different now; in the order of ``reposts``."""
    listed: bool = False
    """Whether it stood in the public timelines."""
    hashtags: tuple[str, ...] = ()
    """As in ``PostCreated``."""


class PostMarked(Event, frozen=True, kw_only=True, tag="post.marked"):
    """What ``account`` did with a post is now ``marks`` (bits of ``Mark``, and choices in its poll)."""

    account: AccountId
    post: PostId
    author: AccountId
    marks: int
    added: int = 0
    """The bits that this act added; 0 when it took some away."""
    removed: int = 0


class HashtagFollowed(Event, frozen=True, kw_only=True, tag="hashtag.followed"):
    """``account`` wants to see public posts with one more hashtag at home."""

    account: AccountId


class HashtagUnfollowed(Event, frozen=True, kw_only=True, tag="hashtag.unfollowed"):
    """``account`` follows a hashtag no longer."""

    account: AccountId


class ThreadMuted(Event, frozen=True, kw_only=True, tag="thread.muted"):
    """``account`` wants to be told of a conversation no longer; ``thread`` is the post that began it."""

    account: AccountId
    thread: PostId


class ThreadUnmuted(Event, frozen=True, kw_only=True, tag="thread.unmuted"):
    """``account`` wants to be told of a conversation again."""

    account: AccountId
    thread: PostId
