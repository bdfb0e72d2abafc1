"""What media refuse. Every message says what is wrong and, where there is one, the limit."""

from __future__ import annotations

import msgspec

from palabre.errors import Invalid, NotFound, Refusal, Unavailable
from palabre.media.model import Unfinished


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
    message = "This file is built so that opening it takes more memory or time than is allowed."


class UnsupportedMedia(Invalid):
    """The content, whatever its name says, is of no accepted type."""

    code = "media.unsupported"
    message = (
        "This file is of a type that is not accepted here. Accepted are JPEG, PNG, GIF, WebP, HEIC, AVIF, "
        "MP4, MOV, WebM, M4A, MP3, OGG, FLAC and WAV."
    )


class ForeignMedia(UnsupportedMedia):
    """The same, when it is known what it is; details: ``found``, the name of the type."""

    code = "media.foreign"
    message = (
        "This file is of the type {found}, which is not accepted here. Accepted are JPEG, PNG, GIF, WebP, HEIC, "
        "AVIF, MP4, MOV, WebM, M4A, MP3, OGG, FLAC and WAV."
    )


class PictureNeeded(UnsupportedMedia):
    """A video or a recording where only a picture can be."""

    code = "media.picture_needed"
    message = "Only a picture can be used here."


class FilmsNotTaken(UnsupportedMedia):
    """The server was set up without what videos and recordings need."""

    code = "media.no_films"
    message = "This server takes pictures only, no videos and no recordings."


class RecordingTooLong(Invalid):
    """A video or a recording is longer than accepted; details: ``seconds``, ``limit``."""

    code = "media.too_long"
    message = "This recording is {seconds} seconds long. At most {limit} are accepted."


class FilmTooWide(Invalid):
    """A video has more pixels than accepted; details: ``width``, ``height``, ``side``."""

    code = "media.film_pixels"
    message = "This video is {width} by {height} pixels. At most 4096 by 2304 are accepted."


class TooManyStreams(Invalid):
    """A video or a recording has more streams than accepted; details: ``streams``, ``limit``."""

    code = "media.too_many_streams"
    message = "This recording has {streams} streams. At most {limit} are accepted."


class MediaUnfinished(Invalid):
    """It is still being processed; Mastodon's words."""

    code = "media.unfinished"
    message = "Cannot attach files that have not finished processing. Try again in a moment!"


class UploadLost(Invalid):
    """The upload is no longer there: another server has taken over before it was processed."""

    code = "media.lost"
    message = "This upload was lost before it was processed. Please upload it again."


class DescriptionMissing(Invalid):
    """A post with media that nobody has described, where descriptions are asked for."""

    code = "media.description_missing"
    message = "Please describe every picture, video and recording before you publish."


class WrongCaptions(Invalid):
    """The captions are not WebVTT that can be shown; details: ``line``, ``problem``."""

    code = "media.wrong_captions"
    message = (
        "These captions cannot be read, line {line}: they must be WebVTT, with times such as 00:01.000 --> 00:04.000."
    )


class CaptionsNotForPictures(Invalid):
    """Captions for something that does not play."""

    code = "media.captions_not_for_pictures"
    message = "Only videos and recordings can have captions."


class DamagedMedia(Invalid):
    """It begins like a picture, but cannot be read to its end."""

    code = "media.damaged"
    message = "This file is damaged or incomplete."


class ProcessingFailed(Unavailable):
    """The confined process could not be started, or was killed from outside."""

    code = "media.processing_failed"
    message = "The picture could not be processed. Please try again."


class CannotProcess(Invalid):
    """Processing failed for a reason that is not the upload's, and will not be tried again."""

    code = "media.cannot_process"
    message = "This file could not be processed. Please upload it again."


class ProcessingBusy(Unavailable):
    """Too many pictures are being processed at this moment."""

    code = "media.busy"
    message = "Many pictures are being processed right now. Please try again in a moment."


class MediaNotFound(NotFound):
    """There is no such attachment, or it is not the viewer's."""

    code = "media.not_found"
    message = "Record not found"


class MediaAttached(Invalid):
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


class _Failure(msgspec.Struct, frozen=True):
    """A refusal as it is kept."""

    code: str
    details: dict[str, int | float | str] = {}


_KEPT: tuple[type[Invalid | Unavailable], ...] = (
    TooManyPixels, MediaBomb, DamagedMedia, FilmsNotTaken, RecordingTooLong, FilmTooWide, TooManyStreams, UploadLost,
)  # fmt: skip
_BY_CODE = {each.code: each for each in _KEPT}


def words_of_failure(refusal: Refusal) -> str:
    """Return ``refusal`` as it is kept, so that it can be said later in the member's language."""
    kept = {key: value for key, value in refusal.details.items() if isinstance(value, int | float | str)}
    return msgspec.json.encode(_Failure(refusal.code, kept)).decode()


def failure_of(begun: Unfinished) -> Refusal:
    """Return the refusal that ended the processing of an upload."""
    kept = msgspec.json.decode(begun.failure or "{}", type=_Failure)
    kind = _BY_CODE.get(kept.code)
    return CannotProcess(field="file") if kind is None else kind(field="file", **kept.details)
