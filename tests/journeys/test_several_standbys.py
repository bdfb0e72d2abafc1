"""Several standbys of one primary: one is enough to confirm writes; without any it is as the setting says."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from palabre.survival.state import Part
from plain_browser import PlainBrowser
from running import free_port
from standbys import Host, Proxy, Writer, missing, until

pytestmark = pytest.mark.crash


class Three:
    """A primary and its two standbys."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.one = Host(folder / "one", **settings).start()
        self.others = [
            Host(folder / name, new=False, origin=self.one.base_url, **settings) for name in ("two", "three")
        ]
        for other in self.others:
            other.join(self.one.address, self.one.invite()).follow()
        until(self.ready, f"both follow:\n{self.one.said()}")

    def ready(self) -> bool:
        """Whether both have everything and one of them counts."""
        peers = self.one.last().get("peers", [])
        return self.one.has_standby() and [peer["behind"] for peer in peers] == [0, 0]

    def in_step(self) -> tuple[Host, Host]:
        """The standby whose word counts, and the other."""
        first, second = self.others
        return (first, second) if first.is_in_step() else (second, first)

    def stop(self, *hosts: Host) -> None:
        """Let them be silent, with their connections open: as when a machine hangs."""
        for host in hosts:
            assert host.process is not None
            host.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Wake them."""
        for host in self.others:
            if host.process is not None:
                host.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """End everything."""
        for host in (self.one, *self.others):
            host.kill()


@contextmanager
def three(folder: Path, **settings: object) -> Iterator[Three]:
    made = Three(folder, **settings)
    try:
        yield made
    finally:
        made.end()


def test_while_one_of_two_is_silent_writes_are_answered_by_the_word_of_the_other(tmp_path: Path) -> None:
    with three(tmp_path, standby_seconds=8.0) as network:
        ana = network.one.account("ana")
        until(network.ready, "both have the account")
        with Writer(ana, lambda: network.one.base_url, threads=2) as writer:
            until(lambda: len(writer.acknowledged) > 10, "some posts")
            silent, other = network.in_step()  # now: on a busy machine the other may have taken over this part
            network.stop(silent)
            so_far = len(writer.acknowledged)
            until(lambda: len(writer.acknowledged) > so_far + 40, f"posts go on:\n{network.one.said()}")
        assert writer.refused == 0, "nobody was told to try again"
        until(lambda: "the standby in step is silent" in network.one.said(), "it is said")
        until(other.is_in_step, "its word counts now")
        network.one.kill()
        turns = [Part(each.data).state for each in (silent, other)]
        assert [turn.in_step for turn in turns] == [True, True], "who was passed over cannot know"
        assert turns[0].turn < turns[1].turn, "but it can be seen"
        other.command("promote", "--data", str(other.data), "--yes")
        other.wait_ready()
        assert missing(ana, other.base_url, writer.acknowledged) == []


def test_the_one_that_was_silent_comes_back_and_may_take_over_in_its_turn(tmp_path: Path) -> None:
    with three(tmp_path, standby_seconds=8.0) as network:
        silent, other = network.in_step()
        ana = network.one.account("ana")
        with Writer(ana, lambda: network.one.base_url, threads=1) as writer:
            network.stop(silent)
            until(lambda: "the standby in step is silent" in network.one.said(), "another takes its place")
            until(lambda: len(writer.acknowledged) > 5, "posts go on")
            network.go_on()
            until(silent.is_passed_over, "it knows that it was passed over")
            network.stop(other)
            so_far = len(writer.acknowledged)
            until(lambda: len(writer.acknowledged) > so_far + 5, f"posts go on:\n{network.one.said()}")
        assert writer.refused == 0
        until(silent.is_in_step, "its word counts again")
        network.one.kill()
        silent.command("promote", "--data", str(silent.data), "--yes")
        silent.wait_ready()
        assert missing(ana, silent.base_url, writer.acknowledged) == []


def test_while_both_are_silent_nothing_is_acknowledged(tmp_path: Path) -> None:
    with three(tmp_path, standby_seconds=1.5) as network:
        ana = network.one.account("ana")
        until(network.ready, "both have the account")
        network.stop(*network.others)
        with ana.client() as http:
            for _ in range(2):
                refused = http.post("/api/v1/statuses", data={"status": "to nobody's knowledge"})
                assert refused.status_code == 503, refused.text
            assert http.get("/api/v1/accounts/verify_credentials").status_code == 200, "reading goes on"
            network.go_on()
            until(
                lambda: http.post("/api/v1/statuses", data={"status": "and on"}).status_code == 200, "they are back"
            )


def test_while_both_are_silent_one_that_prefers_a_standby_goes_on_and_tells_everybody(tmp_path: Path) -> None:
    metrics = free_port()
    with three(tmp_path, durability="prefer", standby_seconds=1.5) as network:
        one = network.one
        network.end()
        one.environment["PALABRE_METRICS_PORT"] = str(metrics)
        one.start()
        for other in network.others:
            other.follow()
        until(network.ready, "both follow")
        ana = one.account("ana", password="a long pass phrase of words", admin=True)
        until(network.ready, "both have the account")
        network.stop(*network.others)
        browser = PlainBrowser(one)
        with ana.client() as http:
            began, before = time.monotonic(), one.said().count("NO STANDBY")
            assert http.post("/api/v1/statuses", data={"status": "alone"}).status_code == 200
            assert time.monotonic() - began > 1.0, "it waited for them first"
            until(lambda: one.last().get("alone"), "the status says so")
            for number in range(20):
                assert http.post("/api/v1/statuses", data={"status": f"alone {number}"}).status_code == 200
            assert one.said().count("NO STANDBY") == before + 1, "once alone it waits for nobody, until one is back"
            doctor = one.command("doctor", "--data", str(one.data), check=False)
            assert doctor.returncode == 1
            assert "no standby is in step" in doctor.stdout
            assert one.command("standby", "status", "--data", str(one.data), check=False).returncode == 1
            gathered = httpx.get(f"http://127.0.0.1:{metrics}/metrics", trust_env=False).text
            assert "palabre_standby_missing 1.0" in gathered
            assert 'palabre_alarm{alarm="alone"} 1.0' in gathered
            browser.sign_in(ana)
            assert "on this machine only" in browser.client.get("/admin/survival").text
            assert not http.get("/api/palabre/v1/status").json()["writes_wait"]
            network.go_on()
            until(lambda: network.ready() and not one.last()["alone"], "all is well again")
            assert http.post("/api/v1/statuses", data={"status": "together"}).status_code == 200
        browser.close()


def test_two_of_three_are_silent_and_nobody_is_told_to_try_again(tmp_path: Path) -> None:
    one = Host(tmp_path / "one", standby_seconds=8.0).start()
    names = ("two", "three", "four")
    others = [Host(tmp_path / name, new=False, origin=one.base_url, standby_seconds=8.0) for name in names]
    first, second, third = others
    vanished = Proxy(one.standby_port)

    def follow(host: Host, address: str) -> None:
        host.join(address, one.invite()).follow()
        peers = others.index(host) + 1
        until(
            lambda: [peer["behind"] for peer in one.last().get("peers", [])] == [0] * peers,
            f"it follows:\n{one.said()}",
        )

    try:
        follow(first, one.address)
        follow(second, f"127.0.0.1:{vanished.port}")
        follow(third, one.address)
        ana = one.account("ana")
        with Writer(ana, lambda: one.base_url, threads=2) as writer:
            until(lambda: len(writer.acknowledged) > 10, "some posts")
            assert first.process is not None
            assert first.is_in_step()
            first.process.send_signal(signal.SIGSTOP)
            vanished.dark.set()  # the next in the row is silent, too: its packets vanish
            so_far = len(writer.acknowledged)
            until(lambda: len(writer.acknowledged) > so_far + 40, f"posts go on:\n{one.said()}")
            until(third.is_in_step, "its word counts now")
            first.process.send_signal(signal.SIGCONT)
            until(lambda: not first.is_in_step() and first.last().get("connected"), "it was passed over")
            third.kill()  # while one of the two that are left is silent still
            so_far = len(writer.acknowledged)
            until(lambda: len(writer.acknowledged) > so_far + 20, f"posts go on:\n{one.said()}")
        assert writer.refused == 0, one.said()
        until(first.is_in_step, "its word counts again")
        one.kill()
        first.command("promote", "--data", str(first.data), "--yes")
        first.wait_ready()
        assert missing(ana, first.base_url, writer.acknowledged) == []
    finally:
        vanished.close()
        for host in (one, *others):
            host.kill()
