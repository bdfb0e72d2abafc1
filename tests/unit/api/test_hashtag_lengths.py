"""A hashtag has at most 500 characters, wherever a request names one; a longer one is nobody's."""

from __future__ import annotations

import random
from collections.abc import Callable
from urllib.parse import quote

import pytest

from palabre.markup.entities import HASHTAG_MOST
from unit.api.network import Caller, Network
from unit.api.test_admin_accounts import root_of

LONG = "x" * HASHTAG_MOST
LONGER = LONG + "x"
WIDE = "樹" * HASHTAG_MOST
"""1,500 bytes."""


@pytest.fixture
def ana(network: Network) -> Caller:
    return network.member("ana", "read write follow")


def names(found: list[dict[str, str]]) -> list[str]:
    return [each["name"] for each in found]


@pytest.mark.parametrize("name", [LONG, WIDE])
def test_the_longest_is_followed_featured_posted_and_found(ana: Caller, name: str) -> None:
    path = f"/api/v1/tags/{quote(name)}"
    assert ana.post(f"{path}/follow")["following"] is True
    assert names(ana.get("/api/v1/followed_tags")) == [name]
    assert ana.post(f"{path}/feature")["featuring"] is True
    assert names(ana.get("/api/v1/featured_tags")) == [name]
    assert ana.post(f"{path}/unfeature")["featuring"] is False
    assert ana.post("/api/v1/featured_tags", name=f"#{name}")["name"] == name
    made = ana.post("/api/v1/collections", name="Trees", tag_name=name)["collection"]
    assert made["tag"]["name"] == name
    assert ana.call("PATCH", f"/api/v1/collections/{made['id']}", json={"tag_name": name}).status_code == 200
    assert ana.post(f"{path}/unfollow")["following"] is False


def test_one_that_is_longer_is_not_found_in_a_path(ana: Caller) -> None:
    for what in ("follow", "unfollow", "feature", "unfeature"):
        assert ana.post(f"/api/v1/tags/{LONGER}/{what}", 404) == {"error": "Record not found"}
    assert ana.get(f"/api/v1/tags/{LONGER}", 404) == {"error": "Record not found"}
    assert ana.get("/api/v1/followed_tags") == ana.get("/api/v1/featured_tags") == []


def test_one_that_is_longer_is_refused_in_a_body_by_its_field(network: Network, ana: Caller) -> None:
    made = ana.post("/api/v1/collections", name="Trees")["collection"]["id"]
    for method, path, field, more in (
        ("POST", "/api/v1/featured_tags", "name", {}),
        ("POST", "/api/v1/collections", "tag_name", {"name": "Trees"}),
        ("PATCH", f"/api/v1/collections/{made}", "tag_name", {}),
    ):
        told = ana.call(method, path, 422, json={field: LONGER, **more}).json()
        assert list(told["details"]) == [field]
        assert told["error"].startswith("Validation failed: ")
    assert ana.get("/api/v1/featured_tags") == []
    root = root_of(network)
    ana.say("#oak")
    [oak] = root.get("/api/v1/admin/tags")
    told = root.call("PUT", f"/api/v1/admin/tags/{oak['id']}", 422, json={"display_name": LONGER}).json()
    assert list(told["details"]) == ["display_name"]


@pytest.mark.parametrize("name", [LONGER, WIDE + "樹"])
def test_the_timeline_of_one_that_is_longer_is_empty(network: Network, ana: Caller, name: str) -> None:
    ana.say("#oak")
    for caller in (ana, network.visitor):
        assert caller.get(f"/api/v1/timelines/tag/{quote(name)}") == []
        for part in ("any[]", "none[]"):
            assert len(caller.get("/api/v1/timelines/tag/oak", **{part: name})) == 1
        assert caller.get("/api/v1/timelines/tag/oak", **{"all[]": name}) == []
    assert ana.get(f"/api/v1/accounts/{ana.id}/statuses", tagged=name) == []
    assert ana.get("/api/v2/search", q=f"#{name}")["hashtags"] == []


def test_what_looks_like_a_longer_one_in_a_post_is_taken_as_it_is(network_with: Callable[..., Network]) -> None:
    network = network_with(post_length=5_000)
    ana = network.member("ana", "read write follow")
    chance = random.Random(7)
    long = "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(4_000))
    made = ana.say(f"#{long} and #oak")
    assert long in made["content"]
    assert names(made["tags"])[-1] == "oak"
    assert len(ana.get("/api/v1/timelines/tag/oak")) == 1
    ana.delete(f"/api/v1/statuses/{made['id']}")
