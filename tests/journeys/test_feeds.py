"""What a network gives to feed readers: public posts of accounts and hashtags, and nothing else, on each database."""

from __future__ import annotations

import html
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from running import Person, RunningServer

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def say(person: Person, text: str, **more: Any) -> dict[str, Any]:
    with person.client() as http:
        return dict(http.post("/api/v1/statuses", json={"status": text, **more}).raise_for_status().json())


def parsed(answer: httpx.Response) -> Any:
    import feedparser

    assert answer.status_code == 200, answer.text
    ET.fromstring(answer.content)
    read = feedparser.parse(answer.content)
    assert not read.bozo, read.get("bozo_exception")
    return read


@pytest.fixture(scope="module")
def ana(server: RunningServer) -> Person:
    return server.account("ana", password=PASSWORD)


@pytest.fixture(scope="module")
def http(server: RunningServer) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.mark.parametrize("ending", ["rss", "atom"])
def test_a_feed_has_the_public_posts_of_an_account(ana: Person, http: httpx.Client, ending: str) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    with ana.client() as mine:
        files = {"file": ("x.png", picture.getvalue(), "image/png")}
        media = mine.post("/api/v2/media", files=files, data={"description": "A tree ]]>"}).json()
    made = say(ana, "A tree & <b> ]]> \u202eעץ #oak https://b.example/", media_ids=[media["id"]], language="he")
    answer = http.get(f"/@ana.{ending}")
    assert answer.headers["content-type"] == f"application/{ending}+xml; charset=utf-8"
    assert "set-cookie" not in answer.headers
    read = parsed(answer)
    assert "ana" in read.feed.title
    entry = read.entries[0]
    assert entry.id.startswith(ana.base_url)
    assert made["id"] in entry.id
    assert entry.link == made["url"]
    assert entry.title.startswith("A tree &")
    assert f'href="{ana.base_url}/tags/oak"' in entry.summary, "addresses are whole"
    assert "<b>" not in entry.summary
    [enclosure] = entry.enclosures
    file = http.get(enclosure.href)
    assert (int(enclosure.length), enclosure.type) == (len(file.content), file.headers["content-type"])
    assert entry.tags[0].term == "oak"


def test_what_is_not_for_everybody_stands_in_no_feed(server: RunningServer, ana: Person, http: httpx.Client) -> None:
    ben = server.account("ben", password=PASSWORD)
    shown = say(ana, "For all #elm")
    hidden = [
        say(ana, f"words {visibility} #elm", visibility=visibility)
        for visibility in ("unlisted", "private", "direct")
    ]
    theirs = say(ben, "From ben #ash")
    with ana.client() as mine:
        mine.post(f"/api/v1/statuses/{theirs['id']}/reblog").raise_for_status()
    gone = say(ana, "Soon gone #elm")
    before = http.get("/@ana.rss").text
    assert "Soon gone" in before
    with ana.client() as mine:
        mine.delete(f"/api/v1/statuses/{gone['id']}").raise_for_status()
    for path in ("/@ana.rss", "/@ana.atom", "/tags/elm.rss", "/tags/elm.atom"):
        text = http.get(path).text
        assert shown["id"] in text, path
        for each in (*hidden, gone, theirs):
            assert each["id"] not in text, path
        assert "words " not in text
        assert "From ben" not in text


def test_an_account_that_nobody_sees_has_no_feed(server: RunningServer, http: httpx.Client) -> None:
    sue = server.account("sue", password=PASSWORD)
    say(sue, "Words of sue #yew")
    assert "Words of sue" in http.get("/@sue.rss").text
    assert "Words of sue" in http.get("/tags/yew.atom").text
    server.command("account", "suspend", "sue", "--data", str(server.data))

    def plain(answer: httpx.Response, name: str) -> tuple[int, str]:
        return answer.status_code, re.sub('name="csrf" value="[^"]*"', "", answer.text).replace(name, "NAME")

    for ending in ("rss", "atom"):
        assert "Words of sue" not in http.get(f"/tags/yew.{ending}").text
        hidden, absent = http.get(f"/@sue.{ending}"), http.get(f"/@nobody.{ending}")
        assert plain(hidden, "sue") == plain(absent, "nobody")
        assert hidden.status_code == 404


def test_a_reader_that_has_it_is_told_so(ana: Person, http: httpx.Client) -> None:
    say(ana, "One #fir")
    last = say(ana, "Two #fir")
    for path in ("/@ana.rss", "/@ana.atom", "/tags/fir.rss", "/tags/fir.atom"):
        first = http.get(path)
        tag, date = first.headers["etag"], first.headers["last-modified"]
        for asked in ({"If-None-Match": tag}, {"If-Modified-Since": date}, {"If-None-Match": f'"x", {tag}'}):
            same = http.get(path, headers=asked)
            assert (same.status_code, same.content) == (304, b""), (path, asked)
            assert same.headers["etag"] == tag
        assert http.get(path, headers={"If-None-Match": '"other"', "If-Modified-Since": date}).status_code == 200
    tag = http.get("/@ana.rss").headers["etag"]
    with ana.client() as mine:
        mine.delete(f"/api/v1/statuses/{last['id']}").raise_for_status()
    assert http.get("/@ana.rss", headers={"If-None-Match": tag}).status_code == 200, "what is deleted goes"


def test_pages_say_where_their_feeds_are(server: RunningServer, ana: Person, http: httpx.Client) -> None:
    for page, feed in (("/@ana", "/@ana"), ("/tags/fir", "/tags/fir")):
        text = html.unescape(http.get(page, headers={"Accept-Language": "en"}).text)
        for ending in ("rss", "atom"):
            kind, address = re.escape(f"application/{ending}+xml"), re.escape(f"{server.base_url}{feed}.{ending}")
            link = f'<link rel="alternate" type="{kind}"[^>]*href="{address}">'
            assert re.search(link, text), (page, ending)
        assert f'href="{feed}.rss"' in text
        assert "Feed (RSS)" in text
    assert "Flux (RSS)" in http.get("/@ana", headers={"Accept-Language": "fr"}).text


def test_a_warning_stands_before_the_text_and_as_the_title(ana: Person, http: httpx.Client) -> None:
    say(ana, "The end is sad", spoiler_text="A film <x>", poll={"options": ["yes <y>", "no"], "expires_in": 900})
    entry = parsed(http.get("/@ana.rss")).entries[0]
    assert entry.title == "A film &lt;x&gt;" or entry.title == "A film <x>"
    assert entry.summary.index("A film") < entry.summary.index("The end is sad") < entry.summary.index("yes")
    assert "<x>" not in entry.summary
    assert "<y>" not in entry.summary


def test_feeds_count_as_anonymous_reading_also_for_members(make_server: ServerMaker) -> None:
    server = make_server().start()
    ana = server.account("ana", password=PASSWORD)
    browser = Browsing(server).sign_in(ana)
    with server.client() as http:
        answers = [http.get("/@ana.rss").status_code for _ in range(302)]
    assert answers[0] == 200
    assert answers[-1] == 429
    assert browser.http.get("/@ana.atom").status_code == 429, "a cookie opens no more"
    assert browser.http.get("/home").status_code == 200
