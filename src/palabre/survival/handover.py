"""The network is handed to a standby on purpose: nothing is refused, and there are never two that answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from palabre import clock
from palabre.errors import Refusal
from palabre.store import Database
from palabre.survival.pointer import Pointer
from palabre.survival.shipping import Shipper
from palabre.survival.state import Part
from palabre.survival.wire import Announce, HandedOver

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

    async def begin(self, name: str) -> HandedOver | str:
        """Hand the network to the standby ``name``; return what to tell it, or why not."""
        if self._part.state.handed_to or name != self._shipper.in_step:
            return "it has not every write yet; try again in a moment"
        began = clock.monotonic()
        self._pointer.hold()
        try:
            problem = await self._settle(name)
        except Refusal as refusal:
            problem = str(refusal)
        if not problem and self.give_lease is not None and not await self.give_lease(name):
            problem = "the lease cannot be handed over"
        if problem:
            self._shipper.handed = False
            self._pointer.resume()
            return problem
        self._part.change(handed_to=name)
        took = round(clock.monotonic() - began, 3)
        _log.warning("the network was handed to a standby", standby=name[:8], seconds=took)
        return HandedOver(number=self._shipper.number)

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

    def came_back(self, name: str) -> None:
        """Go on here: the standby that was given the network follows again, so it never led."""
        if self._part.state.handed_to == name:
            self._part.change(handed_to="")
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
