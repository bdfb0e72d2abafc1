"""A standby becomes the primary: the epoch rises first, so that its predecessor can never be vouched for again.

A promotion is decided in one write: the state with the higher epoch, which also says how it was decided. Before it
the folder is the standby that it was; after it, and until the folder is no longer marked as a standby's, the
promotion is *interrupted* if the process ends, and has only to be finished.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

from palabre import clock, journal
from palabre.config import Config
from palabre.files import remove_durably
from palabre.store import Database
from palabre.survival.copy import Copy
from palabre.survival.errors import Incomplete, NotAStandby, StillFollowed
from palabre.survival.state import WISH, Began, How, Part

MOVE = "move "
"""How the wish begins that the server in front hand over."""

_log = structlog.get_logger("survival")


def check(part: Part, *, force: bool, proven: bool = False) -> None:
    """Refuse to promote what could not serve, or lacks what was acknowledged.

    Args:
        part: what is to be promoted.
        force: whether the operator accepts that acknowledged writes are lost.
        proven: whether the lease says that this copy has everything, which it says of one server at a time.

    Raises:
        NotAStandby, Incomplete: as they say.

    """
    if not part.is_standby:
        raise NotAStandby(folder=part.data)
    state = part.reload()
    if part.interrupted:
        return  # it was looked at when it was decided, and has followed nobody since
    if not state.complete:
        raise Incomplete(problem="it was never copied to its end, or is damaged")
    if not (state.in_step or force or proven):
        raise Incomplete(
            problem="it may lack what was acknowledged; another standby is in step, or --force accepts it"
        )


def require_no_followers(part: Part, config: Config) -> None:
    """Refuse to serve without listening for standbys while one of them may be promoted.

    Raises:
        StillFollowed: one has been told that it is in step, or the network was handed to it.

    """
    if config.standby_listen:
        return
    if part.state.handed_to:
        remedy = "The network was handed to another server: set it again, or take it back (palabre move --cancel)."
        raise StillFollowed(folder=part.data, remedy=remedy)
    if part.state.guarded and config.durability != "local" and part.peers():
        raise StillFollowed(folder=part.data, remedy="Set it again, or take them out first (palabre standby remove).")


def promote(
    part: Part,
    *,
    how: How = "hand",
    force: bool = False,
    proven: bool = False,
    epoch: int = 0,
    announce: str | None = None,
    move: str = "",
    wanted: Callable[[], bool] = lambda: True,
) -> float:
    """Make a standby that follows nobody any more the primary, or finish doing so; return how many seconds it took.

    Args:
        part: the standby.
        how: who decided it.
        force: as for :func:`check`.
        proven: as for :func:`check`.
        epoch: the epoch that the lease names; it becomes at least one more than it was.
        announce: where its predecessor shall send members on to, if it was asked to hand over.
        move: the id of the move, if its predecessor has let go by it.
        wanted: asked in the last moment: this process may have stood still for an hour since it was decided.

    Raises:
        NotAStandby, Incomplete: as they say; nothing was changed.

    """
    started = clock.monotonic()
    check(part, force=force, proven=proven)
    if not part.interrupted:
        began = end_of_log(part)
        if not wanted():
            raise Incomplete(problem="whoever asked for that has gone; ask again")
        _decide(part, how, max(part.state.epoch + 1, epoch), announce, began, move)
    part.lead()
    withdraw(part)
    took = clock.monotonic() - started
    _log.warning("this server is the primary now", epoch=part.state.epoch, seconds=round(took, 3))
    return took


def end_of_log(part: Part) -> Began:
    """Find out where the log ends, and that the database can be read; nothing else may have it open."""
    copy = Copy(part)
    try:
        copy.look()
        end = copy.at
    finally:
        copy.close()
    database = Database.open(None, part.data)
    try:
        facts = database.read_now(journal.head)
    finally:
        database.close()
    return Began(salt=end.salt, frames=end.frames, facts=facts)


def _decide(part: Part, how: How, epoch: int, announce: str | None, began: Began, move: str) -> None:
    part.change(
        epoch=epoch,
        taking_over=how,
        began=began,
        guarded=False,
        led=True,
        in_step=False,
        announced=not part.state.primary,
        fenced=0,
        handed_to="",
        move=move,
        let_go=False,
        successor="",
        announce=announce,
    )


def give_up(part: Part) -> None:
    """Be a standby again after all: another server has led since the promotion was interrupted."""
    part.change(taking_over="", led=False, move="")
    _log.error("the promotion is given up: another server has led since it was interrupted", epoch=part.state.epoch)


@contextmanager
def asking(part: Part, *, force: bool = False, move: str | None = None) -> Iterator[None]:
    """Ask the process that follows in this folder to promote it; with ``move``, to have the network handed over.

    The wish holds for as long as whoever asks waits, and not a moment longer: a server that starts a week later must
    not take over because of it. So the asker holds a lock of the kernel, which ends with his process.

    Args:
        part: the standby.
        force: as for :func:`check`.
        move: where this server can be reached by its predecessor, as in :class:`Announce`.

    Raises:
        NotAStandby, Incomplete: as :func:`check`.

    """
    check(part, force=force)
    text = f"{MOVE}{move}" if move is not None else "force" if force else ""
    wish = part.folder / WISH
    aside = wish.with_name(f".{WISH}.{os.getpid()}")
    descriptor = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, text.encode())
        aside.rename(wish)
        yield
    finally:
        with suppress(FileNotFoundError):
            if wish.stat().st_ino == os.fstat(descriptor).st_ino:
                wish.unlink()
        os.close(descriptor)


def withdraw(part: Part) -> None:
    """Forget that a promotion was asked for."""
    remove_durably(part.folder / WISH)


def asked(part: Part) -> str | None:
    """Return how a promotion is asked for: ``""``, ``force`` or ``move …``; ``None`` if nobody waits for one."""
    try:
        descriptor = os.open(part.folder / WISH, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.read(descriptor, 1_000).decode()
    else:
        return None  # whoever asked has gone
    finally:
        os.close(descriptor)
