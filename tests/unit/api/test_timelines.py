"""Timelines through the API: who sees what, page by page, and what a page costs the database."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from unit.api.documented import problems
from unit.api.network import Caller, Network


def ids(posts: list[Any]) -> list[str]:
    return [post["id"] for post in posts]


def people(network: Network, *names: str) -> list[Caller]:
    return [network.member(name) for name in names]


def test_home_holds_what_the_followed_post_and_nothing_else(network: Network) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    ana.follow(bo)
    old = bo.say("before")
    assert ids(ana.get("/api/v1/timelines/home")) == [old["id"]]
    seen = [bo.say("public"), bo.say("followers", visibility="private"), ana.say("mine")]
    cy.say("a stranger's")
    bo.say("for nobody", visibility="direct")
    bo.say("@cy a reply to a stranger", in_reply_to_id=cy.say("x")["id"])
    assert ids(ana.get("/api/v1/timelines/home")) == [*ids(seen)[::-1], old["id"]]
    repost = bo.post(f"/api/v1/statuses/{cy.say('reposted')['id']}/reblog")
    assert ana.get("/api/v1/timelines/home")[0]["id"] == repost["id"]
    ana.call("POST", f"/api/v1/accounts/{bo.id}/follow", json={"reblogs": False})
    assert repost["id"] not in ids(ana.get("/api/v1/timelines/home"))
    ana.post(f"/api/v1/accounts/{bo.id}/mute")
    assert ids(ana.get("/api/v1/timelines/home")) == [seen[2]["id"]]


@pytest.mark.parametrize("path", ["/api/v1/timelines/home", "/api/v1/timelines/public", "/api/v1/timelines/tag/x"])
def test_pages_lead_to_the_end_and_back(network: Network, path: str) -> None:
    ana = network.member("ana")
    posts = [ana.say(f"{n} #x")["id"] for n in range(11)]
    down = [ids(page) for page in ana.pages(path, limit=4)]
    assert down == [posts[:6:-1], posts[6:2:-1], posts[2::-1]]
    oldest = ana.call("GET", path, params={"limit": 4, "max_id": posts[3]})
    up = [ids(page) for page in ana.pages(path, "prev", limit=4, min_id=oldest.json()[0]["id"])]
    assert up == [posts[6:2:-1], posts[10:6:-1]]
    assert ids(ana.get(path, since_id=posts[8])) == [posts[10], posts[9]]
    assert ids(ana.get(path, limit=100)) == posts[::-1]
    assert "since_id" in ana.get(path, 422, since_id="nonsense")["error"]


def test_the_links_keep_the_rest_of_the_query(network: Network) -> None:
    ana = network.member("ana")
    first, second = ana.say("1"), ana.say("2")
    answer = ana.call("GET", "/api/v1/timelines/public?local=true&limit=2&max_id=")
    assert answer.links["next"]["url"] == (
        f"http://localhost/api/v1/timelines/public?local=true&limit=2&max_id={first['id']}"
    )
    assert answer.links["prev"]["url"].endswith(f"local=true&limit=2&min_id={second['id']}")


def test_the_public_timeline_holds_public_posts(network: Network) -> None:
    ana = network.member("ana")
    made = io.BytesIO()
    Image.new("RGB", (8, 8)).save(made, "PNG")
    media = ana.call("POST", "/api/v2/media", files={"file": ("x.png", made.getvalue(), "image/png")}).json()
    shown, pictured = ana.say("public"), ana.say("", media_ids=[media["id"]])
    ana.say("unlisted", visibility="unlisted")
    ana.say("private", visibility="private")
    public = "/api/v1/timelines/public"
    assert ids(network.visitor.get(public)) == [pictured["id"], shown["id"]]
    assert ids(network.visitor.get(public, only_media=True)) == [pictured["id"]]
    assert network.visitor.get(public, remote=True) == []
    assert ids(network.visitor.get(f"/api/v1/accounts/{ana.id}/statuses", only_media="1")) == [pictured["id"]]


def test_hashtags_can_be_combined(network: Network) -> None:
    ana = network.member("ana")
    a, ab, b, abc = (ana.say(text)["id"] for text in ("#a", "#a #b", "#b", "#A #B #c"))
    tag = "/api/v1/timelines/tag/a"
    visitor = network.visitor
    assert ids(visitor.get(tag)) == [abc, ab, a]
    assert ids(visitor.call("GET", tag, params={"any[]": ["b"]}).json()) == [abc, b, ab, a]
    assert ids(visitor.call("GET", tag, params={"all[]": ["b"]}).json()) == [abc, ab]
    assert ids(visitor.call("GET", tag, params={"all[]": ["b"], "none[]": ["C"]}).json()) == [ab]
    assert ids(visitor.get(f"/api/v1/accounts/{ana.id}/statuses", tagged="b")) == [abc, b, ab]
    assert visitor.get("/api/v1/timelines/tag/nobody") == []


@pytest.mark.parametrize(("act", "path"), [("favourite", "favourites"), ("bookmark", "bookmarks")])
def test_likes_and_bookmarks_are_listed_by_when_they_were_made(network: Network, act: str, path: str) -> None:
    ana, bo = people(network, "ana", "bo")
    posts = [ana.say(str(n))["id"] for n in range(5)]
    for post in reversed(posts):
        bo.post(f"/api/v1/statuses/{post}/{act}")
    pages = [ids(page) for page in bo.pages(f"/api/v1/{path}", limit=2)]
    assert pages == [posts[:2], posts[2:4], posts[4:]]
    assert ana.get(f"/api/v1/{path}") == []


def test_a_warm_home_reads_nothing_from_the_database(network: Network, count: Callable[..., int]) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    ana.follow(bo)
    for n in range(10):
        post = bo.say(f"{n} #x @cy")
        if n % 3 == 0:
            cy.post(f"/api/v1/statuses/{post['id']}/favourite")
            ana.post(f"/api/v1/statuses/{post['id']}/bookmark")
    bo.post(f"/api/v1/statuses/{cy.say('reposted')['id']}/reblog")
    home = lambda: ana.get("/api/v1/timelines/home")  # noqa: E731
    assert count(home) > 0
    assert count(home) == 0
    assert [post["bookmarked"] for post in home()[::-1][:4]] == [True, False, False, True]
    bo.say("new")
    assert count(home) <= 3
    assert count(home) == 0


@pytest.mark.parametrize(
    ("path", "warm"),
    [("/api/v1/timelines/public", 1), ("/api/v1/timelines/tag/x", 2), ("/api/v1/accounts/{bo}/statuses", 4)],
)
def test_the_other_timelines_read_a_bounded_number_of_statements(
    network: Network, count: Callable[..., int], path: str, warm: int
) -> None:
    ana, bo = people(network, "ana", "bo")
    for n in range(20):
        bo.say(f"{n} #x")
    read = lambda: ana.get(path.replace("{bo}", bo.id))  # noqa: E731
    assert count(read) <= warm + 3
    assert count(read) <= warm


def test_one_post_and_a_thread_read_a_bounded_number_of_statements(
    network: Network, count: Callable[..., int]
) -> None:
    ana = network.member("ana")
    first = ana.say("0")["id"]
    for n in range(20):
        ana.say(str(n), in_reply_to_id=first)
    assert count(lambda: ana.get(f"/api/v1/statuses/{first}")) <= 3
    assert count(lambda: ana.get(f"/api/v1/statuses/{first}/context")) <= 7


def test_the_timelines_of_a_member_need_a_token(network: Network) -> None:
    assert network.visitor.get("/api/v1/timelines/home", 401) == {"error": "The access token is invalid"}
    bad = Caller(network, "nonsense")
    assert bad.call("GET", "/api/v1/timelines/public", 401).headers["www-authenticate"].startswith("Bearer")


def test_what_was_read_is_known_to_all_apps_of_a_member(network: Network) -> None:
    ana, bo = people(network, "ana", "bo")
    bo.follow(ana)
    bo.say("@ana hi")
    post = ana.say("hello")
    network.settle()
    told = ana.get("/api/v1/notifications")
    assert ana.call("GET", "/api/v1/markers", params={"timeline[]": ["home", "notifications"]}).json() == {}
    read = {"home": {"last_read_id": post["id"]}, "notifications": {"last_read_id": told[1]["id"]}}
    moved = ana.post("/api/v1/markers", **read)
    assert {name: one["last_read_id"] for name, one in moved.items()} == {
        "home": post["id"],
        "notifications": told[1]["id"],
    }
    assert [problems("Marker", one) for one in moved.values()] == [[], []]
    assert ana.get("/api/v1/notifications/unread_count") == {"count": 1}
    again = ana.call("POST", "/api/v1/markers", data={"notifications[last_read_id]": told[0]["id"]}).json()
    assert (again["notifications"]["version"], list(again)) == (1, ["notifications"])
    assert ana.get("/api/v1/notifications/unread_count") == {"count": 0}
    assert list(ana.call("GET", "/api/v1/markers", params={"timeline[]": ["home", "x"]}).json()) == ["home"]
    assert bo.call("GET", "/api/v1/markers", params={"timeline[]": ["home"]}).json() == {}
