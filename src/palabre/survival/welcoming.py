"""Where standbys connect: they are let in, get what they lack, and follow from then on."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any, Final

import structlog

from palabre import clock
from palabre.clock import Instant
from palabre.config import WrongSetting
from palabre.folder import SETTINGS
from palabre.media.errors import MediaNotFound
from palabre.media.storage import FolderStore
from palabre.store import wal
from palabre.survival import belongings
from palabre.survival.copy import CHUNK, digest
from palabre.survival.errors import WrongInvitation
from palabre.survival.handing import Handing
from palabre.survival.handover import HandOver
from palabre.survival.node import Node, fingerprint, wrap
from palabre.survival.shipping import Shipper
from palabre.survival.siblings import address_of, siblings_of
from palabre.survival.state import Part
from palabre.survival.tunnel import end_tunnel
from palabre.survival.wire import (
    PROTOCOL,
    Ack,
    Address,
    Announce,
    Belonging,
    Chunk,
    Copied,
    Damaged,
    Emptied,
    Enrol,
    Enrolled,
    File,
    Files,
    Frames,
    Gone,
    Hello,
    Here,
    Keys,
    Line,
    MayLead,
    Message,
    Refused,
    Siblings,
    Standing,
    Sums,
    TakeOver,
    Tunnel,
    Welcome,
    Who,
)

_PATIENCE_SECONDS = 15.0
_NAMES_AT_ONCE = 20_000
_TICK_SECONDS = 0.25
_STANDING_SECONDS = 1.0
_MOST_WAITING: Final = 64 * 1024 * 1024
"""A standby for which so much waits is cut off; it catches up from the log when it comes back."""
_CATCH_UP_FRAMES = 256
_FOREVER = Instant(2**62)

_log = structlog.get_logger("survival")


class Follower:
    """A standby that is connected."""

    def __init__(self, line: Line, name: str) -> None:
        self.line = line
        self.name = name
        self.acknowledged = 0
        self.spoke = 0.0
        self.round_trip = 0.0
        self.gone: set[str] = set()
        self.live = False
        self.has = b""
        """Digest of the belongings that were sent."""
        self.siblings: Siblings | None = None
        """What it was told of the other standbys."""

    def ship(self, message: Message) -> None:
        """Send what has just happened; cut the connection if it cannot keep up."""
        if self.line.waiting > _MOST_WAITING:
            self.line.close()
        else:
            self.line.put(message)

    def give_up(self) -> None:
        """Cut the connection of one that does not answer; it may come again."""
        self.live = False
        self.line.close()

    def ship_media(self, message: File | Gone) -> None:
        """Send what happened to a file."""
        if isinstance(message, Gone):
            self.gone.update(message.names)
        self.ship(message)


class Welcoming:
    """The listener for other servers of the network."""

    def __init__(
        self,
        shipper: Shipper,
        node: Node,
        part: Part,
        media: FolderStore,
        *,
        hand_over: HandOver,
        http: tuple[str, int],
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        self._shipper = shipper
        self._node = node
        self._part = part
        self._media = media
        self._data = part.data
        self._keyring = part.data / "keyring"
        self._marks: tuple[object, ...] = ()
        self._belongings: belongings.Belongings | None = None
        self._trouble = ""
        self._hand_over = hand_over
        self._http = http
        self._overrides = overrides
        self._context: ssl.SSLContext | None = None
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.followers: dict[str, Follower] = {}
        self.confirmed: dict[str, int] = {}
        """Up to which batch each standby has everything, also one that is away by now."""
        self._naming = asyncio.Lock()

    async def start(self, address: Address) -> None:
        """Listen."""
        self._context = self._node.serving()
        for peer in self._part.peers():
            self._context.load_verify_locations(cadata=peer.certificate.decode())
        self._server = await asyncio.start_server(
            self._connected, address.host, address.port, ssl=self._context, ssl_handshake_timeout=_PATIENCE_SECONDS
        )

    async def stop(self) -> None:
        """End every connection."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._talk(Line(reader, writer, self._part.state.epoch)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _talk(self, line: Line) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                first = await line.receive()
            if isinstance(first, Enrol):
                await self._enrol(line, first)
            elif line.peer not in {peer.name for peer in self._part.peers()}:
                await line.send(Refused(reason="this server was not invited, or has been removed"))
            else:
                await self._answer(line, first)
        except (OSError, TimeoutError) as error:
            _log.info("a connection ended", reason=str(error) or type(error).__name__)
        except Exception:
            _log.exception("a connection failed")
        finally:
            line.close()

    async def _answer(self, line: Line, first: Message) -> None:
        """Do what a standby that was invited comes for."""
        match first:
            case Announce():
                await self._announced(line, first)
                await self._hand_over.announced(line.peer, line.host, first)
            case MayLead(move=move):
                await line.send(self._hand_over.may_lead(line.peer, move))
            case Who(epoch=epoch):
                if epoch > self._part.state.epoch:
                    self._shipper.fence(epoch)
                state = self._part.state
                await line.send(Here(epoch=state.epoch, leads=not state.fenced and not state.handed_to))
            case Tunnel():
                await end_tunnel(line, self._http)
            case Hello():
                await self._follow(line, first)
            case _:
                pass

    async def _announced(self, line: Line, news: Announce) -> None:
        self._shipper.fence(news.epoch)
        state = self._part.state
        if news.epoch < state.epoch and not state.fenced:  # a move that was cancelled after it was let go
            await line.send(Refused(reason="this server leads with a higher epoch", epoch=state.epoch))
        else:
            await line.send(Ack(number=0, in_step=False))

    async def _enrol(self, line: Line, asked: Enrol) -> None:
        if asked.protocol != PROTOCOL:
            await line.send(Refused(reason="it runs another version of Palabre"))
            return
        try:
            self._part.redeem(asked.token)
        except WrongInvitation as wrong:
            await asyncio.sleep(1)
            await line.send(Refused(reason=str(wrong)))
            return
        name = fingerprint(ssl.PEM_cert_to_DER_cert(asked.certificate.decode()))
        wrapped = wrap(asked.certificate, "keyring", self._keyring.read_bytes())
        self._part.accept(name, asked.certificate)
        if self._context is not None:
            self._context.load_verify_locations(cadata=asked.certificate.decode())
        _log.info("a server was let in", standby=name[:8])
        settings = (self._data / SETTINGS).read_bytes()
        await line.send(Enrolled(certificate=self._node.certificate, keyring=wrapped, settings=settings))
        with suppress(OSError, TimeoutError):  # it ends the connection when it has everything
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await line.receive()

    async def _follow(self, line: Line, hello: Hello) -> None:
        mine = self._part.state
        if hello.epoch > mine.epoch:
            self._shipper.fence(hello.epoch)
        if hello.protocol != PROTOCOL or self._part.state.fenced:
            why = "it has been replaced" if self._part.state.fenced else "it runs another version of Palabre"
            await line.send(Refused(reason=why, epoch=mine.epoch))
            return
        follower = Follower(line, line.peer)
        self._part.accept(
            follower.name,
            self._part.certificate_of(follower.name),
            address=address_of(hello.listens, line.host),
        )
        self._hand_over.came_back(follower.name)
        if before := self.followers.pop(follower.name, None):
            before.line.close()
        self.followers[follower.name] = follower
        self._shipper.engine.turns.set_followed(followed=True)
        self._shipper.media_listeners.add(follower.ship_media)
        held = True
        await asyncio.to_thread(self._shipper.hold)
        try:
            resume = await asyncio.to_thread(self._can_resume, hello)
            began = (mine.began.salt, mine.began.frames, mine.began.facts) if mine.began else None
            await line.send(Welcome(epoch=mine.epoch, began=began, resume=resume is not None))
            if resume is None:
                self.confirmed.pop(follower.name, None)
            handing = Handing(line)
            await self._send_media(follower, handing)
            if resume is None:
                await self._send_database(handing)
            elif resume == 0 and hello.at is not None:
                last = self._shipper.before
                await line.send(Emptied(number=0, salt=last.salt, frames=last.frames))
            await self._catch_up(resume or 0, handing)
            self._shipper.add(follower)  # nothing was awaited since the log was sent up to its end
            follower.live = True
            self._shipper.release()
            held = False
            if certificate := self._part.certificate_of(follower.name):
                line.put(Keys(keyring=wrap(certificate, "keyring", self._keyring.read_bytes())))
            await asyncio.to_thread(self._look_at_belongings)
            self._share_with(follower)  # before the standby is told that it has everything
            await self._tell_of_siblings()
            await self._keep(line, follower)
        finally:
            if held:
                self._shipper.release()
            self._shipper.media_listeners.discard(follower.ship_media)
            self._shipper.drop(follower)
            if self.followers.get(follower.name) is follower:
                del self.followers[follower.name]

    async def share(self) -> None:
        """Send keys, settings and texts of the network to the standbys that do not have them as they are now."""
        await asyncio.to_thread(self._look_at_belongings)
        await self._tell_of_siblings()
        for follower in tuple(self.followers.values()):
            if follower.live:
                self._share_with(follower)

    async def _tell_of_siblings(self) -> None:
        """Tell each standby of the others, where that has changed."""
        peers = await asyncio.to_thread(self._part.peers)
        for follower in tuple(self.followers.values()):
            others = Siblings(others=siblings_of(peers, follower.name))
            if follower.live and follower.siblings != others:
                follower.siblings = others
                follower.ship(others)

    def _look_at_belongings(self) -> None:
        marks = belongings.marks(self._data)
        if marks == self._marks:
            return
        try:
            self._belongings, self._marks, trouble = belongings.collect(self._data, self._overrides), marks, ""
        except (WrongSetting, OSError) as error:  # half written, perhaps: what was good before is good still
            trouble = str(error)
        if trouble and trouble != self._trouble:
            _log.error("keys, settings or texts of the network cannot be sent to standbys", reason=trouble)
        self._trouble = trouble

    def _share_with(self, follower: Follower) -> None:
        had = self._belongings
        if had is None or follower.has == had.digest:
            return
        if certificate := self._part.certificate_of(follower.name):
            follower.has = had.digest
            follower.ship(Belonging(sealed=wrap(certificate, belongings.PURPOSE, had.encoded())))

    def _can_resume(self, hello: Hello) -> int | None:
        """Return how many frames of the present log the standby has, or that it needs the database anew."""
        now, before = self._shipper.at, self._shipper.before
        at = hello.at
        if not hello.complete:
            return None
        if at is None:
            known = hello.after is not None and hello.after == (before.salt, before.frames)
            return 0 if known else None
        if at.salt == now.salt and at.frames <= now.frames:
            path = self._shipper.engine.path
            return at.frames if wal.checksum_at(path, at.frames) == at.checksum else None
        return 0 if (at.salt, at.frames, at.checksum) == tuple(before) else None

    async def _send_media(self, follower: Follower, handing: Handing) -> None:
        theirs: set[str] = set()
        while True:
            message = await handing.hear()
            if not isinstance(message, Files):
                raise Damaged("the list of files was expected")
            theirs.update(message.names)
            if not message.more:
                break
        ours: set[str] = set()
        names = self._media.names(before=_FOREVER)
        while part := await asyncio.to_thread(lambda: list(islice(names, _NAMES_AT_ONCE))):
            ours.update(part)
            await handing.go_on(Gone(names=[]))
        if theirs - ours:
            await handing.send(Gone(names=sorted(theirs - ours)))
        for name in sorted(ours - theirs):
            try:
                data = await asyncio.to_thread(partial(_read, self._media, name))
            except MediaNotFound:
                continue
            if name not in follower.gone:
                await handing.send(File(name=name, data=data), len(data))

    async def _send_database(self, handing: Handing) -> None:
        path = self._shipper.engine.path
        sums: list[bytes] = []
        while True:
            message = await handing.hear()
            if not isinstance(message, Sums):
                raise Damaged("the digests of the copy were expected")
            sums += message.sums
            if not message.more:
                break
        size = wal.database_bytes(path)
        for number, at in enumerate(range(0, size, CHUNK)):
            data = await asyncio.to_thread(wal.read_database, path, at, CHUNK)
            if number >= len(sums) or sums[number] != digest(data):
                await handing.send(Chunk(at=at, data=data), len(data))
            else:
                await handing.go_on(Chunk(at=at, data=b""))
        await handing.send(Copied(size=size))

    async def _catch_up(self, frames: int, handing: Handing) -> None:
        shipper = self._shipper
        while frames < shipper.at.frames:
            salt = shipper.at.salt
            count = min(shipper.at.frames - frames, _CATCH_UP_FRAMES)
            header, data = await asyncio.to_thread(wal.read_log, shipper.engine.path, frames, count)
            await handing.send(Frames(number=0, salt=salt, first=frames, header=header, data=data), len(data))
            frames += count

    async def _keep(self, line: Line, follower: Follower) -> None:
        standing = asyncio.create_task(self._tell(line, follower))
        try:
            while True:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    message = await line.receive()
                if isinstance(message, TakeOver):
                    giving = asyncio.create_task(self._give(line, follower, message.move))
                    self._tasks.add(giving)
                    giving.add_done_callback(self._tasks.discard)
                    continue
                if not isinstance(message, Ack):
                    raise Damaged("an acknowledgement was expected")
                follower.acknowledged = max(follower.acknowledged, message.number)
                self.confirmed[follower.name] = follower.acknowledged
                follower.spoke = clock.monotonic()
                if message.sent:
                    follower.round_trip = clock.monotonic() - message.sent
                if message.sent and message.in_step and self._is_next(follower):
                    self._shipper.confirmed(follower.name)
                    await self._set_in_step(follower, message.number)
                elif message.number:
                    self._shipper.acknowledge(follower.name, message.number)
        finally:
            standing.cancel()

    async def _give(self, line: Line, follower: Follower, move: str) -> None:
        answer = await self._hand_over.begin(
            follower.name, move, connected=lambda: self.followers.get(follower.name) is follower
        )
        line.put(Refused(reason=answer) if isinstance(answer, str) else answer)

    def _is_next(self, follower: Follower) -> bool:
        return follower.live and self._shipper.chosen == follower.name and not self._shipper.in_step

    async def _set_in_step(self, follower: Follower, number: int) -> None:
        async with self._naming:  # the third place and we must mean the same one
            if not self._is_next(follower):
                return
            name_it = self._shipper.name_in_step
            if (name_it is None or await name_it(follower.name)) and self._is_next(follower):
                self._shipper.set_in_step(follower.name, number)

    async def _tell(self, line: Line, follower: Follower) -> None:
        """Say where the primary is: every second, and at once when another standby's word is to count."""
        told, last = False, -_STANDING_SECONDS
        while True:
            in_step = self._shipper.chosen == follower.name
            confirmed = self._shipper.in_step == follower.name
            if in_step != told or in_step != confirmed or clock.monotonic() >= last + _STANDING_SECONDS:
                if in_step:
                    self._shipper.guard()  # and what was answered before is on the line before this
                    if not told:
                        self._part.change(turn=self._part.state.turn + 1)
                turn, sent = self._part.state.turn, clock.monotonic()
                line.put(Standing(number=self._shipper.number, in_step=in_step, sent=sent, turn=turn))
                told, last = in_step, clock.monotonic()
            await asyncio.sleep(_TICK_SECONDS)


def _read(media: FolderStore, name: str) -> bytes:
    with media.open(name) as file:
        return file.read()
