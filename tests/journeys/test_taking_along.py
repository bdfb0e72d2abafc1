"""A member takes everything along, without a script; a crash delays it, no more; the operator can do it too."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from pathlib import Path

import httpx
import pytest

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from running import RunningServer

_FETCH = re.compile(r'action="(/settings/export/archive/\d+)"')


def _wait(browser: Browsing, *, seconds: float = 120) -> str:
    """Look at the page until the archive is ready; return where it is fetched."""
    until = time.monotonic() + seconds
    while (found := _FETCH.search(page := browser.get("/settings/export").text)) is None:
        assert time.monotonic() < until, page
        time.sleep(0.1)
    return found[1]


def _posts(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store, private"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert opened.testzip() is None
        return [post["text"] for post in json.loads(opened.read("palabre/posts.json"))["items"]]


def test_an_archive_is_made_and_fetched_with_the_password(server: RunningServer) -> None:
    member = server.account("taker", password=PASSWORD)
    other = server.account("other", password=PASSWORD)
    with member.client() as http:
        http.post("/api/v1/statuses", json={"status": "to be taken along"}).raise_for_status()
    browser = Browsing(server).sign_in(member)
    browser.get("/settings/export")
    assert browser.post("/settings/export/archive", data={"password": "wrong"}).status_code == 422
    assert browser.post("/settings/export/archive", data={"password": PASSWORD}).status_code == 303
    fetch = _wait(browser)
    assert browser.post(fetch, data={"password": "wrong"}).status_code == 422
    assert _posts(browser.post(fetch, data={"password": PASSWORD})) == ["to be taken along"]
    stranger = Browsing(server).sign_in(other)
    stranger.get("/settings/export")
    assert stranger.post(fetch, data={"password": PASSWORD}).status_code == 404
    assert browser.get(fetch).status_code in {404, 405}


@pytest.mark.crash
def test_a_crash_delays_an_archive_and_no_more(make_server: ServerMaker) -> None:
    server = make_server(limits="off").start()
    member = server.account("ana", password=PASSWORD)
    with member.client() as http:
        for number in range(30):
            http.post("/api/v1/statuses", json={"status": f"post {number}"}).raise_for_status()
    browser = Browsing(server).sign_in(member)
    browser.get("/settings/export")
    assert browser.post("/settings/export/archive", data={"password": PASSWORD}).status_code == 303
    server.kill()
    server.start()
    browser = Browsing(server).sign_in(member)
    assert len(_posts(browser.post(_wait(browser), data={"password": PASSWORD}))) == 30


def test_the_operator_writes_one_for_who_cannot_sign_in(server: RunningServer, tmp_path: Path) -> None:
    server.account("locked_out", password=PASSWORD)
    file = tmp_path / "archive.zip"
    server.command("account", "export", "locked_out", str(file), "--data", str(server.data))
    assert file.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(file) as opened:
        assert json.loads(opened.read("palabre.json"))["profile"]["account"].startswith("locked_out@")
    again = server.command("account", "export", "locked_out", str(file), "--data", str(server.data), check=False)
    assert again.returncode != 0
