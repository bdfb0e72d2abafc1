"""Trends over the client API, and their formula."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from palabre import clock
from palabre.accounts.actions import suspend
from palabre.clock import HOUR
from palabre.search.trends import FRESH, ranked
from unit.api.documented import OPTIONAL, problems
from unit.api.network import Network
from unit.api.test_admin_accounts import acts, root_of

ADMIN = "/api/v1/admin/trends/tags"


def test_hashtags_trend_by_the_number_of_people(network: Network) -> None:
    ana, ben, cleo, dora = (network.member(name) for name in ("ana", "ben", "cleo", "dora"))
    for member in (ana, ben, cleo):
        member.say("#gardens")
    for member in (ana, ben, cleo, dora):
        member.say("#Soup")
    for _ in range(5):
        ana.say("#alone")
    for member in (ana, ben, cleo):
        member.say("#whispered", visibility="unlisted" if member is ana else "private")
    ana.post("/api/v1/tags/soup/follow")
    found = network.visitor.get("/api/v1/trends/tags")
    assert [one["name"] for one in found] == ["Soup", "gardens"]
    assert problems("Tag", found[0], without=OPTIONAL["Tag"]) == []
    assert len(found[0]["history"]) == 7
    assert (found[0]["history"][0]["uses"], found[0]["history"][0]["accounts"]) == ("4", "4")
    mine = ana.get("/api/v1/trends/tags")
    assert problems("Tag", mine[0]) == []
    assert [one["following"] for one in mine] == [True, False]
    assert network.visitor.get("/api/v1/trends") == found
    assert network.visitor.get("/api/v1/trends/tags", limit=1, offset=1) == found[1:]
    assert network.visitor.get("/api/v1/trends/tags", offset=2) == []
    network.visitor.get("/api/v1/trends/tags", 422, limit="many")


def test_who_does_not_want_to_be_discovered_makes_no_trend(network: Network) -> None:
    members = [network.member(name) for name in ("ana", "ben", "cleo")]
    members[0].call("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": False})
    for member in members:
        member.say("#quiet")
    assert network.visitor.get("/api/v1/trends/tags") == []


def test_who_is_suspended_makes_no_trend(network: Network) -> None:
    members = [network.member(name) for name in ("ana", "ben", "cleo", "dora")]
    for member in members[:3]:
        member.say("#loud")
    for member in members:
        member.say("#quiet")
    network.write(suspend, members[0].number)
    assert [one["name"] for one in network.visitor.get("/api/v1/trends/tags")] == ["quiet"]


def test_trends_are_counted_anew_after_five_minutes(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [network.member(name) for name in ("ana", "ben", "cleo")]
    assert network.visitor.get("/api/v1/trends/tags") == []
    for member in members:
        member.say("#late")
    assert network.visitor.get("/api/v1/trends/tags") == []
    then = clock.now()
    monkeypatch.setattr(clock, "now", lambda: then + FRESH)
    assert [one["name"] for one in network.visitor.get("/api/v1/trends/tags")] == ["late"]


def test_a_hashtag_is_gone_with_its_last_post(network: Network) -> None:
    members = [network.member(name) for name in ("ana", "ben", "cleo", "dora")]
    said = [(member, member.say("#gone")) for member in members]
    for member in members[:3]:
        member.say("#stays")
    assert [one["name"] for one in network.visitor.get("/api/v1/trends/tags")] == ["gone", "stays"]
    for member, post in said:
        member.delete(f"/api/v1/statuses/{post['id']}")
    assert [one["name"] for one in network.visitor.get("/api/v1/trends/tags")] == ["stays"]
    assert [one["name"] for one in network.visitor.get("/api/v1/trends/tags", limit=1)] == ["stays"]


def test_voices_decay_by_half_in_twelve_hours() -> None:
    now = 1_000 * HOUR
    old = [(1, now - 12 * HOUR)] * 5
    new = [(2, now)] * 3
    assert ranked([*old, *new], now) == [2, 1]
    assert ranked([*old, *old, *new], now) == [1, 2]
    assert ranked(new[:2], now) == []
    assert ranked([*[(4, now)] * 3, *[(3, now)] * 3], now) == [3, 4]


def _three_say(network: Network, *tags: str) -> None:
    for name in ("ana", "ben", "cleo"):
        member = network.member(name)
        for tag in tags:
            member.say(f"#{tag}")


def _trending(network: Network) -> set[str]:
    return {one["name"] for one in network.visitor.get("/api/v1/trends/tags")}


def test_a_rejected_hashtag_trends_no_more(network: Network) -> None:
    root = root_of(network)
    _three_say(network, "good", "bad")
    listed = {each["name"]: each for each in root.get(ADMIN)}
    assert problems("Tag", listed["bad"], without=OPTIONAL["Tag"]) == []
    assert problems("Admin_Tag", listed["bad"]) == []
    assert [listed["bad"][name] for name in ("trendable", "usable", "requires_review")] == [True, True, False]
    rejected = root.post(f"{ADMIN}/{listed['bad']['id']}/reject")
    assert rejected["trendable"] is False
    assert _trending(network) == {"good"}
    assert {each["name"] for each in root.get(ADMIN)} == {"good", "bad"}
    root.post(f"{ADMIN}/{listed['bad']['id']}/approve")
    assert _trending(network) == {"good", "bad"}
    assert [kind for kind, _ in acts(network)] == ["trend_approved", "trend_rejected"]
    root.post(f"{ADMIN}/{root.id}/approve", 404)


def test_with_review_only_what_is_approved_trends(network_with: Callable[..., Network]) -> None:
    network = network_with(trends="review")
    root = root_of(network)
    _three_say(network, "good", "new")
    assert _trending(network) == set()
    listed = {each["name"]: each for each in root.get(ADMIN)}
    assert [listed["new"][name] for name in ("trendable", "requires_review")] == [False, True]
    assert root.post(f"{ADMIN}/{listed['good']['id']}/approve")["requires_review"] is False
    assert _trending(network) == {"good"}


def test_nothing_trends_where_trends_are_off(network_with: Callable[..., Network]) -> None:
    network = network_with(trends="off")
    _three_say(network, "good")
    assert _trending(network) == set()
    assert network.visitor.get("/api/v1/trends") == []
