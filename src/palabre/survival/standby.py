"""A standby as a process: it follows until it is asked to take over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from palabre import clock
from palabre.config import Config
from palabre.errors import Refusal
from palabre.files import write_durably
from palabre.store.turns import Turns
from palabre.survival.errors import NotHandedOver
from palabre.survival.following import Following, Progress, silent
from palabre.survival.lease import RENEWALS, Taker
from palabre.survival.lease_places import place_of
from palabre.survival.promotion import MOVE, asked, promote, withdraw
from palabre.survival.status import Status, write_status

_LOOK_SECONDS = 0.1
_HAND_OVER_SECONDS = 20.0
_TRIES = 5
"""So often a move asks: the primary may know a moment later than this copy that it has everything."""
REFUSAL = "not-handed-over"
"""Where the reason stands when the primary keeps the network."""

_log = structlog.get_logger("survival")


def follow_until_promoted(
    data: Path,
    config: Config,
    *,
    progress: Progress = silent,
    once: bool = False,
    move: str | None = None,
    prepare: Callable[[], object] = lambda: None,
) -> bool:
    """Follow the primary until this copy is promoted; with ``once``, until it is up to date. Return if promoted.

    With ``move`` the primary is asked to hand over as soon as this copy is in step; the text is where it reaches us.
    ``prepare`` is called before a move: what can be loaded then does not keep members waiting.

    Raises:
        AlreadyServed: another process follows in this folder.
        NotHandedOver: the primary keeps the network.

    """
    turns = Turns(data / "palabre.db")
    turns.serve()
    try:
        return asyncio.run(_follow(data, config, progress=progress, once=once, move=move, prepare=prepare))
    finally:
        turns.serve_no_more()


async def _follow(
    data: Path, config: Config, *, progress: Progress, once: bool, move: str | None, prepare: Callable[[], object]
) -> bool:
    following = Following(data, progress=progress)
    part = following.part
    task = asyncio.create_task(following.run())
    _log.info("following", primary=part.state.primary, epoch=part.state.epoch)
    wishes = _Wishes(following, config, move=move, prepare=prepare, alone=once)
    told = 0.0
    try:
        while not task.done():
            await asyncio.sleep(_LOOK_SECONDS)
            if once and following.caught_up.is_set():
                return False
            if clock.monotonic() - told >= 1.0:
                told = clock.monotonic()
                _tell(following, wishes.trouble)
            how = await wishes.look()
            if how is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                following.copy.close()
                _promote(following, how)
                return True
        task.result()
        return False
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        following.copy.close()


def _promote(following: Following, how: str) -> None:
    announce = how.removeprefix(MOVE) if how.startswith(MOVE) else None
    try:
        promote(following.part, force=how == "force", announce=announce)
    except Refusal as refusal:
        withdraw(following.part)
        _log.error("not promoted", reason=str(refusal))
        raise


class _Wishes:
    """Whether this standby shall take over: by an operator's wish, by a move, or because nobody renews the lease."""

    def __init__(
        self,
        following: Following,
        config: Config,
        *,
        move: str | None,
        prepare: Callable[[], object],
        alone: bool,
    ) -> None:
        self._following = following
        self._seconds = config.lease_seconds
        self._move = move
        self._prepare = prepare
        self._tries = _TRIES
        self._looked = 0.0
        self._taking: _Taking | None = None
        if config.auto_failover and not alone:
            place = place_of(config.lease, config.lease_seconds)
            self._taking = _Taking(Taker(place, following.node.name, following.part, seconds=config.lease_seconds))

    @property
    def trouble(self) -> str | None:
        """What keeps this standby from taking the lease; ``None`` without automatic failover."""
        return self._taking.trouble if self._taking is not None else None

    async def look(self) -> str | None:
        """Return how to take over now, as in :func:`asked`; ``None``: go on following."""
        following = self._following
        how = asked(following.part)
        if self._move is not None and following.part.state.in_step and following.caught_up.is_set():
            how = f"{MOVE}{self._move}"
        if await self._lease_is_ours():
            return ""
        if how is None or not how.startswith(MOVE):
            return how
        try:
            await asyncio.to_thread(self._prepare)
            await _have_it_handed_over(following)
        except Refusal as refusal:
            self._tries -= 1
            if self._move is None:
                _keep_refusal(following, refusal)
            elif self._tries < 1 or not isinstance(refusal, NotHandedOver):
                raise
            return None
        return how

    async def _lease_is_ours(self) -> bool:
        if self._taking is None or clock.monotonic() - self._looked < self._seconds / RENEWALS / 4:
            return False
        self._looked = clock.monotonic()
        return await self._taking.taken()


async def _have_it_handed_over(following: Following) -> None:
    """Ask the primary for the network.

    Raises:
        NotHandedOver: it keeps it.

    """
    following.take_over()
    try:
        async with asyncio.timeout(_HAND_OVER_SECONDS):
            await following.decided.wait()
    except TimeoutError:
        raise NotHandedOver(reason="the server in front did not answer") from None
    if following.refused:
        raise NotHandedOver(reason=following.refused)


def _keep_refusal(following: Following, refusal: Refusal) -> None:
    _log.error("the network was not moved", reason=str(refusal))
    write_durably(following.part.folder / REFUSAL, str(refusal).encode())
    withdraw(following.part)


class _Taking:
    """Tries to take the lease, and says what keeps it from that; once, not at each attempt."""

    def __init__(self, taker: Taker) -> None:
        self._taker = taker
        self.trouble = ""

    async def taken(self) -> bool:
        """Tell whether the lease is ours now."""
        try:
            taken = await asyncio.to_thread(self._taker.take)
        except (OSError, ValueError) as error:
            trouble, taken = str(error) or type(error).__name__, False
        else:
            trouble = ""
        if trouble and not self.trouble:
            _log.error("the lease cannot be read: this standby could not take over", reason=trouble)
        elif self.trouble and not trouble:
            _log.warning("the lease can be read again")
        self.trouble = trouble
        return taken


def _tell(following: Following, lease: str | None) -> None:
    state = following.part.state
    write_status(
        following.part,
        Status(
            at=clock.now(),
            role="standby",
            epoch=state.epoch,
            connected=following.connected,
            in_step=state.in_step,
            frames=following.copy.at.frames,
            lease=lease,
        ),
    )
