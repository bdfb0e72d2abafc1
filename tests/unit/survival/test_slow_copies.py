"""A copy may take hours: whoever makes it is given up when nothing comes any more, not when it takes long."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from typing import Any, cast

import pytest

from palabre.store import wal
from palabre.survival import following, handing
from palabre.survival.following import Following
from palabre.survival.node import Node
from palabre.survival.state import Part
from palabre.survival.wire import File, Line
from unit.survival.test_silent_standbys import leads


class Written:
    """What a line writes."""

    def __init__(self) -> None:
        self.content = b""

    def write(self, data: bytes) -> None:
        self.content += data


def _trickle(*, pieces: int, of: int) -> tuple[asyncio.StreamReader, list[bytes]]:
    """A long message, and the pieces in which it comes."""
    sent = Written()
    Line(cast("Any", None), cast("Any", sent), 1).put(File(name="a", data=b"x" * 200_000))
    size = len(sent.content) // of + 1
    every = [sent.content[start : start + size] for start in range(0, len(sent.content), size)]
    return asyncio.StreamReader(), every[:pieces]


async def _receive(pieces: int, signs: list[int]) -> object:
    reader, coming = _trickle(pieces=pieces, of=20)
    line = Line(reader, cast("Any", None), 1)

    async def come() -> None:
        for piece in coming:
            await asyncio.sleep(0.05)
            reader.feed_data(piece)

    coming_in = asyncio.create_task(come())
    try:
        return await line.receive(silence=0.3, sign=lambda: signs.append(1))
    finally:
        await coming_in


def test_a_long_message_may_take_its_time_and_the_other_hears_that_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("palabre.survival.wire._SIGN_SECONDS", 0.1)
    signs: list[int] = []
    message = asyncio.run(_receive(20, signs))
    assert isinstance(message, File)
    assert message.data == b"x" * 200_000
    assert len(signs) >= 3


def test_one_that_stops_in_the_midst_of_a_message_is_given_up() -> None:
    with pytest.raises(TimeoutError):
        asyncio.run(_receive(10, []))


def test_a_copy_that_takes_longer_than_anybody_s_patience_is_made_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The standby has all of it from an earlier time: there is much to compare, and nothing to send."""
    monkeypatch.setattr(following, "_PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(following, "_SUMS_AT_ONCE", 10)
    monkeypatch.setattr(handing, "_PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(handing, "_SIGN_SECONDS", 0.05)
    read, digest = wal.read_database, following.Copy.begin
    compared: list[float] = []

    def read_slowly(path: Path, at: int, size: int) -> bytes:
        time.sleep(0.02)
        compared.append(time.monotonic())
        return read(path, at, size)

    def digest_slowly(copy: following.Copy) -> Any:
        for each in digest(copy):
            time.sleep(0.02)
            yield each

    monkeypatch.setattr(wal, "read_database", read_slowly)
    monkeypatch.setattr(following.Copy, "begin", digest_slowly)

    async def go() -> None:
        data = tmp_path / "two"
        part = Part(data)
        node = Node(part.folder)
        async with leads(tmp_path / "one", node) as (_primary, port, certificate):
            for name in ("palabre.db", "keyring"):
                shutil.copy(tmp_path / "one" / name, data / name)
            (data / "media").mkdir()
            part.change(primary=f"127.0.0.1:{port}", primary_certificate=certificate, complete=False)
            told: list[int] = []
            follower = Following(data, progress=lambda _what, done: told.append(done))
            running = asyncio.create_task(follower.run())
            await asyncio.wait_for(follower.caught_up.wait(), 60)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            follower.copy.close()
            assert compared[-1] - compared[0] > 1, "longer than the patience of either"
            assert len(compared) < 150, "once, and not again from the beginning"
            assert told == sorted(told)
            assert told[-1] > 20_000_000, "progress is told of what was there, too"

    asyncio.run(go())
