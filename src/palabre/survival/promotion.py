"""A standby becomes the primary: the epoch rises first, so that its predecessor can never be vouched for again."""

from __future__ import annotations

import structlog

from palabre import clock, journal
from palabre.files import remove_durably, write_durably
from palabre.store import Database
from palabre.survival.copy import Copy
from palabre.survival.errors import Incomplete, NotAStandby
from palabre.survival.state import Began, Part

_ASKED = "promote"
MOVE = "move "
"""How the wish begins that the server in front hand over."""

_log = structlog.get_logger("survival")


def check(part: Part, *, force: bool) -> None:
    """Refuse to promote what could not serve, or lacks what was acknowledged.

    Raises:
        NotAStandby, Incomplete: as they say.

    """
    if not part.is_standby:
        raise NotAStandby(folder=part.data)
    state = part.reload()
    if not state.complete:
        raise Incomplete(problem="it was never copied to its end, or is damaged")
    if not state.in_step and not force:
        raise Incomplete(
            problem="it may lack what was acknowledged; another standby is in step, or --force accepts it"
        )


def promote(part: Part, *, force: bool = False, announce: str | None = None) -> float:
    """Make a standby that follows nobody any more the primary; return how many seconds that took.

    ``announce`` is where its predecessor shall send members on to, if it was asked to hand over.
    """
    started = clock.monotonic()
    check(part, force=force)
    copy = Copy(part)
    copy.look()
    end = copy.at
    copy.close()
    database = Database.open(None, part.data)
    try:
        facts = database.read_now(journal.head)
    finally:
        database.close()
    part.change(
        epoch=part.state.epoch + 1,
        began=Began(salt=end.salt, frames=end.frames, facts=facts),
        guarded=False,
        led=True,
        in_step=False,
        announced=not part.state.primary,
        fenced=0,
        handed_to="",
        successor="",
        announce=announce,
    )
    part.lead()
    withdraw(part)
    took = clock.monotonic() - started
    _log.warning("this server is the primary now", epoch=part.state.epoch, seconds=round(took, 3))
    return took


def ask(part: Part, *, force: bool = False, move: str | None = None) -> None:
    """Ask the process that follows in this folder to promote it; with ``move``, to have the network handed over.

    ``move`` is where this server can be reached by its predecessor, as in :class:`Announce`.
    """
    check(part, force=force)
    text = f"{MOVE}{move}" if move is not None else "force" if force else ""
    write_durably(part.folder / _ASKED, text.encode())


def withdraw(part: Part) -> None:
    """Forget that a promotion was asked for."""
    remove_durably(part.folder / _ASKED)


def asked(part: Part) -> str | None:
    """Return how a promotion was asked for: ``""``, ``force`` or ``move …``; ``None`` if it was not."""
    try:
        return (part.folder / _ASKED).read_text()
    except FileNotFoundError:
        return None
