"""Whatever members write stays text: in every field, on every page, in all HTML of the API, in a browser."""

from __future__ import annotations

import html
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from imports.mastodon_exports import mastodon_archive
from markup_inspection import wrong_in_page, wrong_in_text
from palabre.edge.binding import id_kind
from palabre.web.routes import ENDPOINTS as PAGES
from running import Person, RunningServer

_HTML_OF_API = {"content", "note", "value"}
_SEEN = "window.__xss=1"
_MORE = [
    '"><script>window.__xss=1</script>',
    "'><img src=x onerror=window.__xss=1>",
    "</title><script>window.__xss=1</script>",
    "</textarea><script>window.__xss=1</script>",
    "--><script>window.__xss=1</script><!--",
    "{{ 7*7 }}{% raw %}<b>",
    "javascript:window.__xss=1",
    'http://example.com/"onmouseover=window.__xss=1//',
    "https://example.com/'><svg/onload=window.__xss=1>",
    '#tag"onclick=window.__xss=1 #<b>x</b>',
    '@writer"><b>x</b> @<script>writer</script>',
    "\u202e<script>window.__xss=1</script>",
    "&lt;script&gt;window.__xss=1&lt;/script&gt;",
    "&#60;img src=x onerror=window.__xss=1&#62;",
    '" autofocus onfocus=window.__xss=1 x="',
    '<a href="https://example.com" hx-get="/home" hx-trigger=load data-action=x>x</a>',
]  # fmt: skip


@pytest.fixture(scope="module")
def corpus(fixtures_folder: Path) -> list[str]:
    known = json.loads((fixtures_folder / "markup" / "hostile.json").read_text("utf-8"))
    strings = [text.replace("alert(1)", _SEEN) for text in known] + _MORE
    assert len(strings) >= 100
    return [text for text in strings if "\0" not in text and not re.search("[\ud800-\udfff]", text)]


@pytest.fixture(scope="module")
def fixtures_folder() -> Path:
    return Path(__file__).parents[1] / "fixtures"


class Wall:
    """A network whose one writer writes nothing but attacks, and a reader who follows."""

    def __init__(self, server: RunningServer, corpus: list[str]) -> None:
        self.server = server
        self.corpus = corpus
        self.writer, self.reader = server.accounts(["writer", "reader"], password=PASSWORD)
        self.posts: list[str] = []
        self.browser = Browsing(server).sign_in(self.reader)
        with self.writer.client() as http, self.reader.client() as reader:
            me = http.get("/api/v1/accounts/verify_credentials").json()["id"]
            reader.post(f"/api/v1/accounts/{me}/follow").raise_for_status()
            for number, text in enumerate(corpus):
                self.posts.append(self._post(http, number, text))
            reader.post(f"/api/v1/statuses/{self.posts[0]}/favourite").raise_for_status()

    def _post(self, http: httpx.Client, number: int, text: str) -> str:
        body: dict[str, Any] = {"status": f"{text} @reader"}
        if number % 2:
            body["spoiler_text"] = text
        if number % 8 == 0:
            picture = io.BytesIO()
            Image.new("RGB", (8, 8)).save(picture, "PNG")
            files = {"file": (f"{text}.png".encode("ascii", "replace").decode(), picture.getvalue(), "image/png")}
            sent = http.post("/api/v2/media", data={"description": text}, files=files).raise_for_status()
            body["media_ids"] = [sent.json()["id"]]
        return str(http.post("/api/v1/statuses", json=body).raise_for_status().json()["id"])

    def look(self, browser: Browsing, path: str, **options: Any) -> None:
        answer = browser.get(path, **options)
        assert answer.status_code in {200, 401, 404, 422}, (path, answer.status_code)
        assert answer.headers["content-type"].startswith("text/html"), path
        assert wrong_in_page(answer.text, self.server.base_url) == [], path
        self.policy(answer)

    def policy(self, answer: httpx.Response) -> None:
        policy = answer.headers["content-security-policy"]
        directives = {
            name: sources.split() for name, _, sources in (part.strip().partition(" ") for part in policy.split(";"))
        }
        assert directives["default-src"] == ["'none'"], policy
        assert directives["frame-ancestors"] == ["'none'"], policy
        assert directives["base-uri"] == ["'none'"], policy
        assert set(directives["script-src"]) == {"'self'"}, policy
        assert set(directives["style-src"]) == {"'self'"}, policy
        assert "unsafe" not in policy
        assert "*" not in policy


@pytest.fixture(scope="module")
def wall(make_server: ServerMaker, corpus: list[str]) -> Wall:
    return Wall(make_server(limits="off").start(), corpus)


def _html_in(answer: Any) -> Iterator[str]:
    if isinstance(answer, list):
        for one in answer:
            yield from _html_in(one)
    elif isinstance(answer, dict):
        for name, value in answer.items():
            if name in _HTML_OF_API and isinstance(value, str):
                yield value
            elif name != "source":  # as it was typed, for whoever edits it
                yield from _html_in(value)


def test_posts_stay_text_on_every_page(wall: Wall) -> None:
    visitor = Browsing(wall.server)
    for post, text in zip(wall.posts, wall.corpus, strict=True):
        wall.look(wall.browser if len(text) % 2 else visitor, f"/@writer/{post}")
    for post in wall.posts[::12]:
        wall.look(wall.browser, "/compose", params={"reply_to": post})
        wall.look(wall.browser, f"/@writer/{post}/likes")
    for path in ("/home", "/local", "/@writer", "/@writer/media", "/notifications", "/tags/tag"):
        before = ""
        for _ in range(12):
            answer = wall.browser.get(path, params={"before": before} if before else {})
            assert wrong_in_page(answer.text, wall.server.base_url) == [], path
            more = re.search(r"before=(\d{31})", answer.text)
            if more is None:
                break
            before = more[1]


def test_posts_stay_text_in_the_api(wall: Wall) -> None:
    looked = 0
    with wall.reader.client() as http:
        for path in ("timelines/home", "timelines/public", "notifications", "search"):
            url = f"/api/v{2 if path == 'search' else 1}/{path}"
            params: dict[str, str] = {"limit": "40"} if path != "search" else {"q": "writer"}
            for _ in range(5):
                answer = http.get(url, params=params).raise_for_status()
                for written in _html_in(answer.json()):
                    assert wrong_in_text(written, wall.server.base_url) == [], written
                    looked += 1
                if "next" not in answer.links or not answer.json():
                    break
                url, params = answer.links["next"]["url"], {}
    assert looked >= 2 * len(wall.corpus)


def _edited(text: str, most: int) -> str:
    return text[:most].strip() or "x"


def test_profiles_stay_text(wall: Wall) -> None:
    browser = Browsing(wall.server).sign_in(wall.writer)
    with wall.writer.client() as http:
        for number, text in enumerate(wall.corpus):
            body = {
                "display_name": _edited(text, 50),
                "note": _edited(text, 400),
                "fields_attributes": [
                    {"name": _edited(text, 200), "value": _edited(text, 200)},
                    {"name": "b", "value": f"https://example.com/{text[:60]}"},
                ],
                "avatar_description": text[:200],
            }
            answer = http.patch("/api/v1/accounts/update_credentials", json=body).raise_for_status()
            for written in _html_in(answer.json()):
                assert wrong_in_text(written, wall.server.base_url) == [], written
            wall.look(wall.browser, "/@writer")
            if number % 10 == 0:
                wall.look(browser, "/settings/profile")
                wall.look(browser, "/home")
                wall.look(wall.browser, "/@writer/followers")
                wall.look(wall.browser, "/notifications")


def test_what_is_sent_along_with_a_request_stays_text(wall: Wall) -> None:
    visitor = Browsing(wall.server)
    visitor.get("/auth/sign_in")
    for number, text in enumerate(wall.corpus):
        wall.look(visitor, "/search", params={"q": text})
        if number % 6 == 0:
            wall.look(wall.browser, "/search", params={"q": text})
            wall.look(wall.browser, "/compose", params={"text": text, "to": text})
            wall.look(visitor, "/auth/sign_up", params={"invitation": text, "next": text})
            wall.look(visitor, "/auth/sign_in", params={"next": f"/{text}"})
            wall.look(
                wall.browser, "/oauth/authorize", params={"client_id": text, "redirect_uri": text, "scope": text}
            )
            wall.look(wall.browser, "/oauth/authorize/native", params={"code": text})
            wall.look(visitor, "/tags/" + httpx.QueryParams({"": text}).__str__()[1:].replace("%2F", "-"))
            wall.look(visitor, "/nowhere/" + httpx.QueryParams({"": text}).__str__()[1:])
            again = visitor.post("/auth/sign_in", data={"name": text, "password": text, "next": text})
            assert wrong_in_page(again.text, wall.server.base_url) == []
            again = wall.browser.post(
                "/compose", data={"text": text, "warning": text, "attach": "1", "language": text}
            )
            assert wrong_in_page(again.text, wall.server.base_url) == []
            again = wall.browser.post("/settings/account/email", data={"email": text, "email_password": "x"})
            assert wrong_in_page(again.text, wall.server.base_url) == []


def test_apps_and_sessions_with_hostile_names_are_shown_as_text(wall: Wall) -> None:
    with wall.server.client() as http:
        for text in wall.corpus[::5]:
            body = {"client_name": _edited(text, 60), "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
            body["website"] = f"https://example.com/{text}"
            app = http.post("/api/v1/apps", json=body)
            if app.status_code != 200:
                assert app.status_code == 422
                continue
            asked = {
                "client_id": app.json()["client_id"],
                "redirect_uri": body["redirect_uris"],
                "response_type": "code",
            }
            wall.look(wall.browser, "/oauth/authorize", params={**asked, "state": text, "scope": "read"})
            code = wall.browser.post("/oauth/authorize", data={**asked, "answer": "yes", "scope": "read"})
            assert wrong_in_page(code.text, wall.server.base_url) == []
            [shown] = re.findall(r"<code[^>]*>([\w-]{43})</code>|value=\"([\w-]{43})\"", code.text)[:1]
            grant = {**asked, "grant_type": "authorization_code", "code": "".join(shown)}
            given = http.post("/oauth/token", json={**grant, "client_secret": app.json()["client_secret"]})
            assert given.status_code == 200, given.text
            with Person(
                "reader", token=given.json()["access_token"], base_url=wall.server.base_url
            ).client() as as_app:
                posted = as_app.post("/api/v1/statuses", json={"status": "by an app"})
                assert posted.status_code == 403  # read only
    for agent in wall.corpus[::40]:
        header = agent.encode("ascii", "replace").decode().replace("\n", " ").replace("\r", " ")
        other = Browsing(wall.server, headers={"User-Agent": f"Firefox/1 Linux {header}"}).sign_in(wall.reader)
        wall.look(other, "/settings/account")
    wall.look(wall.browser, "/settings/account")


def _hostile_archive(path: Path, corpus: list[str]) -> None:
    """Make a Mastodon archive whose posts, warnings and descriptions are attacks."""
    mastodon_archive(path, posts=len(corpus), videos=0, polls=0, private=0, reposts=0, replies=0, threads=0)
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    outbox = json.loads(entries["outbox.json"])
    for activity, text in zip(outbox["orderedItems"], corpus, strict=False):
        note = activity["object"]
        note |= {"content": f"<p>{text}</p>{html.escape(text)}", "summary": text}
        for attached in note.get("attachment", ()):
            attached["name"] = text
    entries["outbox.json"] = json.dumps(outbox).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def test_what_an_archive_brings_stays_text(wall: Wall, tmp_path: Path) -> None:
    [mover] = wall.server.accounts(["mover"], password=PASSWORD)
    browser = Browsing(wall.server).sign_in(mover)
    _hostile_archive(tmp_path / "archive.zip", wall.corpus)
    browser.get("/settings/import")
    name = '"><img src=x onerror=window.__xss=1>.zip'
    files = {"file": (name, (tmp_path / "archive.zip").read_bytes(), "application/zip")}
    assert browser.post("/settings/import", files=files).status_code == 303
    until = time.monotonic() + 300
    while "/cancel" in browser.get("/settings/import").text and time.monotonic() < until:
        time.sleep(0.2)
    lists = "".join(f"{text}\n" for text in wall.corpus if "\n" not in text)
    files = {"file": ("follows.csv", f"Account address\n{lists}".encode(), "text/csv")}
    assert browser.post("/settings/import", data={"kind": "follows"}, files=files).status_code == 303
    while "/cancel" in browser.get("/settings/import").text and time.monotonic() < until:
        time.sleep(0.2)
    wall.look(browser, "/settings/import")
    seen, before = 0, ""
    for _ in range(12):
        answer = browser.get("/@mover/with_replies", params={"before": before} if before else {})
        assert wrong_in_page(answer.text, wall.server.base_url) == []
        seen += answer.text.count("<article")
        more = re.search(r"before=(\d{31})", answer.text)
        if more is None:
            break
        before = more[1]
    assert seen >= len(wall.corpus) // 2


def test_every_page_has_a_strict_policy_whoever_asks_and_whatever_it_says(wall: Wall) -> None:
    looked = 0
    for browser in (Browsing(wall.server), wall.browser):
        for one in PAGES:
            if one.method != "GET" or one.path == "/live/home" or one.path.endswith("/embed"):
                continue  # what others may frame has rules of its own, and tests
            path = one.path
            for name, annotation in one.path_params.items():
                value = wall.posts[0] if id_kind(annotation) is not None else "writer"
                path = path.replace(f"{{{name}}}", value)
            answer = browser.http.get(path)
            if answer.status_code == 303:
                continue
            wall.policy(answer)
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert answer.headers["x-frame-options"] == "DENY", path
            assert answer.headers["referrer-policy"] == "same-origin", path
            if answer.headers["content-type"].startswith("text/html"):  # feeds are looked at in tests of their own
                assert wrong_in_page(answer.text, wall.server.base_url) == [], path
            looked += 1
    assert looked >= 40


def test_nothing_runs_in_a_real_browser(wall: Wall, context: BrowserContext) -> None:
    complaints: list[str] = []
    context.add_init_script(
        "document.addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.blockedURI))"
    )
    context.add_cookies([{"name": "session", "value": wall.browser.secret, "url": wall.server.base_url}])
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    hostile = wall.posts[::30]
    for path in (
        "/home",
        "/@writer",
        "/notifications",
        "/search?q=%3Cimg%20src%3Dx%20onerror%3Dwindow.__xss%3D1%3E",
        *(f"/@writer/{post}" for post in hostile),
    ):
        page.goto(f"{wall.server.base_url}{path}")
        page.mouse.wheel(0, 4000)
        assert page.evaluate("window.__xss") is None, path
        assert page.locator("main").count() == 1
    assert [text for text in complaints if "CSP" in text or "Content Security Policy" in text] == []
