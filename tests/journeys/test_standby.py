"""What a standby is for: nothing that was acknowledged is lost, and nothing foreign gets in."""

from __future__ import annotations

import threading
import time
from itertools import count
from pathlib import Path

import httpx
import pytest

from palabre.store.wal import FRAME
from standbys import Host, Proxy, Writer, files_with, missing, noise, pair, until

pytestmark = pytest.mark.crash


def media_of(host: Host) -> set[str]:
    return {path.name for path in (host.data / "media").glob("??/??/*")}


def test_what_was_acknowledged_is_on_the_standby_after_kill_9(tmp_path: Path) -> None:
    with pair(tmp_path) as (one, two):
        ana = one.account("ana")
        with Writer(ana, lambda: one.base_url) as writer:
            until(lambda: len(writer.acknowledged) > 100, "some posts")
            two.kill()  # it comes back and catches up, while members wait no longer than the time they are given
            two.follow()
            ben = one.account("ben")  # another process writes too
            until(one.has_standby, "the standby is back")
            so_far = len(writer.acknowledged)
            until(lambda: len(writer.acknowledged) > so_far + 100, "more posts")
            with ana.client() as client:
                file = client.post("/api/v2/media", files={"file": ("a.png", noise(), "image/png")}).json()
                shown = client.post("/api/v1/statuses", data={"status": "seen", "media_ids[]": [file["id"]]}).json()
            one.kill()
        two.command("promote", "--data", str(two.data), "--yes")
        two.wait_ready()
        assert missing(ana, two.base_url, writer.acknowledged) == []
        assert media_of(one) == media_of(two) != set()
        ana.base_url = ben.base_url = two.base_url
        with ana.client() as client, ben.client() as other:
            assert client.get(f"/api/v1/statuses/{shown['id']}").json()["content"].count("seen") == 1
            assert other.post("/api/v1/statuses", data={"status": "still here"}).status_code == 200


def test_who_comes_back_goes_on_where_it_was_and_copies_nothing_again(tmp_path: Path) -> None:
    one = Host(tmp_path / "one", standby_seconds=20.0).start()
    two = Host(tmp_path / "two", new=False, origin=one.base_url)
    way = Proxy(one.standby_port)
    sent: list[int] = []

    def counted(piece: bytes) -> list[bytes]:
        sent.append(len(piece))
        return [piece]

    way.harm = counted
    try:
        two.join(f"127.0.0.1:{way.port}", one.invite()).follow()
        until(one.has_standby, "a standby is in step")
        ana = one.account("ana")
        with ana.client() as client:
            file = client.post("/api/v2/media", files={"file": ("a.png", noise(1_000), "image/png")}).json()
            client.post("/api/v1/statuses", data={"status": "seen", "media_ids[]": [file["id"]]}).raise_for_status()
        database = (one.data / "palabre.db").stat().st_size
        media = sum(path.stat().st_size for path in (one.data / "media").glob("??/??/*"))
        assert min(database, media) > 500_000, "what is not copied again can be told from what is"
        assert sum(sent) > database, "the first time everything came"
        for leave in (two.kill, two.stop, one.stop):  # a power cut, a restart, and a restart of the primary
            leave()
            sent.clear()
            if leave == one.stop:
                one.start()
            else:
                two.follow()
            until(lambda: one.has_standby() and two.is_in_step(), "it is in step again")
            assert sum(sent) < min(database, media) // 2, f"{sum(sent)} bytes after {leave}"
            with Writer(ana, lambda: one.base_url, threads=1) as writer:
                until(lambda w=writer: len(w.acknowledged) > 3, "it has what is written")
    finally:
        way.close()
        one.kill()
        two.kill()


def test_a_deleted_text_is_in_no_file_of_either(tmp_path: Path) -> None:
    with pair(tmp_path) as (one, two):
        ana = one.account("ana")
        with ana.client() as client:
            made = [
                client.post("/api/v1/statuses", data={"status": f"secretword{n} stays"}).json() for n in range(30)
            ]
            file = client.post("/api/v2/media", files={"file": ("a.png", noise(), "image/png")}).json()
            shown = client.post("/api/v1/statuses", data={"status": "secretword", "media_ids[]": [file["id"]]}).json()
            assert media_of(two) == media_of(one) != set()
            assert files_with(two.data, "secretword")
            for each in [*made, shown]:
                assert client.delete(f"/api/v1/statuses/{each['id']}").status_code == 200
        until(lambda: not files_with(one.data, "secretword"), "it is gone from the primary")
        until(lambda: not files_with(two.data, "secretword"), "it is gone from the standby")
        until(lambda: not media_of(one) and not media_of(two), "pictures too")


def test_without_its_standby_a_server_reads_but_acknowledges_nothing(tmp_path: Path) -> None:
    with pair(tmp_path, standby_seconds=1.0) as (one, two):
        ana = one.account("ana")
        with ana.client() as client:
            assert client.post("/api/v1/statuses", data={"status": "first"}).status_code == 200
            two.kill()
            time.sleep(1.2)
            refused = client.post("/api/v1/statuses", data={"status": "second"})
            assert refused.status_code == 503, refused.text
            assert client.get("/api/v1/accounts/verify_credentials").status_code == 200
            two.follow()
            until(one.has_standby, "the standby is back")
            again = lambda: client.post("/api/v1/statuses", data={"status": "third"}).status_code == 200  # noqa: E731
            until(again, "it acknowledges again")


def test_a_server_that_prefers_a_standby_goes_on_alone_and_says_so(tmp_path: Path) -> None:
    with pair(tmp_path, durability="prefer", standby_seconds=0.5) as (one, two):
        ana = one.account("ana")
        with ana.client() as client:
            two.kill()
            assert client.post("/api/v1/statuses", data={"status": "alone"}).status_code == 200
            assert "NO STANDBY" in one.said()
            until(lambda: one.last().get("alone"), "the status says so")
            assert one.command("standby", "status", "--data", str(one.data), check=False).returncode == 1
            two.follow()
            until(one.has_standby, "the standby is back")
            until(lambda: not one.last()["alone"], "all is well again")


class Harm:
    """Does something to each seventh piece that carries frames of the log.

    Others are left alone: behind frames always comes another piece, for the primary speaks every second. A piece of
    the greeting that is held back would let both ends wait for each other, until one of them gives up.
    """

    def __init__(self) -> None:
        self.done = 0
        self._frames = count()
        self._lock = threading.Lock()

    def __call__(self, piece: bytes) -> list[bytes]:
        with self._lock:
            if len(piece) > FRAME and next(self._frames) % 7 == 6:
                self.done += 1
                return self.harm(piece)
            return self.pass_on(piece)

    def harm(self, piece: bytes) -> list[bytes]:
        raise NotImplementedError

    def pass_on(self, piece: bytes) -> list[bytes]:
        return [piece]


class Flipped(Harm):
    def harm(self, piece: bytes) -> list[bytes]:
        middle = len(piece) // 2
        return [piece[:middle] + bytes([piece[middle] ^ 1]) + piece[middle + 1 :]]


class Truncated(Harm):
    def harm(self, piece: bytes) -> list[bytes]:
        return [piece[: len(piece) // 2]]


class Replayed(Harm):
    def harm(self, piece: bytes) -> list[bytes]:
        return [piece, piece]


class Reordered(Harm):
    def __init__(self) -> None:
        super().__init__()
        self._kept: list[bytes] = []

    def harm(self, piece: bytes) -> list[bytes]:
        self._kept.append(piece)
        return []

    def pass_on(self, piece: bytes) -> list[bytes]:
        kept, self._kept = self._kept, []
        return [piece, *kept]


@pytest.mark.parametrize("kind", [Flipped, Truncated, Replayed, Reordered])
def test_bytes_that_were_tampered_with_are_refused_and_the_copy_heals(tmp_path: Path, kind: type[Harm]) -> None:
    one = Host(tmp_path / "one", standby_seconds=20.0).start()
    two = Host(tmp_path / "two", new=False, origin=one.base_url)
    proxy = Proxy(one.standby_port)
    try:
        two.join(f"127.0.0.1:{proxy.port}", one.invite()).follow()
        until(one.has_standby, "a standby is in step")
        ana = one.account("ana")
        with Writer(ana, lambda: one.base_url, threads=2) as writer:
            until(lambda: len(writer.acknowledged) > 20, "some posts")
            harm, before = kind(), proxy.connections
            proxy.harm = harm
            until(lambda: proxy.connections > before + 2, "connections that were harmed end", seconds=120)
            assert harm.done > 2
            proxy.harm = lambda piece: [piece]
            proxy.lead_to(one.standby_port)  # what is still held back or half sent ends with its connection
            so_far = len(writer.acknowledged)
            until(lambda: len(writer.acknowledged) > so_far + 20, f"it heals:\n{two.said()}")
            one.kill()
        two.command("promote", "--data", str(two.data), "--yes")
        two.wait_ready()
        assert missing(ana, two.base_url, writer.acknowledged) == []
    finally:
        proxy.close()
        one.kill()
        two.kill()


def test_nobody_joins_without_a_good_token(tmp_path: Path) -> None:
    one = Host(tmp_path / "one").start()
    stranger = Host(tmp_path / "stranger").start()
    try:
        token = one.invite()
        two = Host(tmp_path / "two", new=False).join(one.address, token)
        assert (two.data / "keyring").read_bytes() == (one.data / "keyring").read_bytes()
        for words, why in [
            ((one.address, token), "used"),
            ((one.address, "0" * 40 + token[40:]), "unknown"),
            ((stranger.address, one.invite()), "not the one"),
        ]:
            folder = tmp_path / f"three {why}"
            said = Host(folder, new=False).command(
                "standby", "join", words[0], "--token", words[1], "--data", str(folder), "--once", check=False
            )
            assert said.returncode == 1
            assert why in said.stderr
            assert "Traceback" not in said.stderr
            assert not (folder / "keyring").exists()
        known = two.command("standby", "join", stranger.address, "--data", str(two.data), "--once", check=False)
        assert known.returncode == 1
        assert "do not know each other" in known.stderr
    finally:
        one.kill()
        stranger.kill()


def test_a_standby_opens_its_network_to_nobody(tmp_path: Path) -> None:
    with pair(tmp_path) as (_, two):
        for words in (["account", "create", "eve"], ["doctor"], ["account", "list"]):
            said = two.command(*words, "--data", str(two.data), check=False)
            assert said.returncode == 1
            assert "standby" in said.stderr + said.stdout
        with pytest.raises(httpx.TransportError):
            httpx.get(two.base_url, trust_env=False)
