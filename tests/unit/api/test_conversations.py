"""Conversations as a list, through the API."""

from __future__ import annotations

from typing import Any

from unit.api.documented import problems
from unit.api.network import Caller, Network

LIST = "/api/v1/conversations"


def talk(network: Network) -> tuple[Caller, Caller, dict[str, Any], dict[str, Any]]:
    """Let Ana write to Bo, whom she follows and who follows her, and Bo answer."""
    ana, bo = network.member("ana"), network.member("bo")
    ana.follow(bo)
    bo.follow(ana)
    first = ana.say("@bo hello", visibility="direct")
    answer = bo.say("@ana yes", visibility="direct", in_reply_to_id=first["id"])
    network.settle()
    return ana, bo, first, answer


def test_each_side_has_one_line_for_the_thread(network: Network) -> None:
    ana, bo, _, answer = talk(network)
    for member, other, unread in ((ana, bo, True), (bo, ana, False)):
        (one,) = member.get(LIST)
        assert problems("Conversation", one) == []
        assert one["unread"] is unread
        assert [each["id"] for each in one["accounts"]] == [other.id]
        assert one["last_status"]["id"] == answer["id"]
    assert ana.get(LIST)[0]["id"] != bo.get(LIST)[0]["id"]
    assert [one["id"] for one in ana.get("/api/v1/timelines/direct")] == [answer["id"]]


def test_a_conversation_is_read_and_taken_off_the_list(network: Network) -> None:
    ana, bo, first, _ = talk(network)
    number = ana.get(LIST)[0]["id"]
    bo.post(f"{LIST}/{number}/read", 404)
    read = ana.post(f"{LIST}/{number}/read")
    assert problems("Conversation", read) == []
    assert read["unread"] is False
    bo.post(f"{LIST}/{number}/unread", 404)
    assert ana.post(f"{LIST}/{number}/unread") == {**read, "unread": True}
    assert [one["unread"] for one in ana.get(LIST)] == [True]
    assert bo.delete(f"{LIST}/{number}", 404)
    assert ana.delete(f"{LIST}/{number}") == {}
    assert ana.get(LIST) == []
    ana.delete(f"{LIST}/{number}", 404)
    assert len(bo.get(LIST)) == 1
    bo.say("@ana again", visibility="direct", in_reply_to_id=first["id"])
    network.settle()
    assert [one["unread"] for one in ana.get(LIST)] == [True]


def test_a_deleted_post_gives_way_to_the_one_before_and_the_last_ends_it(network: Network) -> None:
    ana, bo, first, answer = talk(network)
    bo.delete(f"/api/v1/statuses/{answer['id']}")
    network.settle()
    for member in (ana, bo):
        assert [one["last_status"]["id"] for one in member.get(LIST)] == [first["id"]]
    ana.delete(f"/api/v1/statuses/{first['id']}")
    network.settle()
    assert ana.get(LIST) == bo.get(LIST) == []


def test_posts_for_others_make_no_conversation(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.say("@bo hello")
    ana.say("@bo hello", visibility="private")
    network.settle()
    assert ana.get(LIST) == bo.get(LIST) == []


def test_conversations_are_paged_by_their_last_posts(network: Network) -> None:
    ana = network.member("ana")
    for name in ("bo", "cy", "di"):
        network.member(name)
        ana.say(f"@{name} hello", visibility="direct")
    network.settle()
    pages = ana.pages(LIST, limit=2)
    names = [[one["accounts"][0]["username"] for one in page] for page in pages]
    assert names == [["di", "cy"], ["bo"]]


def test_what_waits_among_the_requests_is_no_conversation_until_it_is_accepted(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = bo.say("@ana psst", visibility="direct")
    network.settle()
    assert ana.get(LIST) == []
    assert len(bo.get(LIST)) == 1
    (waiting,) = ana.get("/api/v1/notifications/requests")
    ana.post(f"/api/v1/notifications/requests/{waiting['id']}/accept")
    network.settle()
    assert [one["last_status"]["id"] for one in ana.get(LIST)] == [post["id"]]


def test_somebody_blocked_begins_none(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.post(f"/api/v1/accounts/{bo.id}/block")
    bo.say("@ana psst", visibility="direct")
    network.settle()
    assert ana.get(LIST) == []
    assert ana.get("/api/v1/notifications/requests") == []
