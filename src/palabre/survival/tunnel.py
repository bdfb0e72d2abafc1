"""One HTTP connection through the encrypted line between two servers: how an old address reaches the new server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from palabre.survival.errors import Unreachable
from palabre.survival.following import connect
from palabre.survival.node import Node
from palabre.survival.wire import Ack, Address, Line, Refused, Tunnel

PATIENCE_SECONDS: Final = 5.0
_PIECE = 65_536
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - what such a server is called from here

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def open_tunnel(node: Node, at: Address, certificate: bytes, epoch: int) -> Streams:
    """Reach the HTTP port of the server at ``at``, which has this certificate.

    Raises:
        Unreachable: it does not answer, or does not serve members yet.

    """
    line = await connect(at, node.connecting(certificate), epoch)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await line.send(Tunnel())
            answer = await line.receive()
    except (OSError, TimeoutError) as error:
        line.close()
        raise Unreachable(address=at.host, problem=str(error) or type(error).__name__) from error
    if not isinstance(answer, Ack):
        line.close()
        reason = answer.reason if isinstance(answer, Refused) else "it spoke out of turn"
        raise Unreachable(address=at.host, problem=reason)
    return line.streams


async def end_tunnel(line: Line, http: tuple[str, int]) -> None:
    """Let a predecessor speak HTTP with the server of this machine, until either ends."""
    host, port = http
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            near_reader, near_writer = await asyncio.open_connection(_ANYWHERE.get(host, host), port)
    except (OSError, TimeoutError):
        await line.send(Refused(reason="it serves no members yet"))
        return
    await line.send(Ack(number=0, in_step=False))
    far_reader, far_writer = line.streams
    inwards = asyncio.create_task(_pass(far_reader, near_writer))
    outwards = asyncio.create_task(_pass(near_reader, far_writer))
    try:
        await asyncio.wait({inwards, outwards}, return_when=asyncio.FIRST_COMPLETED)
        if outwards.done():  # our server ends the connection after its answer; all of it shall arrive
            far_writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await far_writer.wait_closed()
    finally:
        inwards.cancel()
        outwards.cancel()
        await asyncio.gather(inwards, outwards, return_exceptions=True)
        near_writer.transport.abort()


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await source.read(_PIECE):
            sink.write(piece)
            await sink.drain()
