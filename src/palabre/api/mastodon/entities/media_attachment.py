"""A picture of a post."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.ids import Kind
from palabre.media.model import Attachment


class Size(msgspec.Struct, frozen=True):
    """Width and height of a file, in pixels."""

    width: int
    height: int
    size: str
    aspect: float


class Focus(msgspec.Struct, frozen=True):
    """The point that stays visible when the picture is cropped, from -1 to 1."""

    x: float
    y: float


class Meta(msgspec.Struct, frozen=True):
    """What is known of the files."""

    focus: Focus
    original: Size
    small: Size


class MediaAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A picture: where it is, what it shows in words, and a blur of it."""

    id: str
    type: Literal["unknown", "image", "gifv", "video", "audio"]
    url: str | None
    preview_url: str | None
    remote_url: str | None
    preview_remote_url: str | None
    text_url: str | None
    meta: Meta | None
    description: str | None
    blurhash: str | None


def _size(width: int, height: int) -> Size:
    return Size(width, height, f"{width}x{height}", round(width / height, 6) if height else 0.0)


def media_attachment(names: Names, picture: Attachment) -> MediaAttachment:
    """Render ``picture``. A moving one is an ``image`` too: its file is WebP, and ``gifv`` promises a video."""
    return MediaAttachment(
        id=names.ids.encode(Kind.MEDIA, picture.id),
        type="image",
        url=names.uris.media(picture.file),
        preview_url=names.uris.media(picture.preview),
        remote_url=None,
        preview_remote_url=None,
        text_url=None,
        meta=Meta(
            focus=Focus(picture.focus_x, picture.focus_y),
            original=_size(picture.width, picture.height),
            small=_size(picture.preview_width, picture.preview_height),
        ),
        description=picture.description or None,
        blurhash=picture.blurhash,
    )
