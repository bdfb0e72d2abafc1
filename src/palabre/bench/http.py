"""A small HTTP/1.1 client on asyncio streams: what seeding and checking need, at little cost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec

T = TypeVar("T")


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Decode the body."""
        return msgspec.json.decode(self.body)


class WrongAnswer(Exception):  # noqa: N818 - an answer, not an error of ours
    """The server did not answer as it should have; a benchmark of that would be worth nothing."""


class Connection:
    """One keep-alive connection to the server on a loopback port; requests one after the other."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(
        self, method: str, path: str, *, token: str | None = None, form: dict[str, Any] | None = None
    ) -> Answer:
        """Send one request and read the answer; a connection that the server closed is opened again."""
        body = urlencode(form, doseq=True).encode() if form is not None else b""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        if form is not None:
            lines.append("Content-Type: application/x-www-form-urlencoded")
        raw = "\r\n".join([*lines, "", ""]).encode() + body
        for attempt in (0, 1):
            try:
                return await self._once(raw)
            except (ConnectionError, asyncio.IncompleteReadError):
                self.close()
                if attempt:
                    raise
        raise AssertionError

    async def _once(self, raw: bytes) -> Answer:
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**22)
        self._writer.write(raw)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ", 2)[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        length = int(headers.get("content-length", "0"))
        return Answer(status, headers, await self._reader.readexactly(length))

    async def expect(
        self, method: str, path: str, *, token: str | None = None, form: dict[str, Any] | None = None
    ) -> Any:
        """Send one request and return the decoded body.

        Raises:
            WrongAnswer: the status is not 200.

        """
        answer = await self.ask(method, path, token=token, form=form)
        if answer.status != 200:
            raise WrongAnswer(f"{method} {path}: {answer.status} {answer.body[:200]!r}")
        return answer.json()

    def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def spread(
    port: int, items: Iterable[T], work: Callable[[Connection, T], Awaitable[None]], *, clients: int = 32
) -> None:
    """Do ``work`` for each item, ``clients`` at a time, each on a connection of its own."""
    waiting = iter(items)

    async def client() -> None:
        connection = Connection(port)
        try:
            for item in waiting:
                await work(connection, item)
        finally:
            connection.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(client())
