"""The lease lies in an S3 store: whatever is cut off, paused or out of time, never do two servers acknowledge."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from running import Person, free_port
from s3_server import s3_server
from seaweed import Seaweed, seaweed
from standbys import Host, Proxy, Writer, acknowledged_by_both, missing, until

pytestmark = pytest.mark.crash

LEADS = "this server is the primary now"
USUAL = {"auto_failover": "true", "lease_seconds": 4.0, "standby_seconds": 2.0}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("weed")) as running:
        yield running


class Three:
    """A primary, a standby, the lease's place, and on each way between two of them a proxy that can be cut."""

    def __init__(self, folder: Path, store: Seaweed) -> None:
        self.one_to_lease, self.two_to_lease = Proxy(store.port), Proxy(store.port)
        self.one = Host(folder / "one", lease=store.address(folder.name, port=self.one_to_lease.port), **USUAL)
        self.two = Host(
            folder / "two",
            new=False,
            origin=self.one.base_url,
            lease=store.address(folder.name, port=self.two_to_lease.port),
            **USUAL,
        )
        self.between = Proxy(self.one.standby_port)

    def start(self) -> Person:
        """Let one lead and two follow; return a member."""
        self.one.start()
        self.two.join(f"127.0.0.1:{self.between.port}", self.one.invite()).follow()
        until(self.one.has_standby, f"a standby is in step:\n{self.one.said()}\n{self.two.said()}")
        return self.one.account("ana")

    def signal(self, host: Host, number: int) -> float:
        assert host.process is not None
        host.process.send_signal(number)
        return time.monotonic()

    def rejoin(self) -> None:
        """The old primary comes back with one command and no token, and has everything."""
        self.one.kill()
        self.one.join(self.two.address, None).follow()
        until(self.two.has_standby, f"the old primary follows:\n{self.one.said()}")


@contextmanager
def three(folder: Path, store: Seaweed) -> Iterator[Three]:
    them = Three(folder, store)
    try:
        yield them
    finally:
        for host in (them.one, them.two):
            host.kill()
        for proxy in (them.one_to_lease, them.two_to_lease, them.between):
            proxy.close()


def test_a_primary_that_reaches_neither_stops_and_is_fenced_and_rejoins(tmp_path: Path, store: Seaweed) -> None:
    with three(tmp_path, store) as them:
        ana = them.start()
        with Writer(ana, lambda: them.one.base_url) as old, Writer(ana, lambda: them.two.base_url, threads=1) as new:
            until(lambda: len(old.acknowledged) > 50, "some posts")
            them.one_to_lease.dark.set()
            them.between.dark.set()
            until(lambda: len(new.acknowledged) > 20, "the other serves")
            time.sleep(1)
            assert "the lease cannot be renewed" in them.one.said()
            with ana.client() as client:
                refused = client.post("/api/v1/statuses", data={"status": "lost words"})
                assert refused.status_code == 503
                assert client.get("/api/v1/accounts/verify_credentials").status_code == 200
                assert client.get("/health/writable").status_code == 503
            for proxy in (them.one_to_lease, them.between):
                proxy.dark.clear()
            until(lambda: "REPLACED" in them.one.said(), f"it learns of it:\n{them.one.said()}")
            with them.one.client() as client:
                assert client.get("/health/ready").json() == {"status": "replaced"}
        assert acknowledged_by_both(old, new) == []
        them.rejoin()
        assert missing(ana, them.two.base_url, old.acknowledged | new.acknowledged) == []


def test_a_primary_cut_off_from_the_lease_alone_stops_before_the_other_begins(tmp_path: Path, store: Seaweed) -> None:
    with three(tmp_path, store) as them:
        ana = them.start()
        with Writer(ana, lambda: them.one.base_url) as old, Writer(ana, lambda: them.two.base_url, threads=1) as new:
            until(lambda: len(old.acknowledged) > 50, "some posts")
            said = them.one.command("doctor", "--data", str(them.one.data), check=False).stdout
            assert f"this server holds the lease in s3://leases/{tmp_path.name}; standby" in said
            assert "may take over" in said
            them.one_to_lease.cut.set()
            until(lambda: len(new.acknowledged) > 20, "the other serves")
        assert acknowledged_by_both(old, new) == []
        assert missing(ana, them.two.base_url, old.acknowledged | new.acknowledged) == []


def test_servers_cut_off_from_each_other_change_nothing_while_the_lease_is_renewed(
    tmp_path: Path, store: Seaweed
) -> None:
    with three(tmp_path, store) as them:
        ana = them.start()
        with Writer(ana, lambda: them.one.base_url, threads=2) as writer:
            until(lambda: len(writer.acknowledged) > 20, "some posts")
            them.between.dark.set()
            time.sleep(6)  # longer than the lease
            so_far = len(writer.acknowledged)
            time.sleep(2)
            assert len(writer.acknowledged) == so_far  # nobody confirms them
            assert LEADS not in them.two.said()
            them.between.dark.clear()
            until(lambda: len(writer.acknowledged) > so_far + 20, "writing goes on")
        assert missing(ana, them.one.base_url, writer.acknowledged) == []


def test_a_standby_cut_off_from_the_lease_takes_nothing_over_and_says_so(tmp_path: Path, store: Seaweed) -> None:
    with three(tmp_path, store) as them:
        ana = them.start()
        with Writer(ana, lambda: them.one.base_url, threads=2) as writer:
            them.two_to_lease.dark.set()
            until(lambda: "the lease cannot be read" in them.two.said(), "it says so")
            until(lambda: them.two.last()["lease"], "its status says so")
            so_far = len(writer.acknowledged)
            until(lambda: len(writer.acknowledged) > so_far + 50, "writing goes on")
            said = them.two.command("standby", "status", "--data", str(them.two.data), check=False)
            assert said.returncode == 1
            assert "LEASE: s3://leases/" in said.stdout
            them.one.kill()
            time.sleep(6)
            assert LEADS not in them.two.said()
            them.two_to_lease.dark.clear()
            them.two.wait_ready()
        assert missing(ana, them.two.base_url, writer.acknowledged) == []


def test_a_primary_paused_and_cut_off_wakes_up_and_acknowledges_nothing(tmp_path: Path, store: Seaweed) -> None:
    with three(tmp_path, store) as them:
        ana = them.start()
        with Writer(ana, lambda: them.one.base_url) as old, Writer(ana, lambda: them.two.base_url, threads=1) as new:
            until(lambda: len(old.acknowledged) > 50, "some posts")
            paused = them.signal(them.one, signal.SIGSTOP)
            them.between.dark.set()
            them.one_to_lease.dark.set()
            until(lambda: len(new.acknowledged) > 20, "the other serves")
            refused = old.refused
            them.signal(them.one, signal.SIGCONT)
            until(lambda: old.refused > refused + 20, "it refuses, and nobody told it why")
            assert "REPLACED" not in them.one.said()
            them.between.dark.clear()
            them.one_to_lease.dark.clear()
            until(lambda: "REPLACED" in them.one.said(), "it learns of it")
        assert acknowledged_by_both(old, new, paused=paused) == []
        them.rejoin()
        assert missing(ana, them.two.base_url, old.acknowledged | new.acknowledged) == []


def test_clocks_that_differ_by_an_hour_and_run_unequally_change_nothing(tmp_path: Path, store: Seaweed) -> None:
    with three(tmp_path, store) as them:
        them.one.wrong_clock(ahead=-3600, rate=0.9)
        them.two.wrong_clock(ahead=3600, rate=1.1)
        them.one.start()
        them.two.join(f"127.0.0.1:{them.between.port}", them.one.invite()).follow()
        until(lambda: any(peer["in_step"] for peer in them.one.last().get("peers", [])), "a standby is in step")
        ana = them.one.account("ana")
        with Writer(ana, lambda: them.one.base_url) as old, Writer(ana, lambda: them.two.base_url, threads=1) as new:
            until(lambda: len(old.acknowledged) > 50, "some posts")
            them.one_to_lease.dark.set()
            until(lambda: len(new.acknowledged) > 20, "the other serves")
        assert acknowledged_by_both(old, new) == []
        assert missing(ana, them.two.base_url, old.acknowledged | new.acknowledged) == []


def slow(seconds: float) -> Callable[[bytes], list[bytes]]:
    def wait(piece: bytes) -> list[bytes]:
        time.sleep(seconds)
        return [piece]

    return wait


def test_a_slow_store_is_used_until_it_is_too_slow(tmp_path: Path, store: Seaweed) -> None:
    with three(tmp_path, store) as them:
        ana = them.start()
        with Writer(ana, lambda: them.one.base_url) as old, Writer(ana, lambda: them.two.base_url, threads=1) as new:
            them.one_to_lease.harm = them.two_to_lease.harm = slow(0.3)
            time.sleep(6)
            so_far = len(old.acknowledged)
            until(lambda: len(old.acknowledged) > so_far + 20, "writing goes on")
            assert LEADS not in them.two.said()
            them.one_to_lease.harm = slow(2.5)
            until(lambda: "the lease cannot be renewed" in them.one.said(), "the primary says so")
            until(lambda: len(new.acknowledged) > 20, "the other serves")
        assert acknowledged_by_both(old, new) == []
        assert missing(ana, them.two.base_url, old.acknowledged | new.acknowledged) == []


def test_without_the_store_a_server_reads_and_says_what_is_wrong(tmp_path: Path, store: Seaweed) -> None:
    wrong = {
        "does not accept the key": store.address("net", secret="not-it"),
        "does not answer as it should": store.address("net", port=free_port()),
    }
    for number, (why, lease) in enumerate(wrong.items()):
        one = Host(tmp_path / f"host{number}", lease=lease, **USUAL)
        try:
            ana = one.start().account("ana")
            with ana.client() as client:
                refused = client.post("/api/v1/statuses", data={"status": "words"})
                assert refused.status_code == 503
                assert "only one" in refused.json()["error"]
                assert client.get("/api/v1/timelines/home").status_code == 200
                assert client.get("/health/ready").status_code == 200
            assert why in one.said()
            assert one.said().count("cannot be renewed") == 1
            assert "Traceback" not in one.said()
            said = one.command("doctor", "--data", str(one.data), check=False)
            assert said.returncode == 1
            assert f"the lease cannot be reached: s3://leases/net {why}" in said.stdout
            assert "not-it" not in one.said() + said.stdout + said.stderr
        finally:
            one.kill()


def test_a_store_that_would_let_two_lead_is_refused_when_a_server_starts(tmp_path: Path) -> None:
    with s3_server() as server:
        server.keeps_conditions = False
        one = Host(tmp_path / "one", lease=f"s3://k:s@b/net?endpoint={server.endpoint}", **USUAL)
        said = one.command("serve", "--data", str(one.data), "--port", str(one.port), check=False)
        assert said.returncode != 0
        assert "s3://b/net cannot hold the lease: it ignores the conditions" in said.stdout + said.stderr
        assert "Traceback" not in said.stdout + said.stderr
        doctor = one.command("doctor", "--data", str(one.data), "--json", check=False)
        assert any("cannot hold the lease" in json.loads(line)["what"] for line in doctor.stdout.splitlines())


def test_a_promotion_by_hand_does_not_wait_for_the_lease(tmp_path: Path, store: Seaweed) -> None:
    with three(tmp_path, store) as them:
        ana = them.start()
        with Writer(ana, lambda: them.one.base_url, threads=2) as old:
            until(lambda: len(old.acknowledged) > 20, "some posts")
            them.between.dark.set()  # the old primary is not told, and renews the lease as long as it can
            them.two.command("promote", "--data", str(them.two.data), "--yes")
            with Writer(ana, lambda: them.two.base_url, threads=1) as new:
                until(lambda: len(new.acknowledged) > 5, "the other serves")
                until(lambda: "REPLACED" in them.one.said(), "the old one learns of it from the lease")
        assert acknowledged_by_both(old, new) == []
        assert missing(ana, them.two.base_url, old.acknowledged | new.acknowledged) == []
