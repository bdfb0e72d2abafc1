"""A standby's side: join a primary, copy what it has, follow it, and say what is on this disk."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import structlog
from cryptography.exceptions import InvalidTag

from palabre.clock import Instant
from palabre.files import write_durably
from palabre.folder import SETTINGS
from palabre.ids import nonce
from palabre.media.storage import FolderStore
from palabre.survival import belongings
from palabre.survival.aside import set_aside
from palabre.survival.copy import Copy
from palabre.survival.errors import NotAccepted, Unreachable, WrongInvitation
from palabre.survival.node import Node, fingerprint
from palabre.survival.siblings import ASK_SECONDS, change_to, find_leading, keep_siblings
from palabre.survival.state import Began, Part, trusted
from palabre.survival.wire import (
    PROTOCOL,
    Ack,
    Address,
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
    HandedOver,
    Hello,
    Keys,
    Line,
    Message,
    Refused,
    Siblings,
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
_SUMS_AT_ONCE = 1_000
"""Of 250 MB."""
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
        raise Unreachable(address=str(address), problem=str(error) or type(error).__name__) from error
    finally:
        line.close()
    if not isinstance(answer, Enrolled):
        raise NotAccepted(reason=answer.reason if isinstance(answer, Refused) else "it spoke out of turn")
    if fingerprint(ssl.PEM_cert_to_DER_cert(answer.certificate.decode())) != expected:
        raise WrongInvitation(problem="the server showed another certificate")
    _keep_what_came(data, node.unwrap("keyring", answer.keyring), answer.settings)
    part.follow()
    part.accept(
        expected, answer.certificate, address=str(address)
    )  # so that the two can change places without another token
    part.change(
        primary=str(address),
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
    part.accept(name, known[name], address=str(address))
    part.change(primary=str(address), primary_certificate=known[name], in_step=False)


def _keep_what_came(data: Path, keyring: bytes, settings: bytes) -> None:
    data.chmod(0o700)
    (data / "media").mkdir(mode=0o700, exist_ok=True)
    present = data / "keyring"
    if present.exists() and present.read_bytes() != keyring:
        raise NotAccepted(reason="this folder holds another network")
    if not (data / SETTINGS).exists():
        write_durably(data / SETTINGS, settings)
    write_durably(present, keyring)


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
        raise Unreachable(address=str(address), problem=str(error) or type(error).__name__) from error
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

    def __init__(
        self,
        data: Path,
        *,
        progress: Progress = silent,
        overrides: Mapping[str, Any] | None = None,
        listens: str = "",
    ) -> None:
        """``listens``: where this server will listen for standbys once it leads."""
        self.part = Part(data)
        self.node = Node(self.part.folder)
        self.copy = Copy(self.part)
        self._media = FolderStore(data / "media")
        self._progress = progress
        self._overrides = overrides
        self.connected = False
        self.caught_up = asyncio.Event()
        self.decided = asyncio.Event()
        """Set when the primary has handed the network over to this standby, or will not."""
        self.refused = ""
        """Why it did not."""
        self.move = ""
        """The id of the move that was asked for, for as long as somebody waits for the answer."""
        self.trouble = ""
        """What of the network could not be kept here."""
        self._listens = listens
        self._line: Line | None = None
        self._connecting: asyncio.Task[Line] | None = None

    async def run(self) -> None:
        """Follow until cancelled; whatever breaks, begin again. Another standby that leads is followed instead."""
        await _to_its_end(self.copy.look)
        looking = asyncio.create_task(self._look_for_another())
        try:
            await self._follow()
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def _look_for_another(self) -> None:
        """Change to another standby of the same primary as soon as it leads."""
        while True:
            await asyncio.sleep(ASK_SECONDS)
            try:
                found = await find_leading(self.part, self.node, connect)
                if found is not None:
                    change_to(self.part, found)
                    if self._line is not None:
                        self._line.close()
                    elif self._connecting is not None:
                        self._connecting.cancel()
            except Exception:  # looked for again
                _log.exception("the other standbys could not be asked")

    async def _follow(self) -> None:
        failures, trouble = 0, ""
        while True:
            try:
                await self._once()
            except NotAccepted as refused:
                _log.warning("the primary refused", reason=str(refused))
            except Damaged as damaged:
                _log.error("what arrived was refused", reason=str(damaged))
                await _to_its_end(self.copy.look)
            except (OSError, TimeoutError, Unreachable) as error:
                reason = str(error) or type(error).__name__
                if self.connected or reason != trouble:  # once, not at each attempt
                    _log.warning("the primary is out of reach", reason=reason)
                trouble = reason
            if self.connected:
                failures = 0
            self.connected = False
            self.caught_up.clear()
            await asyncio.sleep(_AGAIN_SECONDS[min(failures, len(_AGAIN_SECONDS) - 1)])
            failures += 1

    def rest(self) -> None:
        """Be as before the first :meth:`run`, which may come again; call it when that has ended."""
        self.copy.close()
        self.connected = False
        self.caught_up.clear()

    def take_over(self) -> None:
        """Ask the primary for the network; ``decided`` and ``refused`` tell what comes of it."""
        self.refused = ""
        self.decided.clear()
        self.move = nonce().hex()
        if self._line is None:
            self._no_answer()
        else:
            self._line.put(TakeOver(epoch=self.part.state.epoch, move=self.move))

    def _no_answer(self) -> None:
        self.move = ""
        self.refused = "the connection was lost"
        self.decided.set()

    async def _once(self) -> None:
        state = self.part.state
        address = Address.parse(state.primary)
        self._connecting = asyncio.create_task(
            connect(address, self.node.connecting(state.primary_certificate), state.epoch)
        )
        try:
            line = await self._connecting
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if me is None or me.cancelling():
                raise
            raise Unreachable(address=str(address), problem="another server leads now") from None
        finally:
            self._connecting = None
        self._line = line
        try:
            await self._speak(line)
        finally:
            self._line = None
            line.close()
            if self.move and not self.decided.is_set():
                self._no_answer()

    async def _speak(self, line: Line) -> None:
        state = self.part.state
        await line.send(
            Hello(
                protocol=PROTOCOL,
                epoch=state.epoch,
                complete=state.complete,
                at=self.copy.spot(),
                after=None if state.led else state.after,  # who has led has written there since
                listens=self._listens,
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
            # What a standby in step has may have been acknowledged, if somebody promoted another one all the same.
            unsure = state.led or (state.in_step and welcome.epoch > state.epoch)
            if unsure and state.complete and not state.successor:  # what moved on purpose was sent to its end
                began = welcome.began and Began(
                    salt=welcome.began[0], frames=welcome.began[1], facts=welcome.began[2]
                )
                await _to_its_end(set_aside, self.part, began, welcome.epoch)
            self.part.change(complete=False)
        line.epoch = welcome.epoch
        in_step = state.in_step and welcome.epoch == state.epoch  # a word of the one that was followed before
        self.part.change(
            epoch=welcome.epoch,
            fenced=0,
            led=False,
            handed_to="",
            move="",
            let_go=False,
            successor="",
            in_step=in_step,
        )
        self.connected = True
        await self._list_media(line)
        if not welcome.resume:
            await self._copy_database(line)
        await self._live(line)

    async def _list_media(self, line: Line) -> None:
        names, more = self._media.names(before=_FOREVER), True
        while more:  # as they are found: whoever says nothing for long is held to be gone
            part = await asyncio.to_thread(lambda: list(islice(names, _NAMES_AT_ONCE)))
            more = len(part) == _NAMES_AT_ONCE
            await line.send(Files(names=part, more=more))

    def _media_changed(self, message: File | Gone) -> None:
        if isinstance(message, Gone):
            self._media.delete(message.names)
        elif not self._media.exists(message.name):
            self._media.put(message.name, message.data)

    async def _copy_database(self, line: Line) -> None:
        sums, more = self.copy.begin(), True
        while more:  # as they are found, as the names of the files
            part = await _to_its_end(lambda: list(islice(sums, _SUMS_AT_ONCE)))
            more = len(part) == _SUMS_AT_ONCE
            await line.send(Sums(sums=part, more=more))
        files = 0
        while True:
            match await line.receive(silence=_PATIENCE_SECONDS * 4):
                case File() | Gone() as message:
                    await asyncio.to_thread(self._media_changed, message)
                    files += isinstance(message, File)
                    self._progress("files", files)
                case Chunk(at=at, data=data):
                    await _to_its_end(self.copy.put, at, data)
                    self._progress("bytes", at + len(data))  # what was there from an earlier time counts too
                case Copied(size=size):
                    await _to_its_end(self.copy.end, size)
                    return
                case _:
                    raise Damaged("a part of the database was expected")

    async def _live(self, line: Line) -> None:
        number = 0

        def still_here() -> None:
            line.put(Ack(number=number, in_step=self.part.state.in_step))

        while True:
            silence = _SILENCE_SECONDS if self.caught_up.is_set() else _PATIENCE_SECONDS * 4
            message = await line.receive(silence=silence, sign=still_here)
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
                    turn = message.turn if message.in_step else self.part.state.turn
                    self.part.change(complete=True, in_step=message.in_step, turn=turn)
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
            case Belonging(sealed=sealed):
                self._keep_belongings(sealed)
            case Siblings(others=others):
                keep_siblings(self.part, others, self.node.name)
            case HandedOver(move=move):
                if move != self.move:  # to connect anew takes it back
                    raise NotAccepted(reason="it hands over what nobody waits for any more")
                self.decided.set()
            case Refused(reason=reason):
                self.refused = reason
                self.decided.set()
                raise NotAccepted(reason=reason)
            case _:
                raise Damaged(f"{type(message).__name__} was not expected")

    def _keep_belongings(self, sealed: bytes) -> None:
        try:
            had = belongings.decode(self._unwrap(belongings.PURPOSE, sealed))
        except msgspec.DecodeError as error:
            raise Damaged(str(error)) from error
        try:
            trouble = belongings.keep(self.part.data, had, self._overrides)
        except OSError as error:  # a disk that is full must not part it from the primary
            trouble = f"keys, settings or texts cannot be written: {error}"
        if trouble and trouble != self.trouble:
            _log.error("not everything of the network could be taken over", reason=trouble)
        self.trouble = trouble

    def _unwrap(self, purpose: str, sealed: bytes) -> bytes:
        try:
            return self.node.unwrap(purpose, sealed)
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"{purpose} does not open with the key of this server") from error

    def _keep_keys(self, wrapped: bytes) -> None:
        keyring = self._unwrap("keyring", wrapped)
        path = self.part.data / "keyring"
        if path.read_bytes() != keyring:
            write_durably(path, keyring)
            _log.info("keys were renewed")
