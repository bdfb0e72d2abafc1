"""Where what tests write for the moment is kept: in memory, if there is plenty of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

_MEMORY = Path("/dev/shm")  # where Linux keeps files in memory, if the machine lets it
_PLENTY = 2 * 1024**3
"""Bytes. A cluster takes a few hundred megabytes at most, and each process of a test run has one or two."""


@cache
def _in_memory() -> Path | None:
    """Return where files are in memory, if everybody may write there and there is plenty of room in both."""
    if not os.access(_MEMORY, os.W_OK | os.X_OK):
        return None
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return _MEMORY if min(free, shutil.disk_usage(_MEMORY).free) > _PLENTY else None


def fleeting_folder(prefix: str) -> Path:
    """Make a folder for what no power cut has to leave whole: whoever makes it removes it.

    To copy and remove hundreds of files again and again, as PostgreSQL does for each test, takes a disk's file system
    ten times as long as memory.
    """
    return Path(tempfile.mkdtemp(prefix=prefix, dir=_in_memory()))
