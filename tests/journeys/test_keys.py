"""Keys are renewed while members go on, also when the server is killed in the middle."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from palabre.keyring import Keyring, fingerprint, load
from running import RunningServer
from standbys import pair, until

pytestmark = pytest.mark.crash


def keys(server: RunningServer) -> dict[str, dict]:
    lines = server.command("keys", "list", "--json", "--data", str(server.data)).stdout.splitlines()
    return {line["key"]: line for line in map(json.loads, lines)}


def sealed(server: RunningServer) -> list[bytes]:
    with sqlite3.connect(f"file:{server.data / 'palabre.db'}?mode=ro", uri=True) as database:
        return [row[0] for row in database.execute("SELECT email_sealed FROM login WHERE email_sealed IS NOT NULL")]


def opened_by(keyring: Keyring, ciphertexts: list[bytes]) -> int:
    from cryptography.exceptions import InvalidTag

    count = 0
    for each in ciphertexts:
        try:
            keyring.unseal("email", each)
            count += 1
        except InvalidTag:
            pass
    return count


def test_addresses_are_encrypted_anew_through_a_kill_in_the_middle(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data", limits="off")
    batch = tmp_path / "people.jsonl"
    batch.write_text(
        "".join(json.dumps({"username": f"m{n}", "email": f"m{n}@example.org"}) + "\n" for n in range(1_500))
    )
    server.command("account", "create", "--batch", str(batch), "--data", str(server.data))
    ana = server.account("ana", email="ana@example.org", password="a long pass phrase of words")
    before = load(server.data)
    assert opened_by(before, sealed(server)) == 1_501
    with sqlite3.connect(server.data / "palabre.db") as database:
        row = (7, 7, 0, '["ping"]', before.seal("webhook", "an address and a secret"), "on", None, 0)
        database.execute("INSERT INTO webhook VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    server.command("keys", "rotate", "columns", "--yes", "--data", str(server.data))
    server.command("keys", "rotate", "lookups", "--yes", "--data", str(server.data))
    assert keys(server)["columns"]["waits_for_start"]
    assert load(server.data) == before  # nothing changes for who works with the folder now
    try:
        server.start()
        server.kill()
        now = load(server.data)
        assert now.columns != before.columns
        assert opened_by(now, sealed(server)) == 1_501  # half done or not: everything opens
        server.start()
        until(lambda: not load(server.data).pending, "everything is renewed")
        only_new = Keyring(**{name: getattr(load(server.data), name) for name in before.__struct_fields__[:5]})
        assert opened_by(only_new, sealed(server)) == 1_501
        assert opened_by(before, sealed(server)) == 0
        with sqlite3.connect(f"file:{server.data / 'palabre.db'}?mode=ro", uri=True) as database:
            [(target,)] = database.execute("SELECT sealed FROM webhook").fetchall()
        assert only_new.unseal("webhook", target) == "an address and a secret"
        assert "columns" not in load(server.data).old
        with ana.client() as client:  # her token was made with the old key
            assert client.get("/api/v1/accounts/verify_credentials").status_code == 200
        taken = server.command(
            "account", "create", "eve", "--email", "ana@example.org", "--data", str(server.data), check=False
        )
        assert taken.returncode == 1  # found under the new key
        server.command("keys", "forget", "lookups", "--yes", "--data", str(server.data))
        server.stop()
        server.start()
        with ana.client() as client:
            assert client.get("/api/v1/accounts/verify_credentials").status_code == 401
        assert fingerprint(only_new.columns) == keys(server)["columns"]["fingerprint"]
    finally:
        server.kill()


def test_the_keys_that_links_depend_on_are_not_renewed_and_it_says_why(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data")
    said = server.command("keys", "rotate", "ids", "--yes", "--data", str(server.data), check=False)
    assert said.returncode == 1
    assert "every link" in said.stderr
    assert load(server.data).ids not in server.command("keys", "list", "--data", str(server.data)).stdout


def test_a_standby_gets_the_new_keys_and_opens_everything_when_it_leads(tmp_path: Path) -> None:
    with pair(tmp_path) as (one, two):
        one.account("ana", email="ana@example.org")
        one.command("keys", "rotate", "columns", "--yes", "--data", str(one.data))
        one.stop()
        one.start()
        until(lambda: load(two.data).columns == load(one.data).columns, "the standby has the new key")
        until(lambda: not load(one.data).pending, "everything is renewed")
        until(one.has_standby, "the standby is in step")
        one.kill()
        two.command("promote", "--data", str(two.data), "--yes")
        two.wait_ready()
        assert opened_by(load(two.data), sealed(two)) == 1


def test_a_standby_with_a_new_certificate_joins_again(tmp_path: Path) -> None:
    with pair(tmp_path) as (one, two):
        refused = one.command("keys", "rotate", "certificate", "--yes", "--data", str(one.data), check=False)
        assert "Standbys know this server" in refused.stderr
        two.kill()
        said = two.command("keys", "rotate", "certificate", "--yes", "--data", str(two.data)).stdout
        old = said.partition("it was ")[2][:8]
        one.command("standby", "remove", old, "--yes", "--data", str(one.data))
        two.join(one.address, one.invite()).follow()
        until(one.has_standby, f"it follows under its new name:\n{two.said()}")
