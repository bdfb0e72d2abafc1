"""A standby's side: join a primary, copy what it has, follow it, and say what is on this disk."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import structlog

from palabre.clock import Instant
from palabre.files import write_durably
from palabre.folder import SETTINGS
from palabre.media.storage import FolderStore
from palabre.survival.aside import set_aside
from palabre.survival.copy import Copy
from palabre.survival.errors import NotAccepted, Unreachable, WrongInvitation
from palabre.survival.node import Node, fingerprint
from palabre.survival.state import Began, Part, trusted
from palabre.survival.wire import (
    PROTOCOL,
    Ack,
    Address,
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
    HandedOver,
    Hello,
    Keys,
    Line,
    Message,
    Refused,
    Standing,
    Sums,
    TakeOver,
    Welcome,
)

_PATIENCE_SECONDS = 15.0
_SILENCE_SECONDS = 5.0
"""A primary speaks every second; after so long without a word the connection is made anew."""
_AGAIN_SECONDS: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
_NAMES_AT_ONCE = 20_000
_FOREVER = Instant(2**62)
_BUFFER = 8 * 1024 * 1024

T = TypeVar("T")

_log = structlog.get_logger("survival")


Progress = Callable[[str, int], None]
"""Told how many ``bytes`` or ``files`` have come."""


def silent(_what: str, _done: int) -> None:
    """Tell nobody."""


async def join(data: Path, address: Address, token: str) -> None:
    """Make ``data`` a standby of the server at ``address``, which made ``token``.

    Raises:
        Unreachable, NotAccepted, WrongInvitation: as they say; nothing was changed.

    """
    expected = trusted(token)
    part = Part(data)
    node = Node(part.folder)
    line = await connect(address, node.joining(), part.state.epoch)
    try:
        if line.peer != expected:
            raise WrongInvitation(problem="the server at this address is not the one that made it")
        await line.send(Enrol(protocol=PROTOCOL, token=token.strip(), certificate=node.certificate))
        async with asyncio.timeout(_PATIENCE_SECONDS):
            answer = await line.receive()
    except (OSError, TimeoutError) as error:
        raise Unreachable(address=_text(address), problem=str(error) or type(error).__name__) from error
    finally:
        line.close()
    if not isinstance(answer, Enrolled):
        raise NotAccepted(reason=answer.reason if isinstance(answer, Refused) else "it spoke out of turn")
    if fingerprint(ssl.PEM_cert_to_DER_cert(answer.certificate.decode())) != expected:
        raise WrongInvitation(problem="the server showed another certificate")
    _keep_what_came(data, node.unwrap("keyring", answer.keyring), answer.settings)
    part.follow()
    part.accept(expected, answer.certificate)  # so that the two can change places without another token
    part.change(
        primary=_text(address),
        primary_certificate=answer.certificate,
        in_step=False,
        complete=part.state.complete and (data / "palabre.db").exists(),
    )


async def rejoin(data: Path, address: Address) -> None:
    """Make ``data``, which has led or followed the server at ``address`` before, its standby.

    Raises:
        Unreachable: nobody answers there.
        NotAccepted: it is not a server that this one knows.

    """
    part = Part(data)
    node = Node(part.folder)
    line = await connect(address, node.joining(), part.state.epoch)
    name = line.peer
    line.close()
    known = {peer.name: peer.certificate for peer in part.peers()}
    if name not in known or not (data / "palabre.db").exists():
        raise NotAccepted(reason="the two do not know each other; make a token there: palabre standby invite")
    part.follow()
    part.change(primary=_text(address), primary_certificate=known[name], in_step=False)


def _keep_what_came(data: Path, keyring: bytes, settings: bytes) -> None:
    data.chmod(0o700)
    (data / "media").mkdir(mode=0o700, exist_ok=True)
    present = data / "keyring"
    if present.exists() and present.read_bytes() != keyring:
        raise NotAccepted(reason="this folder holds another network")
    if not (data / SETTINGS).exists():
        write_durably(data / SETTINGS, settings)
    write_durably(present, keyring)


def _text(address: Address) -> str:
    return f"[{address.host}]:{address.port}" if ":" in address.host else f"{address.host}:{address.port}"


async def connect(address: Address, context: ssl.SSLContext, epoch: int) -> Line:
    """Connect to another server.

    Raises:
        Unreachable: it does not answer, or is not the one that ``context`` trusts.

    """
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection(
                address.host, address.port, ssl=context, server_hostname="", limit=_BUFFER
            )
    except (OSError, TimeoutError, ValueError) as error:
        raise Unreachable(address=_text(address), problem=str(error) or type(error).__name__) from error
    return Line(reader, writer, epoch)


async def _to_its_end(work: Callable[..., T], *args: object) -> T:
    """Run ``work`` in a thread; who is cancelled waits for its end, so that nobody finds the files being changed."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *args))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


class Following:
    """The life of a standby, until it is promoted or told to stop."""

    def __init__(self, data: Path, *, progress: Progress = silent) -> None:
        self.part = Part(data)
        self.node = Node(self.part.folder)
        self.copy = Copy(self.part)
        self._media = FolderStore(data / "media")
        self._progress = progress
        self.connected = False
        self.caught_up = asyncio.Event()
        self.decided = asyncio.Event()
        """Set when the primary has handed the network over to this standby, or will not."""
        self.refused = ""
        """Why it did not."""
        self._line: Line | None = None

    async def run(self) -> None:
        """Follow until cancelled; whatever breaks, begin again."""
        failures = 0
        await _to_its_end(self.copy.look)
        while True:
            try:
                await self._once()
            except NotAccepted as refused:
                _log.warning("the primary refused", reason=str(refused))
            except Damaged as damaged:
                _log.error("what arrived was refused", reason=str(damaged))
                await _to_its_end(self.copy.look)
            except (OSError, TimeoutError, Unreachable) as error:
                if self.connected or not failures:
                    _log.warning("the primary is out of reach", reason=str(error) or type(error).__name__)
            if self.connected:
                failures = 0
            self.connected = False
            self.caught_up.clear()
            await asyncio.sleep(_AGAIN_SECONDS[min(failures, len(_AGAIN_SECONDS) - 1)])
            failures += 1

    def take_over(self) -> None:
        """Ask the primary for the network; ``decided`` and ``refused`` tell what comes of it."""
        self.refused = ""
        self.decided.clear()
        if self._line is not None:
            self._line.put(TakeOver(epoch=self.part.state.epoch))

    async def _once(self) -> None:
        state = self.part.state
        address = Address.parse(state.primary)
        line = await connect(address, self.node.connecting(state.primary_certificate), state.epoch)
        self._line = line
        try:
            await self._speak(line)
        finally:
            self._line = None
            line.close()

    async def _speak(self, line: Line) -> None:
        state = self.part.state
        await line.send(
            Hello(
                protocol=PROTOCOL,
                epoch=state.epoch,
                complete=state.complete,
                at=self.copy.spot(),
                after=state.after,
            )
        )
        async with asyncio.timeout(_PATIENCE_SECONDS):
            welcome = await line.receive()
        if isinstance(welcome, Refused):
            raise NotAccepted(reason=welcome.reason)
        if not isinstance(welcome, Welcome):
            raise Damaged("a welcome was expected")
        if welcome.epoch < state.epoch:
            raise NotAccepted(reason=f"it is at epoch {welcome.epoch}, this is epoch {state.epoch}")
        if not welcome.resume:
            if state.led and state.complete and not state.successor:  # what moved on purpose was sent to its end
                began = welcome.began and Began(
                    salt=welcome.began[0], frames=welcome.began[1], facts=welcome.began[2]
                )
                await _to_its_end(set_aside, self.part, began, welcome.epoch)
            self.part.change(complete=False)
        line.epoch = welcome.epoch
        self.part.change(epoch=welcome.epoch, fenced=0, led=False, handed_to="", successor="")
        self.connected = True
        await self._list_media(line)
        if not welcome.resume:
            await self._copy_database(line)
        await self._live(line)

    async def _list_media(self, line: Line) -> None:
        names = await asyncio.to_thread(lambda: list(self._media.names(before=_FOREVER)))
        for start in range(0, len(names) or 1, _NAMES_AT_ONCE):
            part = names[start : start + _NAMES_AT_ONCE]
            await line.send(Files(names=part, more=start + _NAMES_AT_ONCE < len(names)))

    def _media_changed(self, message: File | Gone) -> None:
        if isinstance(message, Gone):
            self._media.delete(message.names)
        elif not self._media.exists(message.name):
            self._media.put(message.name, message.data)

    async def _copy_database(self, line: Line) -> None:
        sums = await _to_its_end(lambda: list(self.copy.begin()))
        await line.send(Sums(sums=sums))
        copied = files = 0
        while True:
            async with asyncio.timeout(_PATIENCE_SECONDS * 4):
                message = await line.receive()
            match message:
                case File() | Gone():
                    await asyncio.to_thread(self._media_changed, message)
                    files += isinstance(message, File)
                    self._progress("files", files)
                case Chunk(at=at, data=data):
                    await _to_its_end(self.copy.put, at, data)
                    copied += len(data)
                    self._progress("bytes", copied)
                case Copied(size=size):
                    await _to_its_end(self.copy.end, size)
                    return
                case _:
                    raise Damaged("a part of the database was expected")

    async def _live(self, line: Line) -> None:
        number = 0
        while True:
            async with asyncio.timeout(_SILENCE_SECONDS if self.caught_up.is_set() else _PATIENCE_SECONDS * 4):
                message = await line.receive()
            match message:
                case Frames():
                    self.copy.add(message)  # nothing else happens in this process: waiting for the disk is its work
                    if message.number:
                        number = message.number
                        line.put(Ack(number=number, in_step=self.part.state.in_step))
                case Emptied():
                    self.copy.empty(message)
                    if message.number:
                        number = message.number
                        line.put(Ack(number=number, in_step=self.part.state.in_step))
                case Standing():
                    if message.number < number:
                        raise Damaged(f"the primary went back from {number} to {message.number}")
                    self.part.change(complete=True, in_step=message.in_step)
                    self.caught_up.set()
                    line.put(Ack(number=message.number, in_step=message.in_step, sent=message.sent))
                case _:
                    self._told(message)

    def _told(self, message: Message) -> None:
        """Do what is said beside the log."""
        match message:
            case File() | Gone():
                self._media_changed(message)
            case Keys(keyring=wrapped):
                self._keep_keys(wrapped)
            case HandedOver():
                self.decided.set()
            case Refused(reason=reason):
                self.refused = reason
                self.decided.set()
                raise NotAccepted(reason=reason)
            case _:
                raise Damaged(f"{type(message).__name__} was not expected")

    def _keep_keys(self, wrapped: bytes) -> None:
        keyring = self.node.unwrap("keyring", wrapped)
        path = self.part.data / "keyring"
        if path.read_bytes() != keyring:
            write_durably(path, keyring)
            _log.info("keys were renewed")
