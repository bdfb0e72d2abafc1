"""What arrives from another server, inside TLS, is what it sent, once and in its order; anything else is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from palabre.emojis.events import EmojisChanged
from palabre.folder import initialise
from palabre.journal import head, record, seal
from palabre.store import Database, wal
from palabre.survival.copy import Copy
from palabre.survival.state import Part
from palabre.survival.wire import MOST_BYTES, Ack, Damaged, Emptied, Frames, Line, Message, Standing


class Written:
    """What a line writes, message by message."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.messages.append(data)


def _sent(*messages: Message, epoch: int = 1) -> list[bytes]:
    written = Written()
    line = Line(cast("Any", None), cast("Any", written), epoch)
    for message in messages:
        line.put(message)
    return written.messages


def _received(pieces: list[bytes], *, epoch: int = 1) -> list[Message]:
    async def receive() -> list[Message]:
        reader = asyncio.StreamReader()
        for piece in pieces:
            reader.feed_data(piece)
        reader.feed_eof()
        line = Line(reader, cast("Any", None), epoch)
        found: list[Message] = []
        while True:
            try:
                found.append(await line.receive(silence=5))
            except Damaged:
                raise
            except ConnectionError:
                return found

    return asyncio.run(receive())


_THREE: list[Message] = [Ack(number=number, in_step=True) for number in (1, 2, 3)]


def _flip(at: int) -> Callable[[list[bytes]], list[bytes]]:
    def flip(pieces: list[bytes]) -> list[bytes]:
        second = pieces[1]
        place = at % len(second)
        changed = second[:place] + bytes([second[place] ^ 1]) + second[place + 1 :]
        return [pieces[0], changed, pieces[2]]

    return flip


HARM: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "an epoch that is not the sender's": _flip(7),
    "a number that is not its own": _flip(15),
    "a length that is not its own": _flip(19),
    "content that was changed": _flip(25),
    "a digest that was changed": _flip(-1),
    "truncated": lambda pieces: [pieces[0], pieces[1][:-4], pieces[2]],
    "replayed": lambda pieces: [pieces[0], pieces[1], pieces[1], pieces[2]],
    "reordered": lambda pieces: [pieces[0], pieces[2], pieces[1]],
    "left out": lambda pieces: [pieces[0], pieces[2]],
}


def test_what_was_sent_arrives() -> None:
    assert _received(_sent(*_THREE)) == _THREE


@pytest.mark.parametrize("harm", HARM)
def test_what_is_not_as_it_was_sent_is_refused(harm: str) -> None:
    with pytest.raises(Damaged):
        _received(HARM[harm](_sent(*_THREE)))


def test_what_is_longer_than_any_message_is_refused_before_it_is_read() -> None:
    (message,) = _sent(_THREE[0])
    with pytest.raises(Damaged):
        _received([message[:16] + (MOST_BYTES + 1).to_bytes(4, "big")])


def test_what_a_server_says_whose_time_is_over_is_refused() -> None:
    standing = Standing(number=1, in_step=True, sent=1.0, turn=1)
    assert _received(_sent(standing, epoch=2), epoch=2) == [standing]
    with pytest.raises(Damaged):
        _received(_sent(standing, epoch=1), epoch=2)


class Pair:
    """A primary's database, and a standby's copy of it up to a moment; then the primary went on."""

    def __init__(self, folder: Path) -> None:
        self.one, two = folder / "one", folder / "two"
        initialise(self.one, origin="http://localhost:8000")
        self.write(1)
        two.mkdir()
        self.part = Part(two)
        self.copy = Copy(self.part)
        list(self.copy.begin())
        database = self.one / "palabre.db"
        self.copy.put(0, database.read_bytes())
        self.copy.end(database.stat().st_size)
        self.part.change(complete=True)
        self.copy.add(self.frames(0, 2))
        self.write(2)
        self.write(3)

    def write(self, emoji: int) -> None:
        database = Database.open(None, self.one)
        database.seal = seal
        database.engine.log_readers.append(lambda: False)  # its log stays
        database.write_now(record, EmojisChanged(emoji=emoji))
        database.close()

    @property
    def length(self) -> int:
        return ((self.one / "palabre.db-wal").stat().st_size - wal.HEADER) // wal.FRAME

    def frames(self, first: int, count: int) -> Frames:
        header, data = wal.read_log(self.one / "palabre.db", first, count)
        return Frames(number=1, salt=header[16:24], first=first, header=header, data=data)


@pytest.fixture
def both(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def _changed(frames: Frames, **changes: Any) -> Frames:
    return Frames(**{name: getattr(frames, name) for name in Frames.__struct_fields__} | changes)


FOREIGN: dict[str, Callable[[Pair], Frames]] = {
    "left out": lambda both: both.frames(4, 2),
    "replayed": lambda both: both.frames(0, 2),
    "truncated": lambda both: _changed(both.frames(2, 2), data=both.frames(2, 2).data[:-1]),
    "empty": lambda both: _changed(both.frames(2, 2), data=b""),
    "of another generation": lambda both: _changed(both.frames(2, 2), salt=b"another."),
    "under another header": lambda both: _changed(both.frames(2, 2), header=bytes(wal.HEADER)),
    "with a frame of another generation": lambda both: _changed(
        both.frames(2, 2), data=both.frames(2, 1).data + bytes(wal.FRAME)
    ),
}


@pytest.mark.parametrize("harm", FOREIGN)
def test_frames_that_do_not_follow_what_is_there_are_never_written(both: Pair, harm: str) -> None:
    log = both.part.data / "palabre.db-wal"
    before = log.read_bytes()
    with pytest.raises(Damaged):
        both.copy.add(FOREIGN[harm](both))
    assert log.read_bytes() == before
    assert _heals(both) == 3


@pytest.mark.parametrize("swapped", [False, True])
def test_frames_whose_checksums_are_wrong_are_never_read(both: Pair, *, swapped: bool) -> None:
    good = both.frames(2, 4)
    pages = [good.data[start : start + wal.FRAME] for start in range(0, len(good.data), wal.FRAME)]
    bad = b"".join(reversed(pages)) if swapped else good.data[:-1] + bytes([good.data[-1] ^ 1])
    both.copy.add(_changed(good, data=bad))
    with pytest.raises(Damaged):
        both.copy.empty(Emptied(number=2, salt=good.salt, frames=6))
    assert not both.part.state.complete, "nobody is promoted who has that"
    both.part.change(complete=True)  # as if it had been restarted before it was asked to empty its log
    both.copy.look()
    assert both.copy.at.frames in {2, 4}, "up to the last commit that its checksums prove"
    assert _heals(both) == 3


def _heals(both: Pair) -> int:
    """Let the copy go on from where it is; return the newest fact that it has in the end."""
    both.copy.look()
    at = both.copy.at.frames
    both.copy.add(both.frames(at, both.length - at))
    both.copy.empty(Emptied(number=3, salt=both.frames(0, 1).salt, frames=both.length))
    both.copy.close()
    database = Database.open(None, both.part.data)
    newest: int = database.read_now(head)
    database.close()
    return newest
