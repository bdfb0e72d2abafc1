"""Nobody is there: the standby takes over by itself, and there are never two that answer."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from running import Person
from standbys import Host, Writer, acknowledged_by_both, missing, until

pytestmark = pytest.mark.crash


@contextmanager
def automatic_pair(folder: Path, *flag: str) -> Iterator[tuple[Host, Host]]:
    """Two servers with a lease; each reaches the third place by its own way. A ``flag`` replaces the setting."""
    (folder / "place").mkdir()
    ways = [folder / "way-one", folder / "way-two"]
    for way in ways:
        way.symlink_to(folder / "place")
    usual = {"auto_failover": "" if flag else "true", "lease_seconds": 4.0, "standby_seconds": 2.0}
    one = Host(folder / "one", lease=f"folder:{ways[0]}", **usual).start(*flag)
    two = Host(folder / "two", new=False, origin=one.base_url, lease=f"folder:{ways[1]}", **usual)
    try:
        two.join(one.address, one.invite()).follow(*flag)
        until(one.has_standby, f"a standby is in step:\n{one.said()}\n{two.said()}")
        yield one, two
    finally:
        one.kill()
        two.kill()


@pytest.mark.parametrize("flag", [(), ("--auto-failover",)], ids=["by the setting", "by the flag of serve"])
def test_a_host_is_gone_and_the_other_serves_with_everything_acknowledged(
    tmp_path: Path, flag: tuple[str, ...]
) -> None:
    with automatic_pair(tmp_path, *flag) as (one, two):
        ana = one.account("ana")
        with Writer(ana, lambda: one.base_url) as writer:
            until(lambda: len(writer.acknowledged) > 50, "some posts")
            one.kill()
            shutil.rmtree(one.data)
            began = time.monotonic()
            two.wait_ready()
            took = time.monotonic() - began
        assert missing(ana, two.base_url, writer.acknowledged) == []
        with Writer(ana, lambda: two.base_url, threads=1) as after:
            until(lambda: len(after.acknowledged) > 5, "posting goes on")
        assert took < 40
        assert two.last()["lease"] == "", "it holds the lease, and renews it"


def test_a_standby_that_dies_while_it_takes_over_goes_on_by_itself(tmp_path: Path) -> None:
    with automatic_pair(tmp_path) as (one, two):
        ana = one.account("ana")
        two.kill()
        two.dies_before("unlink standby")  # its epoch is raised, and it is a standby still
        two.follow()
        until(one.has_standby, "the standby is back")
        with Writer(ana, lambda: one.base_url, threads=2) as writer:
            until(lambda: len(writer.acknowledged) > 20, "some posts")
            one.kill()
            assert two.process is not None
            assert two.process.wait(300) == -signal.SIGKILL
        assert (two.data / "standby").exists()
        two.dies_before("")
        two.follow()
        two.wait_ready()
        assert missing(ana, two.base_url, writer.acknowledged) == []
        with Writer(ana, lambda: two.base_url, threads=1) as after:
            until(lambda: len(after.acknowledged) > 5, "posting goes on")
        one.follow()  # it starts as it was, learns that it was replaced, and answers no write
        until(lambda: "REPLACED" in one.said(), "the old one knows")
        until(lambda: refuses(one, ana), "it refuses to write")


def refuses(host: Host, person: Person) -> bool:
    try:
        with person.client() as client:
            client.base_url = host.base_url
            answer = client.post("/api/v1/statuses", data={"status": "lost"})
    except httpx.TransportError:
        return False  # it does not listen yet
    assert answer.status_code == 503, answer.text
    return True


def test_a_takeover_that_is_refused_is_told_and_the_standby_goes_on(tmp_path: Path) -> None:
    with automatic_pair(tmp_path) as (one, two):
        ana = one.account("ana")
        with Writer(ana, lambda: one.base_url, threads=1) as writer:
            until(lambda: len(writer.acknowledged) > 10, "some posts")
            two.kill()
        one.kill()
        state = two.data / "survival" / "state.json"
        known = json.loads(state.read_bytes())
        state.write_text(json.dumps(known | {"complete": False}))
        lease = json.loads((tmp_path / "place" / "lease").read_bytes())
        lease |= {"holder": lease["in_step"], "epoch": 2, "in_step": "", "renewal": lease["renewal"] + 1}
        (tmp_path / "place" / "lease").write_text(json.dumps(lease))
        two.follow()
        until(lambda: two.last().get("trouble"), "it says so")
        said = two.command("standby", "status", "--data", str(two.data), check=False)
        assert said.returncode == 1
        assert "TROUBLE" in said.stdout
        assert two.process is not None
        assert two.process.poll() is None
        state.write_text(json.dumps(json.loads(state.read_bytes()) | {"complete": True}))
        two.wait_ready()
        assert missing(ana, two.base_url, writer.acknowledged) == []


def test_a_paused_primary_wakes_up_and_acknowledges_nothing(tmp_path: Path) -> None:
    with automatic_pair(tmp_path) as (one, two):
        ana = one.account("ana")
        with Writer(ana, lambda: one.base_url, threads=2) as old:
            until(lambda: len(old.acknowledged) > 20, "some posts")
            assert one.process is not None
            one.process.send_signal(signal.SIGSTOP)
            paused = time.monotonic()
            two.wait_ready()
            with Writer(ana, lambda: two.base_url, threads=1) as new:
                until(lambda: len(new.acknowledged) > 5, "the other writes")
                so_far = set(old.acknowledged)
                one.process.send_signal(signal.SIGCONT)
                until(lambda: "REPLACED" in one.said(), "it learns of it")
                late = set(old.acknowledged) - so_far
                until(lambda: len(new.acknowledged) > 10, "the other goes on")
        everything = old.acknowledged | new.acknowledged  # what was sent before the pause may arrive after it
        assert missing(ana, two.base_url, everything) == []
        assert all(old.when[one][0] <= paused for one in late), "answers to what was asked afterwards"
        assert acknowledged_by_both(old, new, paused=paused) == []


def test_a_primary_that_cannot_renew_stops_before_the_other_begins(tmp_path: Path) -> None:
    with automatic_pair(tmp_path) as (one, two):
        ana = one.account("ana")
        with Writer(ana, lambda: one.base_url, threads=2) as old:
            until(lambda: len(old.acknowledged) > 20, "some posts")
            (tmp_path / "way-one").unlink()
            until(lambda: "this server is the primary now" in two.said(), "the other leads")
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
