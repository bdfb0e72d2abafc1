"""Media as values: what is asked of the confined process, what it gives back, what a post shows."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from palabre.clock import Instant
from palabre.ids import AccountId, MediaId, PostId
from palabre.media.formats import Format

MOST_ATTACHMENTS = 4
"""Pictures that one post takes."""

MOST_DESCRIPTION = 1_500
"""Characters that a description takes, as on Mastodon."""

MEBIBYTE = 1_048_576


class Purpose(StrEnum):
    """What a picture is for; it decides size and crop."""

    POST = "post"
    AVATAR = "avatar"
    HEADER = "header"
    PICTURE = "picture"
    """As a post's, but what moves stays a picture: for emojis and cards."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture may cost, and how big it may come out."""

    upload: int = 16 * MEBIBYTE
    """Most bytes of an upload."""
    pixels_in: int = 64_000_000
    """Most pixels of an upload (of one frame, if it moves)."""
    side_in: int = 16_384
    """Most pixels of an upload on one side."""
    frames: int = 1_000
    """Most frames of an animation."""
    animation_in: int = 120_000_000
    """Most pixels of an animation, all frames together."""
    pixels_out: int = 3_840 * 2_160
    """Most pixels of a stored picture; bigger ones are reduced."""
    side_out: int = 8_192
    """Most pixels of a stored picture on one side."""
    animation_out: int = 40_000_000
    """Most pixels of a stored animation, all frames together; bigger ones are reduced."""
    pixels_preview: int = 640 * 360
    """Most pixels of a preview."""
    memory: int = 1_024 * MEBIBYTE
    """Most bytes of address space of the confined process."""
    cpu_seconds: int = 15
    """Most processor time for one picture."""
    wall_seconds: float = 30.0
    """Most time for one picture once it is its turn."""
    wait_seconds: float = 30.0
    """Most time a picture waits for its turn."""
    bytes_out: int = 48 * MEBIBYTE
    """Most bytes that are taken from the confined process."""
    seconds: int = 600
    """Most seconds of a video or a recording."""
    streams: int = 16
    """Most streams in a video or a recording, of whatever kind."""
    pixels_film: int = 4_096 * 2_304
    """Most pixels of one picture of a video."""
    side_film: int = 4_096
    """Most pixels of a video on one side."""
    pixels_film_out: int = 1_280 * 720
    """Most pixels of one picture of a video that is encoded anew; bigger ones are reduced."""


def film_limits(*, upload: int, seconds: int) -> Limits:
    """Return what a video or a recording may cost: it takes longer than a picture, and there is no hurry.

    The wall clock stays below the ten minutes for which a job is nobody else's.
    """
    return Limits(
        upload=upload,
        seconds=seconds,
        memory=1_536 * MEBIBYTE,
        cpu_seconds=480,
        wall_seconds=540.0,
        wait_seconds=30.0,
        bytes_out=max(upload * 2, 48 * MEBIBYTE),
    )


EMOJI_LIMITS = Limits(
    upload=MEBIBYTE, frames=100, pixels_out=128 * 128, side_out=512, pixels_preview=128 * 128, bytes_out=MEBIBYTE
)
"""What a custom emoji may cost, and how big it comes out."""


class Rendition(msgspec.Struct, frozen=True, kw_only=True):
    """One encoded picture, free of metadata."""

    content: bytes
    format: Format
    width: int
    height: int


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a video or a recording beside its pictures."""

    seconds: Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
    frame_rate: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{1,9}/[0-9]{1,9})?$")] = ""
    """Pictures a second, as a fraction: ``30/1``; empty for sound."""
    bitrate: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Bits a second, all together."""
    channels: Annotated[int, msgspec.Meta(ge=0, le=2)] = 0
    """Of the sound; 0 without."""


class ProcessedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an upload. Nothing in it was copied from the upload but what can be seen."""

    full: Rendition
    preview: Rendition | None = None
    """Smaller, still; absent when ``full`` is small enough itself, and for avatars and headers."""
    blurhash: str | None = None
    """Absent for avatars and headers."""
    animated: bool = False
    timing: Timing | None = None
    """Of videos and recordings."""


class MediaKind(StrEnum):
    """What an attachment is. Stored by value: never rename one."""

    PICTURE = "picture"
    ANIMATION = "animation"
    LOOP = "loop"
    """A moving GIF, kept as a silent video."""
    VIDEO = "video"
    SOUND = "sound"


class StoredPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A processed picture whose files are in the media store, durably; no row names them yet."""

    kind: MediaKind
    file: str
    """Name in the media store."""
    preview: str
    """Name in the media store; the same as ``file`` for a small picture."""
    mime: str
    size: int
    """Bytes of ``file``."""
    width: int
    height: int
    preview_width: int
    preview_height: int
    blurhash: str | None = None
    timing: Timing | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Both names, or one if they are the same."""
        return (self.file,) if self.file == self.preview else (self.file, self.preview)


class Poster(msgspec.Struct, frozen=True, kw_only=True):
    """A still that a member gives an upload, in the media store: shown until it plays, and where it is small."""

    file: str
    width: int
    height: int
    blurhash: str | None = None


class Focus(msgspec.Struct, frozen=True):
    """The point of a picture that must stay visible when it is cropped: -1 is left or bottom, 1 right or top."""

    x: float = 0.0
    y: float = 0.0


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of a post, or one uploaded for a post that is still being written."""

    id: MediaId
    account: AccountId
    post: PostId | None = None
    position: int = 0
    """Place among the pictures of the post, from 0."""
    kind: MediaKind
    file: str
    """Name in the media store."""
    preview: str
    """Name in the media store; the same as ``file`` for a small picture."""
    mime: str
    size: int
    """Bytes of ``file``."""
    width: int
    height: int
    preview_width: int
    preview_height: int
    blurhash: str | None = None
    description: str = ""
    focus_x: float = 0.0
    focus_y: float = 0.0
    created: Instant
    seconds: float | None = None
    """Of videos and recordings."""
    frame_rate: str = ""
    bitrate: int = 0
    channels: int = 0
    captions: str | None = None
    """Name in the media store of a WebVTT file."""
    captions_language: str = ""

    @property
    def names(self) -> set[str]:
        """Names of all its files."""
        return {name for name in (self.file, self.preview, self.captions) if name}

    @property
    def plays(self) -> bool:
        """Whether it needs a player."""
        return self.kind in _PLAYED


_PLAYED = frozenset({MediaKind.LOOP, MediaKind.VIDEO, MediaKind.SOUND})


class Unfinished(msgspec.Struct, frozen=True, kw_only=True):
    """An upload that is still being processed, or that could not be."""

    id: MediaId
    account: AccountId
    source: str
    """Name of the file of the upload, gone when processing ends."""
    format: str
    description: str = ""
    focus_x: float = 0.0
    focus_y: float = 0.0
    failure: str | None = None
    """Why it failed: code and details of the refusal, as JSON."""
    created: Instant
    poster: str | None = None
    """Name in the media store of a still that the member gave, which stands for the one that would be taken."""
    poster_width: int = 0
    poster_height: int = 0
    poster_blurhash: str | None = None
