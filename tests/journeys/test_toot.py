"""A member uses the network with toot, the command: signs in through the browser, posts, follows, reads."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from plain_browser import PlainBrowser
from running import RunningServer

_TOOT = [sys.executable, "-c", "import sys; from toot.cli import cli; sys.exit(cli())"]
_ADDRESS = re.compile(r"https?://\S*/oauth/authorize\S*")

Toot = Callable[..., str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("toot")


@pytest.fixture(scope="module")
def toot(home: Path) -> Toot:
    def run(*words: str, typed: str | None = None, fails: bool = False) -> str:
        done = subprocess.run(
            [*_TOOT, *words],
            input=typed, capture_output=True, text=True, timeout=60, check=False,
            env=os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "NO_COLOR": "1", "BROWSER": "true"},
        )  # fmt: skip
        assert bool(done.returncode) == fails, (
            f"toot {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done.stdout + done.stderr

    return run


@pytest.fixture(scope="module")
def ana(sqlite_server: RunningServer, home: Path, toot: Toot) -> str:
    """A member who has signed in with toot."""
    person = sqlite_server.account("ana", password="correct horse battery")
    browser = PlainBrowser(sqlite_server)
    browser.sign_in(person)
    command = subprocess.Popen(
        [*_TOOT, "login", "--instance", sqlite_server.base_url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "NO_COLOR": "1", "BROWSER": "true",
                          "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert command.stdin is not None
    assert command.stdout is not None
    said = ""
    while (line := command.stdout.readline()) and not (found := _ADDRESS.search(line)):
        said += line
    assert found, said
    command.stdin.write("n\n")  # toot offers to open a browser of its own
    command.stdin.flush()
    browser.open(found[0])
    shown = browser.submit("/oauth/authorize", answer="yes")
    code = shown.text.split('tabindex="0">', 1)[1].split("<", 1)[0]
    browser.close()
    rest, _ = command.communicate(f"{code}\n", timeout=60)
    assert command.returncode == 0, rest
    return person.username


def test_it_knows_who_is_signed_in(ana: str, toot: Toot) -> None:
    assert f"@{ana}" in toot("whoami")
    assert "ACTIVE" in toot("auth")


def test_a_post_with_a_picture_is_published_read_and_deleted(ana: str, toot: Toot, tmp_path: Path) -> None:
    Image.new("RGB", (60, 40), "teal").save(tmp_path / "wall.png")
    posted = json.loads(
        toot("post", "Hello from #toot", "--media", str(tmp_path / "wall.png"), "--description", "A wall", "--json")
    )
    assert posted["media_attachments"][0]["description"] == "A wall"
    assert "Hello from #toot" in toot("timelines", "home", "--no-pager")
    assert "Hello from #toot" in toot("timelines", "tag", "toot", "--no-pager")
    assert "Hello from #toot" in toot("timelines", "public", "--no-pager")
    assert posted["id"] in toot("status", posted["id"], "--json")
    toot("favourite", posted["id"])
    toot("bookmark", posted["id"])
    assert "Hello" in toot("bookmarks")
    toot("reblog", posted["id"])
    toot("unreblog", posted["id"])
    toot("delete", posted["id"])
    assert "not found" in toot("status", posted["id"], fails=True).lower()


def test_people_are_followed_muted_and_blocked(ana: str, toot: Toot, sqlite_server: RunningServer) -> None:
    bo = sqlite_server.account("bo")
    toot("follow", "bo")
    assert "bo" in toot("following", ana)
    toot("mute", "bo")
    assert "bo" in toot("muted")
    toot("unmute", "bo")
    toot("block", "bo")
    assert "bo" in toot("blocked")
    toot("unblock", "bo")  # it finds whom to unblock by a search
    toot("unfollow", "bo")
    with bo.client() as client:
        client.post(f"/api/v1/accounts/lookup?acct={ana}")
        me = client.get("/api/v1/accounts/lookup", params={"acct": ana}).json()
        client.post(f"/api/v1/accounts/{me['id']}/follow").raise_for_status()
    assert "bo" in toot("notifications")
    assert "bo" in toot("search", "bo")


def test_a_thread_is_shown(ana: str, toot: Toot) -> None:
    first = json.loads(toot("post", "the beginning", "--json"))
    toot("post", "the middle", "--reply-to", first["id"])
    assert "the middle" in toot("thread", first["id"])


def test_the_network_and_accounts_are_described(ana: str, toot: Toot) -> None:
    assert "Palabre" in toot("instance")
    assert ana in toot("whois", ana)
    toot("update_account", "--display-name", "Ana B.")
    assert "Ana B." in toot("whoami")
