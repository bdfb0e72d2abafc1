"""Filters on pages and at the live bell: what is hidden is in no list and rings nothing; warnings hide nothing."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from PIL import Image

from browsing import PASSWORD, Browsing
from running import Person, RunningServer
from standbys import until

_PLACES = ["home", "notifications", "public", "thread", "account"]
_BEHIND = "Filtered: <bdi>Trees</bdi>"


class Story(NamedTuple):
    """Ana, who filters, Ben, whom she follows, and Cy."""

    ana: Person
    ben: Person
    cy: Person
    page: Browsing

    def say(self, person: Person, text: str, **more: Any) -> str:
        with person.client() as http:
            return str(http.post("/api/v1/statuses", json={"status": text, **more}).raise_for_status().json()["id"])

    def filter(self, act: str, *context: str) -> str:
        """Let Ana filter oaks; return the id."""
        body = {
            "title": "Trees",
            "context": context,
            "filter_action": act,
            "keywords_attributes": [{"keyword": "oak"}],
        }
        with self.ana.client() as http:
            return str(http.post("/api/v2/filters", json=body).raise_for_status().json()["id"])

    def change(self, number: str, **body: Any) -> None:
        with self.ana.client() as http:
            http.put(f"/api/v2/filters/{number}", json=body).raise_for_status()

    def mention(self, text: str) -> None:
        """Let Ben mention Ana, and wait until those whom he mentions have been told."""
        said = self.say(self.ben, f"@{self.ana.username} @{self.cy.username} {text}")
        with self.cy.client() as http:
            until(
                lambda: (
                    http.get("/api/v1/notifications").raise_for_status().json()[:1]
                    and http.get("/api/v1/notifications").json()[0]["status"]["id"] == said
                ),
                "Cy was told, so Ana was",
            )


@pytest.fixture
def story(server: RunningServer, request: pytest.FixtureRequest) -> Story:
    part = request.function.__name__[-12:]
    ana, ben, cy = server.accounts([f"{name}_{part}" for name in ("ana", "ben", "cy")], password=PASSWORD)
    with ana.client() as http:
        found = http.get("/api/v1/accounts/lookup", params={"acct": ben.username}).raise_for_status().json()["id"]
        http.post(f"/api/v1/accounts/{found}/follow").raise_for_status()
    return Story(ana, ben, cy, Browsing(server).sign_in(ana))


def test_each_page_leaves_out_what_is_hidden_there_and_only_there(story: Story) -> None:
    mine = story.say(story.ana, "a question")
    story.mention("a first word")
    story.say(story.ben, f"@{story.ana.username} under the #oak", in_reply_to_id=mine)
    story.mention("a last word")
    paths = {
        "home": "/home",
        "notifications": "/notifications",
        "public": "/tags/oak",
        "thread": f"/@{story.ana.username}/{mine}",
        "account": f"/@{story.ben.username}/with_replies",
    }
    assert list(paths) == _PLACES

    def pages() -> dict[str, str]:
        return {place: story.page.get(path).text for place, path in paths.items()}

    def shows() -> list[str]:
        return [place for place, text in pages().items() if "under the" in text]

    assert shows() == _PLACES
    number = story.filter("hide", "home")
    for hidden in _PLACES:
        story.change(number, context=[hidden])
        assert shows() == [place for place in _PLACES if place != hidden]
    for warned in _PLACES:
        story.change(number, filter_action="warn", context=[warned])
        found = pages()
        assert [place for place, text in found.items() if _BEHIND in text] == [warned]
        assert all("under the" in text for text in found.values())


def test_conversations_and_what_stands_above_a_post_are_left_out_too(story: Story) -> None:
    first = story.say(story.ben, "above is an oak")
    second = story.say(story.cy, "below is an elm", in_reply_to_id=first)
    story.say(story.ben, f"@{story.ana.username} psst, an oak", visibility="direct")
    story.mention("a last word")
    paths = {"above": f"/@{story.cy.username}/{second}", "psst": "/direct"}

    def shows() -> list[str]:
        return [words for words, path in paths.items() if words in story.page.get(path).text]

    until(lambda: shows() == list(paths), "the conversation is there")
    number = story.filter("hide", "home", "public", "account", "notifications")
    assert shows() == list(paths)
    story.change(number, context=["thread"])
    assert shows() == []
    story.change(number, filter_action="warn")
    assert all(_BEHIND in story.page.get(path).text for path in paths.values())


def test_covered_pictures_muted_conversations_and_what_is_quoted(story: Story) -> None:
    file = io.BytesIO()
    Image.new("RGB", (9, 9)).save(file, "PNG")
    with story.ben.client() as http:
        sent = http.post("/api/v2/media", files={"file": ("x.png", file.getvalue(), "image/png")}).raise_for_status()
    shown = story.say(story.ben, "see the oak", media_ids=[sent.json()["id"]])
    address = f"/@{story.ben.username}/{shown}"
    assert 'class="covered"' not in story.page.get(address).text
    number = story.filter("blur", "home")
    assert 'class="covered"' not in story.page.get(address).text
    story.change(number, context=["thread"])
    page = story.page.get(address).text
    assert 'class="covered"' in page
    assert _BEHIND not in page
    quoting = story.say(story.cy, "look at that", quoted_status_id=shown)
    address = f"/@{story.cy.username}/{quoting}"
    assert 'class="covered"' in story.page.get(address).text, "also where it is quoted"
    story.change(number, filter_action="warn")
    assert _BEHIND in story.page.get(address).text
    assert f'formaction="/posts/{quoting}/mute"' in story.page.get(address).text
    with story.ana.client() as http:
        http.post(f"/api/v1/statuses/{quoting}/mute").raise_for_status()
    page = story.page.get(address).text
    assert f'formaction="/posts/{quoting}/unmute"' in page
    assert f'formaction="/posts/{quoting}/mute"' not in page


def _next(lines: Iterator[str]) -> tuple[str, str]:
    """Read the next event: its name and the count in it."""
    name = next(lines).removeprefix("event: ")
    return name, json.loads(next(lines).removeprefix("data: "))["count"]


def _badge(page: Browsing) -> set[str]:
    """What stands at the bells of a page."""
    return set(re.findall(r'data-words="unread">([^<]*)<', page.get("/lists").text))


def test_what_is_hidden_rings_no_bell(story: Story) -> None:
    number = story.filter("hide", "notifications")
    for _ in range(2):
        story.mention("an oak")
    assert _badge(story.page) == {""}
    with story.page.http.stream("GET", "/live/home?home=0&unread=0", timeout=60) as live:
        lines = (line for line in live.iter_lines() if line)
        assert next(lines) == "retry: 5000"
        story.mention("an elm")
        assert _next(lines) == ("unread", "1"), "the two that are hidden are not counted with it"
        assert _badge(story.page) == {"1 new"}
        with story.page.http.stream("GET", "/live/home?home=0&unread=1", timeout=60) as waiting:
            told = (line for line in waiting.iter_lines() if line)
            assert next(told) == "retry: 5000"
            story.mention("another oak")
            story.mention("another elm")
            assert _next(lines) == _next(told) == ("unread", "2")
            story.change(number, filter_action="warn")
            story.mention("a third oak")
            assert _next(lines) == _next(told) == ("unread", "6"), "what is only warned of counts"
            with story.ana.client() as http:
                http.post("/api/v1/notifications/clear").raise_for_status()
            assert _next(lines) == _next(told) == ("unread", "")
            assert _badge(story.page) == {""}
