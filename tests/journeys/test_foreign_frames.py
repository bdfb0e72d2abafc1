"""What a standby is sent by others than its primary, or of another time, is refused, and the copy is whole again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from impostor import Impostor
from palabre.store import wal
from palabre.survival.wire import Frames, Hello, Message
from running import Person
from standbys import Host, Proxy, Writer, files_with, missing, until

pytestmark = pytest.mark.crash

FOREIGN = "foreignword"
"""In the text of every post of the other network."""


class Followed:
    """A primary, a standby in step, and the way between them, which can be led elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.one = Host(folder / "one", standby_seconds=20.0).start()
        self.two = Host(folder / "two", new=False, origin=self.one.base_url)
        self.way = Proxy(self.one.standby_port)
        self.two.join(f"127.0.0.1:{self.way.port}", self.one.invite()).follow()
        until(self.one.has_standby, "a standby is in step")
        self.ana = self.one.account("ana")
        self.acknowledged: dict[str, str] = {}

    def write(self) -> None:
        """Post a little: the log of the standby is not empty for a moment."""
        with Writer(self.ana, lambda: self.one.base_url, threads=1) as writer:
            until(lambda: len(writer.acknowledged) > 10, "some posts")
        self.acknowledged |= writer.acknowledged

    def meets(self, impostor: Impostor) -> None:
        """Lead the standby to somebody else, with something in its log."""
        while True:
            self.write()
            self.way.lead_to(impostor.port)
            until(lambda: impostor.heard, "the standby comes")
            if impostor.heard[-1].at is not None:
                return
            self.way.lead_to(self.one.standby_port)
            until(lambda: self.two.is_in_step() and self.one.has_standby(), "it follows again")
            impostor.heard.clear()

    def heals(self) -> None:
        """Lead the way back: the standby follows again, and may lead in the end."""
        self.way.lead_to(self.one.standby_port)
        until(lambda: self.two.is_in_step() and self.one.has_standby(), f"it follows again:\n{self.two.said()}")
        self.write()
        self.one.kill()
        self.leads()

    def leads(self) -> None:
        """Let the standby lead: it has everything that was acknowledged, and nothing else."""
        self.two.command("promote", "--data", str(self.two.data), "--yes")
        self.two.wait_ready()
        assert missing(self.ana, self.two.base_url, self.acknowledged) == []
        self.ana.base_url = self.two.base_url
        with self.ana.client() as http:
            assert http.post("/api/v1/statuses", data={"status": "and on"}).status_code == 200
            assert FOREIGN not in http.get("/api/v1/timelines/public?local=true").text
        assert foreign_files(self.two.data) == []

    def end(self) -> None:
        """End everything."""
        self.way.close()
        self.one.kill()
        self.two.kill()


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    made = Followed(tmp_path)
    yield made
    made.end()


class Stranger(Host):
    """Another network, to which the same was done."""

    def write(self) -> None:
        """Let its member post."""
        with self.eve.client() as http:
            for number in range(10):
                http.post("/api/v1/statuses", data={"status": f"{FOREIGN} {number}"}).raise_for_status()

    @property
    def frames(self) -> tuple[bytes, bytes]:
        """The header and the frames of its log, with what its member has just written."""
        while True:
            self.write()
            log = Path(f"{self.data / 'palabre.db'}-wal").read_bytes()
            frames = log[wal.HEADER :]
            if FOREIGN.encode() in frames:  # it was not emptied in this moment
                return log[: wal.HEADER], frames[: len(frames) // wal.FRAME * wal.FRAME]

    eve: Person


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Stranger]:
    made = Stranger(tmp_path / "stranger").start()
    made.eve = made.account("eve")
    yield made
    made.kill()


def foreign_files(folder: Path) -> list[str]:
    return files_with(folder, FOREIGN)


def test_another_network_at_the_address_of_the_primary_is_not_listened_to(
    followed: Followed, stranger: Stranger
) -> None:
    followed.write()
    followed.way.lead_to(stranger.standby_port)
    until(lambda: "certificate verify failed" in followed.two.said(), f"it is refused:\n{followed.two.said()}")
    assert foreign_files(followed.two.data) == []
    followed.heals()


def as_they_are(log: tuple[bytes, bytes], _: Hello) -> Frames:
    """The log of the other network, where this one ends."""
    header, frames = log
    return Frames(number=0, salt=header[16:24], first=0, header=header, data=frames)


def where_it_ends(log: tuple[bytes, bytes], hello: Hello) -> Frames:
    """The same, with the number that the standby expects."""
    assert hello.at is not None
    header, frames = log
    return Frames(number=0, salt=header[16:24], first=hello.at.frames, header=header, data=frames)


def named_alike(log: tuple[bytes, bytes], hello: Hello) -> Frames:
    """The same, said to be of this generation; each frame still says of which it is."""
    assert hello.at is not None
    header, frames = log
    header = header[:16] + hello.at.salt + header[24:]
    return Frames(number=0, salt=hello.at.salt, first=hello.at.frames, header=header, data=frames)


def made_alike(log: tuple[bytes, bytes], hello: Hello) -> Frames:
    """Frames that claim to be of this generation: only their checksums show that they do not follow."""
    assert hello.at is not None
    header, frames = log
    parts = [frames[start : start + wal.FRAME] for start in range(0, len(frames), wal.FRAME)]
    alike = b"".join(part[:8] + hello.at.salt + part[16:] for part in parts)
    header = header[:16] + hello.at.salt + header[24:]
    return Frames(number=0, salt=hello.at.salt, first=hello.at.frames, header=header, data=alike)


Forge = Callable[[tuple[bytes, bytes], Hello], Frames]


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (as_they_are, "do not follow frame"),
        (where_it_ends, "do not follow frame"),
        (named_alike, "another generation"),
    ],
)
def test_frames_of_another_network_are_refused_even_with_the_key_of_the_primary(
    followed: Followed, stranger: Stranger, forge: Forge, reason: str
) -> None:
    log = stranger.frames

    def say(hello: Hello) -> list[Message]:
        return [forge(log, hello)]

    with Impostor(followed.one.data, say, epoch=1) as impostor:
        followed.meets(impostor)
        until(lambda: impostor.told > 1, "it is told, and comes again")
        until(lambda: reason in followed.two.said(), f"it is refused:\n{followed.two.said()}")
        assert foreign_files(followed.two.data) == []
    followed.heals()


def test_frames_that_only_their_checksums_give_away_are_never_read(followed: Followed, stranger: Stranger) -> None:
    log = stranger.frames

    def say(hello: Hello) -> list[Message]:
        return [made_alike(log, hello)]

    with Impostor(followed.one.data, say, epoch=1) as impostor:
        followed.meets(impostor)
        until(lambda: foreign_files(followed.two.data), "it lies behind the end of the log")
    followed.heals()


def test_a_copy_to_which_foreign_frames_were_added_leads_without_them(followed: Followed, stranger: Stranger) -> None:
    log = stranger.frames

    def say(hello: Hello) -> list[Message]:
        return [made_alike(log, hello)]

    with Impostor(followed.one.data, say, epoch=1) as impostor:
        followed.meets(impostor)
        until(lambda: foreign_files(followed.two.data), "it lies behind the end of the log")
        followed.one.kill()
        followed.leads()


def test_messages_of_an_epoch_that_is_over_are_refused(followed: Followed, stranger: Stranger) -> None:
    log = stranger.frames

    def say(hello: Hello) -> list[Message]:
        return [where_it_ends(log, hello)]

    with Impostor(followed.one.data, say, epoch=0, welcomes_at=1) as impostor:
        followed.meets(impostor)
        said = impostor.heard
        until(lambda: "a message of epoch 0, this is 1" in followed.two.said(), followed.two.said())
    with Impostor(followed.one.data, say, epoch=0) as impostor:
        followed.way.lead_to(impostor.port)
        until(lambda: "it is at epoch 0, this is epoch 1" in followed.two.said(), followed.two.said())
    assert {hello.epoch for hello in [*said, *impostor.heard]} == {1}, "the standby never went back"
    followed.heals()
