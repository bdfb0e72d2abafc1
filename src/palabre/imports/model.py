"""What an archive holds, in words that do not depend on who wrote it. Frozen values, no input or output."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from palabre.clock import Instant
from palabre.ids import AccountId


class Source(StrEnum):
    """What kind of file a member brought. Stored by value: never rename one."""

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


class Part(StrEnum):
    """What part of an archive was left out."""

    FILE = "file"
    POST = "post"
    MEDIA = "media"
    PERSON = "person"
    BOOKMARK = "bookmark"


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


class Tie(StrEnum):
    """What a member had with an account or a post elsewhere."""

    FOLLOW = "follow"
    MUTE = "mute"
    BLOCK = "block"
    BOOKMARK = "bookmark"


class ImportedTie(msgspec.Struct, frozen=True, kw_only=True, tag="tie"):
    """A follow, mute or block of ``target`` (``name@domain``), or a bookmark of ``target`` (a URL)."""

    tie: Tie
    target: str
    show_reposts: bool = True
    notify: bool = False
    languages: tuple[str, ...] = ()
    hide_notifications: bool = True


class Skipped(msgspec.Struct, frozen=True, kw_only=True, tag="skipped"):
    """Something that was left out, and why."""

    part: Part
    reason: Reason
    what: str = ""
    """The ``source_key``, address or name of it, as far as it is known."""
    where: str = ""
    """The file inside the archive, with the number of the entry or line where that helps."""
    count: int = 1


Record = ImportedPost | ImportedTie | Skipped
Item = ImportedPost | ImportedTie
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
