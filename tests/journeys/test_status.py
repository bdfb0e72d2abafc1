"""How safe the network is: what everybody may know, and what wakes the operator."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import httpx
import pytest

from plain_browser import PlainBrowser
from running import RunningServer, free_port
from standbys import pair, until


def test_the_status_is_the_same_for_all_and_names_nobody(server: RunningServer) -> None:
    with server.client() as client:
        told = client.get("/api/palabre/v1/status").json()
        assert told["role"] == "primary"
        assert told["epoch"] == 1
        assert told["durability"] in {"local", "database"}
        assert not told["writes_wait"]
        assert told["vaults"] == []
        for language, words in [("en", "What you write is"), ("fr", "Ce que vous écrivez est")]:
            page = client.get("/status", headers={"accept-language": language})
            assert page.status_code == 200
            assert words in page.text
            assert page.headers["cache-control"] == "public, max-age=5"
            assert "set-cookie" not in page.headers


@pytest.mark.crash
def test_the_status_tells_of_standbys_vaults_and_drills_but_not_where_they_are(tmp_path: Path) -> None:
    vault = tmp_path / "secret-place"
    with pair(tmp_path, vaults=str(vault)) as (one, two):
        drills = one.data / "drills"
        drills.mkdir()
        report = {
            "kind": "host-loss", "began": int(time.time() * 1000), "seconds": 12.34, "rto_seconds": 3.5,
            "rpo_lost": 0,
            "acknowledged": 900, "double_primaries": 0, "passed": True, "details": {"where": str(tmp_path)},
        }  # fmt: skip
        (drills / "1.json").write_text(json.dumps(report))
        (drills / "2.json").write_text("no report")
        with one.client() as client:
            until(lambda: client.get("/api/palabre/v1/status").json()["writes_wait"], "writes wait for the standby")
            until(lambda: client.get("/api/palabre/v1/status").json()["vaults"][0]["good"], "the vault is kept")
            answer = client.get("/api/palabre/v1/status")
            page = client.get("/status").text
        told = answer.json()
        assert told["standby"] == {
            "connected": 1, "in_step": True, "behind": 0, "behind_seconds": 0, "behind_bytes": None,
        }  # fmt: skip
        assert told["vaults"][0]["age_seconds"] < 60
        assert told["drills"][0]["kind"] == "host-loss"
        assert told["drills"][0]["rpo_lost"] == 0
        peer = next((one.data / "survival" / "peers").glob("*.json")).stem
        for secret in ("secret-place", str(tmp_path), peer[:8], str(one.standby_port), str(two.standby_port)):
            assert secret not in answer.text
            assert secret not in page
        assert "second machine" in page
        assert "host-loss" in page


@pytest.mark.crash
def test_alarms_are_on_the_page_in_doctor_and_in_the_metrics(tmp_path: Path) -> None:
    metrics = free_port()
    with pair(tmp_path, durability="prefer", standby_seconds=0.5, vaults="/proc/no-such-place") as (one, two):
        one.stop()
        one.environment["PALABRE_METRICS_PORT"] = str(metrics)
        one.start()
        ana = one.account("ana", admin=True, password="a long pass phrase of words")
        ben = one.account("ben")
        browser = PlainBrowser(one)
        browser.sign_in(ana)
        two.kill()
        with ben.client() as client:
            client.post("/api/v1/statuses", data={"status": "alone"})
        until(lambda: one.last().get("alone"), "it is alone")
        page = browser.open("/admin/survival").text
        browser.close()
        said = one.command("doctor", "--data", str(one.data), check=False)
        gathered = httpx.get(f"http://127.0.0.1:{metrics}/metrics", trust_env=False).text
        for words, line, code in [
            ("No standby is in step", "no standby is in step", "alone"),
            ("A vault", "the vault /proc/no-such-place", "vault_"),
            ("No drill has passed", "no drill has passed", "no_drill"),
        ]:
            assert words in page
            assert line in said.stdout
            assert f'palabre_alarm{{alarm="{code}' in gathered
        assert 'palabre_alarm{alarm="alone"} 1.0' in gathered
        assert 'palabre_alarm{alarm="no_standby"} 0.0' in gathered
        assert said.returncode == 1
        with ben.client() as client:
            assert "No standby" not in client.get("/admin/survival").text


@pytest.mark.crash
def test_the_lag_of_a_standby_that_was_stopped_rises_and_falls_and_everybody_says_so(tmp_path: Path) -> None:
    metrics = free_port()
    with pair(tmp_path, durability="local", metrics_port=metrics, limits="off") as (one, two):
        ana = one.account("ana")
        name = next((one.data / "survival" / "peers").glob("*.json")).stem[:8]

        def figures() -> dict[str, float]:
            """The lag in batches, by who tells of it."""
            said = one.command("standby", "status", "--data", str(one.data), check=False).stdout
            printed = re.search(rf"standby {name}: .*?(\d+) batches behind", said)
            doctor = one.command("doctor", "--data", str(one.data), check=False).stdout
            told = re.search(rf"standby {name} is not connected, and (\d+) batches behind for \d+ s", doctor)
            gathered = httpx.get(f"http://127.0.0.1:{metrics}/metrics", trust_env=False).text
            measured = re.search(rf'palabre_standby_behind{{standby="{name}"}} (\S+)', gathered)
            shown = httpx.get(f"{one.base_url}/api/palabre/v1/status", trust_env=False).json()["standby"]
            return {
                "standby status": float(printed[1]) if printed else -1,
                "doctor": float(told[1]) if told else 0,
                "metrics": float(measured[1]) if measured else -1,
                "/status": -1 if shown["behind"] is None else shown["behind"],
            }

        until(lambda: set(figures().values()) == {0}, "it has everything")
        two.kill()
        with ana.client() as client:
            for so_far in (0, 3):
                for number in range(3):
                    client.post("/api/v1/statuses", data={"status": f"alone {number}"}).raise_for_status()
                until(lambda least=so_far: min(figures().values()) >= least + 3, "it lacks this")
        until(lambda: (one.last()["peers"][0]["behind_seconds"] or 0) >= 2, "for how long grows too")
        until(
            lambda: "machine only (the oldest:" in httpx.get(f"{one.base_url}/status", trust_env=False).text,
            "the page",
        )
        two.follow()
        until(lambda: set(figures().values()) == {0}, "it has everything again")
        assert one.last()["peers"][0]["behind_seconds"] == 0


def test_a_server_that_cannot_renew_its_lease_says_so(tmp_path: Path) -> None:
    server = RunningServer(
        tmp_path / "data", auto_failover="true", lease=f"folder:{tmp_path / 'nowhere'}",
        standby_listen=f"127.0.0.1:{free_port()}",
    )  # fmt: skip
    server.start()
    try:
        said = ""

        def complains() -> bool:
            nonlocal said
            said = server.command("doctor", "--data", str(server.data), check=False).stdout
            return "the lease cannot be renewed" in said

        until(complains, f"doctor says so: {said}")
    finally:
        server.kill()
