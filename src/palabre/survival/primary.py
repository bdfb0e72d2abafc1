"""A primary that other servers may follow: assembled when a network with ``standby_listen`` starts."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import structlog

from palabre import clock
from palabre.config import Config
from palabre.errors import Refusal
from palabre.store import Database
from palabre.store.sqlite import SqliteEngine
from palabre.survival.errors import SQLiteOnly, Unreachable
from palabre.survival.followed import FollowedStore
from palabre.survival.following import connect
from palabre.survival.handover import HandOver
from palabre.survival.lag import Lag
from palabre.survival.lease import RENEWALS, Keeper
from palabre.survival.lease_places import place_of
from palabre.survival.node import Node
from palabre.survival.pointer import Pointer
from palabre.survival.shipping import Shipper
from palabre.survival.state import Part
from palabre.survival.status import PeerStatus, Status, write_status
from palabre.survival.welcoming import Welcoming
from palabre.survival.wire import Address, Announce, Refused

_LOOK_SECONDS = 0.25
_ANNOUNCE_SECONDS = 2.0

_log = structlog.get_logger("survival")


class Primary:
    """What runs beside a network that has, or may get, standbys."""

    def __init__(self, shipper: Shipper, welcoming: Welcoming, node: Node, part: Part, database: Database) -> None:
        self.shipper = shipper
        self._welcoming = welcoming
        self._node = node
        self._part = part
        self._database = database
        self.hand_over: HandOver
        self.pointer: Pointer
        self._origin = ""
        self._tasks: list[asyncio.Task[None]] = []
        self._told = 0.0
        self._keeper: Keeper | None = None
        self._renewing = asyncio.Lock()
        self._trouble = ""
        self._lags: defaultdict[str, Lag] = defaultdict(Lag)

    @classmethod
    async def start(
        cls,
        config: Config,
        database: Database,
        media: FollowedStore,
        pointer: Pointer,
        overrides: Mapping[str, Any] | None = None,
    ) -> Primary:
        """Listen for standbys, and let every write wait for one from now on."""
        engine = database.engine
        if not isinstance(engine, SqliteEngine):
            raise SQLiteOnly
        part = pointer.part
        node = Node(part.folder)
        await database.read(lambda _snapshot: None)  # an open connection keeps the log's index
        shipper = Shipper(engine, part, durability=config.durability, timeout=config.standby_seconds)
        hand_over = HandOver(shipper, part, database, pointer)
        welcoming = Welcoming(
            shipper,
            node,
            part,
            media,
            hand_over=hand_over,
            http=(config.host, config.port),
            overrides=overrides,
        )
        await welcoming.start(Address.parse(config.standby_listen))
        self = cls(shipper, welcoming, node, part, database)
        self.hand_over = hand_over
        self.pointer = pointer
        self._origin = config.origin
        media.shipper = shipper
        engine.log_readers.append(shipper.may_start_over)
        engine.follower = shipper
        database.vouch = shipper.vouch
        database.admit = shipper.admit
        if config.auto_failover:
            place = place_of(config.lease, config.lease_seconds)
            keeper = Keeper(place, node.name, part.state.epoch, seconds=config.lease_seconds)
            self._keeper = keeper
            shipper.lease_ends = lambda: keeper.ends
            shipper.name_in_step = self._name_in_step
            hand_over.give_lease = self._give_lease
            await self._renew(keeper)
            self._tasks.append(asyncio.create_task(self._keep_lease(keeper), name="lease"))
        self._tasks.append(asyncio.create_task(self._watch(), name="standbys"))
        if not part.state.announced:
            self._tasks.append(asyncio.create_task(self._announce(), name="announce"))
        return self

    async def _renew(self, keeper: Keeper, in_step: str | None = None) -> bool:
        if self._part.state.fenced:
            return False
        async with self._renewing:
            try:
                held = await asyncio.to_thread(keeper.renew, in_step=in_step)
            except (OSError, ValueError) as error:
                self._note_lease(str(error) or type(error).__name__)
                return False
        if keeper.superseded:
            self.shipper.fence(keeper.superseded)
        self._note_lease("" if held else "another server holds it, or held it a moment ago")
        return held

    def _note_lease(self, trouble: str) -> None:
        if trouble and not self._trouble:
            _log.error("the lease cannot be renewed: nothing is acknowledged without it", reason=trouble)
        elif self._trouble and not trouble:
            _log.warning("the lease is renewed again")
        self._trouble = trouble

    async def _name_in_step(self, name: str) -> bool:
        return self._keeper is not None and await self._renew(self._keeper, name)

    async def _give_lease(self, name: str) -> bool:
        if self._keeper is None:
            return True
        async with self._renewing:
            try:
                return await asyncio.to_thread(self._keeper.give, name)
            except (OSError, ValueError) as error:
                _log.error("the lease cannot be handed over", reason=str(error) or type(error).__name__)
                return False

    async def _keep_lease(self, keeper: Keeper) -> None:
        pause = keeper.seconds / RENEWALS
        while True:
            await asyncio.sleep(pause)
            began = clock.monotonic()
            try:
                await self._renew(keeper)
            except Refusal as refusal:  # the store could not be tried when the server started
                self._note_lease(str(refusal))
            # A slow place gets its next question earlier.
            pause = max(0.1, keeper.seconds / RENEWALS - (clock.monotonic() - began))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await asyncio.to_thread(self.shipper.look)
                self.shipper.tick()
                if clock.monotonic() - self._told >= 1.0:
                    self._told = clock.monotonic()
                    await self._note()
            except Exception:  # looking goes on
                _log.exception("cannot look after the standbys")

    async def _note(self) -> None:
        names = {peer.name for peer in await asyncio.to_thread(self._part.peers)}
        for name, follower in tuple(self._welcoming.followers.items()):
            if name not in names:
                follower.line.close()
        nobody = not names and self._part.state.guarded
        if nobody and (self._keeper is None or await self._renew(self._keeper, "")):
            self._part.change(guarded=False)
            self.shipper.engine.turns.set_followed(followed=False)
        await self._welcoming.share()
        await asyncio.to_thread(write_status, self._part, self.status())

    def status(self) -> Status:
        """Say how the standbys are."""
        shipper = self.shipper
        peers = [self._peer(peer.name) for peer in self._part.peers()]
        return Status(
            at=clock.now(),
            role="fenced" if self._part.state.fenced else "primary",
            epoch=self._part.state.epoch,
            durability=shipper.durability,
            alone=shipper.alone or (self._part.state.guarded and not shipper.in_step),
            peers=peers,
            lease=self._trouble if self._keeper else None,
        )

    def _peer(self, name: str) -> PeerStatus:
        follower, confirmed = self._welcoming.followers.get(name), self._welcoming.confirmed.get(name)
        number, lag = self.shipper.number, None
        if confirmed is not None:
            lag = round(self._lags[name].seconds(number, confirmed, clock.monotonic()), 1)
        return PeerStatus(
            name=name,
            connected=follower is not None,
            in_step=name == self.shipper.in_step,
            behind=None if confirmed is None else max(0, number - confirmed),
            round_trip_ms=round(follower.round_trip * 1_000, 2) if follower else None,
            behind_seconds=lag,
        )

    async def _announce(self) -> None:
        state = self._part.state
        while True:
            try:
                line = await connect(
                    Address.parse(state.primary), self._node.connecting(state.primary_certificate), state.epoch
                )
                try:
                    await line.send(Announce(epoch=state.epoch, at=state.announce or "", origin=self._origin))
                    async with asyncio.timeout(_ANNOUNCE_SECONDS):
                        answer = await line.receive()
                finally:
                    line.close()
                if isinstance(answer, Refused) and answer.epoch > state.epoch:
                    self.shipper.fence(answer.epoch)
                    return
                self._part.change(announced=True)
                _log.info("the server that was replaced knows it")
            except (OSError, TimeoutError, Unreachable):
                await asyncio.sleep(_ANNOUNCE_SECONDS)
            else:
                return

    async def stop(self) -> None:
        """Stop listening; call it when nothing is written any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._welcoming.stop()
