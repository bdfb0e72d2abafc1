"""A WebSocket passed on to another server: messages go both ways as they come, and so does how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from starlette.types import Receive, Scope, Send
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from palabre.edge.answers import Answer, turn_away
from palabre.edge.refusals import refused
from palabre.survival.errors import NoStandby
from palabre.survival.forwarding import headers_on, target_of
from palabre.survival.tunnel import Streams

_SILENCE_SECONDS: Final = 90.0
"""A server that says nothing for so long is given up: ours pings every half minute (RFC 6455, section 5.5.2)."""
_PIECE = 65_536
_RESTARTS: Final = 1012
"""The close code of a server that restarts: apps connect again (IANA, WebSocket close codes)."""
_OWN = b"sec-websocket-"


class _Far:
    """The connection to the other server, as a client's."""

    def __init__(self, scope: Scope, streams: Streams) -> None:
        self._reader, self._writer = streams
        protocols = [Subprotocol(each) for each in scope.get("subprotocols", ())] or None
        self._protocol = ClientProtocol(parse_uri("ws://localhost/"), subprotocols=protocols)
        request = self._protocol.connect()
        del request.headers["Host"]
        for name, value in headers_on(scope):
            if not name.startswith(_OWN):
                request.headers[name.decode("latin-1")] = value.decode("latin-1")
        self._protocol.send_request(Request(target_of(scope).decode("ascii"), request.headers))

    async def flush(self) -> None:
        """Write what there is to say."""
        self._writer.writelines(self._protocol.data_to_send())
        await self._writer.drain()

    async def send(self, message: dict[str, object]) -> None:
        """Send what a member's app said."""
        text = message.get("text")
        if isinstance(text, str):
            self._protocol.send_text(text.encode())
        else:
            data = message.get("bytes")
            self._protocol.send_binary(data if isinstance(data, bytes) else b"")
        await self.flush()

    async def heard(self) -> AsyncIterator[Response | Frame]:
        """Yield what the other server says, beginning with its answer to the request; pings are answered here.

        Raises:
            EOFError: it is gone.
            TimeoutError: it has said nothing for too long.

        """
        while True:
            async with asyncio.timeout(_SILENCE_SECONDS):
                piece = await self._reader.read(_PIECE)
            if piece:
                self._protocol.receive_data(piece)
            else:
                self._protocol.receive_eof()
            for event in self._protocol.events_received():
                if isinstance(event, Response | Frame):
                    yield event
            await self.flush()
            if not piece or self._protocol.parser_exc is not None:
                raise EOFError


async def forward_socket(scope: Scope, receive: Receive, send: Send, streams: Streams) -> None:
    """Open a WebSocket to who answers on ``streams`` and pass everything on, until either side ends it.

    ``websocket.connect`` was received already.
    """
    far = _Far(scope, streams)
    heard = far.heard()
    try:
        await far.flush()
        answer = await anext(heard)
    except (OSError, EOFError, TimeoutError, StopAsyncIteration):
        await turn_away(refused(NoStandby(retry_after=5)), scope, send)
        return
    if not isinstance(answer, Response) or answer.status_code != 101:
        await turn_away(_same(answer), scope, send)
        return
    await send({"type": "websocket.accept", "subprotocol": answer.headers.get("Sec-WebSocket-Protocol")})
    outwards = asyncio.create_task(_pass_out(heard, send))
    inwards = asyncio.create_task(_pass_in(receive, far))
    try:
        await asyncio.wait({outwards, inwards}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        inwards.cancel()
        if not outwards.done():
            outwards.cancel()
        code, _ = await asyncio.gather(outwards, inwards, return_exceptions=True)
    if isinstance(code, int):
        await send({"type": "websocket.close", "code": code})


def _same(answer: Response | Frame) -> Answer:
    """Return the refusal of the other server as one of ours."""
    if not isinstance(answer, Response):
        return refused(NoStandby(retry_after=5))
    kind = answer.headers.get("content-type", "application/json; charset=utf-8").encode("latin-1")
    more = [(b"www-authenticate", each.encode("latin-1")) for each in answer.headers.get_all("www-authenticate")]
    return Answer(bytes(answer.body), answer.status_code, more, kind=(b"content-type", kind))


async def _pass_out(heard: AsyncIterator[Response | Frame], send: Send) -> int:
    """Pass on what the other server says; return the code with which it ended."""
    parts: list[bytes] = []
    opcode = Opcode.TEXT
    try:
        async for frame in heard:
            if not isinstance(frame, Frame):
                continue
            if frame.opcode is Opcode.CLOSE:
                return int.from_bytes(frame.data[:2], "big") or 1000
            if frame.opcode in {Opcode.TEXT, Opcode.BINARY}:
                opcode = frame.opcode
            elif frame.opcode is not Opcode.CONT:
                continue
            parts.append(bytes(frame.data))
            if frame.fin:
                whole = b"".join(parts)
                parts.clear()
                body = {"text": whole.decode()} if opcode is Opcode.TEXT else {"bytes": whole}
                await send({"type": "websocket.send", **body})
    except (OSError, EOFError, TimeoutError):
        pass
    return _RESTARTS


async def _pass_in(receive: Receive, far: _Far) -> None:
    """Pass on what the member's app says, until it goes."""
    while (message := await receive())["type"] == "websocket.receive":
        await far.send(dict(message))
