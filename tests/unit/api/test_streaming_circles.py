"""Live updates of lists and followed hashtags, and what filters do about them."""

from __future__ import annotations

from typing import Any

import pytest

from listening import Listening
from unit.api.network import Caller, Network


def new_list(by: Caller, *members: Caller) -> str:
    made: str = by.post("/api/v1/lists", title="Friends")["id"]
    by.post(f"/api/v1/lists/{made}/accounts", account_ids=[each.id for each in members])
    return made


def told(listening: Listening, event: str = "update") -> list[Any]:
    listening.settle()
    return listening.told(event)


def test_the_stream_of_a_list_tells_what_its_timeline_shows(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    for each in (bo, cy):
        ana.follow(each)
    made = new_list(ana, bo)
    listening = Listening(ana)
    listening.ask("subscribe", "list", list=made)
    by_events = Listening(ana, "/list", socket=False, list=made)
    first = bo.say("one")
    cy.say("two")
    assert [post["id"] for post in told(listening)] == [first["id"]] == [post["id"] for post in told(by_events)]
    ana.post(f"/api/v1/lists/{made}/accounts", account_ids=[cy.id])
    second = cy.say("three")
    assert [post["id"] for post in told(listening)][1:] == [second["id"]]
    bo.delete(f"/api/v1/statuses/{first['id']}")
    assert told(listening, "delete") == [first["id"]]
    listening.settle()
    assert listening.heard[0]["stream"] == ["list", made]
    ana.delete(f"/api/v1/lists/{made}")
    bo.say("four")
    assert len(told(listening)) == 2


def test_nobody_hears_the_list_of_another(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.follow(bo)
    made = new_list(ana, bo)
    refused = {"error": "Not authorized to stream this list"}
    listening = Listening(bo)
    listening.ask("subscribe", "list", list=made)
    assert listening.heard == [{**refused, "status": 401}]
    assert Listening(bo, "/list", socket=False, list=made).turned_away == (401, refused)


def test_a_followed_hashtag_is_told_at_home(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    listening = Listening(ana, stream="user")
    ana.post("/api/v1/tags/oak/follow")
    said = bo.say("an #Oak")
    bo.say("nothing")
    assert [post["id"] for post in told(listening)] == [said["id"]]
    bo.delete(f"/api/v1/statuses/{said['id']}")
    assert told(listening, "delete") == [said["id"]]
    ana.post("/api/v1/tags/oak/unfollow")
    bo.say("an #oak again")
    assert len(told(listening)) == 1


@pytest.mark.parametrize("stream", ["user", "public"])
def test_filters_are_told_of_and_are_looked_at(network: Network, stream: str) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    for each in (ana, cy):
        each.follow(bo)
    context = ["home" if stream == "user" else "public"]
    listening, other = Listening(ana, stream=stream), Listening(cy, stream=stream)
    words = [{"keyword": "oak"}]
    made = ana.post("/api/v2/filters", title="Trees", context=context, keywords_attributes=words)["id"]
    said = bo.say("an oak")
    (mine,), (theirs,) = told(listening), told(other)
    assert mine["filtered"] == ana.get(f"/api/v1/statuses/{said['id']}")["filtered"]
    assert mine["filtered"][0]["filter"]["title"] == "Trees"
    assert theirs.get("filtered") == ([] if stream == "user" else None)
    assert ("favourited" in mine) is (stream == "user")
    ana.call("PUT", f"/api/v2/filters/{made}", json={"filter_action": "hide"})
    bo.say("another oak")
    assert [len(told(each)) for each in (listening, other)] == [1, 2]
    if stream == "user":
        assert [each["event"] for each in listening.heard if each["event"] == "filters_changed"] == [
            "filters_changed"
        ] * 2
    assert all(each["event"] != "filters_changed" for each in other.heard)
