"""Announcements through the API and live."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from listening import Listening
from palabre import clock
from palabre.announcements import actions
from palabre.announcements.errors import AnnouncementEmpty, AnnouncementTooLong
from unit.api.documented import problems
from unit.api.network import Network

LIST = "/api/v1/announcements"


def test_members_see_what_is_announced_until_it_is_over(network: Network) -> None:
    ana = network.member("ana")
    now = clock.now()
    network.write(actions.announce, "Over", ends=now - 1_000)
    network.write(actions.announce, "Down on #Sunday", starts=now, ends=now + clock.DAY, all_day=True)
    (told,) = ana.get(LIST)
    assert problems("Announcement", told) == []
    assert told["content"].startswith("<p>Down on ")
    assert told["tags"] == [{"name": "sunday", "url": "http://localhost/tags/Sunday"}]
    assert (told["read"], told["all_day"], told["reactions"]) == (False, True, [])
    network.visitor.get(LIST, 401)


def test_what_an_announcement_names_is_there_if_anybody_may_see_it(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    shown, hidden = ana.say("Read me"), ana.say("Not you", visibility="private")
    listening = Listening(bo, stream="user")
    text = f"@ana and @nobody and @ana@localhost: {shown['url']} {hidden['url']} https://far.example/@ana/1"
    network.write(actions.announce, text)
    (told,) = bo.get(LIST)
    assert problems("Announcement", told) == []
    assert told["mentions"] == [{"id": ana.id, "username": "ana", "url": "http://localhost/@ana", "acct": "ana"}]
    assert told["statuses"] == [{"id": shown["id"], "url": shown["url"]}]
    listening.settle()
    (live,) = listening.told("announcement")
    assert (live["mentions"], live["statuses"]) == (told["mentions"], told["statuses"])


def test_what_is_dismissed_is_left_out_unless_asked_for(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    network.write(actions.announce, "Hello")
    number = ana.get(LIST)[0]["id"]
    assert ana.post(f"{LIST}/{number}/dismiss") == {}
    assert ana.get(LIST) == []
    assert [each["read"] for each in ana.get(LIST, with_dismissed=True)] == [True]
    assert [each["read"] for each in bo.get(LIST)] == [False]
    ana.post(f"{LIST}/1/dismiss", 404)


def test_members_answer_with_emojis(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    network.write(actions.announce, "Hello")
    place = f"{LIST}/{ana.get(LIST)[0]['id']}/reactions/"

    def reactions(member: Any) -> list[Any]:
        found: list[Any] = member.get(LIST)[0]["reactions"]
        assert [problems("Reaction", each, without=frozenset({"url", "static_url"})) for each in found] == [
            [] for _ in found
        ]
        return [(each["name"], each["count"], each["me"]) for each in found]

    for member in (ana, bo, ana):
        member.call("PUT", place + quote("👍"))
    bo.call("PUT", place + quote("👩‍🚀"))
    assert reactions(ana) == [("👍", 2, True), ("👩‍🚀", 1, False)]
    ana.call("DELETE", place + quote("👍"))
    ana.call("DELETE", place + quote("👍"))
    assert reactions(ana) == [("👍", 1, False), ("👩‍🚀", 1, False)]
    for wrong in ("x", "ab", "9", "👍" * 20):
        ana.call("PUT", place + quote(wrong), 422)
    for emoji in "😀😁😂😃😄😅":
        ana.call("PUT", place + quote(emoji))
    ana.call("PUT", place + quote("😎"), 422)
    ana.call("PUT", place + quote("👍"))


def test_everybody_who_listens_hears_of_it(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    listening = Listening(ana, stream="user")
    made = network.write(actions.announce, "Hello")
    number = ana.get(LIST)[0]["id"]
    listening.settle()
    bo.call("PUT", f"{LIST}/{number}/reactions/{quote('👍')}")
    listening.settle()
    network.write(actions.delete_announcement, made.id)
    listening.settle()
    (told,) = listening.told("announcement")
    assert problems("Announcement", told, without=frozenset({"read"})) == []
    assert told["id"] == number
    assert listening.told("announcement.reaction") == [{"name": "👍", "count": 1, "announcement_id": number}]
    assert [str(each) for each in listening.told("announcement.delete")] == [number]
    assert ana.get(LIST) == ana.get(LIST, with_dismissed=True) == []


@pytest.mark.parametrize("text", ["", "  ", "x" * 5_001])
def test_an_announcement_says_something_and_not_too_much(network: Network, text: str) -> None:
    with pytest.raises((AnnouncementEmpty, AnnouncementTooLong)):
        network.write(actions.announce, text)
