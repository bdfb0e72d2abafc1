"""Searching posts over the client API."""

from __future__ import annotations

from unit.api.documented import problems
from unit.api.network import Caller, Network


def _found(caller: Caller, network: Network, q: str, **options) -> list[str]:
    network.settle()
    found = caller.get("/api/v2/search", q=q, type="statuses", **options)
    assert found["accounts"] == found["hashtags"] == []
    return [one["content"] for one in found["statuses"]]


def _open(caller: Caller) -> None:
    caller.call("PATCH", "/api/v1/accounts/update_credentials", data={"indexable": "true"})


def test_posts_are_found_with_the_rest(network: Network) -> None:
    ana, ben = network.member("ana"), network.member("ben")
    _open(ana)
    ana.say("A walk in the garden #gardens")
    network.settle()
    found = ben.get("/api/v2/search", q="garden")
    assert problems("Search", found) == []
    assert [one["account"]["username"] for one in found["statuses"]] == ["ana"]
    assert [tag["name"] for tag in found["hashtags"]] == ["gardens"]
    old = ben.get("/api/v1/search", q="garden")
    assert (old["hashtags"], len(old["statuses"])) == (["gardens"], 1)


def test_results_are_paged_and_narrowed(network: Network) -> None:
    ana, ben = network.member("ana"), network.member("ben")
    _open(ana)
    _open(ben)
    for number in range(5):
        ana.say(f"pebble {number}")
    ben.say("pebble of ben")
    assert [len(_found(ben, network, "pebble", limit=4, offset=at)) for at in (0, 4, 8, 400, 10**9)] == [
        4,
        2,
        0,
        0,
        0,
    ]
    assert len(_found(ben, network, "pebble", account_id=ana.id)) == 5
    assert len(_found(ben, network, "pebble from:me", exclude_unreviewed="true")) == 1
    assert _found(ben, network, "pebble", limit=-1, offset=-5) != []


def test_visitors_learn_of_names_only(network: Network) -> None:
    ana = network.member("ana")
    _open(ana)
    ana.say("pebble #pebble")
    network.settle()
    found = network.visitor.get("/api/v2/search", q="pebble")
    assert (found["statuses"], len(found["hashtags"])) == ([], 1)
    found = network.visitor.get("/api/v2/search", q="pebble", type="statuses")
    assert found == {"accounts": [], "statuses": [], "hashtags": []}
    assert network.visitor.get("/api/v2/search", q="ana", following="true")["accounts"] == []
    for more in ({"offset": 1}, {"resolve": "true"}):
        network.visitor.get("/api/v2/search", 401, q="pebble", **more)
    network.visitor.get("/api/v1/search", 401, q="pebble")


def test_what_is_gone_or_hidden_is_not_found(network: Network) -> None:
    ana, ben = network.member("ana"), network.member("ben")
    _open(ana)
    kept, gone = ana.say("pebble one"), ana.say("pebble two")
    assert len(_found(ben, network, "pebble")) == 2
    ana.delete(f"/api/v1/statuses/{gone['id']}")
    assert len(_found(ben, network, "pebble")) == 1
    ana.post(f"/api/v1/accounts/{ben.id}/block")
    assert _found(ben, network, "pebble") == []
    assert len(_found(ana, network, f"pebble -two {'x' * 0}")) == 1
    assert kept["id"]


def test_no_query_is_a_mistake_of_the_server(network: Network) -> None:
    ana = network.member("ana")
    for query in ('"', "(", "AND", "from:", "before:x", "*", "a" * 10_000, "NEAR(", "-", '-"', "{a}: b"):
        ana.call("GET", "/api/v2/search", 200, params={"q": query})
