"""A standby takes over: its predecessor can acknowledge nothing any more, and comes back as a standby."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import httpx
import pytest

from standbys import Host, Proxy, Writer, missing, pair, until

pytestmark = pytest.mark.crash


def test_a_paused_primary_is_fenced_and_rejoins(tmp_path: Path) -> None:
    with pair(tmp_path, standby_seconds=3.0) as (one, two):
        ana = one.account("ana")
        with ana.client() as client:
            assert client.post("/api/v1/statuses", data={"status": "kept"}).status_code == 200
        assert one.process is not None
        one.process.send_signal(signal.SIGSTOP)
        took = time.monotonic()
        two.command("promote", "--data", str(two.data), "--yes")
        assert time.monotonic() - took < 10
        two.wait_ready()
        with Writer(ana, lambda: two.base_url, threads=1) as writer:
            one.process.send_signal(signal.SIGCONT)
            with ana.client() as stale:
                for _ in range(5):
                    answer = stale.post("/api/v1/statuses", data={"status": "lost words"})
                    assert answer.status_code == 503, answer.text
            until(lambda: "REPLACED" in one.said(), "the old primary knows")
            until(lambda: len(writer.acknowledged) > 10, "the new primary writes")
            one.stop()
            said = one.command("serve", "--data", str(one.data), "--port", str(one.port), check=False)
            assert said.returncode != 0  # it stays out until it joins
            one.join(two.address, two.invite())
            one.follow()
            until(two.has_standby, f"the old primary follows:\n{one.said()}")
            so_far = len(writer.acknowledged)
            until(lambda: len(writer.acknowledged) > so_far + 10, "writes wait for it now")
        two.kill()  # and back again: now the first has everything
        one.command("promote", "--data", str(one.data), "--yes")
        one.wait_ready()
        assert missing(ana, one.base_url, writer.acknowledged) == []
        with ana.client() as client:
            me = client.get("/api/v1/accounts/verify_credentials").json()
            texts = client.get(f"/api/v1/accounts/{me['id']}/statuses", params={"limit": 40}).text
        assert "lost words" not in texts


def test_a_primary_that_was_cut_off_acknowledges_nothing_and_keeps_its_tail_aside(tmp_path: Path) -> None:
    one = Host(tmp_path / "one", standby_seconds=2.0).start()
    two = Host(tmp_path / "two", new=False, origin=one.base_url)
    proxy = Proxy(one.standby_port)
    try:
        two.join(f"127.0.0.1:{proxy.port}", one.invite()).follow()
        until(one.has_standby, "a standby is in step")
        ana = one.account("ana")
        with Writer(ana, lambda: one.base_url, threads=2) as old:
            until(lambda: len(old.acknowledged) > 20, "some posts")
            proxy.cut.set()
            cut = time.monotonic()
            time.sleep(0.5)
            two.command("promote", "--data", str(two.data), "--yes")
            at_promotion = dict(old.acknowledged)
            two.wait_ready()
            time.sleep(1)
            assert old.acknowledged == at_promotion
            proxy.cut.clear()  # the way is open again: the new primary tells the old one
            until(lambda: "REPLACED" in one.said(), "the old primary knows")
        # But the word for what the standby had on disk before the cut was on its way, and is true.
        assert [one for one in old.acknowledged if one not in at_promotion and old.when[one][0] > cut] == []
        assert missing(ana, two.base_url, old.acknowledged) == []
        one.stop()
        one.join(two.address, two.invite())
        report = json.loads(next((one.data / "survival").glob("aside-*/report.json")).read_bytes())
        assert report["facts"]["post.created"] >= 1
        assert Path(report["file"]).stat().st_mode & 0o077 == 0
    finally:
        proxy.close()
        one.kill()
        two.kill()


def test_a_promotion_that_died_is_finished_by_the_same_command(tmp_path: Path) -> None:
    with pair(tmp_path, standby_seconds=2.0) as (one, two):
        ana = one.account("ana")
        two.kill()
        two.dies_before("unlink standby")
        two.follow()
        until(one.has_standby, "the standby is back")
        with Writer(ana, lambda: one.base_url, threads=1) as writer:
            until(lambda: len(writer.acknowledged) > 10, "some posts")
            two.dies_before("")  # the command itself lives, and finishes what the process that dies began
            two.command("promote", "--data", str(two.data), "--yes")
            assert two.process is not None
            assert two.process.wait(300) == -signal.SIGKILL
            two.follow()
            two.wait_ready()
        assert json.loads((two.data / "survival" / "state.json").read_bytes())["epoch"] == 2
        assert missing(ana, two.base_url, writer.acknowledged) == []


def test_a_promotion_that_died_alone_waits_for_the_same_command(tmp_path: Path) -> None:
    with pair(tmp_path, standby_seconds=2.0) as (one, two):
        ana = one.account("ana")
        with Writer(ana, lambda: one.base_url, threads=1) as writer:
            until(lambda: len(writer.acknowledged) > 10, "some posts")
            two.kill()
            two.dies_before("unlink standby")
            died = two.command("promote", "--data", str(two.data), "--yes", check=False)
            assert died.returncode == -signal.SIGKILL
            two.dies_before("")
            two.follow()
            until(lambda: "palabre promote" in two.last().get("trouble", ""), "it says what is to be done")
            assert "REPLACED" not in one.said()
            two.command("promote", "--data", str(two.data), "--yes")
            two.wait_ready()
            until(lambda: "REPLACED" in one.said(), "the old one knows")
        assert json.loads((two.data / "survival" / "state.json").read_bytes())["epoch"] == 2
        assert missing(ana, two.base_url, writer.acknowledged) == []


def test_what_is_not_complete_is_not_promoted(tmp_path: Path) -> None:
    one = Host(tmp_path / "one")
    said = one.command("promote", "--data", str(one.data), "--yes", check=False)
    assert said.returncode == 1
    assert "no standby" in said.stderr
    (one.data / "standby").touch()
    said = one.command("promote", "--data", str(one.data), "--yes", check=False)
    assert said.returncode == 1
    assert "--force" in said.stderr
    with pytest.raises(httpx.TransportError):
        httpx.get(one.base_url, trust_env=False)
