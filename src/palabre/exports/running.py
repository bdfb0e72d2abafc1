"""Carries the making of archives on, and keeps their files. Blocks: call it in a thread.

An archive is written under another name and gets its own when it is whole. Killed at any moment, it is begun anew:
nothing of the first attempt is used, and nothing of it stays.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from palabre import clock
from palabre.errors import Refusal, Unavailable
from palabre.exports import actions
from palabre.exports.errors import ExportInterrupted, ExportNotFound, NoRoom
from palabre.exports.model import ExportRun, Here
from palabre.exports.writing import Read, Writer
from palabre.keyring import Keyring
from palabre.media.storage import MediaStore

_TELL_SECONDS = 2.0


def place_of(data: Path, run: int) -> Path:
    """Return where an archive is in a network's folder: below nothing that is served, backed up or copied."""
    return data / "exports" / str(run) / "archive.zip"


def forget_others(data: Path, living: list[int]) -> None:
    """Remove the files of all archives that are not ``living``."""
    known = {str(run) for run in living}
    for folder in (data / "exports").glob("*"):
        if folder.name not in known:
            shutil.rmtree(folder, ignore_errors=True)


class Exporter:
    """Writes archives of one network."""

    def __init__(
        self, *, read: Read, write: Callable[..., Any], media: MediaStore, keyring: Keyring, here: Here
    ) -> None:
        """Keep what the work needs; ``read`` and ``write`` are called from the thread that works."""
        self._read = read
        self._write = write
        self._media = media
        self._keyring = keyring
        self._here = here

    def work(self, run: ExportRun, data: Path, *, stopping: Callable[[], bool] = lambda: False) -> ExportRun:
        """Write the archive ``run``, and note how it ends.

        Raises:
            ExportNotFound: its member has left; nothing stays of it.
            ExportInterrupted: ``stopping`` said so; it is to be begun anew.

        """
        path = place_of(data, run.id)
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir(mode=0o700, parents=True)
        heard = clock.monotonic()

        def told(done: int, total: int) -> None:
            nonlocal heard
            if stopping():
                raise ExportInterrupted
            if clock.monotonic() - heard > _TELL_SECONDS:
                self._write(actions.note_progress, run.id, done, total)
                heard = clock.monotonic()

        writer = Writer(read=self._read, media=self._media, keyring=self._keyring, here=self._here, told=told)
        partial = path.with_suffix(".partial")
        try:
            self._write(actions.note_progress, run.id, 0, 1)
            writer.write(run.account, partial)
            partial.rename(path)
            _make_durable(path.parent)
            finished: ExportRun = self._write(actions.finish_export, run.id, path.stat().st_size)
        except NoRoom as refusal:
            shutil.rmtree(path.parent, ignore_errors=True)
            return self._failed(run, refusal)
        except (ExportNotFound, Unavailable):
            shutil.rmtree(path.parent, ignore_errors=True)
            raise
        return finished

    def _failed(self, run: ExportRun, refusal: Refusal) -> ExportRun:
        failed: ExportRun = self._write(actions.fail_export, run.id, refusal.code)
        return failed


def _make_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
