"""A request passed on to another server, piece by piece, and its answer passed back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import httptools
from starlette.types import Receive, Scope, Send

from palabre.edge.refusals import refused
from palabre.survival.errors import NoStandby
from palabre.survival.tunnel import Streams

_SILENCE_SECONDS: Final = 90.0
"""An answer that says nothing for so long is given up; live streams say something every half minute."""
_READY_SECONDS = 2.0
_PIECE = 65_536
_NOT_ON: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"expect",
    }
)
"""Headers that belong to one connection (RFC 9110, section 7.6.1)."""
_NOT_BACK: Final = _NOT_ON | {b"date", b"server"}

Headers = list[tuple[bytes, bytes]]


class _Answer:
    """Called by the parser."""

    def __init__(self, parts: list[bytes]) -> None:
        self.headers: Headers = []
        self.complete = self.head = False
        self._parts = parts

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.head = True

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)

    def on_message_complete(self) -> None:
        self.complete = True


async def forward(scope: Scope, receive: Receive, send: Send, streams: Streams) -> None:
    """Send a request to who answers on ``streams``, and pass the answer on."""
    reader, writer = streams
    head = _head(scope)
    started = False
    sending = None
    try:
        writer.write(head)
        chunked = b"\r\ntransfer-encoding: chunked\r\n" in head
        sending = asyncio.create_task(_send_body(receive, writer, chunked=chunked))
        async for message in _answer(reader, head_only=scope["method"] == "HEAD"):
            started = True
            await send(message)
    except (OSError, TimeoutError, EOFError, httptools.HttpParserError):
        if sending is not None and sending.done() and not sending.cancelled() and sending.exception() is None:
            return  # the member went away first
        if not started:
            await refused(NoStandby(retry_after=5))(scope, receive, send)
            return
        raise  # part of the answer is out: ending the connection is the only way to say that the rest is missing
    finally:
        if sending is not None:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


def target_of(scope: Scope) -> bytes:
    """Return path and query as they were asked for."""
    path: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
    return path.partition(b"?")[0] + (b"?" + scope["query_string"] if scope["query_string"] else b"")


def headers_on(scope: Scope) -> Headers:
    """Return the headers to pass on: all that are not of one connection, and who asks."""
    headers: Headers = []
    seen: list[bytes] = []
    for name, value in scope["headers"]:
        if name == b"x-forwarded-for":
            seen.append(value)
        elif name not in _NOT_ON:
            headers.append((name, value))
    if scope.get("client"):
        seen.append(scope["client"][0].encode())
    headers.append((b"x-forwarded-for", b", ".join(seen)))
    return headers


def _head(scope: Scope) -> bytes:
    """Write the head of the request."""
    lines = [b"%s %s HTTP/1.1" % (scope["method"].encode("ascii"), target_of(scope))]
    lines += [b"%s: %s" % header for header in headers_on(scope)]
    lines.append(b"connection: close")
    if any(name == b"transfer-encoding" for name, _ in scope["headers"]):
        lines.append(b"transfer-encoding: chunked")
    return b"\r\n".join([*lines, b"", b""])


async def _send_body(receive: Receive, writer: asyncio.StreamWriter, *, chunked: bool) -> None:
    """Pass the body on, then wait until the member goes away: an answer that nobody waits for is not waited for."""
    while (message := await receive())["type"] == "http.request":
        body = message.get("body", b"")
        if body:
            writer.write(b"%x\r\n%s\r\n" % (len(body), body) if chunked else body)
            await writer.drain()
        if chunked and not message.get("more_body"):
            writer.write(b"0\r\n\r\n")
    writer.transport.abort()


async def _answer(reader: asyncio.StreamReader, *, head_only: bool) -> AsyncIterator[dict[str, object]]:
    parts: list[bytes] = []
    answer = _Answer(parts)
    parser = httptools.HttpResponseParser(answer)
    told = False
    while not answer.complete and not (head_only and answer.head):
        async with asyncio.timeout(_SILENCE_SECONDS):
            piece = await reader.read(_PIECE)
        if not piece:
            if told and not any(name in {b"content-length", b"transfer-encoding"} for name, _ in answer.headers):
                break  # the end of the connection is the end of the answer
            raise EOFError
        parser.feed_data(piece)
        if answer.head and not told:
            told = True
            headers = [(name, value) for name, value in answer.headers if name not in _NOT_BACK]
            yield {"type": "http.response.start", "status": parser.get_status_code(), "headers": headers}
        if parts and told and not head_only:
            yield {"type": "http.response.body", "body": b"".join(parts), "more_body": True}
            parts.clear()
    yield {"type": "http.response.body", "body": b"", "more_body": False}


async def answers_ready(streams: Streams) -> bool:
    """Ask a server whether it serves members."""
    reader, writer = streams
    try:
        writer.write(b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        async with asyncio.timeout(_READY_SECONDS):
            line = await reader.readline()
    except (OSError, TimeoutError):
        return False
    else:
        return line.startswith(b"HTTP/1.1 200")
    finally:
        writer.transport.abort()
