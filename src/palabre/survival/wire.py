"""What servers of one network say to each other, inside TLS: numbered messages of one epoch, each with a digest."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from hashlib import blake2b
from struct import Struct
from typing import Final, NamedTuple

import msgspec

from palabre.survival.node import fingerprint

_HEADER = Struct(">QQI")
"""Epoch of the sender, number of the message, length."""
_DIGEST: Final = 16
MOST_BYTES: Final = 80 * 1024 * 1024
PROTOCOL: Final = 6
_SIGN_SECONDS: Final = 1.0


class Damaged(ConnectionError):  # noqa: N818 - it says what happened to a message
    """What arrived is not what was sent, or not in its order: the connection ends, and begins again."""


class Enrol(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """A server that was invited introduces itself."""

    protocol: int
    token: str
    certificate: bytes


class Enrolled(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """It is accepted, and gets what it needs to be one of us."""

    certificate: bytes
    keyring: bytes
    """Wrapped for its key."""
    settings: bytes


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """No, for a reason; with the epoch that makes the asker stale, if that is it."""

    reason: str
    epoch: int = 0


class Spot(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """A place in the log."""

    salt: bytes
    frames: int
    checksum: bytes


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """A standby says what it has."""

    protocol: int
    epoch: int
    complete: bool
    at: Spot | None
    """Where its log ends; ``None`` if it is empty."""
    after: tuple[bytes, int] | None
    """The generation that its database holds wholly, if its log is empty."""
    listens: str = ""
    """Where it will listen for standbys once it leads, as its settings say."""


class Welcome(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """The primary says how it will go on."""

    epoch: int
    began: tuple[bytes, int, int] | None
    """Where in its predecessor's log, and after which fact, this epoch began."""
    resume: bool


class Sums(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """Digests of the chunks that the standby has, as it reads them."""

    sums: list[bytes]
    more: bool


class Chunk(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """A part of the database file; empty, where the standby has all up to there already."""

    at: int
    data: bytes


class Copied(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """The database file is whole: so many bytes."""

    size: int


class Frames(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """Frames of the log."""

    number: int
    salt: bytes
    first: int
    header: bytes
    data: bytes


class Emptied(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """The log was copied into the database up to here and starts over: do the same."""

    number: int
    salt: bytes
    frames: int


class Files(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """The media files that the standby has."""

    names: list[str]
    more: bool


class File(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """A media file."""

    name: str
    data: bytes


class Gone(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """Media files that were deleted."""

    names: list[str]


class Standing(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """Sent every second: where the primary is, and whether this standby is the one in step."""

    number: int
    in_step: bool
    sent: float
    """On the sender's clock; comes back in the answer."""
    turn: int
    """How often, in this epoch, a standby has been told that it is in step: who heard the highest has everything."""


class Ack(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """All up to this number is on the standby's disk."""

    number: int
    in_step: bool
    """Whether the standby knows, durably, that it is the one in step."""
    sent: float = 0.0


class Announce(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """A server that was promoted tells the one it replaced."""

    epoch: int
    at: str = ""
    """After a move: where the predecessor sends members on to, ``host:port``; without host, where this comes from."""
    origin: str = ""
    """The origin that the network has from now on."""


class TakeOver(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """A standby in step asks for the network: it moves on purpose."""

    epoch: int
    move: str
    """The id of the move, which nobody can guess; each request has its own."""


class HandedOver(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """All is sent, and nothing will be acknowledged here any more unless this standby comes back as one."""

    number: int
    move: str
    """Which request this answers."""


class MayLead(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """Who was given the network asks, when it follows nobody any more, whether it still is its own."""

    move: str


class Tunnel(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """What follows, both ways, is one HTTP connection of a member who still goes to the old address."""


class Keys(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """The keyring as it is now, wrapped for the standby: keys may have been renewed."""

    keyring: bytes


class Belonging(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """What belongs to the network beside its database, as it is now, wrapped for the standby."""

    sealed: bytes


class Sibling(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Another standby of the same primary."""

    name: str
    certificate: bytes
    address: str
    """Where it will listen once it leads: ``host:port``."""


class Siblings(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """All other standbys of which the primary knows where they would listen."""

    others: list[Sibling]


class Who(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """A standby asks whether this server leads."""

    epoch: int
    """The highest that it knows."""


class Here(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """The answer."""

    epoch: int
    leads: bool


Message = (
    Enrol | Enrolled | Refused | Hello | Welcome | Sums | Chunk | Copied | Frames | Emptied | Files | File | Gone
    | Standing | Ack | Announce | TakeOver | HandedOver | MayLead | Tunnel | Keys
    | Belonging | Siblings | Who | Here
)  # fmt: skip
_decoder: Final = msgspec.msgpack.Decoder(Message)
_encoder: Final = msgspec.msgpack.Encoder()


class Address(NamedTuple):
    """Where a server listens for others."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``host:port`` or ``[address]:port``."""
        host, _, port = text.strip().rpartition(":")
        if not host or not port.isdecimal():
            msg = f"{text!r} is not like host:port"
            raise ValueError(msg)
        return cls(host.strip("[]"), int(port))

    def __str__(self) -> str:
        """Write it so that :meth:`parse` reads it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _nothing() -> None:
    """Give no sign of life."""


class Line:
    """One connection to another server of the network."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, epoch: int) -> None:
        self._reader = reader
        self._writer = writer
        self.epoch = epoch
        self._sent = 0
        self._received = 0

    @property
    def peer(self) -> str:
        """The fingerprint of the other's certificate; empty if it showed none."""
        tls: ssl.SSLObject | None = self._writer.get_extra_info("ssl_object")
        der = tls.getpeercert(binary_form=True) if tls else None
        return fingerprint(der) if der else ""

    @property
    def host(self) -> str:
        """The address from which the other speaks."""
        return str(self._writer.get_extra_info("peername")[0])

    @property
    def streams(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """What lies below, for bytes that are no messages."""
        return self._reader, self._writer

    @property
    def waiting(self) -> int:
        """Bytes that wait here for what lies below; that may hold as much as was put while nothing waited."""
        return self._writer.transport.get_write_buffer_size()

    def put(self, message: Message) -> None:
        """Send without waiting."""
        payload = _encoder.encode(message)
        self._sent += 1
        header = _HEADER.pack(self.epoch, self._sent, len(payload))
        digest = blake2b(payload, digest_size=_DIGEST, key=header).digest()
        self._writer.write(b"".join((header, payload, digest)))

    async def send(self, message: Message) -> None:
        """Send; wait while the network is slower than we."""
        self.put(message)
        await self.drained()

    async def drained(self) -> None:
        """Wait while the network is slower than we."""
        await self._writer.drain()

    async def receive(self, *, silence: float | None = None, sign: Callable[[], None] = _nothing) -> Message:
        """Return the next message, however long it takes to come, as long as something comes.

        Args:
            silence: after so many seconds without a byte the other is held to be gone; ``None``: never.
            sign: called about every second while a long message comes in.

        Raises:
            Damaged: it is not the next one, not whole, or of an epoch that is over.
            ConnectionError: the connection has ended.
            TimeoutError: nothing came.

        """
        try:
            async with asyncio.timeout(silence) as limit:
                header = await self._reader.readexactly(_HEADER.size)
                epoch, number, length = _HEADER.unpack(header)
                if number != self._received + 1 or length > MOST_BYTES:
                    raise Damaged(f"message {number} of {length} bytes after message {self._received}")
                payload = await self._all_of(length, limit, silence, sign)
                digest = await self._reader.readexactly(_DIGEST)
        except (asyncio.IncompleteReadError, ssl.SSLError) as error:
            raise ConnectionResetError("the connection ended") from error
        if blake2b(payload, digest_size=_DIGEST, key=header).digest() != digest:
            raise Damaged("a message does not have the digest it was sent with")
        self._received = number
        try:
            message: Message = _decoder.decode(payload)
        except msgspec.DecodeError as error:
            raise Damaged(str(error)) from error
        if epoch < self.epoch and isinstance(
            message, Frames | Emptied | File | Gone | Standing | Belonging | Siblings
        ):
            raise Damaged(f"a message of epoch {epoch}, this is {self.epoch}")
        return message

    async def _all_of(
        self, length: int, limit: asyncio.Timeout, silence: float | None, sign: Callable[[], None]
    ) -> bytes:
        """Read so many bytes; each piece that comes puts the limit off."""
        now = asyncio.get_running_loop().time
        pieces: list[bytes] = []
        left, said = length, now()
        while left:
            piece = await self._reader.read(left)
            if not piece:
                raise asyncio.IncompleteReadError(b"", left)
            pieces.append(piece)
            left -= len(piece)
            if silence is not None:
                limit.reschedule(now() + silence)
            if now() >= said + _SIGN_SECONDS:
                said = now()
                sign()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """End the connection now."""
        self._writer.transport.abort()
