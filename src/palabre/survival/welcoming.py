"""Where standbys connect: they are let in, get what they lack, and follow from then on."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from palabre import clock
from palabre.clock import Instant
from palabre.media.errors import MediaNotFound
from palabre.media.storage import FolderStore
from palabre.store import wal
from palabre.survival.copy import CHUNK, digest
from palabre.survival.errors import WrongInvitation
from palabre.survival.handover import HandOver
from palabre.survival.node import Node, fingerprint, wrap
from palabre.survival.shipping import Shipper
from palabre.survival.state import Part
from palabre.survival.tunnel import end_tunnel
from palabre.survival.wire import (
    PROTOCOL,
    Ack,
    Address,
    Announce,
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
    Keys,
    Line,
    Message,
    Refused,
    Standing,
    Sums,
    TakeOver,
    Tunnel,
    Welcome,
)

_PATIENCE_SECONDS = 15.0
_TICK_SECONDS = 0.25
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
        self.round_trip = 0.0
        self.gone: set[str] = set()
        self.live = False

    def ship(self, message: Message) -> None:
        """Send what has just happened; cut the connection if it cannot keep up."""
        if self.line.waiting > _MOST_WAITING:
            self.line.close()
        else:
            self.line.put(message)

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
        keyring: Path,
        settings: bytes,
        hand_over: HandOver,
        http: tuple[str, int],
    ) -> None:
        self._shipper = shipper
        self._node = node
        self._part = part
        self._media = media
        self._keyring = keyring
        self._settings = settings
        self._hand_over = hand_over
        self._http = http
        self._context: ssl.SSLContext | None = None
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.followers: dict[str, Follower] = {}
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
            elif isinstance(first, Announce):
                self._shipper.fence(first.epoch)
                await line.send(Ack(number=0, in_step=False))
                await self._hand_over.announced(line.peer, line.host, first)
            elif isinstance(first, Tunnel):
                await end_tunnel(line, self._http)
            elif isinstance(first, Hello):
                await self._follow(line, first)
        except (OSError, TimeoutError) as error:
            _log.info("a connection ended", reason=str(error) or type(error).__name__)
        except Exception:
            _log.exception("a connection failed")
        finally:
            line.close()

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
        await line.send(Enrolled(certificate=self._node.certificate, keyring=wrapped, settings=self._settings))
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
            await self._send_media(line, follower)
            if resume is None:
                await self._send_database(line)
            elif resume == 0 and hello.at is not None:
                last = self._shipper.before
                await line.send(Emptied(number=0, salt=last.salt, frames=last.frames))
            await self._catch_up(line, resume or 0)
            self._shipper.add(follower)  # nothing was awaited since the log was sent up to its end
            follower.live = True
            self._shipper.release()
            held = False
            if certificate := self._part.certificate_of(follower.name):
                line.put(Keys(keyring=wrap(certificate, "keyring", self._keyring.read_bytes())))
            await self._keep(line, follower)
        finally:
            if held:
                self._shipper.release()
            self._shipper.media_listeners.discard(follower.ship_media)
            self._shipper.drop(follower)
            if self.followers.get(follower.name) is follower:
                del self.followers[follower.name]

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

    async def _send_media(self, line: Line, follower: Follower) -> None:
        theirs: set[str] = set()
        while True:
            message = await line.receive()
            if not isinstance(message, Files):
                raise Damaged("the list of files was expected")
            theirs.update(message.names)
            if not message.more:
                break
        ours = await asyncio.to_thread(lambda: set(self._media.names(before=_FOREVER)))
        if theirs - ours:
            await line.send(Gone(names=sorted(theirs - ours)))
        for name in sorted(ours - theirs):
            try:
                data = await asyncio.to_thread(partial(_read, self._media, name))
            except MediaNotFound:
                continue
            if name not in follower.gone:
                await line.send(File(name=name, data=data))

    async def _send_database(self, line: Line) -> None:
        path = self._shipper.engine.path
        sums = await line.receive()
        if not isinstance(sums, Sums):
            raise Damaged("the digests of the copy were expected")
        size = wal.database_bytes(path)
        for number, at in enumerate(range(0, size, CHUNK)):
            data = await asyncio.to_thread(wal.read_database, path, at, CHUNK)
            if number >= len(sums.sums) or sums.sums[number] != digest(data):
                await line.send(Chunk(at=at, data=data))
        await line.send(Copied(size=size))

    async def _catch_up(self, line: Line, frames: int) -> None:
        shipper = self._shipper
        while frames < shipper.at.frames:
            salt = shipper.at.salt
            count = min(shipper.at.frames - frames, _CATCH_UP_FRAMES)
            header, data = await asyncio.to_thread(wal.read_log, shipper.engine.path, frames, count)
            await line.send(Frames(number=0, salt=salt, first=frames, header=header, data=data))
            frames += count

    async def _keep(self, line: Line, follower: Follower) -> None:
        standing = asyncio.create_task(self._tell(line, follower))
        try:
            while True:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    message = await line.receive()
                if isinstance(message, TakeOver):
                    giving = asyncio.create_task(self._give(line, follower))
                    self._tasks.add(giving)
                    giving.add_done_callback(self._tasks.discard)
                    continue
                if not isinstance(message, Ack):
                    raise Damaged("an acknowledgement was expected")
                follower.acknowledged = max(follower.acknowledged, message.number)
                if message.sent:
                    follower.round_trip = clock.monotonic() - message.sent
                if message.sent and message.in_step and self._is_next(follower):
                    await self._set_in_step(follower, message.number)
                elif message.number:
                    self._shipper.acknowledge(follower.name, message.number)
        finally:
            standing.cancel()

    async def _give(self, line: Line, follower: Follower) -> None:
        answer = await self._hand_over.begin(follower.name)
        line.put(Refused(reason=answer) if isinstance(answer, str) else answer)

    def _is_next(self, follower: Follower) -> bool:
        return self._chosen == follower.name and not self._shipper.in_step

    async def _set_in_step(self, follower: Follower, number: int) -> None:
        async with self._naming:  # the third place and we must mean the same one
            if not self._is_next(follower):
                return
            name_it = self._shipper.name_in_step
            if name_it is None or await name_it(follower.name):
                self._shipper.set_in_step(follower.name, number)

    @property
    def _chosen(self) -> str:
        """The standby whose word counts: the one whose word counted last, or the first that is up to date."""
        if self._shipper.in_step:
            return self._shipper.in_step
        return next((follower.name for follower in self.followers.values() if follower.live), "")

    async def _tell(self, line: Line, follower: Follower) -> None:
        while True:
            in_step = self._chosen == follower.name
            if in_step:
                self._shipper.guard()  # and what was answered before is on the line before this
            line.put(Standing(number=self._shipper.number, in_step=in_step, sent=clock.monotonic()))
            confirmed = self._shipper.in_step == follower.name
            await asyncio.sleep(_TICK_SECONDS if in_step and not confirmed else 1.0)


def _read(media: FolderStore, name: str) -> bytes:
    with media.open(name) as file:
        return file.read()
