"""Collections of accounts through the API: who may be in one, who sees it, and who leaves."""

from __future__ import annotations

from typing import Any

import pytest

from palabre.accounts.roster import limit
from unit.api.documented import OPTIONAL, problems
from unit.api.network import Caller, Network

PLACE = "/api/v1/collections"


def collect(owner: Caller, *people: Caller, expect: int = 200, **said: Any) -> Any:
    wanted = {"name": "Trees", "account_ids": [each.id for each in people], **said}
    answer = owner.post(PLACE, expect, **wanted)
    return answer["collection"] if expect == 200 else answer


def members(reader: Caller, made: dict[str, Any]) -> list[str]:
    shown = reader.get(f"{PLACE}/{made['id']}")
    named = {each["id"]: each["username"] for each in shown["accounts"]}
    return [named[each["account_id"]] for each in shown["collection"]["items"]]


@pytest.fixture
def three(network: Network) -> tuple[Caller, Caller, Caller]:
    return network.member("ana"), network.member("bo"), network.member("cy")


def test_a_collection_says_what_it_is_and_who_is_in_it(network: Network, three: tuple[Caller, ...]) -> None:
    ana, bo, cy = three
    made = collect(ana, bo, cy, bo, description="Of all #trees", tag_name="#Trees", language="en", sensitive=True)
    assert problems("Collection", made) == []
    assert (made["name"], made["language"], made["sensitive"], made["discoverable"]) == ("Trees", "en", True, True)
    assert made["tag"] == {"name": "Trees", "url": "http://localhost/tags/Trees"}
    assert made["description"].startswith("<p>Of all <a ")
    assert (made["item_count"], [each["state"] for each in made["items"]]) == (2, ["accepted"] * 2)
    shown = network.visitor.get(f"{PLACE}/{made['id']}")
    assert problems("CollectionWithAccounts", shown) == []
    assert shown["collection"] == made
    assert [each["username"] for each in shown["accounts"]] == ["ana", "bo", "cy"]
    assert network.visitor.get(f"/api/v1/accounts/{ana.id}/collections") == {"collections": [made]}


def test_it_is_changed_and_removed_by_its_owner_alone(three: tuple[Caller, ...]) -> None:
    ana, bo, cy = three
    made = collect(ana, bo, tag_name="Trees")
    path = f"{PLACE}/{made['id']}"
    changed = ana.call("PATCH", path, json={"name": "Oaks", "tag_name": "", "discoverable": False}).json()
    assert (changed["collection"]["name"], changed["collection"]["tag"]) == ("Oaks", None)
    assert changed["collection"]["items"] == made["items"]
    for method, place, body in (
        ("PATCH", path, {"name": "Mine"}),
        ("DELETE", path, {}),
        ("POST", f"{path}/items", {"account_id": cy.id}),
        ("DELETE", f"{path}/items/{made['items'][0]['id']}", {}),
    ):
        cy.call(method, place, 404, json=body)
    assert ana.delete(path) == {}
    ana.get(path, 404)


def test_only_its_owner_finds_one_that_is_not_to_be_discovered(network: Network, three: tuple[Caller, ...]) -> None:
    ana, bo, _ = three
    made = collect(ana, discoverable=False)
    other = collect(ana, name="Birds")
    place = f"/api/v1/accounts/{ana.id}/collections"
    assert [each["id"] for each in ana.get(place)["collections"]] == [other["id"], made["id"]]
    assert [each["id"] for each in ana.get(place, limit=1, offset=1)["collections"]] == [made["id"]]
    for reader in (bo, network.visitor):
        assert [each["id"] for each in reader.get(place)["collections"]] == [other["id"]]
    assert bo.get(f"{PLACE}/{made['id']}")["collection"]["id"] == made["id"], "whoever has the address sees it"


def test_who_does_not_want_to_be_discovered_is_in_none(network: Network, three: tuple[Caller, ...]) -> None:
    ana, bo, cy = three
    made = collect(ana, bo, cy)
    profile = "/api/v1/accounts/update_credentials"
    bo.call("PATCH", profile, json={"discoverable": False})
    assert members(network.visitor, made) == ["cy"]
    assert collect(ana, bo, expect=403) == {"error": "This action is not allowed"}
    ana.post(f"{PLACE}/{made['id']}/items", 403, account_id=bo.id)
    bo.call("PATCH", profile, json={"discoverable": True})
    assert members(network.visitor, made) == ["bo", "cy"]


def test_who_leaves_is_not_put_into_it_again(three: tuple[Caller, ...]) -> None:
    ana, bo, cy = three
    made = collect(ana, bo, cy)
    item = made["items"][0]["id"]
    inside = bo.get(f"/api/v1/accounts/{bo.id}/in_collections")["collections"]
    assert [problems("Collection", each) for each in inside] == [[]]
    cy.post(f"{PLACE}/{made['id']}/items/{item}/revoke", 404)
    assert bo.post(f"{PLACE}/{made['id']}/items/{item}/revoke") == {}
    assert members(cy, made) == ["cy"]
    assert bo.get(f"/api/v1/accounts/{bo.id}/in_collections") == {"collections": []}
    assert ana.post(f"{PLACE}/{made['id']}/items", 403, account_id=bo.id) == {"error": "This action is not allowed"}
    ana.delete(f"{PLACE}/{made['id']}/items/{item}")
    ana.post(f"{PLACE}/{made['id']}/items", 403, account_id=bo.id)


def test_who_is_taken_out_may_come_again(three: tuple[Caller, ...]) -> None:
    ana, bo, cy = three
    made = collect(ana, bo)
    place = f"{PLACE}/{made['id']}/items"
    assert ana.delete(f"{place}/{made['items'][0]['id']}") == {}
    assert members(cy, made) == []
    added = ana.post(place, account_id=bo.id)
    assert problems("WrappedCollectionItem", added) == []
    assert ana.post(place, account_id=bo.id) == added
    assert members(cy, made) == ["bo"]
    assert ana.get(f"{PLACE}/{made['id']}")["collection"]["updated_at"] >= made["updated_at"]


def test_a_block_ends_it_both_ways_and_hides_the_rest(network: Network, three: tuple[Caller, ...]) -> None:
    ana, bo, cy = three
    of_ana, of_bo, of_cy = collect(ana, bo), collect(bo, ana), collect(cy, ana, bo)
    bo.post(f"/api/v1/accounts/{ana.id}/block")
    assert members(network.visitor, of_ana) == []
    assert members(network.visitor, of_bo) == []
    assert members(ana, of_cy) == ["ana"]
    assert members(cy, of_cy) == ["ana", "bo"]
    ana.get(f"{PLACE}/{of_bo['id']}", 404)
    assert ana.get(f"/api/v1/accounts/{bo.id}/collections") == {"collections": []}
    ana.post(f"{PLACE}/{of_ana['id']}/items", 403, account_id=bo.id)


def test_others_are_not_told_which_collections_somebody_is_in(three: tuple[Caller, ...]) -> None:
    ana, bo, cy = three
    collect(ana, bo)
    cy.get(f"/api/v1/accounts/{bo.id}/in_collections", 403)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 41}, "name"),
        ({"description": "x" * 101}, "description"),
        ({"language": "no language"}, "language"),
        ({"tag_name": "two words"}, "tag_name"),
    ],
)
def test_what_is_wrong_is_named(three: tuple[Caller, ...], said: dict[str, str], field: str) -> None:
    refused = collect(three[0], expect=422, **said)
    assert list(refused["details"]) == [field]
    assert field in refused["error"]
    made = collect(three[0])
    assert list(three[0].call("PATCH", f"{PLACE}/{made['id']}", 422, json=said).json()["details"]) == [field]


def test_there_is_an_end_to_them(
    network: Network, three: tuple[Caller, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, bo, cy = three
    monkeypatch.setattr("palabre.graph.rules.COLLECTED_MOST", 1)
    made = collect(ana, bo)
    assert "account_ids" in ana.post(f"{PLACE}/{made['id']}/items", 422, account_id=cy.id)["details"]
    assert "account_ids" in collect(ana, bo, cy, expect=422)["details"]
    for _ in range(9):
        collect(ana)
    collect(ana, expect=422)


def test_nobody_collects_himself(three: tuple[Caller, ...]) -> None:
    ana = three[0]
    collect(ana, ana, expect=403)
    assert ana.get(f"/api/v1/accounts/{ana.id}/collections") == {"collections": []}


def test_an_account_says_who_may_put_it_into_a_collection(network: Network, three: tuple[Caller, ...]) -> None:
    ana = three[0]
    shown = network.visitor.get(f"/api/v1/accounts/{ana.id}")
    assert problems("Account", shown, without=OPTIONAL["Account"]) == []
    assert shown["feature_approval"] == {"automatic": ["public"], "manual": [], "current_user": "automatic"}
    ana.call("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": False})
    shown = network.visitor.get(f"/api/v1/accounts/{ana.id}")
    assert shown["feature_approval"] == {"automatic": [], "manual": [], "current_user": "denied"}


def test_who_is_limited_is_shown_to_the_owner_and_to_himself_alone(
    network: Network, three: tuple[Caller, ...]
) -> None:
    ana, bo, cy = three
    made = collect(ana, bo, cy)
    network.write(limit, bo.number)
    assert members(network.visitor, made) == members(cy, made) == ["cy"]
    assert members(ana, made) == members(bo, made) == ["bo", "cy"]
    [listed] = network.visitor.get(f"/api/v1/accounts/{ana.id}/collections")["collections"]
    assert listed["item_count"] == 1
    network.write(limit, bo.number, on=False)
    assert members(network.visitor, made) == ["bo", "cy"]


FOUND = "/api/palabre/v1/collections"


def test_everybody_comes_across_those_that_are_to_be_discovered(network: Network, three: tuple[Caller, ...]) -> None:
    ana, bo, cy = three
    trees, birds = collect(ana, bo, cy), collect(bo, cy, name="Birds")
    collect(ana, bo, name="Mine", discoverable=False)
    collect(ana, bo, name="Strong", sensitive=True)
    collect(ana, name="Empty")

    def names(reader: Caller, **query: Any) -> list[str]:
        shown = reader.get(FOUND, **query)
        assert [problems("Collection", each) for each in shown] == [[]] * len(shown)
        return [each["name"] for each in shown]

    for reader in (network.visitor, ana, bo, cy):
        assert names(reader) == ["Birds", "Trees"]
    assert names(cy, limit=1) == ["Birds"]
    assert names(cy, max_id=birds["id"]) == ["Trees"]
    assert names(cy, min_id=trees["id"]) == ["Birds"]
    assert 'rel="next"' in cy.call("GET", FOUND, params={"limit": 1}).headers["link"]
    cy.get(FOUND, 422, max_id=ana.id)
    cy.post(f"/api/v1/accounts/{bo.id}/mute")
    assert (names(cy), names(ana)) == (["Trees"], ["Birds", "Trees"])
    cy.post(f"/api/v1/accounts/{bo.id}/unmute")
    bo.call("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": False})
    assert names(network.visitor) == ["Trees"], "Bo does not want to be discovered"
    cy.post(f"/api/v1/accounts/{ana.id}/block")
    assert (names(cy), names(ana)) == ([], []), "nobody is left in it whom Ana sees"


def test_a_limited_owner_is_not_come_across(network: Network, three: tuple[Caller, ...]) -> None:
    ana, bo, _ = three
    collect(ana, bo)
    network.write(limit, ana.number)
    assert network.visitor.get(FOUND) == []


def test_everybody_in_a_collection_is_followed_at_once(network: Network, three: tuple[Caller, ...]) -> None:
    ana, bo, cy = three
    dee, eve = network.member("dee"), network.member("eve")
    dee.call("PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})
    made = collect(ana, bo, cy, dee, eve)
    bo.post(f"/api/v1/accounts/{cy.id}/follow", reblogs=False)
    eve.post(f"/api/v1/accounts/{bo.id}/block")
    place = f"{FOUND}/{made['id']}/follow"
    found = bo.post(place)
    assert [problems("Relationship", each) for each in found] == [[], []]
    assert [(each["id"], each["following"], each["requested"], each["showing_reblogs"]) for each in found] == [
        (cy.id, True, False, False),
        (dee.id, False, True, False),
    ]
    assert bo.post(place) == found
    assert bo.get(f"/api/v1/accounts/{bo.id}")["following_count"] == 1
    network.visitor.post(place, 401)
    ana.delete(f"{PLACE}/{made['id']}")
    bo.post(place, 404)
