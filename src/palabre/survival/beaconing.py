"""Keeps the beacon true: signs it when what it says has changed, and puts it where it is found without us."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import structlog

from palabre import clock
from palabre.beacon import actions
from palabre.beacon.events import BeaconIssued
from palabre.beacon.lighthouse import RENEW_SECONDS
from palabre.edge.site import Site
from palabre.errors import Refusal
from palabre.events import Event
from palabre.survival.state import Part
from palabre.survival.vaults.corner import put_beacon

_CORNER_MS = clock.HOUR
"""How often the vaults are looked after even if nothing changed."""

_log = structlog.get_logger("beacon")


class Keeper:
    """Runs beside the server."""

    def __init__(self, site: Site, folder: Path) -> None:
        """Listen for beacons that another process issues."""
        self._site = site
        self._part = Part(folder)
        self._changed = asyncio.Event()
        self._in_vaults: dict[str, tuple[bytes, int]] = {}
        self._wanted = b""
        self._filling: threading.Thread | None = None
        site.facts.takers.append(self._told)

    def _told(self, event: Event) -> None:
        if isinstance(event, BeaconIssued):
            self._changed.set()

    async def run(self) -> None:
        """Do it, once a minute and whenever it is said anew; until cancelled."""
        while True:
            self._changed.clear()
            try:
                await self.turn()
            except Refusal as refusal:  # nothing can be written now: there is no standby, or no lease
                _log.warning("the beacon waits", reason=str(refusal))
            except Exception:  # the proofs that are out last some minutes; tried again in one
                _log.exception("the beacon could not be kept")
            try:
                async with asyncio.timeout(RENEW_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def turn(self) -> None:
        """Sign what has to be signed, and see to the vaults."""
        site = self._site
        lighthouse = site.lighthouse
        await site.db.read(lighthouse.load)
        epoch = self._part.reload().epoch
        if await site.db.read(actions.is_due, lighthouse.settings, lighthouse.origin, epoch):
            await site.db.write(actions.issue, site.keyring, lighthouse.settings, lighthouse.origin, epoch)
            await site.db.read(lighthouse.load)
        if lighthouse.body:
            lighthouse.renew()
            self._see_to_corners(lighthouse.body)

    def _see_to_corners(self, body: bytes) -> None:
        """Put it into the vaults, in a thread that nobody waits for: a vault may keep it waiting for a minute.

        Neither the proofs, which are renewed every minute, nor the end of the server can wait for that.
        """
        self._wanted = body
        if self._filling is None or not self._filling.is_alive():
            self._filling = threading.Thread(target=self._fill_corners, name="palabre-beacon", daemon=True)
            self._filling.start()

    def _fill_corners(self) -> None:
        body = b""
        while body != self._wanted:  # another may be wanted by the time that this one is there
            body = self._wanted
            self._fill_with(body)

    def _fill_with(self, body: bytes) -> None:
        for address in self._site.config.vaults:
            before, at = self._in_vaults.get(address, (b"", 0))
            if before == body and clock.now() - at < _CORNER_MS:
                continue
            try:
                put_beacon(address, body)
            except Refusal as refusal:
                _log.warning("the beacon is not in a vault", problem=str(refusal))
            except Exception:  # tried again in a minute
                _log.exception("the beacon is not in a vault")
            else:
                self._in_vaults[address] = (body, clock.now())
