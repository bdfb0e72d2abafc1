"""Media of a post: pictures, silent loops, videos and recordings."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from palabre.api.mastodon.entities.wire import Names
from palabre.ids import Kind
from palabre.media.model import Attachment, MediaKind, Unfinished


class Size(msgspec.Struct, frozen=True):
    """Width and height of a file, in pixels."""

    width: int
    height: int
    size: str
    aspect: float


class Original(msgspec.Struct, frozen=True, kw_only=True):
    """The file itself. A video, a loop or a recording leaves out what it does not have; a picture, what plays."""

    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    size: str | UnsetType = UNSET
    aspect: float | UnsetType = UNSET
    frame_rate: str | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    bitrate: int | UnsetType = UNSET


class Focus(msgspec.Struct, frozen=True):
    """The point that stays visible when the picture is cropped, from -1 to 1."""

    x: float
    y: float


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the files. Of what plays, also the fields that Mastodon repeats beside ``original``."""

    focus: Focus | UnsetType = UNSET
    original: Original
    small: Size | UnsetType = UNSET
    length: str | UnsetType = UNSET
    """Hours, minutes, seconds: ``0:01:23.45``."""
    duration: float | UnsetType = UNSET
    fps: float | UnsetType = UNSET
    size: str | UnsetType = UNSET
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    aspect: float | UnsetType = UNSET
    audio_channels: str | UnsetType = UNSET


class MediaAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, a video or a recording: where it is, what it shows in words, and a blur of it."""

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
    progress: Annotated[float, msgspec.Meta(ge=0, le=1)] | UnsetType = UNSET
    """Ours: how much of it is done while it is being processed. Absent before that begins, and when it is ready."""


_Type = Literal["image", "gifv", "video", "audio"]
_TYPES: dict[MediaKind, _Type] = {
    MediaKind.PICTURE: "image",
    MediaKind.ANIMATION: "image",  # its file is WebP, and "gifv" promises a video
    MediaKind.LOOP: "gifv",
    MediaKind.VIDEO: "video",
    MediaKind.SOUND: "audio",
}


def _size(width: int, height: int) -> Size:
    return Size(width, height, f"{width}x{height}", round(width / height, 6) if height else 0.0)


def media_attachment(names: Names, media: Attachment) -> MediaAttachment:
    """Render ``media``."""
    return MediaAttachment(
        id=names.ids.encode(Kind.MEDIA, media.id),
        type=_TYPES[media.kind],
        url=names.uris.media(media.file),
        preview_url=None if media.preview == media.file and media.plays else names.uris.media(media.preview),
        remote_url=None,
        preview_remote_url=None,
        text_url=None,
        meta=_played(media) if media.plays else _drawn(media),
        description=media.description or None,
        blurhash=media.blurhash,
    )


def unfinished(names: Names, media: Unfinished, percent: int | None) -> MediaAttachment:
    """Render an upload that is still being processed; ``percent`` of it is done, if that is known."""
    return MediaAttachment(
        id=names.ids.encode(Kind.MEDIA, media.id),
        type="audio" if media.format.startswith("audio/") else "video",
        url=None,
        preview_url=names.uris.media(media.poster) if media.poster else None,
        remote_url=None,
        preview_remote_url=None,
        text_url=None,
        meta=None,
        description=media.description or None,
        blurhash=media.poster_blurhash,
        progress=UNSET if percent is None else percent / 100,
    )


def _drawn(media: Attachment) -> Meta:
    size = _size(media.width, media.height)
    return Meta(
        focus=Focus(media.focus_x, media.focus_y),
        original=Original(width=size.width, height=size.height, size=size.size, aspect=size.aspect),
        small=_size(media.preview_width, media.preview_height),
    )


def _played(media: Attachment) -> Meta:
    seconds = media.seconds if media.seconds is not None else UNSET
    channels = {1: "mono", 2: "stereo"}.get(media.channels, UNSET)
    length = UNSET if seconds is UNSET else _length(media.seconds or 0.0)
    if media.kind is MediaKind.SOUND:
        return Meta(
            original=Original(duration=seconds, bitrate=media.bitrate),
            small=UNSET if media.preview == media.file else _size(media.preview_width, media.preview_height),
            length=length,
            duration=seconds,
            audio_channels=channels,
        )
    size = _size(media.width, media.height)
    return Meta(
        focus=Focus(media.focus_x, media.focus_y),
        original=Original(
            width=media.width,
            height=media.height,
            frame_rate=media.frame_rate or UNSET,
            duration=seconds,
            bitrate=media.bitrate or UNSET,
        ),
        small=_size(media.preview_width, media.preview_height),
        length=length,
        duration=seconds,
        fps=_rate(media.frame_rate),
        size=size.size,
        width=media.width,
        height=media.height,
        aspect=size.aspect,
        audio_channels=channels,
    )


def _length(seconds: float) -> str:
    hundredths = round(seconds * 100)
    minutes, rest = divmod(hundredths, 6_000)
    return f"{minutes // 60}:{minutes % 60:02}:{rest // 100:02}.{rest % 100:02}"


def _rate(fraction: str) -> float | UnsetType:
    above, _, below = fraction.partition("/")
    return round(int(above) / int(below), 2) if below and int(below) else UNSET
