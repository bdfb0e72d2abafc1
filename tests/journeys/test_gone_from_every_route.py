"""What was deleted a moment ago is on no route any more, though each had it ready: pages, API, feeds, frames.

The routes without a name in their path are read from the tables that the server itself routes by.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from browsing import Browsing
from crowds import wait_for_subscribers
from journeys.test_deleting import _PASSWORD, Told
from palabre.api import routes as api
from palabre.web import routes as web
from running import Person, RunningServer

_NUMBERS = itertools.count(1)
_SEARCHED = "meadow"
_STREAMS = ("/live/home", "/api/v1/streaming")


def _plain_routes(endpoints: tuple[api.Endpoint, ...]) -> Iterator[str]:
    for one in endpoints:
        if one.method == "GET" and not one.path_params and not one.path.startswith(_STREAMS):
            yield one.path


class Everywhere(Told):
    """A post that stands in every kind of list, and everybody who may look at them."""

    def __init__(self, server: RunningServer, people: list[Person]) -> None:
        super().__init__(server, people)
        ben, cleo = self.others
        self.name = people[0].username
        self.author.patch("/api/v1/accounts/update_credentials", data={"indexable": "true", "discoverable": "true"})
        number = self.post["account"]["id"]
        for other in self.others:
            other.post(f"/api/v1/accounts/{number}/follow").raise_for_status()
        self.list = ben.post("/api/v1/lists", data={"title": "Friends"}).raise_for_status().json()["id"]
        ben.post(f"/api/v1/lists/{self.list}/accounts", json={"account_ids": [number]}).raise_for_status()
        self.said = f"{_SEARCHED} {self.marker} #{self.tag}"
        said = {"status": self.said, "spoiler_text": self.warning, "media_ids": [self.media["id"]]}
        self.author.put(f"/api/v1/statuses/{self.id}", json=said).raise_for_status()
        quoted = {"status": "what he says", "quoted_status_id": self.id}
        self.quote = cleo.post("/api/v1/statuses", json=quoted).raise_for_status().json()["id"]
        self.whispered = f"whisper{self.marker}"
        whisper = {"status": f"@{people[1].username} {self.whispered}", "visibility": "direct"}
        self.private = self.author.post("/api/v1/statuses", json=whisper).raise_for_status().json()["id"]
        self.author.post(f"/api/v1/statuses/{self.id}/pin").raise_for_status()
        wait_for_subscribers(server)
        self.browsers = [Browsing(server).sign_in(person, _PASSWORD) for person in people[:2]]
        self.visitor = Browsing(server)
        group = next(
            each["group_key"]
            for each in self.author.get("/api/v2/notifications").json()["notification_groups"]
            if each["type"] == "favourite"
        )
        where = quote(self.post["url"], safe="")
        self.of_api = [
            *_plain_routes(api.ENDPOINTS),
            f"/api/oembed?url={where}",
            f"/api/v2/search?q={where}&resolve=true",
            f"/api/v1/timelines/tag/{self.tag}", f"/api/v1/timelines/list/{self.list}", f"/api/v1/tags/{self.tag}",
            f"/api/v1/accounts/{number}", f"/api/v1/accounts/{number}/featured_tags",
            *(f"/api/v1/accounts/{number}/statuses{asked}" for asked in ("", "?pinned=true", "?only_media=true")),
            *(f"/api/v1/statuses/{self.id}{part}" for part in (
                "", "/context", "/history", "/source", "/quotes", "/favourited_by", "/reblogged_by")),
            *(f"/api/v1/statuses/{each}{part}" for each in (self.reply, self.quote) for part in ("", "/context")),
            f"/api/palabre/v1/statuses/{self.id}/replies", f"/api/v1/statuses?id[]={self.id}",
            f"/api/v2/notifications/{group}", f"/api/v2/notifications/{group}/accounts",
        ]  # fmt: skip
        author = f"/@{self.name}"
        self.of_web = [
            *_plain_routes(web.ENDPOINTS),
            author, f"{author}/with_replies", f"{author}/media", f"{author}.rss", f"{author}.atom",
            f"{author}/{self.id}", *(f"{author}/{self.id}/{part}" for part in (
                "likes", "reposts", "history", "quotes", "embed")),
            f"/@{people[1].username}/{self.reply}", f"/@{people[2].username}/{self.quote}",
            f"/@{people[2].username}", f"/tags/{self.tag}", f"/tags/{self.tag}.rss", f"/tags/{self.tag}.atom",
            f"/lists/{self.list}", f"/posts/{self.id}", f"/posts/{self.id}/edit",
        ]  # fmt: skip

    def showing(self, words: list[str]) -> set[str]:
        """Ask every route for the author, somebody who has the post, and a visitor; return where ``words`` show."""
        found = set()
        with self.server.client() as stranger:
            for client in (self.author, self.others[0], stranger):
                found |= {f"api {path}" for path in self.of_api if _holds(_asked(client, path), path, words)}
        for browser in (*self.browsers, self.visitor):
            found |= {f"web {path}" for path in self.of_web if _holds(_asked(browser.http, path), path, words)}
        return found

    def close(self) -> None:
        """Leave nothing open."""
        for client in (self.author, *self.others):
            client.close()


def _asked(client: httpx.Client, path: str) -> str:
    params = {} if "?" in path else {"params": {"q": _SEARCHED}}
    answer = client.get(path, **params)
    assert answer.status_code < 500, f"{path}: {answer.status_code}"
    return answer.text


def _holds(text: str, path: str, words: list[str]) -> bool:
    """Whether an answer holds one of ``words``, except those that the question itself has."""
    text = html.unescape(text)
    return any(word in text for word in words if word.removeprefix("@").lower() not in path.lower())


@pytest.fixture
def everywhere(server: RunningServer) -> Iterator[Everywhere]:
    number = next(_NUMBERS)
    people = server.accounts([f"{name}e{number}" for name in ("author", "ben", "cleo")], password=_PASSWORD)
    made = Everywhere(server, people)
    yield made
    made.close()


def test_a_deleted_post_is_on_no_route_from_the_next_request_on(everywhere: Everywhere) -> None:
    words = [everywhere.marker, everywhere.description, everywhere.warning]
    before = everywhere.showing(words)
    assert before >= {f"api /api/v1/{path}" for path in (
        "timelines/home", "timelines/public", f"timelines/tag/{everywhere.tag}", f"timelines/list/{everywhere.list}",
        "bookmarks", "favourites", "notifications", f"statuses/{everywhere.id}/history",
    )} | {"api /api/v2/search", "api /api/v2/notifications", "api /api/palabre/v1/timelines/ranked"} | {
        f"web {path}" for path in (
            "/home", "/local", "/search", "/bookmarks", "/likes", "/notifications", f"/tags/{everywhere.tag}.rss",
            f"/@{everywhere.name}.atom", f"/@{everywhere.name}/{everywhere.id}/embed", f"/lists/{everywhere.list}",
        )
    }, "the test looks in the wrong places"  # fmt: skip
    everywhere.delete()
    everywhere.author.delete(f"/api/v1/statuses/{everywhere.private}").raise_for_status()
    assert everywhere.showing([*words, f"statuses/{everywhere.id}"]) == set()
    wait_for_subscribers(everywhere.server)
    assert everywhere.showing([*words, everywhere.tag, everywhere.tag.lower(), everywhere.media["url"]]) == set()


def test_who_leaves_is_on_no_route_from_the_next_request_on(everywhere: Everywhere) -> None:
    words = [everywhere.marker, everywhere.description, everywhere.warning, f"@{everywhere.name}"]
    assert len(everywhere.showing(words)) > 40, "the test looks in the wrong places"
    everywhere.leave()
    assert everywhere.showing(words) == set()
    wait_for_subscribers(everywhere.server)
    words += [everywhere.name, everywhere.tag, everywhere.tag.lower(), everywhere.media["url"]]
    assert everywhere.showing(words) == set()
