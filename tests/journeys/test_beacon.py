"""Where the network is: served, put into vaults, printed for DNS, changed while the server runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fixtures_server import ServerMaker
from palabre import clock
from palabre.beacon.model import Beacon, Pin
from palabre.beacon.rules import verified
from palabre.beacon.signing import check
from running import RunningServer
from standbys import until


def announced(server: RunningServer, pin: Pin | None = None) -> tuple[Beacon, Pin]:
    with server.client() as client:
        until(lambda: client.get("/.well-known/palabre/beacon").status_code == 200, "there is a beacon")
        return verified(client.get("/.well-known/palabre/beacon").content, pin, clock.now(), check)


def test_the_beacon_is_served_to_any_site_and_kept_briefly(server: RunningServer) -> None:
    said, pin = announced(server)
    assert said.origins == (server.base_url,)
    with server.client(headers={"origin": "https://elsewhere.example"}) as client:
        answer = client.get("/.well-known/palabre/beacon")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cache-control"] == "public, max-age=60"
        proof = client.get("/.well-known/palabre/proof", params={"nonce": "0123456789abcdef"})
        assert proof.json()["proof"].startswith(f"1.{pin.epoch}.")
        assert proof.headers["cache-control"] == "no-store"
        refused = client.get("/.well-known/palabre/proof", params={"nonce": "no"})
        assert refused.status_code == 422
        assert "nonce" in refused.json()["error"]
        assert client.get("/.well-known/palabre/proof").status_code == 422


def test_what_the_operator_says_is_served_at_once(server: RunningServer) -> None:
    before, pin = announced(server)
    data = ("--data", str(server.data))
    server.command(
        "beacon", "set", "--origin", server.base_url, "--origin", "https://b.example",
        "--reserve", "c.example", "--onion", "http://x.onion", *data,
    )  # fmt: skip
    until(lambda: announced(server)[0].sequence > before.sequence, "the server says it")
    said, pin = announced(server, pin)
    assert said.origins == (server.base_url, "https://b.example")
    assert (said.reserve, said.onion) == (("c.example",), "http://x.onion")
    server.command("beacon", "key", "rotate", "--yes", *data)
    until(lambda: len(announced(server)[0].keys) == 2, "the server signs with the next key")
    changed, _ = announced(server, pin)
    assert changed.keys[-1].key != pin.key
    with server.client() as client:
        assert client.get("/local").headers["palabre-proof"].startswith("1.")
    shown = server.command("beacon", *data).stdout
    assert "https://b.example" in shown
    assert 'TXT\n"palabre-beacon=' in shown
    for wrong in (("--origin", "b.example"), ("--reserve", "https://c.example"), ("--onion", "x"), ()):
        refused = server.command("beacon", "set", *wrong, *data, check=False)
        assert refused.returncode != 0
        assert "Traceback" not in refused.stderr


def test_an_origin_is_said_to_be_lost(make_server: ServerMaker) -> None:
    server = make_server(limits="off").start()
    announced(server)
    data = ("--data", str(server.data))
    alone = server.command("beacon", "lose", server.base_url, "--yes", *data, check=False)
    assert alone.returncode == 1
    assert "is the only origin" in alone.stderr
    server.command("beacon", "set", "--origin", server.base_url, "--origin", "https://b.example", *data)
    asked = server.command("beacon", "lose", server.base_url, *data, check=False)
    assert asked.returncode == 1
    assert "send nothing there any more" in asked.stderr
    until(lambda: announced(server)[0].origins == (server.base_url, "https://b.example"), "both are named")
    assert f"lost     {server.base_url}" in server.command("beacon", "lose", server.base_url, "--yes", *data).stdout
    until(lambda: announced(server)[0].former == (server.base_url,), "the server says it")
    assert announced(server)[0].origins == ("https://b.example",)
    with server.client(headers={"origin": server.base_url, "host": "b.example", "palabre-app": "1"}) as app:
        until(lambda: "access-control-allow-origin" in app.get("/local").headers, "its app reads elsewhere")
        assert "palabre-proof" in app.get("/local").headers
    with server.client() as client:
        assert "palabre-proof" not in client.get("/local").headers
        assert client.get("/.well-known/palabre/proof", params={"nonce": "0123456789abcdef"}).status_code == 503
    assert "the beacon names https://b.example" in server.command("doctor", *data).stdout
    server.command("beacon", "set", "--origin", server.base_url, *data)
    until(lambda: announced(server)[0].origins == (server.base_url,), "it is back")


def test_verify_reads_an_origin_a_file_and_a_record(server: RunningServer, tmp_path: Path) -> None:
    said, _ = announced(server)
    data = ("--data", str(server.data))
    told = json.loads(server.command("beacon", "verify", server.base_url, "--json").stdout)
    assert told["network"] == said.network
    body = server.command("beacon", "--json", *data).stdout
    record = server.command("beacon", *data).stdout.splitlines()[-1]
    for name, text in (("beacon.json", body), ("record.txt", record)):
        (tmp_path / name).write_text(text, "utf-8")
        good = server.command("beacon", "verify", str(tmp_path / name), "--network", said.network)
        assert good.stdout.startswith("good")
    (tmp_path / "forged.json").write_text(body.replace('"sequence":', '"sequence":9'), "utf-8")
    for where, network, why in (
        ("forged.json", said.network, "signature"),
        ("beacon.json", "AAAA", "another network"),
        ("nothing.json", said.network, "cannot be read"),
    ):
        refused = server.command("beacon", "verify", str(tmp_path / where), "--network", network, check=False)
        assert refused.returncode == 1
        assert why in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1


def test_settings_count_more_than_what_was_said(make_server: ServerMaker) -> None:
    server = make_server(limits="off", reserve_domains="c.example, d.example").start()
    assert announced(server)[0].reserve == ("c.example", "d.example")
    refused = server.command("beacon", "set", "--reserve", "e.example", "--data", str(server.data), check=False)
    assert refused.returncode == 1
    assert "reserve_domains is set in palabre.toml" in refused.stderr


@pytest.mark.parametrize("again", [False, True])
def test_the_beacon_lies_open_in_every_vault(make_server: ServerMaker, tmp_path: Path, again: bool) -> None:
    vaults = [tmp_path / "one", tmp_path / "two"]
    server = make_server(limits="off", vaults=",".join(map(str, vaults)))
    server.command("backup", "key", "--data", str(server.data), check=False)
    server.start()
    said, pin = announced(server)
    corners = [vault / "public" / "beacon.json" for vault in vaults]
    until(lambda: all(corner.exists() for corner in corners), "it is in the vaults")
    if again:
        server.command("beacon", "set", "--origin", "https://b.example", "--data", str(server.data))
        said, pin = announced(server, pin)
        until(
            lambda: all(b"b.example" in corner.read_bytes() for corner in corners if corner.exists()), "the new one"
        )
    for corner in corners:
        until(corner.exists, "it is there")
        found, _ = verified(corner.read_bytes(), None, clock.now(), check)
        assert found.network == said.network


def test_doctor_speaks_of_the_beacon(server: RunningServer) -> None:
    announced(server)
    said = server.command("doctor", "--data", str(server.data)).stdout
    assert f"the beacon names {server.base_url}" in said
