"""Where what tests write is kept: in memory, if there is plenty of it, otherwise where temporary files are.

A disk's file system takes its time to make and remove hundreds of files again and again, as PostgreSQL does for each
test, and to make each commit durable: here it took the tests of SQLite up to six times as long as memory, those of
PostgreSQL ten times. No test needs what a power cut leaves: those of crashes kill processes.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import psutil

_MEMORY = Path("/dev/shm")  # where Linux keeps files in memory, if the machine lets it
_ROOM = 3 * 1024**3
"""Bytes that have to be free there, and in memory as a whole."""


def _in_memory() -> bool:
    """Whether files can be in memory: everybody may write there and run programs, and there is room."""
    if not os.access(_MEMORY, os.W_OK | os.X_OK):
        return False
    system = os.statvfs(_MEMORY)
    free = min(system.f_bavail * system.f_frsize, psutil.virtual_memory().available)
    return free > _ROOM and not system.f_flag & os.ST_NOEXEC


def keep_temporary_files_in_memory() -> None:
    """Let this process and all it starts have their temporary files there, unless ``TMPDIR`` names another place."""
    if "TMPDIR" not in os.environ and _in_memory():
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)
