"""A standby that takes over has the settings and texts of the network, and its vaults go on by themselves."""

from __future__ import annotations

import json
import shutil
import signal
import time
from pathlib import Path

import apsw
import pytest

from standbys import Host, Proxy, until
from unit.survival.networks import objects

pytestmark = pytest.mark.crash


def add_settings(host: Host, *lines: str) -> None:
    file = host.data / "palabre.toml"
    file.write_text("\n".join([file.read_text(), *lines, ""]))


def new_key(host: Host, folder: Path) -> Path:
    said = host.command("backup", "key", "--replace", "--yes", "--json", "--data", str(host.data)).stdout
    file = folder / f"key-{time.monotonic_ns()}"
    file.write_text(json.loads(said)["recovery_key"] + "\n")
    return file


def restored(host: Host, vault: Path, key: Path, into: Path) -> tuple[int, set[str]]:
    """Restore; return how that ended, and the texts of all posts."""
    done = host.command(
        "restore", "--from", str(vault), "--key", str(key), "--data", str(into), "--json", check=False
    )
    assert done.returncode in {0, 2}, done.stderr
    connection = apsw.Connection(str(into / "palabre.db"))
    try:
        return done.returncode, {text for (text,) in connection.execute("SELECT text FROM post")}
    finally:
        connection.close()


def vault_states(host: Host) -> list[dict]:
    return [
        json.loads(path.read_bytes())
        for path in (host.data / "vaults").glob("*.json")
        if not path.name.endswith(".gone.json")
    ]


def everything_is_in_the_vault(host: Host, since: float) -> bool:
    states = vault_states(host)
    return bool(states) and all(each["base"] and each["as_of"] > since * 1_000 for each in states)


def follows(one: Host, two: Host) -> None:
    until(one.has_standby, f"a standby is in step:\n{one.said()}\n{two.said()}")


def test_a_successor_has_settings_and_texts_and_goes_on_with_the_vaults(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    one = Host(tmp_path / "one")
    two = Host(tmp_path / "two", new=False, origin=one.base_url)
    try:
        add_settings(one, f'vaults = ["{vault}"]', 'title = "Before"', "port = 1")
        (one.data / "texts").mkdir()
        (one.data / "texts" / "privacy.txt").write_text("We keep what we must.")
        (one.data / "texts" / "about.txt").write_text("About us.")
        key_before = (one.data / "recovery").read_bytes()
        one.start()
        two.join(one.address, one.invite())
        assert (two.data / "recovery").read_bytes() == key_before  # when join says that everything is here
        assert (two.data / "texts" / "about.txt").read_text() == "About us."
        add_settings(two, "metrics_port = 0", "log_format = 'json'")
        two.follow()
        follows(one, two)

        settings = (one.data / "palabre.toml").read_text()
        (one.data / "palabre.toml").write_text(settings.replace("Before", "After") + "post_length = 321\n")
        (one.data / "texts" / "about.txt").unlink()
        (one.data / "texts" / "terms.txt").write_text("Be kind.")
        key = new_key(one, tmp_path)
        until(lambda: (two.data / "recovery").read_bytes() == (one.data / "recovery").read_bytes(), "the new key")
        until((two.data / "texts" / "terms.txt").exists, "a new text")
        until(lambda: not (two.data / "texts" / "about.txt").exists(), "a text is gone")
        until(lambda: "After" in (two.data / "palabre.toml").read_text(), "new settings")
        assert "log_format" in (two.data / "palabre.toml").read_text()

        ana = one.account("ana")
        with ana.client() as client:
            assert client.post("/api/v1/statuses", data={"status": "before"}).status_code == 200
        one.kill()
        shutil.rmtree(one.data)
        two.command("promote", "--data", str(two.data), "--yes")
        two.wait_ready()
        ana.base_url = two.base_url
        with ana.client() as client:
            assert client.post("/api/v1/statuses", data={"status": "after"}).status_code == 200
            instance = client.get("/api/v2/instance").json()
            assert instance["title"] == "After"
            assert instance["configuration"]["statuses"]["max_characters"] == 321
            about = client.get("/about").text
        assert "Be kind." in about
        assert "We keep what we must." in about
        assert "About us." not in about
        wrote = time.time()
        until(lambda: everything_is_in_the_vault(two, wrote), f"the vault has it:\n{two.said()}")
        assert vault_states(two)[0]["complaint"] == ""
        status, texts = restored(two, vault, key, tmp_path / "new")
        assert status == 0
        assert {"before", "after"} <= texts
        assert (tmp_path / "new" / "texts" / "terms.txt").read_text() == "Be kind."
        assert not (tmp_path / "new" / "texts" / "about.txt").exists()
        assert "After" in (tmp_path / "new" / "palabre.toml").read_text()
    finally:
        one.kill()
        two.kill()


def test_a_primary_that_wakes_up_writes_nothing_into_the_vault_of_its_successor(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    one = Host(tmp_path / "one", standby_seconds=1.0)
    two = Host(tmp_path / "two", new=False, origin=one.base_url)
    proxy = Proxy(one.standby_port)
    try:
        add_settings(one, f'vaults = ["{vault}"]')
        key = new_key(one, tmp_path)
        one.start()
        two.join(f"127.0.0.1:{proxy.port}", one.invite()).follow()
        follows(one, two)
        ana = one.account("ana")
        with ana.client() as client:
            assert client.post("/api/v1/statuses", data={"status": "before"}).status_code == 200
        began = time.time()
        until(lambda: everything_is_in_the_vault(one, began), "the vault follows the first")
        assert one.process is not None
        one.process.send_signal(signal.SIGSTOP)
        proxy.cut.set()
        two.command("promote", "--data", str(two.data), "--yes")
        two.wait_ready()
        with ana.client() as client:
            client.base_url = two.base_url
            assert client.post("/api/v1/statuses", data={"status": "after"}).status_code == 200
        wrote = time.time()
        until(lambda: everything_is_in_the_vault(two, wrote), f"the vault has it:\n{two.said()}")
        one.process.send_signal(signal.SIGCONT)
        with ana.client() as client:  # its log grows, and nobody is told that this worked
            assert client.post("/api/v1/statuses", data={"status": "stale"}).status_code == 503
        until(lambda: "since epoch 2" in one.said(), f"its vault tells it:\n{one.said()}")
        assert "REPLACED" not in one.said()  # nobody else could
        there = objects(vault)
        time.sleep(3)  # longer than it takes a server to push what is new: nothing must come
        assert {path: path.read_bytes() for path in there} == {path: path.read_bytes() for path in objects(vault)}
        status, texts = restored(two, vault, key, tmp_path / "new")
        assert status == 0
        assert {"before", "after"} <= texts
        assert "stale" not in texts
        assert vault_states(two)[0]["complaint"] == ""
    finally:
        proxy.close()
        one.kill()
        two.kill()


def test_a_standby_takes_no_settings_with_which_it_could_not_serve_as_it_was_started(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    one = Host(tmp_path / "one")
    two = Host(tmp_path / "two", new=False, origin=one.base_url, lease=f"folder:{tmp_path / 'place'}")
    try:
        add_settings(one, 'durability = "prefer"', 'title = "Ours"')
        one.start()
        two.join(one.address, one.invite())
        file = two.data / "palabre.toml"
        own = file.read_text().replace('"prefer"', '"standby"').replace('"Ours"', '"Own"')
        file.write_text(own)
        two.follow("--auto-failover")  # which does not go with durability = "prefer"
        until(lambda: "durability" in two.last().get("trouble", ""), f"it says so:\n{two.said()}")
        assert file.read_text() == own
        two.kill()
        two.follow()
        until(lambda: 'durability = "prefer"' in file.read_text(), "without it they go together")
    finally:
        one.kill()
        two.kill()
