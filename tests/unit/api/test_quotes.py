"""Quotes over the API: with consent, revoked, hidden from those who may not see what is quoted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from palabre.graph import actions as graph
from unit.api.documented import problems
from unit.api.network import Caller, Network


def people(network: Network, *names: str) -> list[Caller]:
    return [network.member(name) for name in names]


def quote(member: Caller, post: Any, text: str = "Look", expect: int = 200, **more: Any) -> Any:
    return member.post("/api/v1/statuses", expect, status=text, quoted_status_id=post["id"], **more)


def test_a_quote_shows_the_quoted_post_with_what_each_viewer_did_with_it(network: Network) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    post = ana.say("hello")
    made = quote(bo, post)
    assert made["quote"]["state"] == "accepted"
    assert problems("Quote", made["quote"]) == []
    cy.post(f"/api/v1/statuses/{post['id']}/favourite")
    path = f"/api/v1/statuses/{made['id']}"
    for _ in range(2):
        assert cy.get(path)["quote"]["quoted_status"]["favourited"] is True
        assert bo.get(path)["quote"]["quoted_status"]["favourited"] is False
        shown = network.visitor.get(path)["quote"]["quoted_status"]
        assert (shown["content"], "favourited" in shown) == ("<p>hello</p>", False)
    assert ana.get(f"/api/v1/statuses/{post['id']}")["quotes_count"] == 1
    assert [one["id"] for one in cy.get(f"/api/v1/statuses/{post['id']}/quotes")] == [made["id"]]


def test_a_quote_in_a_quote_is_only_named(network: Network) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    first = ana.say("first")
    second = quote(bo, first)
    third = quote(cy, second)
    for _ in range(2):
        inner = cy.get(f"/api/v1/statuses/{third['id']}")["quote"]["quoted_status"]
        assert inner["quote"] == {"state": "accepted", "quoted_status_id": first["id"]}
        assert cy.get(f"/api/v1/statuses/{second['id']}")["quote"]["quoted_status"]["id"] == first["id"]


@pytest.mark.parametrize(
    ("policy", "follower", "stranger"), [("public", 200, 200), ("followers", 200, 403), ("nobody", 403, 403)]
)
def test_the_author_decides_who_quotes(network: Network, policy: str, follower: int, stranger: int) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    bo.follow(ana)
    post = ana.say("hello", quote_approval_policy=policy)
    assert post["quote_approval"]["automatic"] == ([] if policy == "nobody" else [policy])
    quote(bo, post, expect=follower)
    quote(cy, post, expect=stranger)
    quote(ana, post)


def test_the_policy_is_changed_later_and_the_usual_one_is_a_preference(network: Network) -> None:
    ana, bo = people(network, "ana", "bo")
    post = ana.say("hello")
    changed = ana.call(
        "PUT", f"/api/v1/statuses/{post['id']}/interaction_policy", json={"quote_approval_policy": "nobody"}
    ).json()
    assert changed["quote_approval"]["current_user"] == "denied"
    quote(bo, post, expect=403)
    bo.call("PUT", f"/api/v1/statuses/{post['id']}/interaction_policy", 403, json={"quote_approval_policy": "public"})
    ana.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"quote_policy": "followers"}})
    assert ana.get("/api/v1/preferences")["posting:default:quote_policy"] == "followers"
    assert ana.say("again")["quote_approval"]["automatic"] == ["followers"]


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_what_is_not_for_everybody_is_not_quoted(network: Network, visibility: str) -> None:
    ana, bo = people(network, "ana", "bo")
    bo.follow(ana)
    post = ana.say("@bo psst", visibility=visibility)
    assert post["quote_approval"]["automatic"] == []
    quote(bo, post, expect=403)


def test_a_revoked_quote_stays_without_what_it_quoted(network: Network) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    post = ana.say("hello")
    made = quote(bo, post)
    network.settle()
    assert [one["type"] for one in ana.get("/api/v1/notifications")] == ["quote"]
    bo.post(f"/api/v1/statuses/{post['id']}/quotes/{made['id']}/revoke", 403)
    cy.post(f"/api/v1/statuses/{made['id']}/quotes/{post['id']}/revoke", 403)
    answer = ana.post(f"/api/v1/statuses/{post['id']}/quotes/{made['id']}/revoke")
    assert answer["quote"] == {"state": "revoked", "quoted_status": None}
    assert cy.get(f"/api/v1/statuses/{made['id']}")["quote"] == {"state": "revoked", "quoted_status": None}
    assert cy.get(f"/api/v1/statuses/{post['id']}")["quotes_count"] == 0
    assert cy.get(f"/api/v1/statuses/{post['id']}/quotes") == []
    network.settle()
    assert ana.get("/api/v1/notifications") == []


def test_a_deleted_post_is_gone_from_its_quotes(network: Network) -> None:
    ana, bo = people(network, "ana", "bo")
    post = ana.say("a secret word")
    made = quote(bo, post)
    assert "secret" in network.visitor.call("GET", f"/api/v1/statuses/{made['id']}").text
    ana.delete(f"/api/v1/statuses/{post['id']}")
    answer = network.visitor.call("GET", f"/api/v1/statuses/{made['id']}")
    assert answer.json()["quote"] == {"state": "deleted", "quoted_status": None}
    assert "secret" not in answer.text
    bo.delete(f"/api/v1/statuses/{made['id']}")


def test_nobody_sees_in_a_quote_whom_he_does_not_see(network: Network) -> None:
    ana, bo, cy, di = people(network, "ana", "bo", "cy", "di")
    post = ana.say("hello")
    made = quote(bo, post)
    path = f"/api/v1/statuses/{made['id']}"
    assert cy.get(path)["quote"]["state"] == "accepted"
    network.write(graph.block, ana.number, cy.number)
    network.write(graph.block, di.number, ana.number)
    for _ in range(2):
        assert cy.get(path)["quote"] == {"state": "unauthorized", "quoted_status": None}
        assert di.get(path)["quote"] == {"state": "blocked_account", "quoted_status": None}
        assert network.visitor.get(path)["quote"]["state"] == "accepted"
    network.write(graph.unblock, di.number, ana.number)
    network.write(graph.mute, di.number, ana.number)
    assert di.get(path)["quote"]["state"] == "muted_account"
    quote(cy, post, expect=404)


def test_a_page_of_quotes_costs_the_same_however_many_there_are(
    network: Network, count: Callable[[Callable[[], Any]], int]
) -> None:
    ana, bo = people(network, "ana", "bo")
    ana.follow(bo)
    posts = [quote(bo, ana.say(f"post {n}")) for n in range(5)]
    ana.get("/api/v1/timelines/home")

    def cold(limit: int) -> int:
        for shelf in (network.pieces.posts, network.pieces.authors):
            for key in list(shelf.entries):
                shelf.drop(key)
        return count(lambda: ana.get("/api/v1/timelines/home", limit=limit))

    assert len(posts) == 5
    assert cold(1) == cold(5) <= 4
    assert count(lambda: ana.get("/api/v1/timelines/home", limit=5)) == 2, (
        "who may see what is quoted, and whom the reader hides"
    )
    plain = network.member("plain")
    plain.say("no quote")
    plain.get("/api/v1/timelines/home")
    assert count(lambda: plain.get("/api/v1/timelines/home")) == 0


def test_a_home_with_quotes_is_the_same_warm_and_cold(network: Network) -> None:
    ana, bo = people(network, "ana", "bo")
    ana.follow(bo)
    made = quote(bo, ana.say("quoted", poll={"options": ["a", "b"], "expires_in": 300}))
    bo.say("plain")
    ana.post(f"/api/v1/statuses/{made['id']}/reblog")
    first, second = (ana.call("GET", "/api/v1/timelines/home").json() for _ in range(2))
    assert first == second
    assert first[-2]["quote"]["quoted_status"]["poll"]["own_votes"] == []
