"""The network is handed to a standby on purpose: nothing is refused, and there are never two that answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from palabre import clock, journal
from palabre.errors import Refusal
from palabre.store import Database
from palabre.survival.pointer import Pointer
from palabre.survival.shipping import Shipper
from palabre.survival.state import Began, Part
from palabre.survival.wire import Announce, HandedOver, Refused

_UNDER_WAY_SECONDS = 3.0
"""Requests that change something and are under way get so long; an upload that is slower is refused in the end."""
_SETTLE_SECONDS = 5.0

_log = structlog.get_logger("survival")


class HandOver:
    """Gives the network away, once, or takes it back if the standby never led it."""

    def __init__(self, shipper: Shipper, part: Part, database: Database, pointer: Pointer) -> None:
        self._shipper = shipper
        self._part = part
        self._database = database
        self._pointer = pointer
        self.give_lease: Callable[[str], Awaitable[bool]] | None = None
        """Names the standby as the holder in the third place."""
        self.moved: Callable[[], None] | None = None
        """Called when the successor serves members: nothing is left to do here."""
        self._giving = False

    async def begin(self, name: str, move: str, *, connected: Callable[[], bool]) -> HandedOver | str:
        """Hand the network to the standby ``name``, which asked by ``move``; return what to tell it, or why not.

        ``connected`` says whether it still follows on the line on which it asked: on another it would never hear that
        the network is its own.
        """
        if self._giving or self._part.state.handed_to or name != self._shipper.in_step:
            return "it has not every write yet; try again in a moment"
        self._giving = True
        try:
            return await self._begin(name, move, connected)
        finally:
            self._giving = False

    async def _begin(self, name: str, move: str, connected: Callable[[], bool]) -> HandedOver | str:
        began = clock.monotonic()
        self._pointer.hold()
        at: Began | None = None
        try:
            problem = await self._settle(name)
            end = self._shipper.at  # the standby has confirmed all of it
            at = Began(salt=end.salt, frames=end.frames, facts=await self._database.read(journal.head))
        except Refusal as refusal:
            problem = str(refusal)
        if not problem and not connected():
            problem = "the connection was lost"
        given = False
        if not problem and self.give_lease is not None:
            given = await self.give_lease(name)
            problem = "" if given else "the lease cannot be handed over"
        if not problem:
            try:  # whoever has the lease leads without asking
                self._part.change(handed_to=name, handed_at=at, move=move, let_go=given)
            except OSError as error:
                if given:
                    raise  # it is the other's already: nothing may be acknowledged here any more
                problem = f"that cannot be noted: {error.strerror or type(error).__name__}"
        if problem:
            self._shipper.handed = False
            self._pointer.resume()
            return problem
        took = round(clock.monotonic() - began, 3)
        _log.warning("the network was handed to a standby", standby=name[:8], seconds=took)
        return HandedOver(number=self._shipper.number, move=move)

    async def _settle(self, name: str) -> str:
        await self._pointer.written(seconds=_UNDER_WAY_SECONDS)
        await self._database.write(lambda _tx: None)  # comes back when all that was queued before is vouched for
        self._shipper.handed = True
        await asyncio.to_thread(self._shipper.look)
        deadline = clock.monotonic() + _SETTLE_SECONDS
        while self._shipper.acknowledged < self._shipper.number:
            if clock.monotonic() > deadline or self._shipper.in_step != name:
                return "it was lost on the way"
            await asyncio.sleep(0.005)
        return ""

    def may_lead(self, name: str, move: str) -> HandedOver | Refused:
        """Let the standby ``name`` lead, if the network was handed to it by ``move``, and still is."""
        state = self._part.state
        if state.fenced or (name, move) != (state.handed_to, state.move):
            reason = "the move was cancelled" if not state.fenced else "another server leads"
            _log.warning("a standby may not lead", standby=name[:8], reason=reason)
            return Refused(reason=reason, epoch=max(state.epoch, state.fenced))
        self._part.change(let_go=True)  # before it hears of it
        return HandedOver(number=self._shipper.number, move=move)

    def came_back(self, name: str) -> None:
        """Go on here: the standby that was given the network follows again, so it never led."""
        if self._part.state.handed_to == name:
            self._part.change(handed_to="", move="", let_go=False)
            self._shipper.handed = False
            self._pointer.resume()
            _log.warning("the network was not moved: the standby follows again", standby=name[:8])

    async def announced(self, name: str, host: str, news: Announce) -> None:
        """Point to the successor from now on, if it says where it is."""
        if not news.at or not self._part.state.fenced or self._part.state.successor:
            return
        where, _, port = news.at.rpartition(":")
        where = where or (f"[{host}]" if ":" in host else host)
        self._part.change(successor=f"{where}:{port}", successor_name=name, successor_origin=news.origin)
        await self._pointer.point()
        if self.moved is not None:
            self.moved()
