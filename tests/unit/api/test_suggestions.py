"""Suggestions and the directory over the client API."""

from __future__ import annotations

from unit.api.documented import OPTIONAL, problems
from unit.api.network import Network


def test_people_are_suggested_with_a_reason_and_dismissed(network: Network) -> None:
    ana, ben, cleo = (network.member(name) for name in ("ana", "ben", "cleo"))
    ana.follow(ben)
    ben.follow(cleo)
    found = ana.get("/api/v2/suggestions")
    assert [one["account"]["username"] for one in found] == ["cleo"]
    assert (found[0]["sources"], found[0]["source"]) == (["friends_of_friends"], "past_interactions")
    assert problems("Account", found[0]["account"], without=OPTIONAL["Account"]) == []
    assert [one["username"] for one in ana.get("/api/v1/suggestions", limit=1)] == ["cleo"]
    assert ana.delete(f"/api/v1/suggestions/{cleo.id}") == {}
    assert ana.get("/api/v2/suggestions") == []
    network.visitor.get("/api/v2/suggestions", 401)
    ana.delete("/api/v1/suggestions/5", 404)


def test_the_directory_is_open_to_all(network: Network) -> None:
    ana, ben = network.member("ana"), network.member("ben")
    ana.say("hello")
    network.settle()
    assert [one["username"] for one in network.visitor.get("/api/v1/directory")] == ["ana"]
    new = ben.get("/api/v1/directory", order="new", local="true", limit=1, offset=1)
    assert [one["username"] for one in new] == ["ana"]
    assert problems("Account", new[0], without=OPTIONAL["Account"]) == []
    ben.get("/api/v1/directory", 422, order="loud")
