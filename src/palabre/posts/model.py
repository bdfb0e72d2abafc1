"""Posts, and what a page, an API or an activity shows of one."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntFlag, StrEnum
from typing import NamedTuple

import msgspec

from palabre.accounts.model import Account
from palabre.cards.model import Card
from palabre.clock import Instant
from palabre.ids import AccountId, MediaId, PostId
from palabre.markup.entities import Entity
from palabre.media.model import Attachment, Focus


class Visibility(StrEnum):
    """Who may read a post, widest first. Stored by value: never rename one."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    MENTIONED = "mentioned"
    WAITING = "waiting"
    """Its author alone, until whom it answers lets it appear; never chosen by anybody."""


class Mark(IntFlag):
    """What a member did with a post: the bits of ``viewer_post.marks``."""

    NONE = 0
    LIKED = 1
    REPOSTED = 2
    BOOKMARKED = 4
    PINNED = 8
    UP = 16
    DOWN = 32


CHOICES_AT = 8
"""From this bit on, marks say which choices of a poll a member took: whoever has the marks needs no look more."""


OWN = 1 << 40
"""A bit beyond those that are stored: the reader has written the post, and counts as having voted in its poll."""


FOLLOWER, STRANGER = 1 << 41, 1 << 42
"""Bits further on: whether the reader follows who has written the post; neither, where that makes no difference."""


def bits_of(choices: Iterable[int]) -> int:
    """Write the places of ``choices`` into marks."""
    return sum(1 << (CHOICES_AT + place) for place in set(choices))


def choices_of(marks: int) -> tuple[int, ...]:
    """Read from ``marks`` which choices a member took."""
    bits = (marks & (OWN - 1)) >> CHOICES_AT
    return tuple(place for place in range(bits.bit_length()) if bits >> place & 1)


def vote_of(marks: int) -> int:
    """Read from ``marks`` how a member voted on a reply: 1 up, -1 down, 0 not."""
    return 1 if marks & Mark.UP else -1 if marks & Mark.DOWN else 0


class Part(IntFlag):
    """What hangs on a post in tables of its own: the bits of ``post.parts``."""

    NONE = 0
    POLL = 1


class QuotePolicy(StrEnum):
    """Whom the author lets quote a post. Stored by value: never rename one."""

    ALL = "all"
    FOLLOWERS = "followers"
    FOLLOWERS_OR_ASK = "followers_or_ask"
    """Followers at once; what others quote waits until the author agrees."""
    ASK = "ask"
    """What anybody quotes waits until the author agrees."""
    NOBODY = "nobody"

    @property
    def asks(self) -> bool:
        """Whether somebody who may not quote at once may ask."""
        return self in {QuotePolicy.FOLLOWERS_OR_ASK, QuotePolicy.ASK}


class ReplyPolicy(StrEnum):
    """Whom the author of a conversation lets reply in it. Stored by value: never rename one."""

    ALL = "all"
    FOLLOWERS = "followers"
    """Those who follow the author, and those whom the author addresses."""
    FOLLOWED = "followed"
    """Those whom the author follows, and those whom the author addresses."""
    MENTIONED = "mentioned"
    """Those whom the author addresses."""
    NOBODY = "nobody"


class ReplyApproval(StrEnum):
    """Whose replies wait until the author of the conversation lets them appear. Stored by value."""

    NONE = "none"
    STRANGERS = "strangers"
    """Of those whom the author neither follows nor addresses."""
    ALL = "all"


class ReplyState(StrEnum):
    """What became of a reply for which an author was asked. Stored by value: never rename one."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    MUTED = "muted"
    """Denied, and so is whatever its writer replies from now on, without a word to the author."""
    SPAM = "spam"
    """As muted, kept apart."""


class QuoteState(StrEnum):
    """Whether the author of the quoted post agrees; the last three are never stored. Never rename one."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REVOKED = "revoked"
    DELETED = "deleted"
    UNAUTHORIZED = "unauthorized"
    """The viewer may not read what is quoted."""
    BLOCKED = "blocked"
    """The viewer blocks its author."""
    MUTED = "muted"
    """The viewer mutes its author."""


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


class Edge(NamedTuple):
    """A post of a conversation, and where it stands there."""

    post: PostId
    reply_to: PostId | None
    hidden: bool = False
    """Folded away: it stands after the others that answer the same post."""
    only: int = 0
    """Of a reply that waits: its author, who alone sees it."""

    @property
    def place(self) -> tuple[bool, int]:
        """Return by what it is sorted."""
        return self.hidden, self.post


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


class PollDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A poll that somebody wants to publish."""

    choices: tuple[str, ...]
    seconds: int
    """How long one may vote."""
    multiple: bool = False
    hide_totals: bool = False
    """Whether nobody sees the counts before the end."""


class Choice(msgspec.Struct, frozen=True):
    """One of the answers to a poll."""

    title: str
    votes: int = 0


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """A question of a post, with its answers and their counts."""

    post: PostId
    choices: tuple[Choice, ...]
    multiple: bool
    hide_totals: bool
    expires: Instant
    expired: bool
    """As it was when it was read."""
    voters: int = 0

    @property
    def votes(self) -> int:
        """How many choices were taken; with several for each voter, more than voters."""
        return sum(choice.votes for choice in self.choices)

    @property
    def shows_totals(self) -> bool:
        """Whether the counts may be seen."""
        return self.expired or not self.hide_totals


class Former(msgspec.Struct, frozen=True, kw_only=True):
    """A former wording."""

    created: Instant
    text: str
    warning: str = ""
    sensitive: bool = False
    media: tuple[str, ...] = ()
    """Descriptions of what it showed."""
    choices: tuple[str, ...] = ()


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be added to an imported post."""

    edited: Instant | None = None
    versions: tuple[Former, ...] = ()
    choices: tuple[Choice, ...] = ()
    """Of a poll, with their counts; none: there was no poll."""
    multiple: bool = False
    hide_totals: bool = False
    expires: Instant | None = None
    """End of the poll; one that has not ended yet ends now: nobody here was asked."""
    voters: int = 0
    quote: PostId | None = None
    """An own post that it quotes."""
    quote_policy: QuotePolicy | None = None
    reply_policy: ReplyPolicy | None = None


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
    poll: PollDraft | None = None
    quote: PostId | None = None
    quote_policy: QuotePolicy = QuotePolicy.ALL
    """Whom the author lets quote it; a post that is not for everybody can be quoted by nobody."""
    reply_policy: ReplyPolicy = ReplyPolicy.ALL
    """Whom the author lets reply; of a reply it means nothing: what the conversation began with holds."""


class Unpublished(msgspec.Struct, frozen=True, kw_only=True):
    """A draft that the server keeps, or a post that waits for its time."""

    id: int
    account: AccountId
    due: Instant | None
    """When it is published; ``None``: it is a draft."""
    draft: Draft
    changed: Instant


class MediaChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different about a picture of an edited post."""

    id: MediaId
    description: str | None = None
    focus: Focus | None = None


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """What a post is to say from now on: the whole of it, as a draft has the whole."""

    text: str
    warning: str = ""
    sensitive: bool = False
    language: str | None = None
    media: tuple[int, ...] = ()
    changes: tuple[MediaChange, ...] = ()
    poll: PollDraft | None = None
    """``None`` takes a poll away."""
    quote_policy: QuotePolicy | None = None
    """``None`` leaves it as it is."""
    reply_policy: ReplyPolicy | None = None
    """``None`` leaves it as it is; replies that are there stay."""


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
    quotes_count: int = 0
    quote_policy: QuotePolicy = QuotePolicy.NOBODY
    quote_of: PostId | None = None
    """The post that it quotes; kept when that is deleted, and then leads nowhere."""
    quote_state: QuoteState | None = None
    quote_grant: int | None = None
    """Id of the authorisation that the quoted author gave (FEP-044f): its address can be made of it."""
    ups: int = 0
    downs: int = 0
    parts: int = 0
    """Bits of ``Part``."""
    card: int | None = None
    """What the page says of itself that the post links."""
    reply_policy: ReplyPolicy = ReplyPolicy.ALL
    hidden: bool = False
    """Whether the author of the conversation has folded this reply away at its end."""

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
    poll: Poll | None = None
    card: Card | None = None
    card_author: Account | None = None
    """Who has written the linked page and says so too."""
    quoted: PostView | None = None
    """The post that this one quotes, if the viewer may see it there."""
    quote_shows: QuoteState | None = None
    """How the quote stands for this viewer; ``None`` if it quotes nothing."""
    quote_author: AccountId | None = None
    """Who wrote what it quotes, as long as that exists and agrees."""
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


class ReplyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A reply for which the author of the conversation was asked."""

    post: PostId
    owner: AccountId
    """Who decides: the author of the conversation."""
    writer: AccountId
    state: ReplyState
    visibility: Visibility
    """What the reply has once it is approved."""
    decided: Instant | None = None


class QuoteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A quote that waits until the author of what it quotes agrees."""

    post: PostId
    """The one that quotes."""
    owner: AccountId
    """Who decides: the author of what is quoted."""
    writer: AccountId
    quoted: PostId


class QuoteRequestView(msgspec.Struct, frozen=True):
    """The same with both posts, loaded for who decides."""

    view: PostView
    quoted: PostView


class ReplyRequestView(msgspec.Struct, frozen=True):
    """The same with the reply itself, loaded for who decides."""

    request: ReplyRequest
    view: PostView
