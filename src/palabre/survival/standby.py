"""A standby as a process: it follows until it is asked to take over."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from palabre import clock
from palabre.config import Config
from palabre.errors import Refusal
from palabre.store.turns import Turns
from palabre.survival.following import Following, Progress, silent
from palabre.survival.lease import RENEWALS, Taker
from palabre.survival.lease_places import place_of
from palabre.survival.promotion import asked, promote, withdraw
from palabre.survival.status import Status, write_status

_LOOK_SECONDS = 0.1

_log = structlog.get_logger("survival")


def follow_until_promoted(data: Path, config: Config, *, progress: Progress = silent, once: bool = False) -> bool:
    """Follow the primary until this copy is promoted; with ``once``, until it is up to date. Return if promoted.

    Raises:
        AlreadyServed: another process follows in this folder.

    """
    turns = Turns(data / "palabre.db")
    turns.serve()
    try:
        return asyncio.run(_follow(data, config, progress=progress, once=once))
    finally:
        turns.serve_no_more()


async def _follow(data: Path, config: Config, *, progress: Progress, once: bool) -> bool:
    following = Following(data, progress=progress)
    part = following.part
    task = asyncio.create_task(following.run())
    _log.info("following", primary=part.state.primary, epoch=part.state.epoch)
    told = looked = 0.0
    taker = None
    if config.auto_failover and not once:
        place = place_of(config.lease, config.lease_seconds)
        taker = _Taking(Taker(place, following.node.name, part, seconds=config.lease_seconds))
    try:
        while not task.done():
            await asyncio.sleep(_LOOK_SECONDS)
            if once and following.caught_up.is_set():
                return False
            if clock.monotonic() - told >= 1.0:
                told = clock.monotonic()
                _tell(following, taker.trouble if taker else None)
            how = asked(part)
            if taker is not None and clock.monotonic() - looked >= config.lease_seconds / RENEWALS / 4:
                looked = clock.monotonic()
                if await taker.taken():
                    how = ""
            if how is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                following.copy.close()
                try:
                    promote(part, force=how == "force")
                except Refusal as refusal:
                    withdraw(part)
                    _log.error("not promoted", reason=str(refusal))
                    raise
                return True
        task.result()
        return False
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        following.copy.close()


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
