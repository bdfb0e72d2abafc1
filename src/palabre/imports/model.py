"""What an archive holds, in words that do not depend on who wrote it. Frozen values, no input or output."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

import msgspec

from palabre.clock import Instant
from palabre.ids import AccountId


class Source(StrEnum):
    """What kind of file a member brought. Stored by value: never rename one."""

    PALABRE = "palabre"
    TWITTER = "twitter"
    MASTODON = "mastodon"
    FOLLOWS = "follows"
    MUTES = "mutes"
    BLOCKS = "blocks"
    BOOKMARKS = "bookmarks"
    LISTS = "lists"
    DOMAIN_BLOCKS = "domain_blocks"


class Audience(StrEnum):
    """Who could read a post where it comes from, widest first; the same values as a post's visibility here."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    MENTIONED = "mentioned"
    """Only from an archive of Palabre. Nobody is mentioned here, so its author alone reads it."""


class Part(StrEnum):
    """What part of an archive was left out."""

    FILE = "file"
    POST = "post"
    MEDIA = "media"
    PERSON = "person"
    BOOKMARK = "bookmark"
    SETTING = "setting"


class Reason(StrEnum):
    """Why something was left out. Stored by value: never rename one."""

    DAMAGED = "damaged"
    BAD_DATE = "bad_date"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    REPOST = "repost"
    EDITED_LATER = "edited_later"
    TWICE = "twice"
    PRIVATE_MESSAGE = "private_message"
    VIDEO = "video"
    TOO_MANY_PICTURES = "too_many_pictures"
    FILE_MISSING = "file_missing"
    ENCRYPTED = "encrypted"
    UNSAFE_NAME = "unsafe_name"
    ONLY_NUMBERS = "only_numbers"
    NOT_FOUND_HERE = "not_found_here"
    ALREADY_HERE = "already_here"
    NOT_SUPPORTED = "not_supported"
    REFUSED = "refused"


class ImportedMedia(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of a post. ``member`` is its name inside the archive, never a path on this machine."""

    member: str
    description: str = ""
    focus: tuple[float, float] | None = None
    film: bool = False
    """A video or a recording."""
    captions: str = ""
    """Name of a file of WebVTT inside the archive."""
    captions_language: str = ""
    purpose: Literal["post", "avatar", "header"] = "post"


class ImportedPoll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll with its results so far. Here nobody votes in it any more."""

    choices: tuple[tuple[str, int], ...]
    multiple: bool = False
    hide_totals: bool = False
    expires: Instant
    voters: int = 0


class ImportedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A former wording of a post."""

    created: Instant
    text: str
    warning: str = ""
    sensitive: bool = False
    media: tuple[str, ...] = ()
    """Descriptions."""
    choices: tuple[str, ...] = ()


class ImportedPost(msgspec.Struct, frozen=True, kw_only=True, tag="post"):
    """A post as its author wrote it elsewhere, ready to be filed here."""

    source_key: str
    """Names the post for ever, whatever the archive: ``twitter:20`` or the URI of the object."""
    text: str
    created: Instant
    reply_to: str | None = None
    """``source_key`` of the post it answers, be it in the archive or not."""
    replaced_by: str | None = None
    """``source_key`` of a later version of the same post."""
    warning: str = ""
    sensitive: bool = False
    language: str | None = None
    audience: Audience = Audience.PUBLIC
    media: tuple[ImportedMedia, ...] = ()
    edited: Instant | None = None
    versions: tuple[ImportedVersion, ...] = ()
    poll: ImportedPoll | None = None
    quote: str | None = None
    """``source_key`` of the post that it quotes, with consent."""
    quote_policy: str | None = None
    reply_policy: str | None = None

    @property
    def name(self) -> str:
        """What it is called for ever."""
        return self.source_key


class Tie(StrEnum):
    """What a member had with an account or a post elsewhere. Stored by value: never rename one."""

    FOLLOW = "follow"
    MUTE = "mute"
    BLOCK = "block"
    NOTE = "note"
    LISTED = "list"
    """``target`` is the account, a blank, and the title of the list."""
    ENDORSEMENT = "endorsement"
    PERMISSION = "permission"
    """Notifications of the account always arrive."""
    DISMISSAL = "dismissal"
    """The account is not to be suggested."""
    COLLECTED = "collected"
    """``target`` is the account, a blank, which of the member's collections of one name it is (``1``: the oldest), a
    blank, and that name."""
    REPLY_RULE = "reply_rule"
    """What the account replies is sorted out at once; ``text`` says how."""
    BOOKMARK = "bookmark"
    LIKE = "like"
    REPOST = "repost"
    PIN = "pin"
    MUTED_CONVERSATION = "muted_conversation"
    QUOTE = "quote"
    """A post of the member's quotes ``target``; ``text`` is the address of that post."""

    @property
    def is_of_post(self) -> bool:
        """Whether ``target`` is the address of a post."""
        return self in _OF_POSTS


_OF_POSTS = frozenset(
    {Tie.BOOKMARK, Tie.LIKE, Tie.REPOST, Tie.PIN, Tie.MUTED_CONVERSATION, Tie.QUOTE}
)  # fmt: skip


class ImportedTie(msgspec.Struct, frozen=True, kw_only=True, tag="tie"):
    """What a member has with ``target``: ``name@domain``, or the address of a post."""

    tie: Tie
    target: str
    show_reposts: bool = True
    notify: bool = False
    languages: tuple[str, ...] = ()
    hide_notifications: bool = True
    text: str = ""
    """Of a note or a rule."""
    withdrawn: bool = False
    """Whoever was in the collection has left it for good."""
    expires: Instant | None = None
    """Of a mute."""
    at: Instant | None = None
    """Of a repost."""

    @property
    def name(self) -> str:
        """What it is called for ever."""
        return f"{self.tie}:{self.target}"


class ImportedEntry(msgspec.Struct, frozen=True, kw_only=True, tag="entry"):
    """Something that is about the member alone: the profile, a list, a filter, a draft."""

    section: str
    """What it is, one of ``entries.SECTIONS``."""
    name: str
    """What it is called for ever, with its section."""
    data: dict[str, Any]
    media: tuple[ImportedMedia, ...] = ()


class Skipped(msgspec.Struct, frozen=True, kw_only=True, tag="skipped"):
    """Something that was left out, and why."""

    part: Part
    reason: Reason
    what: str = ""
    """The ``source_key``, address or name of it, as far as it is known."""
    where: str = ""
    """The file inside the archive, with the number of the entry or line where that helps."""
    count: int = 1


Record = ImportedPost | ImportedTie | ImportedEntry | Skipped
Item = ImportedPost | ImportedTie | ImportedEntry
"""What is imported, if it can be."""


class State(StrEnum):
    """Where an import stands. Stored by value: never rename one."""

    WAITING = "waiting"
    READING = "reading"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    """Interrupted for good: what it did stays, another import goes on from there."""

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self not in {State.WAITING, State.READING, State.RUNNING}


class ImportRun(msgspec.Struct, frozen=True, kw_only=True):
    """One import of one file, and how far it is."""

    id: int
    account: AccountId
    source: Source | None
    """Known once the file was looked at."""
    name: str
    """What its owner called the file."""
    state: State
    durable: bool
    """Whether a job carries it on after an interruption; an import by command is begun again instead."""
    total: int | None = None
    """Posts, people and bookmarks in the file that can be imported; unknown until it was read."""
    done: int = 0
    added: int = 0
    """How many of those ``done`` are new here."""
    place: int = 0
    """Where in the plan to go on."""
    left_out: dict[str, int] = {}
    """How many were left out, by ``part.reason``."""
    listed: tuple[Skipped, ...] = ()
    """The first of them, one by one."""
    error: str | None = None
    """Code of the refusal of a failed import."""
    created: Instant
    finished: Instant | None = None

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1."""
        if self.total is None:
            return 0.0
        return min(1.0, self.done / self.total) if self.total else 1.0


class WaitingTie(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody or something elsewhere that cannot be reached from here yet."""

    tie: Tie
    target: str
    show_reposts: bool = True
    notify: bool = False
    languages: tuple[str, ...] = ()
    hide_notifications: bool = True
    text: str = ""
    withdrawn: bool = False
    expires: Instant | None = None
    at: Instant | None = None


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds that an honest archive never meets and a hostile one does. Sizes in bytes."""

    directory: int = 24 << 20
    """Table of contents of a zip: about 200,000 files."""
    members: int = 250_000
    total: int = 64 << 30
    """All that may be unpacked from one archive."""
    text_file: int = 4 << 30
    """One file of posts."""
    small_file: int = 16 << 20
    """A file that is read whole: the account, the profile, a CSV."""
    picture: int = 32 << 20
    ratio: int = 200
    """Most times that a member may grow when unpacked; text as X and Mastodon write it grows 10 to 30 times."""
    element: int = 1 << 20
    """One post with all that is written around it."""
    entries: int = 3_000_000
    """Posts of one file. X let nobody write more than 2,400 a day."""
    depth: int = 64
    resyncs: int = 1_000
    """Times that reading of a file resumes after a damaged entry."""
    text: int = 50_000
    """Characters of a post; X allows 25,000."""
    long_texts: int = 64 << 20
    """All the long posts of an X archive, which are kept in memory beside the short ones."""
    pictures: int = 4
    """Pictures of one post."""
    film: int = 1 << 30
    """A video or a recording."""
