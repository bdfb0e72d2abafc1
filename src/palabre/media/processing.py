"""Hand a stranger's picture to the confined process and take back what it drew. Blocks: call it in a thread.

The server itself never decodes: it looks at the first bytes to tell the format, and at the reply, which it
does not trust either. No file is written on the way; the upload goes to the child as an open descriptor,
the result comes back through a pipe.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import structlog

from palabre import clock
from palabre.errors import Refusal
from palabre.media.errors import (
    DamagedMedia,
    MediaBomb,
    MediaTooLarge,
    ProcessingBusy,
    ProcessingFailed,
    TooManyFrames,
    TooManyPixels,
    UnsupportedMedia,
)
from palabre.media.formats import EXTENSIONS, HEAD, Format, recognise
from palabre.media.model import Limits, ProcessedPicture, Purpose, Rendition

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
_MOST_HEADER = 4_096


class _Part(msgspec.Struct, frozen=True):
    format: Format
    width: Annotated[int, msgspec.Meta(gt=0, le=65_535)]
    height: Annotated[int, msgspec.Meta(gt=0, le=65_535)]
    size: Annotated[int, msgspec.Meta(gt=0)]


class _Details(msgspec.Struct, frozen=True):
    width: int = 0
    height: int = 0
    frames: int = 1


class _Reply(msgspec.Struct, frozen=True):
    """The first line of the confined process. Checked strictly: that process may have been taken over."""

    refused: Literal["pixels", "frames", "bomb", "damaged"] | None = None
    details: _Details = _Details()
    layers: list[str] = []
    pictures: Annotated[list[_Part], msgspec.Meta(max_length=2)] = []
    blurhash: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,64}$")] | None = None
    animated: bool = False


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
        fmt = recognise(os.pread(upload, HEAD, 0))
        if fmt is None:
            raise UnsupportedMedia(field="file")
        if not _turns.acquire(timeout=limits.wait_seconds):
            raise ProcessingBusy
        try:
            output = _run(upload, fmt, purpose, limits)
        finally:
            _turns.release()
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


def _run(upload: int, fmt: Format, purpose: Purpose, limits: Limits) -> bytes:
    """Start a confined process for one picture and return all that it writes."""
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
        output = _collect(child, limits)
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


def _collect(child: subprocess.Popen[bytes], limits: Limits) -> bytes:
    """Read what ``child`` writes until it closes the pipe, for a limited time and a limited length."""
    assert child.stdout is not None  # noqa: S101 - asked for above
    deadline = clock.monotonic() + limits.wall_seconds
    parts: list[bytes] = []
    total = 0
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            left = deadline - clock.monotonic()
            if left <= 0 or not selector.select(left):
                raise MediaBomb(field="file")
            part = os.read(child.stdout.fileno(), _CHUNK)
            if not part:
                return b"".join(parts)
            parts.append(part)
            total += len(part)
            if total > limits.bytes_out:
                raise MediaBomb(field="file")


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
        renditions.append(Rendition(content=content, format=part.format, width=part.width, height=part.height))
    if rest or not renditions or len(renditions) != len(reply.pictures):
        _log.error("media.reply_malformed")
        raise DamagedMedia(field="file")
    preview = renditions[1] if len(renditions) > 1 else None
    return ProcessedPicture(full=renditions[0], preview=preview, blurhash=reply.blurhash, animated=reply.animated)


def _refusal(reply: _Reply, limits: Limits) -> Refusal:
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
        case "bomb":
            return MediaBomb(field="file")
        case _:
            return DamagedMedia(field="file")
