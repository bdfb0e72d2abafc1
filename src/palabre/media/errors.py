"""What media refuse. Every message says what is wrong and, where there is one, the limit."""

from __future__ import annotations

from palabre.errors import Conflict, Invalid, NotFound, Unavailable


class MediaTooLarge(Invalid):
    """The file has more bytes than accepted; details: ``size`` (unknown when absent) and ``limit``, in bytes."""

    code = "media.too_large"
    message = "This file is too large. At most {megabytes} MB are accepted."

    def __init__(self, *, limit: int, field: str | None = "file") -> None:
        """State ``limit`` in bytes; the sentence gives it in megabytes."""
        super().__init__(field=field, limit=limit, megabytes=f"{limit / 1_048_576:.3g}")


class TooManyPixels(Invalid):
    """The picture is wider, higher or bigger than accepted; found out before it is decoded."""

    code = "media.too_many_pixels"
    message = (
        "This picture is {width} by {height} pixels. At most {megapixels} megapixels "
        "and {side} pixels on a side are accepted."
    )


class TooManyFrames(Invalid):
    """The animation has too many frames, or too many pixels in all of them together."""

    code = "media.too_many_frames"
    message = (
        "This animation has {frames} frames of {width} by {height} pixels. At most {most} frames "
        "and {megapixels} megapixels in all are accepted."
    )


class MediaBomb(Invalid):
    """Opening it would take more memory or time than the confined process is given."""

    code = "media.bomb"
    message = "This picture is built so that opening it takes more memory or time than is allowed."


class UnsupportedMedia(Invalid):
    """The content, whatever its name says, is of no accepted type."""

    code = "media.unsupported"
    message = "This is not a picture that can be shown here. Accepted are JPEG, PNG, GIF, WebP, HEIC and AVIF."


class DamagedMedia(Invalid):
    """It begins like a picture, but cannot be read to its end."""

    code = "media.damaged"
    message = "This picture is damaged or incomplete."


class ProcessingFailed(Unavailable):
    """The confined process could not be started, or was killed from outside."""

    code = "media.processing_failed"
    message = "The picture could not be processed. Please try again."


class ProcessingBusy(Unavailable):
    """Too many pictures are being processed at this moment."""

    code = "media.busy"
    message = "Many pictures are being processed right now. Please try again in a moment."


class MediaNotFound(NotFound):
    """There is no such attachment, or it is not the viewer's."""

    code = "media.not_found"
    message = "Record not found"


class MediaAttached(Conflict):
    """It already belongs to a post."""

    code = "media.attached"
    message = "This picture already belongs to a post."


class TooManyAttachments(Invalid):
    """More pictures than a post takes; details: ``limit``."""

    code = "media.too_many"
    message = "A post takes at most {limit} pictures."


class DuplicateAttachment(Invalid):
    """The same picture is named twice."""

    code = "media.duplicate"
    message = "The same picture is named twice."


class DescriptionTooLong(Invalid):
    """The description has more characters than accepted; details: ``length``, ``limit``."""

    code = "media.description_too_long"
    message = "This description has {length} characters. At most {limit} are accepted."


class FocusOutside(Invalid):
    """A coordinate of the focal point is not a number from -1 to 1."""

    code = "media.focus_outside"
    message = "The focal point must be two numbers from -1.0 to 1.0."
