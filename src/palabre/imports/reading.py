"""Reads a stranger's archive in a process of its own: bounded in memory and time, and not in the way of requests.

Blocks: call it in a thread. The child writes the plan; what comes back is how the reading ended.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import msgspec
import structlog

from palabre import clock
from palabre.clock import Instant
from palabre.errors import Refusal
from palabre.imports.archive import open_archive
from palabre.imports.errors import (
    ArchiveEncrypted,
    ArchiveTooLarge,
    ArchiveUnreadable,
    KindUnclear,
    NotAnArchive,
    ReadingInterrupted,
)
from palabre.imports.model import Limits, Source
from palabre.imports.plan import Plan
from palabre.imports.planfile import Header, write_plan

_log = structlog.get_logger("palabre.imports")

_PACKAGES = str(Path(__file__).resolve().parents[2])
_PROGRAM = "import sys; sys.path.append(sys.argv[1]); from palabre.imports.reading import main; main(sys.argv[2])"
_REFUSALS: dict[str, type[Refusal]] = {
    refusal.code: refusal for refusal in (ArchiveEncrypted, ArchiveTooLarge, KindUnclear, NotAnArchive)
}
_MEMORY = 2 << 30
"""Address space of the child; 50,000 posts need 60 MB, a hostile archive meets this."""
_SECONDS = 480
"""Time of the child; 50,000 posts need about 10 seconds."""
_LOOK_SECONDS = 0.5
"""How soon the child learns that the server stops."""


class _Order(msgspec.Struct, frozen=True):
    archive: str
    plan: str
    name: str | None
    source: Source | None
    here: str
    now: int
    limits: Limits


class _Reply(msgspec.Struct, frozen=True):
    refused: str | None = None
    header: Header | None = None


def read_archive(
    archive: Path,
    plan: Path,
    *,
    name: str | None,
    source: Source | None,
    here: str,
    now: Instant,
    limits: Limits | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Header:
    """Read ``archive`` and write what will be imported of it to ``plan``.

    Args:
        archive: the file a member brought.
        plan: where the plan is written; temporary files are beside it.
        name: what its owner called the file.
        source: what the file is, where the owner said so.
        here: the domain of this network.
        now: the present.
        limits: bounds of what is accepted.
        stopping: asked now and then whether to give up for now.

    Raises:
        NotAnArchive, ArchiveEncrypted, ArchiveTooLarge, KindUnclear: as they say.
        ArchiveUnreadable: the reader ran out of time or memory, or broke.
        ReadingInterrupted: ``stopping`` said so.

    """
    order = _Order(str(archive.resolve()), str(plan.resolve()), name, source, here, now, limits or Limits())
    try:
        reply = msgspec.json.decode(_output(order, stopping), type=_Reply)
    except (subprocess.SubprocessError, OSError, msgspec.DecodeError) as wrong:
        _log.warning("import.reader_failed", error=str(wrong)[-300:])
        raise ArchiveUnreadable from wrong
    if reply.header is not None:
        return reply.header
    raise _REFUSALS.get(reply.refused or "", ArchiveUnreadable)


def _output(order: _Order, stopping: Callable[[], bool]) -> bytes:
    """Run the child to its end, and return what it says."""
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-I", "-c", _PROGRAM, _PACKAGES, msgspec.json.encode(order).decode()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
    )
    began = clock.monotonic()
    with child:
        try:
            while True:
                if stopping():
                    raise ReadingInterrupted
                try:
                    said, complaint = child.communicate(timeout=_LOOK_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    if clock.monotonic() - began > _SECONDS:
                        raise
        finally:
            child.kill()  # no effect on one that has ended
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, complaint.decode(errors="replace")[-200:])
    return said


def main(order: str) -> NoReturn:
    """Do what ``order`` says; runs in the child."""
    _confine()
    asked = msgspec.json.decode(order, type=_Order)
    reply = _Reply()
    try:
        reply = _Reply(header=_plan(asked))
    except Refusal as refusal:
        reply = _Reply(refused=refusal.code)
    sys.stdout.buffer.write(msgspec.json.encode(reply))
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to tidy, and an archive that broke something must not reach more code


def _plan(asked: _Order) -> Header:
    path = Path(asked.plan)
    opened = open_archive(
        Path(asked.archive), name=asked.name, source=asked.source, limits=asked.limits, folder=path.parent
    )
    with opened as archive:
        records = archive.records(here=asked.here, now=Instant(asked.now))
        with contextlib.closing(Plan(records, path.parent)) as plan:
            return write_plan(plan, archive.source, path)


def _confine() -> None:
    os.nice(5)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
