"""A member uses the network with toot, the command: everything that toot has a command for, on both databases.

What toot has no command for is listed in ``docs/reference/client-api.md``.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from plain_browser import PlainBrowser
from running import RunningServer
from trending import PAGE, let_trend
from unit.media.films import film, song
from unit.media.samples import animation

_TOOT = [sys.executable, "-c", "import sys; from toot.cli import cli; sys.exit(cli())"]
_ADDRESS = re.compile(r"https?://\S*/oauth/authorize\S*")

Toot = Callable[..., str]
Told = Callable[..., Any]


@pytest.fixture(scope="module")
def home(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where toot keeps who is signed in: one for each network."""
    return tmp_path_factory.mktemp("toot")


@pytest.fixture(scope="module")
def toot(home: Path) -> Toot:
    def run(*words: str, typed: str | None = None, fails: bool = False) -> str:
        done = subprocess.run(
            [*_TOOT, *words],
            input=typed, capture_output=True, text=True, timeout=60, check=False,
            env=os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "NO_COLOR": "1", "BROWSER": "true",
                              "LINES": "10000"},  # a screen on which every list has room
        )  # fmt: skip
        assert bool(done.returncode) == fails, (
            f"toot {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done.stdout + done.stderr

    return run


@pytest.fixture(scope="module")
def told(toot: Toot) -> Told:
    """What toot says to programs."""

    def run(*words: str, typed: str | None = None) -> Any:
        return json.loads(toot(*words, "--json", typed=typed))

    return run


def names(accounts: list[dict[str, Any]]) -> list[str]:
    return sorted(each["acct"] for each in accounts)


def ids(things: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in things]


def eventually(read: Callable[[], bool]) -> bool:
    """Whether it is so by now: what is told of a deed comes a moment after it."""
    deadline = time.monotonic() + 120
    while not read():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture(scope="module")
def ana(server: RunningServer, home: Path, toot: Toot) -> str:
    """A member who has signed in with toot."""
    person = server.account("ana", password="correct horse battery")
    browser = PlainBrowser(server)
    browser.sign_in(person)
    command = subprocess.Popen(
        [*_TOOT, "login", "--instance", server.base_url],
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


def test_it_knows_who_is_signed_in(ana: str, toot: Toot, told: Told, server: RunningServer) -> None:
    assert told("whoami")["acct"] == ana
    assert f"@{ana}" in toot("whoami").split()
    host = server.base_url.removeprefix("http://")
    assert f"* {ana}@{host} ACTIVE" in toot("auth").splitlines()


def test_a_post_with_a_picture_is_published_read_and_deleted(
    ana: str, toot: Toot, told: Told, tmp_path: Path
) -> None:
    Image.new("RGB", (60, 40), "teal").save(tmp_path / "wall.png")
    posted = told("post", "Hello from #toot", "--media", str(tmp_path / "wall.png"), "--description", "A wall")
    assert [(each["type"], each["description"]) for each in posted["media_attachments"]] == [("image", "A wall")]
    number = posted["id"]
    for timeline in (("home",), ("tag", "toot"), ("public",), ("account", ana)):
        assert number in ids(told("timelines", *timeline)), timeline
    assert "Hello from #toot" in [line.strip() for line in toot("timelines", "home", "--no-pager").splitlines()]
    assert told("status", number)["id"] == number
    assert told("favourite", number)["favourited"] is True
    assert ids(told("timelines", "favourites")) == [number]
    assert told("unfavourite", number)["favourited"] is False
    assert told("timelines", "favourites") == []
    assert told("bookmark", number)["bookmarked"] is True
    assert "Hello from #toot" in [line.strip() for line in toot("bookmarks", "--once").splitlines()]
    assert told("unbookmark", number)["bookmarked"] is False
    assert "Hello from #toot" not in toot("bookmarks", "--once")
    assert told("reblog", number)["reblog"]["id"] == number
    assert names(told("reblogged-by", number)) == [ana]
    told("unreblog", number)
    assert told("reblogged-by", number) == []
    assert told("pin", number)["pinned"] is True
    assert told("unpin", number)["pinned"] is False
    toot("delete", number)
    assert "not found" in toot("status", number, fails=True).lower()


def test_a_post_has_a_warning_an_audience_and_a_language(ana: str, told: Told, server: RunningServer) -> None:
    posted = told(
        "post",
        "Le majordome",
        "--spoiler-text",
        "La fin",
        "--visibility",
        "private",
        "--language",
        "fr",
        "--sensitive",
    )
    shown = {name: posted[name] for name in ("spoiler_text", "visibility", "language", "sensitive")}
    assert shown == {"spoiler_text": "La fin", "visibility": "private", "language": "fr", "sensitive": True}
    with server.client() as nobody:
        assert nobody.get(f"/api/v1/statuses/{posted['id']}").status_code == 404
    unlisted = told("post", "Not on the square", "--visibility", "unlisted")
    assert unlisted["id"] not in ids(told("timelines", "public"))


def test_a_post_is_typed_and_the_thread_goes_on(ana: str, toot: Toot, told: Told) -> None:
    first = told("post", typed="the beginning\n")
    middle = told("post", "the middle", "--reply-to", first["id"])
    end = told("post", "the end", "--reply-last")
    assert (middle["in_reply_to_id"], end["in_reply_to_id"]) == (first["id"], middle["id"])
    thread = told("thread", middle["id"])
    assert (ids(thread["ancestors"]), ids(thread["descendants"])) == ([first["id"]], [end["id"]])
    lines = [line.strip() for line in toot("thread", middle["id"]).splitlines()]
    assert [line for line in lines if line in {"the beginning", "the middle", "the end"}] == [
        "the beginning",
        "the middle",
        "the end",
    ]


def test_a_poll_is_asked_shown_and_voted_in(ana: str, toot: Toot, told: Told, server: RunningServer) -> None:
    asked = told("post", "Which?", "--poll-option", "Tea", "--poll-option", "Coffee", "--poll-expires-in", "1h")
    poll = asked["poll"]["id"]
    assert [each["title"] for each in told("polls", "show", poll)["options"]] == ["Tea", "Coffee"]
    with server.account("asker").client() as asker:
        other = asker.post(
            "/api/v1/statuses",
            json={
                "status": "When?",
                "poll": {"options": ["Now", "Later", "Never"], "expires_in": 600, "multiple": True},
            },
        ).json()["poll"]["id"]
        voted = told("polls", "vote", other, "0", "2")
        assert (voted["voted"], voted["own_votes"]) == (True, [0, 2])
        assert [each["votes_count"] for each in asker.get(f"/api/v1/polls/{other}").json()["options"]] == [1, 0, 1]
    assert "already voted" in toot("polls", "vote", other, "1", fails=True)
    hidden = told(
        "post", "Both?", "--poll-option", "One", "--poll-option", "Two", "--poll-multiple", "--poll-hide-totals"
    )["poll"]
    assert (hidden["multiple"], [each["votes_count"] for each in hidden["options"]]) == (True, [None, None])


def test_a_post_waits_for_its_time(ana: str, toot: Toot, told: Told) -> None:
    then = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=300)
    at = f"{then:%Y-%m-%dT%H:%M:%S}"
    assert told("post", "In a year or so", "--scheduled-at", f"{at}Z")["scheduled_at"] == f"{at}.000Z"
    assert told("post", "In an hour", "--scheduled-in", "1 hour")["params"]["text"] == "In an hour"
    said = toot("post", "Then as well", "--scheduled-at", f"{at}Z")
    assert said.strip() == f"Toot scheduled for: {then:%Y-%m-%d %H:%M:%S}+0000"
    assert "at least five minutes" in toot("post", "Now", "--scheduled-in", "1 minute", fails=True)
    assert "In a year or so" not in toot("timelines", "home", "--no-pager")


def test_videos_and_recordings_are_published(ana: str, toot: Toot, server: RunningServer, tmp_path: Path) -> None:
    (tmp_path / "walk.mp4").write_bytes(film())
    (tmp_path / "song.mp3").write_bytes(song("mp3"))
    (tmp_path / "wave.gif").write_bytes(animation("GIF"))
    Image.new("RGB", (64, 36), "navy").save(tmp_path / "still.png")
    for name, kind in (("walk.mp4", "video"), ("song.mp3", "audio"), ("wave.gif", "gifv")):
        said = toot("post", f"Look, {name}", "--media", str(tmp_path / name), "--description", f"My {kind}")
        number = said.split()[-1].rpartition("/")[2]
        with server.client() as nobody:
            [kept] = nobody.get(f"/api/v1/statuses/{number}").json()["media_attachments"]
        assert (kept["type"], kept["description"]) == (kind, f"My {kind}")
    said = toot(
        "post",
        "With a picture of my own",
        "--media",
        str(tmp_path / "walk.mp4"),
        "--thumbnail",
        str(tmp_path / "still.png"),
    )
    assert "Toot posted: " in said
    assert (
        json.loads(toot("upload", str(tmp_path / "still.png"), "--description", "Still", "--json"))["type"] == "image"
    )


def test_timelines_are_paged_both_ways(ana: str, toot: Toot, told: Told) -> None:
    made = [told("post", f"Page {number}")["id"] for number in range(7)]
    newest = ids(told("timelines", "account", ana, "--limit", "3"))
    assert newest == made[:3:-1]
    older = ids(told("timelines", "account", ana, "--limit", "3", "--max-id", newest[-1]))
    assert older == made[3:0:-1]
    back = ids(told("timelines", "account", ana, "--limit", "3", "--min-id", older[0]))
    assert back == newest, "the page just after"
    since = ids(told("timelines", "home", "--limit", "2", "--since-id", made[1]))
    assert since == made[:4:-1], "the newest of those after"
    up = [made[0]]
    while page := ids(told("timelines", "home", "--limit", "3", "--min-id", up[-1])):
        up += reversed(page)
    assert up == made
    for number in made[:3]:
        toot("favourite", number)
    for timeline, newest in (("home", 6), ("favourites", 2)):  # it follows the header, and shows all of it
        shown = [line.strip() for line in toot("timelines", timeline, "--limit", "2", "--no-clear").splitlines()]
        read = [line for line in shown if line.startswith("Page ")]
        assert read == [f"Page {number}" for number in range(newest, -1, -1)], timeline


def test_what_trends_and_who_shows_a_page_is_read(ana: str, toot: Toot, told: Told, server: RunningServer) -> None:
    people = [person.client() for person in server.accounts(["trees_a", "trees_b", "trees_c", "trees_d"])]
    people[0].patch("/api/v1/accounts/update_credentials", json={"discoverable": True}).raise_for_status()
    let_trend(server, people)
    [trending] = told("timelines", "trending")
    shown = told("timelines", "link", PAGE)
    assert (trending["account"]["acct"], trending["favourites_count"]) == ("trees_a", 3)
    assert [each["account"]["acct"] for each in shown] == ["trees_d", "trees_c", "trees_b", "trees_a"]
    assert told("timelines", "link", "https://nobody.example.org/") == []
    assert "@trees_d" in toot("timelines", "link", PAGE, "--no-pager")
    for each in people:
        each.close()


def test_people_are_followed_muted_and_blocked(ana: str, toot: Toot, told: Told, server: RunningServer) -> None:
    server.account("bobo")  # whose name contains the other's
    bo = server.account("bo")
    assert told("follow", "bo")["following"] is True
    assert names(told("following", ana)) == ["bo"]
    assert told("mute", "bo")["muting"] is True
    assert names(told("muted")) == ["bo"]
    told("unmute", "bo")
    assert told("muted") == []
    assert told("block", "bo")["blocking"] is True
    assert names(told("blocked")) == ["bo"]
    told("unblock", "bo")  # it finds whom to unblock by a search
    assert told("blocked") == []
    assert told("following", ana) == [], "a block ends the following"
    with bo.client() as client:
        me = client.get("/api/v1/accounts/lookup", params={"acct": ana}).json()
        client.post(f"/api/v1/accounts/{me['id']}/follow").raise_for_status()
    assert eventually(lambda: ("follow", "bo") in [(n["type"], n["account"]["acct"]) for n in told("notifications")])
    assert names(told("followers", ana)) == ["bo"]
    assert names(told("search", "bo", "--type", "accounts")["accounts"])[0] == "bo"
    assert [each["type"] for each in told("notifications", "--type", "mention")] == []
    toot("notifications", "--clear")
    assert told("notifications") == []


def test_who_asks_to_follow_is_accepted_or_rejected(ana: str, toot: Toot, told: Told, server: RunningServer) -> None:
    told("update_account", "--locked")
    me = told("whoami")
    assert me["locked"] is True
    for name in ("dora", "eve"):
        with server.account(name).client() as asking:
            assert asking.post(f"/api/v1/accounts/{me['id']}/follow").json()["requested"] is True
    assert names(told("follow-requests", "list")) == ["dora", "eve"]
    toot("follow-requests", "accept", "dora")
    toot("follow-requests", "reject", "eve")
    assert told("follow-requests", "list") == []
    followers = names(told("followers", ana))
    assert ("dora" in followers, "eve" in followers) == (True, False)
    told("update_account", "--no-locked")
    assert told("whoami")["locked"] is False


def test_lists_are_made_filled_read_and_deleted(ana: str, toot: Toot, told: Told, server: RunningServer) -> None:
    cleo = server.account("cleo")
    made = told("lists", "create", "Choir", "--replies-policy", "list")
    assert [(each["title"], each["replies_policy"]) for each in told("lists", "list")] == [("Choir", "list")]
    assert "You must follow @cleo" in toot("lists", "add", "Choir", "cleo", fails=True)
    told("follow", "cleo")
    toot("lists", "add", "Choir", "cleo")
    assert names(told("lists", "accounts", "Choir")) == ["cleo"]
    with cleo.client() as client:
        sung = client.post("/api/v1/statuses", json={"status": "La la"}).json()["id"]
    assert eventually(lambda: ids(told("timelines", "list", "Choir")) == [sung])
    toot("lists", "remove", "Choir", "cleo")
    assert told("lists", "accounts", "Choir") == []
    toot("lists", "delete", "--id", made["id"])
    assert told("lists", "list") == []


def test_hashtags_are_followed_and_shown_on_the_profile(ana: str, toot: Toot, told: Told) -> None:
    told("post", "Under the #baobab")
    toot("tags", "follow", "#baobab")
    assert [each["name"] for each in told("tags", "followed")] == ["baobab"]
    assert told("tags", "info", "baobab")["following"] is True
    toot("tags", "unfollow", "baobab")
    assert told("tags", "followed") == []
    toot("tags", "feature", "baobab")
    assert [each["name"] for each in told("tags", "featured")] == ["baobab"]
    toot("tags", "unfeature", "baobab")
    assert told("tags", "featured") == []


def test_the_network_and_accounts_are_described(ana: str, toot: Toot, told: Told, tmp_path: Path) -> None:
    assert told("instance")["title"] == "Palabre"
    assert told("whois", ana)["acct"] == ana
    Image.new("RGB", (80, 80), "teal").save(tmp_path / "face.png")
    changed = {"--display-name": "Ana B.", "--note": "Speaks", "--avatar": str(tmp_path / "face.png")}
    toot("update_account", *(word for pair in changed.items() for word in pair), "--bot", "--privacy", "unlisted")
    me = told("whoami")
    assert (me["display_name"], me["source"]["note"], me["bot"]) == ("Ana B.", "Speaks", True)
    assert me["source"]["privacy"] == "unlisted"
    assert "/media/" in me["avatar"]
    toot("update_account", "--no-bot", "--privacy", "public")


_TRIED = {
    "auth", "block", "blocked", "bookmark", "bookmarks", "delete", "favourite", "follow", "follow-requests accept",
    "follow-requests list", "follow-requests reject", "followers", "following", "instance", "lists accounts",
    "lists add", "lists create", "lists delete", "lists list", "lists remove", "login", "mute", "muted",
    "notifications", "pin", "polls show", "polls vote", "post", "reblog", "reblogged-by", "search", "status",
    "tags feature", "tags featured", "tags follow", "tags followed", "tags info", "tags unfeature", "tags unfollow",
    "thread", "timelines account", "timelines favourites", "timelines home", "timelines link", "timelines list",
    "timelines public", "timelines tag", "timelines trending", "unblock", "unbookmark", "unfavourite", "unfollow",
    "unmute", "unpin", "unreblog", "update-account", "upload", "whoami", "whois",
}  # fmt: skip
_NOT_TRIED = {
    "activate": "speaks to no network",
    "diag": "speaks to no network",
    "env": "speaks to no network",
    "logout": "speaks to no network",
    "login_cli": "asks for the password itself, which no OAuth 2 server should take",
    "tui": "the same calls behind a screen of text",
    "timeline": "old name of `timelines`",
    "update_account": "old name of `update-account`",
    "reblogged_by": "old name of `reblogged-by`",
}
"""Command → why it is not tried."""


_LISTED = """
import click
from toot.cli import cli

def commands(group, before=""):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name

print(*commands(cli), sep="\\n")
"""


def test_every_command_of_toot_is_tried_or_there_is_a_reason() -> None:
    listed = subprocess.run([sys.executable, "-c", _LISTED], capture_output=True, text=True, timeout=60, check=True)
    commands = {name for name in listed.stdout.splitlines() if not name.startswith("list_")}  # old names of `lists …`
    assert commands == _TRIED | set(_NOT_TRIED)
