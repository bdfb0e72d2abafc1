"""Nobody is there: the standby takes over by itself, and there are never two that answer."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from standbys import Host, Writer, missing, until

pytestmark = pytest.mark.crash


@contextmanager
def automatic_pair(folder: Path) -> Iterator[tuple[Host, Host]]:
    """Two servers with a lease; each reaches the third place by a way of its own."""
    (folder / "place").mkdir()
    ways = [folder / "way-one", folder / "way-two"]
    for way in ways:
        way.symlink_to(folder / "place")
    usual = {"auto_failover": "true", "lease_seconds": 4.0, "standby_seconds": 2.0}
    one = Host(folder / "one", lease=f"folder:{ways[0]}", **usual).start()
    two = Host(folder / "two", new=False, origin=one.base_url, lease=f"folder:{ways[1]}", **usual)
    try:
        two.join(one.address, one.invite()).follow()
        until(one.has_standby, f"a standby is in step:\n{one.said()}\n{two.said()}")
        yield one, two
    finally:
        one.kill()
        two.kill()


def test_a_host_is_gone_and_the_other_serves_with_everything_acknowledged(tmp_path: Path) -> None:
    with automatic_pair(tmp_path) as (one, two):
        ana = one.account("ana")
        with Writer(ana, lambda: one.base_url) as writer:
            until(lambda: len(writer.acknowledged) > 50, "some posts")
            one.kill()
            shutil.rmtree(one.data)
            began = time.monotonic()
            two.wait_ready(seconds=60)
            took = time.monotonic() - began
        assert missing(ana, two.base_url, writer.acknowledged) == []
        with Writer(ana, lambda: two.base_url, threads=1) as after:
            until(lambda: len(after.acknowledged) > 5, "posting goes on")
        assert took < 40


def test_a_paused_primary_wakes_up_and_acknowledges_nothing(tmp_path: Path) -> None:
    with automatic_pair(tmp_path) as (one, two):
        ana = one.account("ana")
        with Writer(ana, lambda: one.base_url, threads=2) as old:
            until(lambda: len(old.acknowledged) > 20, "some posts")
            assert one.process is not None
            one.process.send_signal(signal.SIGSTOP)
            two.wait_ready(seconds=60)
            with Writer(ana, lambda: two.base_url, threads=1) as new:
                until(lambda: len(new.acknowledged) > 5, "the other writes")
                so_far = set(old.acknowledged)
                one.process.send_signal(signal.SIGCONT)
                until(lambda: "REPLACED" in one.said(), "it learns of it")
                late = set(old.acknowledged) - so_far
                until(lambda: len(new.acknowledged) > 10, "the other goes on")
        everything = old.acknowledged | new.acknowledged  # what was sent before the pause may arrive after it
        assert missing(ana, two.base_url, everything) == []
        assert len(late) <= 2


def test_a_primary_that_cannot_renew_stops_before_the_other_begins(tmp_path: Path) -> None:
    with automatic_pair(tmp_path) as (one, two):
        ana = one.account("ana")
        with Writer(ana, lambda: one.base_url, threads=2) as old:
            until(lambda: len(old.acknowledged) > 20, "some posts")
            (tmp_path / "way-one").unlink()
            until(lambda: "this server is the primary now" in two.said(), "the other leads", seconds=60)
            at_takeover = set(old.acknowledged)
            two.wait_ready()
            time.sleep(1)
            assert set(old.acknowledged) == at_takeover
        assert missing(ana, two.base_url, old.acknowledged) == []


def test_nobody_takes_over_while_the_lease_is_renewed_or_out_of_reach(tmp_path: Path) -> None:
    with automatic_pair(tmp_path) as (one, two):
        ana = one.account("ana")
        (tmp_path / "way-two").unlink()
        time.sleep(6)
        with ana.client() as client:
            assert client.post("/api/v1/statuses", data={"status": "all is well"}).status_code == 200
        (tmp_path / "way-two").symlink_to(tmp_path / "place")
        time.sleep(6)
        with ana.client() as client:
            assert client.post("/api/v1/statuses", data={"status": "all is well"}).status_code == 200
        assert "this server is the primary now" not in two.said()
