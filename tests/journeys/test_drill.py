"""``palabre drill host-loss``: it finds nothing lost where nothing is, and finds what is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from palabre.drill.hostloss import KINDS
from palabre.survival.drills import last
from running import _COMMAND, Person, RunningServer
from seaweed import seaweed
from standbys import Host, Proxy, files_with, until

pytestmark = pytest.mark.crash


def test_hosts_that_are_lost_in_different_ways_take_nothing_with_them(tmp_path: Path) -> None:
    network = RunningServer(tmp_path / "network")
    (tmp_path / "weed").mkdir()
    kinds = ["kill", "partition", "pause-partition", "disk"]
    assert set(kinds) <= set(KINDS)
    with seaweed(tmp_path / "weed") as store:
        done = network.command(
            "drill", "host-loss", "--rounds", "4", *(word for kind in kinds for word in ("--kind", kind)),
            "--rate", "60", "--clients", "9", "--lease", store.address("drills"), "--lease-seconds", "4",
            "--rto-limit", "600", "--writes-limit", "1", "--data", str(network.data), "--json",
        )  # fmt: skip
    report = json.loads(done.stdout)
    assert report["passed"]
    assert report["rpo_lost"] == report["double_primaries"] == report["details"]["repeated"] == 0
    assert report["acknowledged"] > 100
    assert [one["kind"] for one in report["details"]["rounds"]] == kinds
    assert [one["fenced"] for one in report["details"]["rounds"]] == [True, True, True, None]
    assert all(one["acknowledged"] and one["rto_seconds"] for one in report["details"]["rounds"])
    assert report["details"]["writes_p5"] >= report["details"]["writes_limit"] == 1.0
    kept = last(network.data, kind="host-loss")
    assert [one.acknowledged for one in kept] == [report["acknowledged"]]


def on_named_hosts(
    one: Host, two: Host, person: Person, command: str, *more: str
) -> subprocess.CompletedProcess[str]:
    return one.command(
        "drill", "host-loss", "--primary", one.base_url, "--standby", two.base_url, "--kill-command", command,
        "--token", person.token, "--rate", "40", "--clients", "6", "--rto-limit", "600",
        "--writes-limit", "1", *more, check=False,
    )  # fmt: skip


def test_on_named_hosts_it_asks_then_destroys_and_counts(tmp_path: Path) -> None:
    usual = {"auto_failover": "true", "lease_seconds": 4.0, "lease": f"folder:{tmp_path}/place"}
    (tmp_path / "place").mkdir()
    one = Host(tmp_path / "one", **usual).start()
    two = Host(tmp_path / "two", new=False, origin=one.base_url, **usual)
    try:
        two.join(one.address, one.invite()).follow()
        until(one.has_standby, "a standby is in step")
        ana = one.account("ana")
        assert one.process is not None
        command = f"kill -9 {one.process.pid}"
        asked = on_named_hosts(one, two, ana, command)
        assert asked.returncode == 1
        assert command in asked.stderr
        assert one.process.poll() is None
        done = on_named_hosts(one, two, ana, command, "--yes", "--json")
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert report["passed"]
        assert report["acknowledged"] > 20
        assert report["rto_seconds"] > 0
        ana.base_url = two.base_url
        with ana.client() as client:
            assert client.get("/api/v1/timelines/public", params={"local": True}).json() == []  # nobody saw it
    finally:
        one.kill()
        two.kill()


def test_writes_that_are_lost_are_counted_and_fail_the_drill(tmp_path: Path) -> None:
    one = Host(tmp_path / "one", durability="local").start()
    two = Host(tmp_path / "two", new=False, origin=one.base_url, durability="local")
    proxy = Proxy(one.standby_port)
    try:
        two.join(f"127.0.0.1:{proxy.port}", one.invite()).follow()
        until(one.has_standby, "a standby is in step")
        ana = one.account("ana")
        with ana.client() as client:
            client.post("/api/v1/statuses", data={"status": "the last that the standby has"}).raise_for_status()
        # The log is sent in its order: who has this has the account, and the token, too.
        until(lambda: files_with(two.data, "the last that the standby has"), "the standby has the account")
        proxy.cut.set()
        assert one.process is not None
        script = tmp_path / "lose.sh"
        words = " ".join(f"'{word}'" for word in [*_COMMAND, "promote", "--data", str(two.data), "--force", "--yes"])
        script.write_text(f"kill -9 {one.process.pid}\n{words}\n")
        done = on_named_hosts(one, two, ana, f"sh {script}", "--yes", "--json")
        assert done.returncode == 1, done.stderr
        report = json.loads(done.stdout)
        assert 0 < report["rpo_lost"] < report["acknowledged"]
        assert not report["passed"]
    finally:
        proxy.close()
        one.kill()
        two.kill()


def test_it_destroys_nothing_when_it_could_measure_nothing(tmp_path: Path) -> None:
    one = RunningServer(tmp_path / "one").start()
    try:
        marker = tmp_path / "destroyed"
        usual = [
            "drill",
            "host-loss",
            "--standby",
            "http://127.0.0.1:1",
            "--kill-command",
            f"touch {marker}",
            "--yes",
        ]
        for words, why in [
            (["--primary", one.base_url, "--token", "wrong"], "does not accept the token"),
            (["--primary", "http://127.0.0.1:1", "--token", "x"], "does not answer"),
            (["--primary", "example.org", "--token", "x"], "is not like https://example.org"),
            (["--primary", one.base_url], "belong together"),
        ]:
            done = one.command(*usual, *words, check=False)
            assert done.returncode != 0
            assert why in " ".join(done.stderr.replace("│", " ").split())
            assert "Traceback" not in done.stderr
        assert not marker.exists()
    finally:
        one.stop()


def test_it_leaves_nothing_behind(tmp_path: Path) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [*_COMMAND, "drill", "host-loss", "--kind", "kill", "--lease", "s3://k:s@b/x"],
        check=False, capture_output=True, text=True, env=environment, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "begins with http://" in done.stderr
    assert list(tmp_path.iterdir()) == []
