"""Pinned posts over the API."""

from __future__ import annotations

import pytest

from unit.api.network import Caller, Network
from unit.api.test_network import png


def test_pinned_posts_stand_on_top_the_last_first_and_at_most_five(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    posts = [ana.say(f"post {n}") for n in range(6)]
    for post in posts[:5]:
        assert ana.post(f"/api/v1/statuses/{post['id']}/pin")["pinned"] is True
    ana.post(f"/api/v1/statuses/{posts[0]['id']}/pin")
    refused = ana.post(f"/api/v1/statuses/{posts[5]['id']}/pin", 422)
    assert "5" in refused["error"]
    path = f"/api/v1/accounts/{ana.id}/statuses"
    assert [one["id"] for one in bo.get(path, pinned=True)] == [post["id"] for post in posts[4::-1]]
    assert ana.post(f"/api/v1/statuses/{posts[2]['id']}/unpin")["pinned"] is False
    ana.delete(f"/api/v1/statuses/{posts[1]['id']}")
    assert [one["id"] for one in bo.get(path, pinned=True)] == [posts[n]["id"] for n in (4, 3, 0)]
    assert len(bo.get(path)) == 5
    assert ana.get(path, pinned=True)[0]["pinned"] is True


def test_only_own_posts_that_others_may_read_are_pinned(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post, direct = ana.say("hello"), ana.say("@bo psst", visibility="direct")
    bo.post(f"/api/v1/statuses/{post['id']}/pin", 422)
    ana.post(f"/api/v1/statuses/{direct['id']}/pin", 422)
    repost = bo.post(f"/api/v1/statuses/{post['id']}/reblog")
    bo.post(f"/api/v1/statuses/{repost['id']}/pin", 422)
    hidden = ana.say("followers", visibility="private")
    ana.post(f"/api/v1/statuses/{hidden['id']}/pin")
    path = f"/api/v1/accounts/{ana.id}/statuses"
    assert bo.get(path, pinned=True) == []
    bo.follow(ana)
    assert [one["id"] for one in bo.get(path, pinned=True)] == [hidden["id"]]


@pytest.fixture
def top(network: Network) -> tuple[Caller, list[str]]:
    """A member with five posts on top of a profile, pinned in another order than written, and their ids."""
    ana, bo = network.member("ana"), network.member("bo")
    asked = bo.say("@ana a question")
    picture = ana.call("POST", "/api/v2/media", None, files={"file": ("a.png", png(), "image/png")}).json()
    posts = [
        ana.say("0 #Oak")["id"],
        ana.say("1", in_reply_to_id=asked["id"])["id"],
        ana.say("2", media_ids=[picture["id"]])["id"],
        ana.say("3 #oak", visibility="unlisted")["id"],
    ]
    posts.append(ana.say("4", in_reply_to_id=posts[0])["id"])
    for number in (2, 0, 4, 1, 3):
        ana.post(f"/api/v1/statuses/{posts[number]}/pin")
    return ana, posts


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "31402"),
        ({"limit": 2}, "31"),
        ({"limit": 0}, "3"),
        ({"limit": 400}, "31402"),
        ({"max_id": 3}, "102"),
        ({"max_id": 3, "limit": 1}, "1"),
        ({"since_id": 1}, "342"),
        ({"since_id": 0, "max_id": 4, "limit": 2}, "31"),
        ({"min_id": 1}, "432"),
        ({"min_id": 0, "limit": 2}, "21"),
        ({"exclude_replies": True}, "3402"),
        ({"exclude_reblogs": True}, "31402"),
        ({"only_media": True}, "2"),
        ({"tagged": "OAK"}, "0"),
        ({"tagged": "elm"}, ""),
    ],
)
def test_pinned_posts_are_asked_for_as_others_are(
    top: tuple[Caller, list[str]], asked: dict[str, int], expected: str
) -> None:
    ana, posts = top
    query = {name: posts[value] if name.endswith("_id") else value for name, value in asked.items()}
    answer = ana.call("GET", f"/api/v1/accounts/{ana.id}/statuses", params={"pinned": True, **query})
    assert [each["id"] for each in answer.json()] == [posts[int(digit)] for digit in expected]
    assert "link" not in answer.headers


def test_a_bound_of_pinned_posts_that_is_none_is_refused(top: tuple[Caller, list[str]]) -> None:
    ana, _ = top
    ana.get(f"/api/v1/accounts/{ana.id}/statuses", 422, pinned=True, max_id="x")
