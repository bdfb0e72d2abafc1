"""Lists, hashtags that one follows and features, muted conversations, notes, endorsements, blocked domains."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import bindparam

from palabre.accounts.tables import account
from palabre.graph import rules
from palabre.posts.muting import anybody_mutes
from palabre.store import update
from unit.api.documented import OPTIONAL, problems
from unit.api.network import Caller, Network

HOME = "/api/v1/timelines/home"
_MOVE = update(account, account.c.id == bindparam("number"), domain=bindparam("elsewhere"))


def texts(page: list[dict[str, Any]]) -> list[str]:
    return [each["content"].removeprefix("<p>").removesuffix("</p>") for each in page]


def new_list(by: Caller, *members: Caller, **more: Any) -> str:
    made: str = by.post("/api/v1/lists", title="Friends", **more)["id"]
    if members:
        by.post(f"/api/v1/lists/{made}/accounts", account_ids=[each.id for each in members])
    return made


def test_a_list_is_made_changed_and_removed(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.follow(bo)
    made = ana.post("/api/v1/lists", title=" Friends ", replies_policy="none")
    assert problems("List", made) == []
    path = f"/api/v1/lists/{made['id']}"
    changed = ana.call("PUT", path, json={"title": "Family", "exclusive": True}).json()
    assert changed == {**made, "title": "Family", "exclusive": True}
    assert ana.get("/api/v1/lists") == [changed] == [ana.get(path)]
    ana.post(f"{path}/accounts", account_ids=[bo.id])
    assert [each["id"] for each in ana.get(f"{path}/accounts")] == [bo.id]
    assert ana.get(f"/api/v1/accounts/{bo.id}/lists") == [changed]
    ana.call("DELETE", f"{path}/accounts?account_ids[]={bo.id}")
    assert ana.get(f"{path}/accounts", limit=0) == []
    assert ana.delete(path) == {}
    ana.get(path, 404)
    assert ana.get("/api/v1/lists") == []


def test_lists_are_of_those_one_follows_and_only_for_oneself(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    ana.follow(bo)
    made = new_list(ana, bo)
    path = f"/api/v1/lists/{made}"
    ana.call("POST", f"{path}/accounts", 404, json={"account_ids": [bo.id, cy.id]})
    ana.call("POST", f"{path}/accounts", 422, json={"account_ids": []})
    ana.call("POST", "/api/v1/lists", 422, json={"title": " "})
    ana.call("POST", "/api/v1/lists", 422, json={"title": "x", "replies_policy": "all"})
    for method, where in [("GET", path), ("PUT", path), ("DELETE", path), ("GET", f"{path}/accounts")]:
        bo.call(method, where, 404, json={} if method == "PUT" else None)
    bo.get(f"/api/v1/timelines/list/{made}", 404)
    bo.call("POST", f"{path}/accounts", 404, json={"account_ids": [ana.id]})
    ana.post(f"/api/v1/accounts/{bo.id}/unfollow")
    assert ana.get(f"{path}/accounts") == []
    ana.follow(bo)
    assert ana.get(f"{path}/accounts") == [], "who was left is not in the list again"


def test_who_has_not_answered_yet_and_oneself_may_be_in_a_list(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    for each in (bo, cy):
        each.call("PATCH", "/api/v1/accounts/update_credentials", data={"locked": "true"})
        ana.post(f"/api/v1/accounts/{each.id}/follow")
        each.say(each.name)
    made = new_list(ana, ana, bo, cy)
    path, timeline = f"/api/v1/lists/{made}/accounts", f"/api/v1/timelines/list/{made}"
    assert {each["id"] for each in ana.get(path)} == {ana.id, bo.id, cy.id}
    assert ana.get(timeline) == [], "nobody has let her"
    ana.say("mine")
    bo.say("again")
    assert texts(ana.get(timeline)) == ["mine"]
    bo.post(f"/api/v1/follow_requests/{ana.id}/authorize")
    cy.post(f"/api/v1/follow_requests/{ana.id}/reject")
    assert texts(ana.get(timeline)) == ["again", "mine", "bo"]
    network.site.homes.clear()
    assert texts(ana.get(timeline)) == ["again", "mine", "bo"]
    assert {each["id"] for each in ana.get(path)} == {ana.id, bo.id}
    ana.post(f"/api/v1/accounts/{cy.id}/follow")
    ana.post(path, account_ids=[cy.id])
    ana.post(f"/api/v1/accounts/{cy.id}/unfollow")
    assert {each["id"] for each in ana.get(path)} == {ana.id, bo.id}, "a request that is taken back"


def test_the_timeline_of_a_list_has_its_members_posts_at_once(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    for each in (bo, cy):
        ana.follow(each)
    made = new_list(ana, bo)
    path = f"/api/v1/timelines/list/{made}"
    assert ana.get(path) == []
    post = bo.say("one")["id"]
    cy.say("two")
    ana.say("mine")
    assert texts(ana.get(path)) == ["one"]
    ana.post(f"/api/v1/statuses/{post}/favourite")
    assert ana.get(path)[0]["favourited"] is True
    ana.post(f"/api/v1/lists/{made}/accounts", account_ids=[cy.id])
    assert texts(ana.get(path)) == ["two", "one"]
    assert [len(page) for page in ana.pages(path, limit=1)] == [1, 1]
    bo.delete(f"/api/v1/statuses/{post}")
    assert texts(ana.get(path)) == ["two"]
    ana.post(f"/api/v1/accounts/{cy.id}/mute")
    assert ana.get(path) == []


@pytest.mark.parametrize(
    ("policy", "shown"),
    [("followed", ["to dee", "to cy", "to bo"]), ("list", ["to cy", "to bo"]), ("none", ["to bo"])],
)
def test_which_replies_a_list_shows(network: Network, policy: str, shown: list[str]) -> None:
    ana, bo, cy, dee, eve = (network.member(name) for name in ("ana", "bo", "cy", "dee", "eve"))
    for each in (bo, cy, dee):
        ana.follow(each)
    made = new_list(ana, bo, cy, replies_policy=policy)
    ana.get(f"/api/v1/timelines/list/{made}")
    for to in (bo, cy, dee, eve):
        bo.say(f"to {to.name}", in_reply_to_id=to.say(f"root {to.name}")["id"])
    for _ in range(2):
        found = texts(ana.get(f"/api/v1/timelines/list/{made}"))
        assert [text for text in found if text.startswith("to")] == shown
        network.site.homes.clear()


def test_who_is_in_an_exclusive_list_is_not_at_home(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    for each in (bo, cy):
        ana.follow(each)
        each.say(each.name)
    made = new_list(ana, bo)
    assert texts(ana.get(HOME)) == ["cy", "bo"]
    ana.call("PUT", f"/api/v1/lists/{made}", json={"exclusive": True})
    bo.say("again")
    assert texts(ana.get(HOME)) == ["cy"]
    assert texts(ana.get(f"/api/v1/timelines/list/{made}")) == ["again", "bo"]
    ana.delete(f"/api/v1/lists/{made}")
    assert texts(ana.get(HOME)) == ["again", "cy", "bo"]


def test_a_warm_list_asks_the_database_nothing(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.follow(bo)
    bo.say("one")
    path = f"/api/v1/timelines/list/{new_list(ana, bo)}"
    first = ana.get(path)
    asked: list[str] = []
    read = network.site.db.read

    async def noting(query: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(query.__name__)
        return await read(query, *args, **kwargs)

    monkeypatch.setattr(network.site.db, "read", noting)
    assert ana.get(path) == first
    assert asked == []


def test_there_is_an_end_to_lists(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    for each in (bo, cy):
        ana.follow(each)
    monkeypatch.setattr(rules, "LISTS_MOST", 1)
    monkeypatch.setattr(rules, "MEMBERS_MOST", 1)
    made = new_list(ana, bo)
    ana.call("POST", "/api/v1/lists", 422, json={"title": "x"})
    ana.call("POST", f"/api/v1/lists/{made}/accounts", 422, json={"account_ids": [cy.id]})
    assert len(ana.get(f"/api/v1/lists/{made}/accounts")) == 1


# Hashtags


def test_posts_with_a_followed_hashtag_are_at_home(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    bo.say("before #Oak")
    assert ana.get(HOME) == []
    shown = ana.post("/api/v1/tags/oak/follow")
    assert problems("Tag", shown) == []
    assert (shown["name"], shown["following"], shown["featuring"]) == ("Oak", True, False)
    assert len(ana.get(HOME)) == 1
    kept = bo.say("after #OAK #elm")["id"]
    bo.say("to few #oak", visibility="unlisted")
    bo.say("no hashtag")
    for _ in range(2):
        assert [each["id"] for each in ana.get(HOME)][:1] == [kept]
        assert len(ana.get(HOME)) == 2
        network.site.homes.clear()
    ana.post(f"/api/v1/accounts/{cy.id}/block")
    cy.say("#oak from somebody blocked")
    assert len(ana.get(HOME)) == 2
    bo.delete(f"/api/v1/statuses/{kept}")
    assert len(ana.get(HOME)) == 1
    assert ana.post("/api/v1/tags/OAK/unfollow")["following"] is False
    assert ana.get(HOME) == []


def test_a_hashtag_can_be_followed_before_anybody_uses_it(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.post("/api/v1/tags/newword/follow")
    assert ana.get("/api/v1/tags/newword")["following"] is True
    assert bo.get("/api/v1/tags/newword")["following"] is False
    assert [each["name"] for each in ana.get("/api/v1/followed_tags")] == ["newword"]
    ana.get(HOME)
    bo.say("#NewWord")
    assert len(ana.get(HOME)) == 1
    ana.post("/api/v1/tags/second/follow")
    assert [[each["name"] for each in page] for page in ana.pages("/api/v1/followed_tags", limit=1)] == [
        ["second"],
        ["NewWord"],
    ]
    ana.call("POST", "/api/v1/tags/no%20hashtag/follow", 404)
    ana.call("POST", "/api/v1/tags/123/follow", 404)


def test_hashtags_on_a_profile(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.say("#oak and #elm")
    ana.say("#oak")
    assert [each["name"] for each in ana.get("/api/v1/featured_tags/suggestions")] == ["oak", "elm"]
    made = ana.post("/api/v1/featured_tags", name="#Oak")
    assert problems("FeaturedTag", made) == []
    assert (made["name"], made["statuses_count"]) == ("Oak", "2")
    ana.call("POST", "/api/v1/featured_tags", 422, json={"name": "oak"})
    ana.call("POST", "/api/v1/featured_tags", 422, json={"name": "no tag"})
    assert ana.post("/api/v1/tags/yew/feature")["featuring"] is True
    assert ana.get("/api/v1/tags/oak")["featuring"] is True
    shown = bo.get(f"/api/v1/accounts/{ana.id}/featured_tags")
    assert shown == ana.get("/api/v1/featured_tags")
    assert [(each["name"], each["statuses_count"], each["last_status_at"]) for each in shown][1] == ("yew", "0", None)
    assert [each["name"] for each in ana.get("/api/v1/featured_tags/suggestions")] == ["elm"]
    bo.call("DELETE", f"/api/v1/featured_tags/{made['id']}", 404)
    ana.delete(f"/api/v1/featured_tags/{made['id']}")
    ana.post("/api/v1/tags/yew/unfeature")
    assert ana.get("/api/v1/featured_tags") == []
    ana.post(f"/api/v1/accounts/{bo.id}/block")
    ana.post("/api/v1/tags/oak/feature")
    assert bo.get(f"/api/v1/accounts/{ana.id}/featured_tags") == []
    for number in range(9):
        ana.post(f"/api/v1/tags/t{number}/feature")
    ana.call("POST", "/api/v1/tags/onemore/feature", 422)


def test_search_says_which_hashtags_one_follows(network: Network) -> None:
    ana = network.member("ana")
    ana.say("#oak #oaks")
    ana.post("/api/v1/tags/oak/follow")
    found = ana.get("/api/v2/search", q="oak")["hashtags"]
    assert {each["name"]: each["following"] for each in found} == {"oak": True, "oaks": False}


# Conversations


def test_a_muted_conversation_says_so_and_tells_nothing(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    mine = ana.say("a question")["id"]
    reply = bo.say("@ana first", in_reply_to_id=mine)["id"]
    assert ana.post(f"/api/v1/statuses/{reply}/mute")["muted"] is True
    network.settle()
    ana.post("/api/v1/notifications/clear")
    bo.say("@ana second", in_reply_to_id=reply)
    bo.post(f"/api/v1/statuses/{mine}/favourite")
    bo.post(f"/api/v1/statuses/{mine}/reblog")
    bo.say("@ana elsewhere")
    network.settle()
    assert texts([each["status"] for each in ana.get("/api/v1/notifications")])[0].endswith("elsewhere")
    assert len(ana.get("/api/v1/notifications")) == 1
    assert [each["muted"] for each in ana.get(f"/api/v1/statuses/{mine}/context")["descendants"]] == [True, True]
    assert ana.get(HOME)[0]["muted"] is True
    assert bo.get(f"/api/v1/statuses/{mine}")["muted"] is False
    assert ana.post(f"/api/v1/statuses/{mine}/unmute")["muted"] is False
    bo.say("@ana third", in_reply_to_id=reply)
    network.settle()
    assert len(ana.get("/api/v1/notifications")) == 2
    bo.call("POST", f"/api/v1/statuses/{ana.say('x', visibility='direct')['id']}/mute", 404)


def test_nothing_is_left_of_a_muted_conversation_that_is_gone(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    root = ana.say("a question")["id"]
    reply = bo.say("@ana first", in_reply_to_id=root)["id"]
    ana.post(f"/api/v1/statuses/{root}/mute")
    ana.delete(f"/api/v1/statuses/{root}")
    assert ana.get(f"/api/v1/statuses/{reply}")["muted"] is True
    bo.delete(f"/api/v1/statuses/{reply}")
    assert network.site.db.read_now(anybody_mutes) is False


# Notes, endorsements, familiar followers, domains


def test_a_private_note_is_for_its_writer(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    assert ana.post(f"/api/v1/accounts/{bo.id}/note", comment=" from the choir ")["note"] == "from the choir"
    assert problems("Relationship", ana.get("/api/v1/accounts/relationships", **{"id[]": bo.id})[0]) == []
    assert bo.get("/api/v1/accounts/relationships", **{"id[]": ana.id})[0]["note"] == ""
    ana.call("POST", f"/api/v1/accounts/{bo.id}/note", 422, json={"comment": "x" * 2_001})
    ana.call("POST", f"/api/v1/accounts/{ana.id}/note", 403, json={"comment": "x"})
    assert ana.post(f"/api/v1/accounts/{bo.id}/note")["note"] == ""


def test_whom_one_shows_on_a_profile(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    ana.call("POST", f"/api/v1/accounts/{bo.id}/endorse", 404)
    for each in (bo, cy):
        ana.follow(each)
    assert ana.post(f"/api/v1/accounts/{bo.id}/endorse")["endorsed"] is True
    assert ana.post(f"/api/v1/accounts/{cy.id}/pin")["endorsed"] is True
    assert [each["id"] for each in bo.get(f"/api/v1/accounts/{ana.id}/endorsements")] == [cy.id, bo.id]
    assert len(network.visitor.get(f"/api/v1/accounts/{ana.id}/endorsements")) == 2
    assert ana.post(f"/api/v1/accounts/{cy.id}/unpin")["endorsed"] is False
    assert [each["id"] for each in ana.get("/api/v1/endorsements")] == [bo.id]
    ana.post(f"/api/v1/accounts/{bo.id}/unfollow")
    assert ana.get("/api/v1/endorsements") == []


def test_followers_whom_one_knows(network: Network) -> None:
    ana, bo, cy, dee = (network.member(name) for name in ("ana", "bo", "cy", "dee"))
    ana.follow(bo)
    for each in (bo, dee):
        each.follow(cy)
    found = ana.get("/api/v1/accounts/familiar_followers", **{"id[]": [cy.id, bo.id]})
    assert [problems("FamiliarFollowers", each, without=OPTIONAL["FamiliarFollowers"]) for each in found] == [[], []]
    assert [[one["id"] for one in each["accounts"]] for each in found] == [[bo.id], []]


def test_an_app_may_ask_what_a_block_of_a_domain_would_end(network: Network) -> None:
    ana = network.member("ana")
    path = "/api/v1/domain_blocks/preview"  # Mastodon for Android asks before it blocks
    assert ana.get(path, domain="far.example") == {"following_count": 0, "followers_count": 0}
    ana.get(path, 422)


def test_of_a_blocked_domain_one_sees_nobody(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    bo.follow(ana)
    post = bo.say("@ana #oak")["id"]
    network.settle()
    network.write(lambda tx: tx.run(_MOVE, number=bo.number, elsewhere="far.example"))
    ana.post("/api/v1/domain_blocks", domain="FAR.example")
    assert ana.get("/api/v1/domain_blocks") == ["far.example"]
    relation = ana.get("/api/v1/accounts/relationships", **{"id[]": bo.id})[0]
    assert (relation["domain_blocking"], relation["followed_by"]) == (True, False)
    assert ana.get("/api/v1/timelines/tag/oak") == []
    assert ana.get("/api/v1/notifications") == []
    ana.get(HOME)
    assert ana.get("/api/v1/timelines/tag/oak") == []
    ana.call("POST", "/api/v1/domain_blocks", 422, json={"domain": "no domain"})
    ana.call("DELETE", "/api/v1/domain_blocks", json={"domain": "far.example"})
    assert [each["id"] for each in ana.get("/api/v1/timelines/tag/oak")] == [post]
