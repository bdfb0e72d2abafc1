"""The same thing from twenty requests in one moment, or from twenty people: each counts once, nothing breaks."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from running import Person, RunningServer

_TWENTY = 20


@dataclass
class Crowd:
    server: RunningServer
    author: Person
    people: list[Person]

    def post(self, **more: Any) -> Any:
        return self.ask(self.author, "POST", "/api/v1/statuses", json={"status": "Under the tree", **more}).json()

    def ask(self, person: Person, method: str, path: str, **options: Any) -> httpx.Response:
        with person.client() as http:
            return http.request(method, path, **options)

    def seen(self, path: str) -> Any:
        return self.ask(self.author, "GET", path).raise_for_status().json()

    def number(self, person: Person) -> str:
        return str(self.ask(person, "GET", "/api/v1/accounts/verify_credentials").json()["id"])


@pytest.fixture(scope="module")
def crowd(server: RunningServer) -> Crowd:
    author, *people = server.accounts(["author", *(f"member{n}" for n in range(_TWENTY))], password=PASSWORD)
    return Crowd(server, author, people)


def at_once(does: list[Callable[[], httpx.Response]]) -> Counter[int]:
    """Let all begin in the same moment; none may be a fault."""
    ready = threading.Barrier(len(does))

    def go(one: Callable[[], httpx.Response]) -> httpx.Response:
        ready.wait(60)
        return one()

    with ThreadPoolExecutor(len(does)) as pool:
        answers = list(pool.map(go, does))
    assert all(answer.status_code < 500 for answer in answers), [answer.text[:200] for answer in answers]
    return Counter(answer.status_code for answer in answers)


def _same(crowd: Crowd, person: Person, method: str, path: str, **options: Any) -> Counter[int]:
    return at_once([lambda: crowd.ask(person, method, path, **options)] * _TWENTY)


def _each(crowd: Crowd, method: str, path: str, **options: Any) -> Counter[int]:
    return at_once(
        [lambda person=person: crowd.ask(person, method, path, **options) for person in crowd.people]  # type: ignore[misc]
    )


def _told(crowd: Crowd, kind: str, wanted: int) -> None:
    """The author is told as often, and no more a little later."""
    deadline = time.monotonic() + 120
    while len(crowd.seen(f"/api/v1/notifications?types[]={kind}&limit=40")) < wanted:
        assert time.monotonic() < deadline, kind
        time.sleep(0.05)
    time.sleep(0.5)
    assert len(crowd.seen(f"/api/v1/notifications?types[]={kind}&limit=40")) == wanted


@pytest.mark.parametrize(
    ("deed", "undo", "count"),
    [
        ("/api/v1/statuses/{}/favourite", "/api/v1/statuses/{}/unfavourite", "favourites_count"),
        ("/api/v1/statuses/{}/reblog", "/api/v1/statuses/{}/unreblog", "reblogs_count"),
    ],
)
def test_a_mark_counts_once_however_often_it_is_sent(crowd: Crowd, deed: str, undo: str, count: str) -> None:
    post = crowd.post()["id"]
    assert _same(crowd, crowd.people[0], "POST", deed.format(post)) == {200: _TWENTY}
    assert crowd.seen(f"/api/v1/statuses/{post}")[count] == 1
    assert _each(crowd, "POST", deed.format(post)) == {200: _TWENTY}
    assert crowd.seen(f"/api/v1/statuses/{post}")[count] == _TWENTY
    at_once(
        [
            lambda person=person, way=way: crowd.ask(person, "POST", way.format(post))  # type: ignore[misc]
            for person in crowd.people[:10]
            for way in (undo, deed)
        ]
    )
    by = "reblogged_by" if "reblog" in deed else "favourited_by"
    left = crowd.seen(f"/api/v1/statuses/{post}/{by}?limit=80")
    assert crowd.seen(f"/api/v1/statuses/{post}")[count] == len(left) >= _TWENTY - 10
    crowd.ask(crowd.author, "DELETE", f"/api/v1/statuses/{post}").raise_for_status()


def test_a_vote_counts_once_and_all_votes_are_counted(crowd: Crowd) -> None:
    poll = crowd.post(poll={"options": ["oak", "elm"], "expires_in": 3600})["poll"]["id"]
    answers = _same(crowd, crowd.people[0], "POST", f"/api/v1/polls/{poll}/votes", json={"choices": [0]})
    assert answers == {200: 1, 422: _TWENTY - 1}
    at_once(
        [
            lambda person=person, place=place: crowd.ask(  # type: ignore[misc]
                person, "POST", f"/api/v1/polls/{poll}/votes", json={"choices": [place % 2]}
            )
            for place, person in enumerate(crowd.people)
        ]
    )
    counted = crowd.seen(f"/api/v1/polls/{poll}")
    assert counted["votes_count"] == _TWENTY
    assert [each["votes_count"] for each in counted["options"]] == [_TWENTY // 2] * 2


def test_votes_on_a_reply_are_one_a_member(crowd: Crowd) -> None:
    post = crowd.post()["id"]
    reply = crowd.ask(
        crowd.people[0], "POST", "/api/v1/statuses", json={"status": "@author well", "in_reply_to_id": post}
    ).json()["id"]
    ways = (1, -1)
    at_once(
        [
            lambda way=way: crowd.ask(  # type: ignore[misc]
                crowd.people[1], "POST", f"/api/palabre/v1/statuses/{reply}/vote", json={"value": way}
            )
            for way in ways * 10
        ]
    )
    seen = crowd.seen(f"/api/v1/statuses/{reply}")["palabre"]
    assert seen["up"] + seen["down"] == 1


def test_who_follows_follows_once(crowd: Crowd) -> None:
    author = crowd.number(crowd.author)
    assert _same(crowd, crowd.people[0], "POST", f"/api/v1/accounts/{author}/follow") == {200: _TWENTY}
    assert crowd.seen(f"/api/v1/accounts/{author}")["followers_count"] == 1
    _told(crowd, "follow", 1)
    assert _each(crowd, "POST", f"/api/v1/accounts/{author}/follow") == {200: _TWENTY}
    assert crowd.seen(f"/api/v1/accounts/{author}")["followers_count"] == _TWENTY
    deeds = ("block", "unblock", "follow", "unfollow")
    at_once(
        [
            lambda person=person, deed=deed: crowd.ask(person, "POST", f"/api/v1/accounts/{author}/{deed}")  # type: ignore[misc]
            for person in crowd.people[:5]
            for deed in deeds
        ]
    )
    followers = crowd.seen(f"/api/v1/accounts/{author}/followers?limit=80")
    assert crowd.seen(f"/api/v1/accounts/{author}")["followers_count"] == len(followers)


def test_replies_are_all_counted_and_one_post_is_deleted_once(crowd: Crowd) -> None:
    post = crowd.post()["id"]
    before = crowd.seen("/api/v1/accounts/verify_credentials")["statuses_count"]
    body = {"status": "@author indeed", "in_reply_to_id": post}
    assert _each(crowd, "POST", "/api/v1/statuses", json=body) == {200: _TWENTY}
    assert crowd.seen(f"/api/v1/statuses/{post}")["replies_count"] == _TWENTY
    assert _same(crowd, crowd.author, "DELETE", f"/api/v1/statuses/{post}") == {200: 1, 404: _TWENTY - 1}
    assert crowd.seen("/api/v1/accounts/verify_credentials")["statuses_count"] == before - 1


def test_one_key_is_one_post_for_apps_and_on_pages(crowd: Crowd) -> None:
    before = crowd.seen("/api/v1/accounts/verify_credentials")["statuses_count"]
    key = {"headers": {"Idempotency-Key": "the same"}, "json": {"status": "Once"}}
    assert _same(crowd, crowd.author, "POST", "/api/v1/statuses", **key) == {200: _TWENTY}
    assert crowd.seen("/api/v1/accounts/verify_credentials")["statuses_count"] == before + 1
    page = Browsing(crowd.server).sign_in(crowd.author)
    form = {"text": "Once on a page", "key": "the same key", "csrf": page.token}
    assert at_once([lambda: page.http.post("/compose", data=form)] * _TWENTY) == {303: _TWENTY}
    assert crowd.seen("/api/v1/accounts/verify_credentials")["statuses_count"] == before + 2


def _within(crowd: Crowd, most: int, path: str, bodies: list[dict[str, Any]], listed: str) -> None:
    before = len(crowd.seen(listed))
    answers = at_once(
        [lambda body=body: crowd.ask(crowd.author, "POST", path, json=body) for body in bodies]  # type: ignore[misc]
    )
    assert set(answers) <= {200, 422}
    assert len(crowd.seen(listed)) == min(most, before + len(bodies))
    assert answers[200] == min(most, before + len(bodies)) - before


def test_limits_hold_when_all_come_at_once(crowd: Crowd) -> None:
    for round_ in range(3):
        _within(crowd, 50, "/api/v1/lists", [{"title": f"{round_}-{n}"} for n in range(20)], "/api/v1/lists")
    due = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).replace(hour=12).isoformat()
    later = [{"status": f"Later {n}", "scheduled_at": due} for n in range(15)]
    for _ in range(2):
        _within(crowd, 25, "/api/v1/statuses", later, "/api/v1/scheduled_statuses?limit=40")
    posts = [crowd.post()["id"] for _ in range(10)]
    at_once([lambda post=post: crowd.ask(crowd.author, "POST", f"/api/v1/statuses/{post}/pin") for post in posts])  # type: ignore[misc]
    author = crowd.number(crowd.author)
    assert len(crowd.seen(f"/api/v1/accounts/{author}/statuses?pinned=true")) == 5


def test_a_name_is_given_once_and_an_invitation_for_one_lets_one_in(server_on_each: ServerMaker) -> None:
    for policy in ("open", "invitation"):
        server = server_on_each(registrations=policy)
        visitors = [Browsing(server) for _ in range(_TWENTY)]
        for visitor in visitors:
            visitor.get("/auth/sign_up")
        given: dict[str, str] = {"password": "a quite long password"}
        if policy == "invitation":
            said = server.command("invite", "--uses", "1", "--data", str(server.data)).stdout
            given["invitation"] = said.split("/invite/", 1)[1].split()[0]
        forms = [
            {"username": "same" if policy == "open" else f"guest{place}", **given} for place in range(len(visitors))
        ]
        answers = at_once(
            [
                lambda visitor=visitor, form=form: visitor.post("/auth/sign_up", data=form)  # type: ignore[misc]
                for visitor, form in zip(visitors, forms, strict=True)
            ]
        )
        assert answers[303] == 1, answers
