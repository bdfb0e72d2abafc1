"""What an operator relies on: the commands that make, serve and check a network, and what they say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from running import RunningServer, free_port
from standbys import until


def test_an_account_made_while_the_server_runs_can_be_used_at_once(server: RunningServer) -> None:
    ana = server.account("ana", email="ana@example.org", admin=True)
    assert ana.username == "ana"
    assert ana.email == "ana@example.org"
    assert ana.admin
    assert ana.password
    assert len(ana.password) >= 12
    with ana.client() as client:
        seen = client.get("/api/v1/accounts/verify_credentials")
    assert seen.status_code == 200, seen.text
    assert seen.json()["username"] == "ana"


def test_a_chosen_password_is_kept_and_not_invented(server: RunningServer) -> None:
    ben = server.account("ben", password="correct horse battery staple")
    assert ben.password == "correct horse battery staple"
    assert not ben.admin


def test_a_name_that_is_taken_is_refused_in_one_line(server: RunningServer) -> None:
    server.account("taken")
    again = server.command("account", "create", "Taken", "--data", str(server.data), check=False)
    assert again.returncode != 0
    assert len(again.stderr.strip().splitlines()) == 1
    assert "Traceback" not in again.stderr


def test_many_accounts_are_made_from_a_file_and_each_has_a_token(server: RunningServer) -> None:
    people = server.accounts(f"crowd{number}" for number in range(300))
    assert [person.username for person in people] == [f"crowd{number}" for number in range(300)]
    assert len({person.token for person in people}) == 300
    with people[299].client() as client:
        assert client.get("/api/v1/accounts/verify_credentials").json()["username"] == "crowd299"


def test_a_server_that_is_asked_to_stop_does_so_within_five_seconds(make_server: ServerMaker) -> None:
    server = make_server().start()
    assert server.stop(seconds=5) == 0
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{server.base_url}/health/ready", trust_env=False)


def test_what_was_written_is_there_after_a_restart(make_server: ServerMaker) -> None:
    server = make_server().start()
    ana = server.account("ana")
    server.stop()
    server.start()
    with ana.client() as client:
        assert client.get("/api/v1/accounts/verify_credentials").json()["username"] == "ana"


@pytest.mark.parametrize(
    ("setting", "value"),
    [("PALABRE_POST_LENGTH", "many"), ("PALABRE_REGISTRATIONS", "perhaps"), ("PALABRE_ORIGIN", "talk.example")],
)
def test_a_wrong_setting_is_named_in_one_line(make_server: ServerMaker, setting: str, value: str) -> None:
    server = make_server()
    server.environment[setting] = value
    said = server.command("serve", "--data", str(server.data), "--port", str(free_port()), check=False)
    assert said.returncode != 0
    lines = said.stderr.strip().splitlines()
    assert len(lines) == 1, said.stderr
    assert setting.removeprefix("PALABRE_").lower() in lines[0]


def test_an_unknown_setting_in_the_file_is_named(make_server: ServerMaker) -> None:
    server = make_server()
    with (server.data / "palabre.toml").open("a", encoding="utf-8") as file:
        file.write('\ncolour = "blue"\n')
    said = server.command("serve", "--data", str(server.data), "--port", str(free_port()), check=False)
    assert said.returncode != 0
    assert "colour" in said.stderr
    assert "Traceback" not in said.stderr


def test_limits_cannot_be_off_where_the_public_comes_in(make_server: ServerMaker) -> None:
    server = make_server()
    server.environment |= {"PALABRE_ORIGIN": "https://talk.example", "PALABRE_LIMITS": "off"}
    said = server.command("serve", "--data", str(server.data), "--port", str(free_port()), check=False)
    assert said.returncode != 0
    assert "limits" in said.stderr


def test_doctor_is_content_with_a_new_network_and_names_what_is_missing(make_server: ServerMaker) -> None:
    server = make_server()
    assert server.command("doctor", "--data", str(server.data)).returncode == 0
    (server.data / "keyring").rename(server.data / "keyring.away")
    said = server.command("doctor", "--data", str(server.data), check=False)
    assert said.returncode != 0
    assert "keyring" in said.stdout + said.stderr
    assert "Traceback" not in said.stdout + said.stderr


def test_metrics_are_on_a_port_of_their_own(make_server: ServerMaker) -> None:
    port = free_port()
    server = make_server(metrics_port=port).start()
    metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
    assert metrics.status_code == 200
    assert re.search(r"^palabre_\w+", metrics.text, re.MULTILINE)
    with server.client() as client:
        assert client.get("/metrics").status_code == 404


def test_the_keyring_is_readable_by_its_owner_only(make_server: ServerMaker) -> None:
    server = make_server()
    keyring: Path = server.data / "keyring"
    assert keyring.stat().st_mode & 0o777 == 0o600


def test_init_does_not_overwrite_a_network_nor_make_new_keys_for_an_old_one(make_server: ServerMaker) -> None:
    server = make_server()
    server.account("ana")
    keyring = (server.data / "keyring").read_bytes()
    init = ["init", "--data", str(server.data), "--origin", server.base_url, "--yes"]
    assert server.command(*init, check=False).returncode != 0
    assert (server.data / "keyring").read_bytes() == keyring
    (server.data / "keyring").unlink()
    said = server.command(*init, check=False)
    assert said.returncode != 0
    assert "keyring" in said.stderr
    assert not (server.data / "keyring").exists()


def test_an_account_of_a_batch_without_password_has_none_and_nobody_signs_in_with_it(
    make_server: ServerMaker,
) -> None:
    """Its token is all that opens it, until the operator gives it a password."""
    server = make_server(limits="off").start()
    bot, guest = server.accounts(["bot", "guest"])
    assert (bot.password, guest.password) == (None, None)
    with bot.client() as client:
        assert client.get("/api/v1/accounts/verify_credentials").json()["username"] == "bot"
    browser = Browsing(server)
    answers = {}
    for name in ("bot", "nobody"):
        for password in ("", " ", "None", "null", "bot", PASSWORD):
            browser.get("/auth/sign_in")
            answer = browser.post("/auth/sign_in", data={"name": name, "password": password})
            assert 400 <= answer.status_code < 500, (name, password)
            assert 'data-member="' not in browser.get("/local").text
            answers[name, password] = re.sub(r'value="[^"]*"', "", answer.text)
    for password in ("", " ", "None", PASSWORD):
        assert answers["bot", password] == answers["nobody", password], "it tells who has no password"
    words = ("account", "reset-password", "bot", "--yes", "--data", str(server.data), "--json")
    said = json.loads(server.command(*words).stdout)
    Browsing(server).sign_in("bot", said["password"])


def test_sample_people_greet_the_reader(make_server: ServerMaker) -> None:
    server = make_server()
    ana = server.account("reader")
    server.command("sample", "--data", str(server.data), "--reader", "reader")
    server.start()
    with ana.client() as client:
        home = client.get("/api/v1/timelines/home", params={"limit": 40}).json()
        until(lambda: "mention" in client.get("/api/v1/notifications").text, "the reader is told")
        told = client.get("/api/v1/notifications").json()
    assert len(home) >= 25
    assert [post["created_at"] for post in home] == sorted((post["created_at"] for post in home), reverse=True)
    assert any(post["media_attachments"] and post["media_attachments"][0]["description"] for post in home)
    assert "mention" in {notice["type"] for notice in told}
