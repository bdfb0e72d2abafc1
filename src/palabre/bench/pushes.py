"""Web push: how many messages a second are encrypted and delivered, and what each of them costs."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from palabre.bench.figures import Pass
from palabre.bench.http import Connection, Form, WrongAnswer, spread
from palabre.bench.passes import Meter
from palabre.bench.writes import post_once

_PATIENCE: Final = 120.0
_ANSWER: Final = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _derive(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF (RFC 5869) for at most one block."""
    key = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(key, info + b"\x01", hashlib.sha256).digest()[:length]


class Device:
    """A telephone: decrypts as RFC 8291 says, with nothing of what encrypts."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self._auth = os.urandom(16)

    def form(self, endpoint: str) -> Form:
        """Return what it sends to subscribe."""
        return {
            "subscription[endpoint]": endpoint,
            "subscription[keys][p256dh]": _b64(self._point),
            "subscription[keys][auth]": _b64(self._auth),
            "subscription[standard]": "true",
            "data[alerts][status]": "true",
        }

    def read(self, body: bytes) -> bytes:
        """Decrypt a message.

        Raises:
            cryptography.exceptions.InvalidTag: it is for somebody else, or damaged.

        """
        salt, length = body[:16], body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        shared = self._key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        secret = _derive(self._auth, shared, b"WebPush: info\0" + self._point + sender, 32)
        key = _derive(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derive(salt, secret, b"Content-Encoding: nonce\0", 12)
        plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        if plain[-1:] != b"\x02":
            raise WrongAnswer("a push message is not its last record")
        return plain[:-1]


class _Arrived(NamedTuple):
    device: int
    body: bytes
    at: float


class Service(asyncio.Protocol):
    """One connection to a push service that accepts everything, as cheap as can be; ``/N`` is for device N."""

    def __init__(self, arrived: list[_Arrived]) -> None:
        """``arrived`` gets each message."""
        self._arrived = arrived
        self._buffer = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are written to."""
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take whole requests and accept them."""
        self._buffer += data
        while True:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._buffer[:end])
            size = next(
                int(line.partition(b":")[2])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            )
            if len(self._buffer) < end + 4 + size:
                return
            path = head.split(b" ", 2)[1]
            self._arrived.append(
                _Arrived(
                    int(path.rpartition(b"/")[2]), bytes(self._buffer[end + 4 : end + 4 + size]), time.perf_counter()
                )
            )
            del self._buffer[: end + 4 + size]
            if self._transport is not None:
                self._transport.write(_ANSWER)


class _Text(msgspec.Struct):
    access_token: str
    notification_type: str
    body: str


_text = msgspec.json.Decoder(_Text).decode


async def measure(
    meter: Meter, author: str, author_id: str, tokens: Sequence[str], *, rounds: int
) -> tuple[int, list[Pass]]:
    """Let the members of ``tokens`` be told of each post of ``author`` on a device of theirs.

    Returns:
        the bytes of a message, and a pass for each post: a message is what a request is elsewhere, and what it costs
        includes the notification that it tells of.

    Raises:
        WrongAnswer: somebody was not told, or twice, or could not read it.

    """
    port = meter.server.port
    arrived: list[_Arrived] = []
    service = await asyncio.get_running_loop().create_server(lambda: Service(arrived), "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{service.sockets[0].getsockname()[1]}"
    devices = [Device() for _ in tokens]

    async def subscribe(connection: Connection, number: int) -> None:
        follow: Form = {"notify": "true"}
        await connection.expect("POST", f"/api/v1/accounts/{author_id}/follow", token=tokens[number], form=follow)
        form = devices[number].form(f"{origin}/{number}")
        await connection.expect("POST", "/api/v1/push/subscription", token=tokens[number], form=form)

    try:
        await spread(port, range(len(tokens)), subscribe, clients=8)
        await _round(meter, author, arrived, devices, tokens, "what the first ones load and plan")
        measured = [
            await _round(meter, author, arrived, devices, tokens, f"told on {len(tokens)} devices, number {number}")
            for number in range(rounds)
        ]
    finally:
        service.close()
    return sum(len(each.body) for each in arrived) // len(arrived), measured


async def _round(
    meter: Meter, author: str, arrived: list[_Arrived], devices: Sequence[Device], tokens: Sequence[str], text: str
) -> Pass:
    """Publish ``text``; wait until every device has been told, and read what it was."""
    await meter.settle()
    arrived.clear()
    before = meter.used()
    connection = Connection(meter.server.port)
    await connection.open()
    began = time.perf_counter()
    await post_once(connection, author, text)
    while len(arrived) < len(devices):
        if time.perf_counter() - began > _PATIENCE:
            raise WrongAnswer(f"{len(arrived)} of {len(devices)} push messages came")
        await asyncio.sleep(0.002)
    connection.close()
    await meter.settle()
    after = meter.used()
    for each in arrived:
        said = _text(devices[each.device].read(each.body))
        if (said.access_token, said.notification_type, said.body) != (tokens[each.device], "status", text):
            raise WrongAnswer(f"a push message says {said.notification_type!r}: {said.body!r}")
    if len({each.device for each in arrived}) != len(devices) or len(arrived) != len(devices):
        raise WrongAnswer(f"{len(arrived)} push messages for {len(devices)} devices")
    times = sorted((each.at - began) * 1e3 for each in arrived)
    return Pass(
        requests=len(times),
        cpu_ms=(after[0] - before[0]) / len(times) * 1e3,
        database_ms=(after[1] - before[1]) / len(times) * 1e3,
        per_second=len(times) / times[-1] * 1e3,
        p50_ms=times[len(times) // 2],
        p99_ms=times[len(times) * 99 // 100],
    )
