"""Where what tests write is kept: in memory, if there is plenty of it, otherwise where temporary files are.

A disk's file system takes its time to make and remove hundreds of files again and again, as PostgreSQL does for each
test, and to make each commit durable: here it took the tests of SQLite up to six times as long as memory, those of
PostgreSQL ten times. No test needs what a power cut leaves: those of crashes kill processes.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

import psutil

_MEMORY = Path("/dev/shm")  # where Linux keeps files in memory, if the machine lets it
_ROOM = 3 * 1024**3
"""Bytes that have to be free there, and in memory as a whole. A run in two processes was seen to need one third."""


@cache
def in_memory() -> Path | None:
    """Return where files are in memory, if everybody may write there and run programs, and there is room."""
    if not os.access(_MEMORY, os.W_OK | os.X_OK):
        return None
    system = os.statvfs(_MEMORY)
    free = min(system.f_bavail * system.f_frsize, psutil.virtual_memory().available)
    return _MEMORY if free > _ROOM and not system.f_flag & os.ST_NOEXEC else None


def fleeting_folder(prefix: str) -> Path:
    """Make a folder for what no power cut has to leave whole: whoever makes it removes it."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir=in_memory()))
