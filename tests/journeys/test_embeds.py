"""Posts in frames on other sites, and what is shared with the network."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from PIL import Image

from browsing import PASSWORD, Browsing
from running import Person, RunningServer


def say(person: Person, text: str, **more: Any) -> dict[str, Any]:
    with person.client() as http:
        return dict(http.post("/api/v1/statuses", json={"status": text, **more}).raise_for_status().json())


@pytest.fixture(scope="module")
def ana(server: RunningServer) -> Person:
    return server.account("ana", password=PASSWORD)


def tree() -> tuple[str, bytes, str]:
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(drawn, "PNG")
    return "tree.png", drawn.getvalue(), "image/png"


@pytest.fixture(scope="module")
def http(server: RunningServer) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def test_only_the_frame_of_a_post_may_be_framed(ana: Person, http: httpx.Client) -> None:
    post = say(ana, "Hello <frame> https://b.example/a")
    path = urlsplit(post["url"]).path
    page, frame = http.get(path), http.get(f"{path}/embed")
    assert page.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert frame.status_code == 200
    assert "x-frame-options" not in frame.headers
    policy = frame.headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert frame.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in frame.headers
    [style] = re.findall("<style>(.*?)</style>", frame.text, re.DOTALL)
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy
    assert "<script" not in frame.text
    assert "csrf" not in frame.text
    assert "Hello &lt;frame&gt;" in frame.text
    assert len(frame.content) < 4_096


def test_a_frame_knows_nobody(server: RunningServer, ana: Person, http: httpx.Client) -> None:
    private = say(ana, "For followers", visibility="private")
    mine = Browsing(server).sign_in(ana)
    path = f"/@ana/{private['id']}"
    assert mine.get(path).status_code == 200
    for who in (mine.http, http):
        assert who.get(f"{path}/embed").status_code == 404


def test_a_frame_shows_a_blocked_member_what_he_sees_on_the_page(
    server: RunningServer, ana: Person, http: httpx.Client
) -> None:
    path = f"{urlsplit(say(ana, 'For all but Rob')['url']).path}/embed"
    rob = server.account("rob", password=PASSWORD)
    his = Browsing(server).sign_in(rob)
    assert his.get(path).status_code == 200
    assert his.get(path).headers["cache-control"] == "private, max-age=60"
    with ana.client() as mine, rob.client() as robs:
        number = robs.get("/api/v1/accounts/verify_credentials").json()["id"]
        mine.post(f"/api/v1/accounts/{number}/block").raise_for_status()
    absent = his.get(f"/@ana/{'1' * 31}/embed")
    refused = his.get(path)
    assert refused.status_code == absent.status_code == 404
    assert "For all but Rob" not in refused.text
    assert http.get(path).status_code == 200, "whoever is not signed in is a stranger"
    assert http.get(path).headers["cache-control"] == "public, max-age=60"


def test_oembed_describes_a_post_that_anybody_may_read(ana: Person, http: httpx.Client) -> None:
    post = say(ana, 'A "quoted" <text>')
    page = http.get(urlsplit(post["url"]).path).text
    [link] = re.findall(r'<link rel="alternate" type="application/json\+oembed" href="([^"]*)"', page)
    told = http.get(link.replace("&amp;", "&").replace("&#x2f;", "/")).raise_for_status()
    assert told.headers["content-type"].startswith("application/json")
    found = told.json()
    assert (found["type"], found["version"], found["width"]) == ("rich", "1.0", 400)
    assert found["author_url"] == f"{ana.base_url}/@ana"
    [source] = re.findall('<iframe src="([^"]*)"', found["html"])
    assert http.get(source).status_code == 200
    small = http.get("/api/oembed", params={"url": post["url"], "maxwidth": 220, "maxheight": 100}).json()
    assert (small["width"], small["height"]) == (220, 100)
    assert http.get("/api/oembed", params={"url": post["url"], "format": "xml"}).status_code == 422


def test_oembed_says_of_what_is_hidden_what_it_says_of_nothing(
    server: RunningServer, ana: Person, http: httpx.Client
) -> None:
    hidden = [say(ana, "x", visibility=visibility) for visibility in ("private", "direct")]
    gone = say(ana, "gone")
    with ana.client() as mine:
        mine.delete(f"/api/v1/statuses/{gone['id']}")
    sue = server.account("sue", password=PASSWORD)
    of_sue = say(sue, "of sue")
    open_to_all = say(ana, "for all")
    assert http.get("/api/oembed", params={"url": of_sue["url"]}).status_code == 200
    server.command("account", "suspend", "sue", "--data", str(server.data))
    absent = http.get("/api/oembed", params={"url": f"{server.base_url}/@ana/{'1' * 31}"})
    assert absent.status_code == 404
    elsewhere = open_to_all["url"].replace(server.base_url, "https://evil.example")
    urls = [each["url"] for each in (*hidden, gone, of_sue)]
    urls += [elsewhere, open_to_all["url"].replace("@ana", "@ben"), "http://[", "", f"{server.base_url}/@ana"]
    for url in urls:
        for headers in ({}, {"Authorization": f"Bearer {ana.token}"}):
            answer = http.get("/api/oembed", params={"url": url}, headers=headers)
            assert (answer.status_code, answer.content) == (404, absent.content), url
    with ana.client() as mine:
        page = mine.get(f"/@ana/{open_to_all['id']}").text
    assert "json+oembed" in page


def test_what_other_apps_share_opens_the_composer(server: RunningServer, ana: Person, http: httpx.Client) -> None:
    manifest = json.loads(http.get("/manifest.webmanifest").content)
    target = manifest["share_target"]
    assert (target["action"], target["method"], target["enctype"]) == ("/share", "POST", "multipart/form-data")
    assert {name: word for name, word in target["params"].items() if name != "files"} == {
        "title": "title",
        "text": "text",
        "url": "url",
    }
    [files] = target["params"]["files"]
    assert files == {"name": "media", "accept": ["image/*", "video/*", "audio/*"]}
    shared = {"title": "An oak", "text": "See <this> & that" + "é" * 1_500, "url": "https://b.example/?a=1&b=2"}
    visitor = Browsing(server)
    sent = visitor.get("/share", params=shared)
    assert sent.status_code == 303
    entrance = sent.headers["location"]
    assert entrance.startswith("/auth/sign_in?next=")
    visitor.get(entrance)
    [back] = parse_qs(urlsplit(entrance).query)["next"]
    signed = visitor.post("/auth/sign_in", data={"name": "ana", "password": PASSWORD, "next": back})
    assert signed.headers["location"] == back
    opened = visitor.get(back)
    assert opened.status_code == 303
    page = visitor.get(opened.headers["location"])
    [text] = re.findall(r"<textarea[^>]*name=\"text\"[^>]*>(.*?)</textarea>", page.text, re.DOTALL)
    lines = ["An oak", f"See &lt;this&gt; &amp; that{'é' * 1_500}", "https:&#x2f;&#x2f;b.example&#x2f;?a=1&amp;b=2"]
    assert text.strip() == "\n\n".join(lines)


def test_what_is_shared_where_no_worker_is_opens_the_composer_with_the_words(
    server: RunningServer, ana: Person
) -> None:
    browser = Browsing(server).sign_in(ana)
    before = sorted((server.data / "media").rglob("*"))
    as_the_system = {"Origin": "null", "Sec-Fetch-Site": "none"}
    sent = browser.http.post("/share", files={"text": (None, "An oak"), "media": tree()}, headers=as_the_system)
    assert (sent.status_code, sent.headers["location"]) == (303, "/compose?text=An+oak")
    page = html.unescape(browser.get(sent.headers["location"]).text)
    assert "Only the words came along. Please choose the pictures or recordings here." in page
    assert ">An oak</textarea>" in page
    sent = browser.http.post("/share", files={"url": (None, "https://b.example/")}, headers=as_the_system)
    assert "Only the words" not in browser.get(sent.headers["location"]).text
    assert sorted((server.data / "media").rglob("*")) == before
    assert list((server.data / "tmp").iterdir()) == []
    stranger = Browsing(server)
    sent = stranger.http.post("/share", files={"text": (None, "An oak")})
    assert sent.headers["location"].startswith("/auth/sign_in")


def test_a_post_for_everybody_can_be_shared_and_another_cannot(server: RunningServer, ana: Person) -> None:
    mine = Browsing(server).sign_in(ana)
    post, private = say(ana, "for all"), say(ana, "for some", visibility="private")
    assert f'data-share="{post["url"]}"' in mine.get(f"/@ana/{post['id']}").text.replace("&#x2f;", "/")
    assert "data-share" not in mine.get(f"/@ana/{private['id']}").text
