"""Who may do what to a database file at the same time: locks of the kernel, gone with the process that held them.

A standby follows the log. If any process copied it into the database and let it start over, what was not yet sent
would be lost to the standby. So other processes (the command line) leave the log of a followed database alone, and
write nothing while the server empties it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from palabre import clock
from palabre.errors import Conflict

PATIENCE_SECONDS = 15.0
_LOOK_SECONDS = 0.05


class AlreadyServed(Conflict):
    """Another process runs this network; detail: ``path``."""

    code = "store.already_served"
    message = "Another process already serves {path}. Stop it first."


class Turns:
    """The locks beside one database file."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._server = Path(f"{database}-server")
        self._turn = Path(f"{database}-turn")
        self._followed = Path(f"{database}-followed")
        self._serving: int | None = None

    @property
    def followed(self) -> bool:
        """Whether standbys follow the log, so that only what ships it may let it start over."""
        return self._followed.exists()

    def set_followed(self, *, followed: bool) -> None:
        """Note whether standbys follow the log."""
        if followed:
            self._followed.touch(mode=0o600)
        else:
            self._followed.unlink(missing_ok=True)

    def serve(self, *, patience: float = PATIENCE_SECONDS) -> None:
        """Be the one process that serves, or follows, in this folder, until :meth:`serve_no_more` or its end.

        Raises:
            AlreadyServed: somebody else does, and does not end within ``patience`` seconds.

        """
        descriptor = os.open(self._server, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = clock.monotonic() + patience
        while not _lock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB):
            if clock.monotonic() >= deadline:
                os.close(descriptor)
                raise AlreadyServed(path=self._database.parent)
            clock.pause(_LOOK_SECONDS)
        self._serving = descriptor

    def serve_no_more(self) -> None:
        """Let another process serve."""
        if self._serving is not None:
            os.close(self._serving)
            self._serving = None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write: nobody empties the log meanwhile."""
        with _locked(self._turn, fcntl.LOCK_SH):
            yield

    @contextmanager
    def emptying(self) -> Iterator[None]:
        """Empty the log: no other process writes meanwhile."""
        with _locked(self._turn, fcntl.LOCK_EX):
            yield


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        return False
    return True
