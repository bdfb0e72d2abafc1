"""Somebody arrives with an archive: the server imports it beside its work, and a crash delays it, no more."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from asleep import asleep_until_stopped
from fixtures_server import ServerMaker
from imports.mastodon_exports import mastodon_archive
from imports.x_archives import twitter_archive
from palabre import clock
from palabre.accounts.queries import account_by_handle
from palabre.ids import new_id
from palabre.imports.actions import begin_import
from palabre.imports.model import ImportRun, State
from palabre.imports.queries import import_runs
from palabre.imports.running import take_in
from running import RunningServer


def newest_run(server: RunningServer, name: str) -> ImportRun:
    with server.opened() as opened:
        member = opened.database.read_now(account_by_handle, name)
        return opened.database.read_now(import_runs, member.id)[0]


def wait_for(server: RunningServer, name: str, done: int | None, *, seconds: float = 120) -> ImportRun:
    """Wait until the import is over, or has come as far as ``done``."""
    deadline = time.monotonic() + seconds
    while True:
        run = newest_run(server, name)
        if run.state.over or (done is not None and run.done >= done):
            return run
        assert time.monotonic() < deadline, (run.state, run.done, server.said())
        time.sleep(0.1)


def wait_until(true: Callable[[], bool], server: RunningServer, *, seconds: float = 120) -> None:
    """Wait for what the server does just after it has told that an import is over."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, server.said()
        time.sleep(0.05)


def upload(server: RunningServer, name: str, file: Path) -> None:
    """Do what the settings page does with an uploaded file."""
    with server.opened() as opened:
        member = opened.database.read_now(account_by_handle, name)
        run = new_id(clock.now())
        take_in(server.data, run, Path(shutil.copy(file, server.data / "upload")))
        opened.database.write_now(begin_import, member.id, run=run, name=file.name)


@pytest.mark.crash
def test_a_server_killed_in_the_middle_of_imports_brings_every_post_exactly_once(
    make_server: ServerMaker, tmp_path: Path
) -> None:
    made = twitter_archive(tmp_path / "twitter.zip", posts=3_000, pictures=6)
    server = make_server(limits="off")
    ana = server.account("ana")
    upload(server, "ana", made.path)
    for reached in (1, 400, 1_200):
        server.start()
        wait_for(server, "ana", reached)
        server.kill()
    assert newest_run(server, "ana").state is State.RUNNING
    server.start()
    run = wait_for(server, "ana", None)
    assert (run.state, run.done, run.added, run.total) == (State.DONE, *[len(made.posts)] * 3)
    wait_until(lambda: not list((server.data / "imports").iterdir()), server)
    with ana.client() as client:
        me = client.get("/api/v1/accounts/verify_credentials").json()
        assert me["statuses_count"] == len(made.posts)
        newest = client.get(f"/api/v1/accounts/{me['id']}/statuses", params={"limit": 1}).json()[0]
        assert newest["created_at"] < "2021"
        home = client.get("/api/v1/timelines/home", params={"limit": 5}).json()
        assert all(status["created_at"] < "2021" for status in home)
    assert server.stop() in {0, -signal.SIGTERM}


def test_a_stopping_server_does_not_wait_for_imports(make_server: ServerMaker, tmp_path: Path) -> None:
    made = mastodon_archive(tmp_path / "archive.tar.gz", posts=3_000, pictures=0)
    server = make_server(limits="off")
    server.account("ana")
    upload(server, "ana", made.path)
    for reached in (0, 1):
        server.start()
        wait_for(server, "ana", reached)
        asleep = asleep_until_stopped(server)
        assert server.stop() in {0, -signal.SIGTERM}
        assert asleep <= 5, server.said()
    server.start()
    assert wait_for(server, "ana", None).added == len(made.posts)


def test_the_command_imports_while_the_server_runs_and_reports_what_it_left_out(
    make_server: ServerMaker, tmp_path: Path
) -> None:
    made = mastodon_archive(tmp_path / "archive.zip", posts=80, pictures=2, spoil={40: "quote"})
    server = make_server(limits="off").start()
    ana, ben = server.account("ana"), server.account("ben")
    with ben.client() as client:
        found = client.get("/api/v1/accounts/lookup", params={"acct": "ana"}).json()
        client.post(f"/api/v1/accounts/{found['id']}/follow").raise_for_status()
        assert client.get("/api/v1/timelines/home").json() == []  # the window is there before the import

        arguments = ("import", str(made.path), "--account", "ana", "--data", str(server.data), "--json")
        said = json.loads(server.command(*arguments).stdout)
        assert (said["state"], said["added"], said["left_out"]["post.damaged"]) == ("done", len(made.posts), 1)
        assert any(each["reason"] == "damaged" and each["where"] for each in said["listed"])

        shown = client.get("/api/v1/timelines/home").json()
        assert all(status["created_at"] < "2021" for status in shown)
        assert client.get("/api/v1/notifications").json() == []
        statuses = client.get(f"/api/v1/accounts/{found['id']}/statuses", params={"limit": 40}).json()
        assert len(statuses) == 40
        again = json.loads(server.command(*arguments).stdout)
        assert (again["state"], again["added"]) == ("done", 0)
    with ana.client() as client:
        assert client.get("/api/v1/accounts/verify_credentials").json()["statuses_count"] == len(made.posts)
    refused = server.command("import", __file__, "--account", "ana", "--data", str(server.data), check=False)
    assert refused.returncode == 1
    assert "import.not_an_archive" in refused.stdout + refused.stderr
