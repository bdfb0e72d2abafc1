"""Hand a stranger's picture to the confined process and take back what it drew. Blocks: call it in a thread.

The server itself never decodes: it looks at the first bytes to tell the format, and at the reply, which it
does not trust either. No file is written on the way; the upload goes to the child as an open descriptor,
the result comes back through a pipe.
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import structlog

from palabre import clock
from palabre.errors import Refusal
from palabre.media.errors import (
    DamagedMedia,
    FilmsNotTaken,
    FilmTooWide,
    ForeignMedia,
    MediaBomb,
    MediaTooLarge,
    PictureNeeded,
    ProcessingBusy,
    ProcessingFailed,
    RecordingTooLong,
    TooManyFrames,
    TooManyPixels,
    TooManyStreams,
    UnsupportedMedia,
)
from palabre.media.formats import EXTENSIONS, HEAD, Format, name_of, recognise
from palabre.media.model import Limits, ProcessedPicture, Purpose, Rendition, Timing

AT_ONCE = 2
"""Confined processes that run at the same moment."""

_turns = threading.BoundedSemaphore(AT_ONCE)
_log = structlog.get_logger("palabre.media")

_PACKAGES = str(Path(__file__).resolve().parents[2])
# Isolated mode: no environment, no user's site, not the current directory; the package is named by its path.
_PROGRAM = "import sys; sys.path.append(sys.argv[1]); from palabre.media.confined import main; main(sys.argv[2])"
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2", "VIPS_CONCURRENCY": "1", "VIPS_WARNING": "0"}
_EXHAUSTED = {signal.SIGXCPU, signal.SIGABRT, signal.SIGTRAP}
"""How a process ends that runs out of processor time or memory (GLib aborts when an allocation fails)."""
_CRASHED = {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGSYS}
_CHUNK = 1_048_576
_PROGRESS = re.compile(rb"%([0-9]{1,2})\n")
_MOST_HEADER = 4_096


class _Part(msgspec.Struct, frozen=True):
    format: Format
    width: Annotated[int, msgspec.Meta(ge=0, le=65_535)]
    height: Annotated[int, msgspec.Meta(ge=0, le=65_535)]
    size: Annotated[int, msgspec.Meta(gt=0)]


class _Details(msgspec.Struct, frozen=True):
    width: int = 0
    height: int = 0
    frames: int = 1
    seconds: int = 0
    streams: int = 0


class _Reply(msgspec.Struct, frozen=True):
    """The first line of the confined process. Checked strictly: that process may have been taken over."""

    refused: Literal["pixels", "frames", "bomb", "damaged", "seconds", "streams", "film_pixels"] | None = None
    details: _Details = _Details()
    layers: list[str] = []
    pictures: Annotated[list[_Part], msgspec.Meta(max_length=2)] = []
    blurhash: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,64}$")] | None = None
    animated: bool = False
    timing: Timing | None = None


_reply_decoder = msgspec.json.Decoder(_Reply)


def process_picture(source: Path | bytes, *, purpose: Purpose, limits: Limits = Limits()) -> ProcessedPicture:  # noqa: B008 - frozen
    """Return ``source`` drawn anew for ``purpose``: upright, reduced, in sRGB, without any metadata.

    Blocks until it is done, a few tenths of a second as a rule; at most ``AT_ONCE`` run at the same moment,
    the others wait for their turn.

    Raises:
        MediaTooLarge: more bytes than ``limits.upload``.
        UnsupportedMedia: the content is of none of the accepted formats.
        TooManyPixels, TooManyFrames: bigger than ``limits`` allow; told before decoding.
        MediaBomb: it would take more memory or time than ``limits`` allow.
        DamagedMedia: it cannot be read to its end.
        ProcessingBusy, ProcessingFailed: not the picture's fault; may work later.

    """
    with _opened(source) as upload:
        size = os.fstat(upload).st_size
        if size > limits.upload:
            raise MediaTooLarge(limit=limits.upload)
        fmt = _format(os.pread(upload, HEAD, 0))
        if not fmt.is_picture:
            raise PictureNeeded(field="file")
        if not _turns.acquire(timeout=limits.wait_seconds):
            raise ProcessingBusy
        try:
            output = _run(upload, fmt, purpose, limits)
        finally:
            _turns.release()
    return _picture(output, limits)


def takes_films() -> bool:
    """Tell whether the extra ``video`` is installed, without loading it: only the confined process does."""
    return find_spec("av") is not None


def format_of(source: Path) -> Format:
    """Return the format of a file, from its content alone.

    Raises:
        UnsupportedMedia: it is none of ours.

    """
    with source.open("rb") as file:
        return _format(file.read(HEAD))


def _format(head: bytes) -> Format:
    fmt = recognise(head)
    if fmt is not None:
        return fmt
    found = name_of(head)
    raise ForeignMedia(field="file", found=found) if found else UnsupportedMedia(field="file")


def process_film(source: Path, *, limits: Limits, heard: Callable[[int], None] = lambda _: None) -> ProcessedPicture:
    """Return the video or recording in ``source`` drawn anew: for browsers, without any metadata.

    Blocks until it is done, which can take minutes. ``heard`` is told every second how far it is, in percent; what
    it raises ends the work.

    Raises:
        MediaTooLarge, UnsupportedMedia, RecordingTooLong, FilmTooWide, TooManyStreams: as they say.
        FilmsNotTaken: the extra ``video`` is not installed.
        MediaBomb, DamagedMedia, ProcessingFailed: as for pictures.

    """
    with _opened(source) as upload:
        if os.fstat(upload).st_size > limits.upload:
            raise MediaTooLarge(limit=limits.upload)
        fmt = _format(os.pread(upload, HEAD, 0))
        if not takes_films():
            raise FilmsNotTaken(field="file")
        output = _run(upload, fmt, Purpose.POST, limits, heard)
    return _picture(output, limits)


class _opened:  # noqa: N801 - used like a function
    """The upload as a descriptor that the child can inherit; bytes go into memory that has no name."""

    def __init__(self, source: Path | bytes) -> None:
        if isinstance(source, Path):
            self._fd = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
            return
        self._fd = os.memfd_create("upload", os.MFD_CLOEXEC)
        view = memoryview(source)
        while view:
            view = view[os.write(self._fd, view) :]
        os.lseek(self._fd, 0, os.SEEK_SET)

    def __enter__(self) -> int:
        return self._fd

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)


def _run(
    upload: int, fmt: Format, purpose: Purpose, limits: Limits, heard: Callable[[int], None] = lambda _: None
) -> bytes:
    """Start a confined process for one upload and return all that it writes."""
    order = msgspec.json.encode({"format": fmt, "purpose": purpose, "limits": limits}).decode()
    try:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and program; the upload is no argument
            [sys.executable, "-I", "-c", _PROGRAM, _PACKAGES, order],
            stdin=upload,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        _log.error("media.child_not_started", error=str(error))
        raise ProcessingFailed from error
    try:
        output = _collect(child, limits, heard)
        status = child.wait(timeout=limits.wall_seconds)
    except subprocess.TimeoutExpired:
        raise MediaBomb(field="file") from None
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        if child.stdout:
            child.stdout.close()
    if status != 0:
        raise _ended(status)
    return output


def _collect(child: subprocess.Popen[bytes], limits: Limits, heard: Callable[[int], None]) -> bytes:
    """Read what ``child`` writes until it closes the pipe, for a limited time and a limited length."""
    assert child.stdout is not None  # noqa: S101 - asked for above
    deadline = clock.monotonic() + limits.wall_seconds
    percent = 0
    parts: list[bytes] = []
    total = 0
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            left = deadline - clock.monotonic()
            if left <= 0:
                raise MediaBomb(field="file")
            if not selector.select(min(1.0, left)):
                heard(percent)
                continue
            part = os.read(child.stdout.fileno(), _CHUNK)
            if not part:
                return b"".join(parts)
            if not total and part.startswith(b"%"):
                percent, part = _progress(part, percent)
                heard(percent)
                if not part:
                    continue
            parts.append(part)
            total += len(part)
            if total > limits.bytes_out:
                raise MediaBomb(field="file")


def _progress(part: bytes, percent: int) -> tuple[int, bytes]:
    """Take what says how far it is from the beginning of ``part``; each is written at once, so none is cut."""
    while found := _PROGRESS.match(part):
        percent, part = int(found[1]), part[found.end() :]
    return percent, part


def _ended(status: int) -> Refusal:
    """Say what it means that the confined process ended with ``status`` instead of a reply."""
    _log.warning("media.child_ended", status=status)
    if -status in _EXHAUSTED:
        return MediaBomb(field="file")
    if -status in _CRASHED:
        return DamagedMedia(field="file")
    return ProcessingFailed()


def _picture(output: bytes, limits: Limits) -> ProcessedPicture:
    """Read the reply. Whatever is odd about it means that the upload got the better of a decoder."""
    header, _, rest = output.partition(b"\n") if b"\n" in output[:_MOST_HEADER] else (b"", b"", b"")
    try:
        reply = _reply_decoder.decode(header)
    except msgspec.MsgspecError as error:
        _log.error("media.reply_malformed")
        raise DamagedMedia(field="file") from error
    if reply.refused is not None:
        raise _refusal(reply, limits)
    renditions: list[Rendition] = []
    for part in reply.pictures:
        content, rest = rest[: part.size], rest[part.size :]
        if len(content) != part.size or part.format not in EXTENSIONS or recognise(content[:HEAD]) is not part.format:
            break
        if (part.format is Format.M4A) != (part.width == part.height == 0):
            break
        if part.format is not Format.M4A and not (part.width and part.height):
            break
        renditions.append(Rendition(content=content, format=part.format, width=part.width, height=part.height))
    if rest or not renditions or len(renditions) != len(reply.pictures):
        _log.error("media.reply_malformed")
        raise DamagedMedia(field="file")
    preview = renditions[1] if len(renditions) > 1 else None
    if preview is not None and not preview.format.is_picture:
        raise DamagedMedia(field="file")
    return ProcessedPicture(
        full=renditions[0],
        preview=preview,
        blurhash=reply.blurhash,
        animated=reply.animated,
        timing=reply.timing,
    )


def _refusal(reply: _Reply, limits: Limits) -> Refusal:  # noqa: PLR0911 - one answer per reason
    details: dict[str, Any] = {"width": reply.details.width, "height": reply.details.height}
    match reply.refused:
        case "pixels":
            return TooManyPixels(
                field="file", **details, megapixels=limits.pixels_in // 1_000_000, side=limits.side_in
            )
        case "frames":
            return TooManyFrames(
                field="file",
                **details,
                frames=reply.details.frames,
                most=limits.frames,
                megapixels=limits.animation_in // 1_000_000,
            )
        case "seconds":
            return RecordingTooLong(field="file", seconds=reply.details.seconds, limit=limits.seconds)
        case "streams":
            return TooManyStreams(field="file", streams=reply.details.streams, limit=limits.streams)
        case "film_pixels":
            return FilmTooWide(field="file", **details)
        case "bomb":
            return MediaBomb(field="file")
        case _:
            return DamagedMedia(field="file")
