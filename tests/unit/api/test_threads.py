"""Threads written at once, votes on replies, and the order of replies."""

from __future__ import annotations

from typing import Any

import pytest

from unit.api.network import Caller, Network


def write(member: Caller, *texts: str, expect: int = 200) -> Any:
    return member.post("/api/palabre/v1/threads", expect, statuses=[{"status": text} for text in texts])


def vote(member: Caller, post: Any, value: Any, expect: int = 200) -> Any:
    return member.post(f"/api/palabre/v1/statuses/{post['id']}/vote", expect, value=value)


def test_a_thread_is_written_as_one(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    first, second, third = write(ana, "one", "two", "three")
    assert (first["in_reply_to_id"], second["in_reply_to_id"]) == (None, first["id"])
    assert third["in_reply_to_id"] == second["id"]
    context = bo.get(f"/api/v1/statuses/{first['id']}/context")
    assert [post["id"] for post in context["descendants"]] == [second["id"], third["id"]]


@pytest.mark.parametrize(
    ("texts", "named"),
    [
        (["one", ""], "statuses[1][status]"),
        (["x" * 1001, "two"], "statuses[0][status]"),
        ([], "statuses"),
        (["x"] * 26, "statuses"),
    ],
)
def test_a_thread_with_something_wrong_in_it_is_not_written_at_all(
    network: Network, texts: list[str], named: str
) -> None:
    ana = network.member("ana")
    answer = write(ana, *texts, expect=422)
    assert list(answer["details"]) == [named]
    assert ana.get(f"/api/v1/accounts/{ana.id}/statuses") == []


def test_replies_are_voted_up_and_down_beside_likes(network: Network) -> None:
    ana, bo, cy = (network.member(name) for name in ("ana", "bo", "cy"))
    post = ana.say("hello")
    assert "palabre" not in post
    reply = bo.say("hi", in_reply_to_id=post["id"])
    assert reply["palabre"] == {"up": 0, "down": 0, "vote": 0}
    assert vote(ana, reply, 1)["palabre"] == {"up": 1, "down": 0, "vote": 1}
    assert vote(cy, reply, -1)["palabre"] == {"up": 1, "down": 1, "vote": -1}
    assert vote(ana, reply, -1)["palabre"] == {"up": 0, "down": 2, "vote": -1}
    ana.post(f"/api/v1/statuses/{reply['id']}/favourite")
    assert vote(cy, reply, 0)["palabre"] == {"up": 0, "down": 1, "vote": 0}
    path = f"/api/v1/statuses/{reply['id']}"
    for _ in range(2):
        assert ana.get(path)["palabre"]["vote"] == -1
        assert ana.get(path)["favourited"] is True
        assert cy.get(path)["palabre"]["vote"] == 0
        assert network.visitor.get(path)["palabre"] == {"up": 0, "down": 1}
    network.settle()
    assert [one["type"] for one in bo.get("/api/v1/notifications")] == ["favourite"], "nobody is told of votes"


def test_only_replies_of_others_are_voted_on(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = ana.say("hello")
    reply = bo.say("hi", in_reply_to_id=post["id"])
    vote(bo, post, 1, expect=422)
    vote(bo, reply, 1, expect=422)
    vote(ana, reply, 2, expect=422)
    bo.delete(f"/api/v1/statuses/{reply['id']}")
    vote(ana, reply, 1, expect=404)


def test_replies_stand_by_time_votes_or_author_each_with_its_branch(network: Network) -> None:
    ana, bo, cy = (network.member(name) for name in ("ana", "bo", "cy"))
    post = ana.say("hello")
    first = bo.say("first", in_reply_to_id=post["id"])
    second = cy.say("second", in_reply_to_id=post["id"])
    below = bo.say("below the second", in_reply_to_id=second["id"])
    own = ana.say("own", in_reply_to_id=post["id"])
    vote(ana, second, 1)
    vote(ana, first, -1)

    def order(sort: str) -> list[str]:
        found = network.visitor.get(f"/api/palabre/v1/statuses/{post['id']}/replies", sort=sort)
        return [reply["id"] for reply in found]

    assert order("time") == [first["id"], second["id"], below["id"], own["id"]]
    assert order("votes") == [second["id"], below["id"], own["id"], first["id"]]
    assert order("author") == [own["id"], first["id"], second["id"], below["id"]]
    network.visitor.get(f"/api/palabre/v1/statuses/{post['id']}/replies", 422, sort="beauty")
    hidden = cy.say("hidden", in_reply_to_id=post["id"], visibility="direct")
    assert hidden["id"] not in order("votes")
