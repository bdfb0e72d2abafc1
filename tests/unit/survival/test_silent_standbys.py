"""A standby that came and died before it followed frees its place, and the log that was kept for it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, cast

import apsw
import pytest

from palabre.folder import initialise, open_folder
from palabre.survival import handing
from palabre.survival.followed import FollowedStore
from palabre.survival.node import Node
from palabre.survival.pointer import Pointer
from palabre.survival.primary import Primary
from palabre.survival.state import Part
from palabre.survival.wire import PROTOCOL, Files, Gone, Hello, Line, Message, Sums, Welcome
from ports import free_port

_MEGABYTES = 24
"""More than lies between two programs of one machine when one of them does not read."""


@asynccontextmanager
async def leads(folder: Path, standby: Node) -> AsyncIterator[tuple[Primary, int, bytes]]:
    """A server with a large network that lets ``standby`` in, its port, and its certificate."""
    initialise(folder, origin="http://localhost:8000")
    with closing(apsw.Connection(str(folder / "palabre.db"))) as database:
        database.execute("CREATE TABLE ballast (content BLOB)")
        for _ in range(_MEGABYTES):
            database.execute("INSERT INTO ballast VALUES (randomblob(1048576))")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    port = free_port()
    opened = open_folder(folder, standby_listen=f"127.0.0.1:{port}")
    part = Part(folder)
    part.accept(standby.name, standby.certificate)
    media = FollowedStore(folder / "media")
    primary = await Primary.start(opened.config, opened.database, media, Pointer(part, opened.config))
    try:
        yield primary, port, Node(part.folder).certificate
    finally:
        primary.shipper.closing = True
        await asyncio.to_thread(opened.database.close)
        await primary.stop()


@asynccontextmanager
async def leading(folder: Path, standby: Node) -> AsyncIterator[tuple[Primary, Line]]:
    """A server that lets ``standby`` in, and the line of that one."""
    async with leads(folder, standby) as (primary, port, certificate):
        context: ssl.SSLContext = standby.connecting(certificate)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="")
        line = Line(reader, writer, 1)
        try:
            yield primary, line
        finally:
            line.close()


@pytest.mark.parametrize(
    "says",
    [
        pytest.param([], id="it lists its files"),
        pytest.param([Files(names=[], more=True)], id="it has listed some of them"),
        pytest.param([Files(names=[], more=False)], id="it reads its copy"),
        pytest.param([Files(names=[], more=False), Sums(sums=[], more=True)], id="it has read some of it"),
        pytest.param([Files(names=[], more=False), Sums(sums=[], more=False)], id="it takes nothing any more"),
    ],
)
def test_one_that_dies_while_it_gets_what_it_lacks_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: list[Message]
) -> None:
    monkeypatch.setattr(handing, "_PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(handing, "_SLOWEST_LINE", 1 << 40)

    async def go() -> None:
        async with leading(tmp_path / "one", Node(tmp_path / "two")) as (primary, line):
            await line.send(Hello(protocol=PROTOCOL, epoch=1, complete=False, at=None, after=None))
            assert isinstance(await line.receive(), Welcome)
            place = primary._welcoming.followers
            assert len(place) == 1
            for message in says:
                await line.send(message)
            async with asyncio.timeout(60):
                while place or primary.shipper._held:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.02)

    asyncio.run(go())


class Slow:
    """A line below which lies a buffer that takes one message, however long, and then is full."""

    def __init__(self) -> None:
        self.below = self.waiting = 0

    def put(self, message: Gone) -> None:
        length = len(message.names)
        if self.below:
            self.waiting += length
        else:
            self.below = length

    async def drained(self) -> None:
        if self.waiting >= 500:  # then it waits until the buffer is empty, and takes what waited
            self.below, self.waiting = self.waiting, 0


def test_a_slow_line_is_given_the_time_that_it_needs_for_what_is_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing, "_SLOWEST_LINE", 10)
    allowed: list[float] = []
    limit = asyncio.timeout

    def noted(seconds: float) -> asyncio.Timeout:
        allowed.append(seconds - 60)
        return limit(None)

    async def go() -> None:
        monkeypatch.setattr(asyncio, "timeout", noted)
        handed = handing.Handing(cast("Any", Slow()))
        for length in (80_000, 250, 250, 250):
            await handed.send(Gone(names=["x"] * length), length)

    asyncio.run(go())
    assert allowed == [8_000, 8_025, 8_050, 75], "the long one counts until it has gone, and then no more"
