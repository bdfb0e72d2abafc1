"""A standby as a process: it follows until it is asked to take over; what is refused does not stop it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import structlog

from palabre import clock
from palabre.config import Config
from palabre.errors import Refusal
from palabre.store.turns import PATIENCE_SECONDS, Turns
from palabre.survival.following import Following, Progress, silent
from palabre.survival.promotion import asked, give_up, promote, withdraw
from palabre.survival.state import Part
from palabre.survival.status import Status, write_status
from palabre.survival.wishes import Decision, Wishes, keep_refusal

_LOOK_SECONDS: Final = 0.1
_AGAIN_SECONDS: Final = 2.0
"""After a promotion that failed although nothing spoke against it."""

_log = structlog.get_logger("survival")


def nothing() -> None:
    """Prepare nothing."""


def follow_until_promoted(
    data: Path,
    config: Config,
    *,
    progress: Progress = silent,
    once: bool = False,
    move: str | None = None,
    prepare: Callable[[], object] = nothing,
    load: Callable[[], object] = nothing,
    overrides: Mapping[str, Any] | None = None,
    patience: float = PATIENCE_SECONDS,
) -> bool:
    """Follow the primary until this copy is promoted; with ``once``, until it is up to date. Return if promoted.

    Args:
        data: the folder of the standby.
        config: its settings.
        progress: told what has come.
        once: whether to end when everything is here.
        move: ask the primary to hand over as soon as this copy is in step; the text is where it reaches us.
        prepare: called before a move; what it refuses is not moved.
        load: called in a thread while it follows: what is loaded then does not keep members waiting later.
        overrides: settings of ``config`` that are neither from the folder nor from the environment.
        patience: how many seconds another process in this folder has to end.

    Raises:
        AlreadyServed: another process follows in this folder.
        NotHandedOver: the primary keeps the network, and ``move`` was given.

    """
    turns = Turns(data / "palabre.db")
    turns.serve(patience=patience)
    try:
        if not Part(data).is_standby:
            return True  # promoted by hand while this process waited for its turn
        standby = Standby(data, config, progress=progress, once=once, move=move, prepare=prepare, overrides=overrides)
        return asyncio.run(standby.run(load))
    finally:
        turns.serve_no_more()


class Standby:
    """One standby, from the start of its process until it leads."""

    def __init__(
        self,
        data: Path,
        config: Config,
        *,
        progress: Progress = silent,
        once: bool = False,
        move: str | None = None,
        prepare: Callable[[], object] = nothing,
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        self._following = Following(data, progress=progress, overrides=overrides, listens=config.standby_listen)
        self._part = self._following.part
        self._once = once
        self._wishes = Wishes(self._following, config, move=move, prepare=prepare, alone=once)
        self._told = 0.0

    async def run(self, load: Callable[[], object] = nothing) -> bool:
        """Follow until promoted; return whether it is."""
        loading = asyncio.create_task(asyncio.to_thread(load))
        try:
            while True:
                decision = await self._decided_before() or await self._follow()
                if decision is None:
                    return False
                if await self._wishes.may_lead(decision) and self._lead(decision):
                    await asyncio.wait([loading])  # who serves needs it anyway
                    return True
                await asyncio.sleep(_AGAIN_SECONDS)
        finally:
            if loading.done() and not loading.cancelled() and loading.exception() is not None:
                _log.error("what serving needs could not be loaded", reason=str(loading.exception()))

    async def _decided_before(self) -> Decision | None:
        """Return how to finish a promotion that was interrupted, or that the lease decided; ``None``: follow.

        Meanwhile nobody is followed: who hears of the higher epoch stops, and whoever was followed could go on.
        """
        while self._part.interrupted:
            decision = await self._wishes.to_finish()
            if decision is not None:
                return decision
            if self._wishes.another_led:
                give_up(self._part)
            else:
                self._tell()
                await asyncio.sleep(_LOOK_SECONDS)
        return await self._wishes.lease_is_ours()

    async def _follow(self) -> Decision | None:
        """Follow; return how to take over, or ``None`` if everything is here and that was all."""
        following = self._following
        task = asyncio.create_task(following.run())
        _log.info("following", primary=self._part.state.primary, epoch=self._part.state.epoch)
        try:
            while not task.done():
                await asyncio.sleep(_LOOK_SECONDS)
                if self._once and following.caught_up.is_set():
                    return None
                self._tell()
                decision = await self._wishes.look()
                if decision is not None:
                    return decision
            task.result()
            return None
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            following.rest()

    def _lead(self, decision: Decision) -> bool:
        """Promote; whatever keeps it from that is said, and is no reason to stop following."""
        part = self._part
        try:
            promote(
                part,
                how=decision.how,
                force=decision.force,
                proven=decision.how == "lease",
                epoch=decision.epoch,
                announce=decision.announce,
                move=decision.move,
                wanted=lambda: decision.how != "hand" or asked(part) is not None,
            )
        except Refusal as refusal:
            self._not_promoted(decision, str(refusal))
        except Exception as error:  # a full disk, a database that cannot be opened: the operator learns of it
            _log.exception("the promotion failed")
            if not part.is_standby:  # it is decided, and this is no standby any more: all that is left is to lead
                return True
            self._not_promoted(decision, str(error) or type(error).__name__)
        else:
            return True
        return False

    def _not_promoted(self, decision: Decision, reason: str) -> None:
        self._wishes.refused(reason)
        if decision.how != "lease":
            try:
                keep_refusal(self._part, reason)
                withdraw(self._part)
            except OSError as error:
                _log.error("the refusal cannot be told", reason=str(error))
        self._told = 0.0
        self._tell()

    def _tell(self) -> None:
        if clock.monotonic() - self._told < 1.0:
            return
        self._told = clock.monotonic()
        following, state = self._following, self._part.state
        try:
            write_status(
                self._part,
                Status(
                    at=clock.now(),
                    role="standby",
                    epoch=state.epoch,
                    connected=following.connected,
                    in_step=state.in_step,
                    turn=state.turn,
                    frames=following.copy.at.frames,
                    lease=self._wishes.lease_trouble,
                    trouble=self._wishes.trouble or following.trouble,
                ),
            )
        except OSError as error:
            _log.error("the status cannot be written", reason=str(error))
