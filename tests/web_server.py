"""A web server on this machine, for tests of what fetches: answers as it is told, byte for byte."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Self

Answerer = Callable[[str], bytes]


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """Write an HTTP answer; ``content_type="text/html"`` becomes a header."""
    lines = [f"HTTP/1.1 {status}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if "content_length" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class WebServer:
    """Answers by path; what is not known is 404. ``asked`` says what was asked for, headers and all."""

    def __init__(self, pages: dict[str, bytes | Answerer], *, host: str = "127.0.0.1", name: str = "") -> None:
        self.pages = pages
        self.name = name
        self.host = host
        self.asked: list[str] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://{self.name or self.host}:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    @property
    def paths(self) -> list[str]:
        return [each.split(" ", 2)[1] for each in self.asked]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.asked.append(head)
            found = self.pages.get(head.split(" ", 2)[1], answer(status="404 Not Found"))
            writer.write(found if isinstance(found, bytes) else found(head))
            await writer.drain()
        writer.close()
