"""A small HTTP/1.1 client on asyncio streams: what seeding, checking and rehearsing need, at little cost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec

T = TypeVar("T")

Form = Mapping[str, str | list[str]]


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    head: bytes
    """Status line and headers, with the empty line."""
    body: bytes

    @property
    def size(self) -> int:
        """Return how many bytes came over the line."""
        return len(self.head) + len(self.body)

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Return the headers, names in lower case."""
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines if line)]

    def json(self) -> Any:
        """Decode the body."""
        return msgspec.json.decode(self.body)


class WrongAnswer(Exception):  # noqa: N818 - an answer, not an error of ours
    """The server did not answer as it should have; a benchmark of that would be worth nothing."""


class Connection:
    """One keep-alive connection to a server, usually on a loopback port; requests one after the other."""

    def __init__(self, port: int, *, host: str = "127.0.0.1", tls: bool = False, name: str = "localhost") -> None:
        """Prepare; ``name`` is what the server is called in the requests."""
        self._port = port
        self._host = host
        self._tls = tls
        self._name = name
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        """Connect, so that the first request does not pay for it."""
        self._reader, self._writer = await asyncio.open_connection(
            self._host, self._port, limit=2**22, ssl=True if self._tls else None
        )

    async def ask(
        self, method: str, path: str, *, token: str | None = None, form: Form | None = None, key: str = ""
    ) -> Answer:
        """Send one request and read the answer; ``key`` makes a repeated post the same post."""
        body = urlencode(form, doseq=True).encode() if form is not None else b""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._name}"]
        if key:
            lines.append(f"Idempotency-Key: {key}")
        if token:
            lines.append(f"Authorization: Bearer {token}")
        if form is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        elif method != "GET":
            lines.append("Content-Length: 0")
        return await self._exchange("\r\n".join([*lines, "", ""]).encode() + body)

    async def _exchange(self, raw: bytes) -> Answer:
        if self._writer is None:
            await self.open()
        if self._writer is None or self._reader is None:
            raise ConnectionError
        self._writer.write(raw)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lowered = head.lower()
        place = lowered.find(b"\r\ncontent-length:")
        length = int(lowered[place + 17 : lowered.index(b"\r\n", place + 17)]) if place >= 0 else 0
        return Answer(int(head[9:12]), head, await self._reader.readexactly(length))

    async def expect(self, method: str, path: str, *, token: str | None = None, form: Form | None = None) -> Any:
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
