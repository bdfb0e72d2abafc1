"""Trends over the client API, and their formula."""

from __future__ import annotations

from palabre.clock import HOUR
from palabre.search.trends import ranked
from unit.api.documented import OPTIONAL, problems
from unit.api.network import Network


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


def test_voices_decay_by_half_in_twelve_hours() -> None:
    now = 1_000 * HOUR
    old = [(1, now - 12 * HOUR)] * 5
    new = [(2, now)] * 3
    assert ranked([*old, *new], now) == [2, 1]
    assert ranked([*old, *old, *new], now) == [1, 2]
    assert ranked(new[:2], now) == []
    assert ranked([*[(4, now)] * 3, *[(3, now)] * 3], now) == [3, 4]
