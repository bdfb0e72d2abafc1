"""Filters that change: what was found before is found no longer; their limits; what of a post has words."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from palabre.filters import rules
from palabre.filters.tables import filter_keyword, filter_post
from palabre.store.statement import statement
from unit.api.network import Caller, Network
from unit.api.test_editing import picture
from unit.api.test_filters import HOME, new_filter


@pytest.fixture
def ana(network: Network) -> Caller:
    return network.member("ana")


@pytest.fixture
def bo(network: Network, ana: Caller) -> Caller:
    """Whom Ana follows."""
    made = network.member("bo")
    ana.follow(made)
    return made


def found(ana: Caller) -> bool:
    """Whether filters match the newest post at home."""
    return bool(ana.get(HOME)[0]["filtered"])


def test_every_change_of_a_filter_counts_from_the_next_look_on(ana: Caller, bo: Caller) -> None:
    post = bo.say("an oak")["id"]
    made = new_filter(ana)
    path = f"/api/v2/filters/{made['id']}"
    assert not found(ana)
    word = ana.post(f"{path}/keywords", keyword="oak")["id"]
    assert found(ana)
    ana.call("PUT", f"/api/v2/filters/keywords/{word}", json={"keyword": "elm"})
    assert not found(ana)
    ana.call("PUT", f"/api/v2/filters/keywords/{word}", json={"keyword": "oak"})
    assert found(ana)
    ana.delete(f"/api/v2/filters/keywords/{word}")
    assert not found(ana)
    one = ana.post(f"{path}/statuses", status_id=post)["id"]
    assert found(ana)
    ana.delete(f"/api/v2/filters/statuses/{one}")
    assert not found(ana)
    old = ana.post("/api/v1/filters", phrase="oak", context=["home"])["id"]
    assert found(ana)
    ana.call("PUT", f"/api/v1/filters/{old}", json={"phrase": "elm", "context": ["home"]})
    assert not found(ana)
    ana.call("PUT", f"/api/v1/filters/{old}", json={"phrase": "oak", "context": ["home"]})
    assert found(ana)
    ana.delete(f"/api/v1/filters/{old}")
    assert not found(ana)


def test_there_is_an_end_to_words_and_posts_by_every_way_in(
    ana: Caller, bo: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = new_filter(ana, *(f"w{number}" for number in range(rules.KEYWORDS_MOST)))["id"]
    path = f"/api/v2/filters/{first}"
    ana.post(f"{path}/keywords", 422, keyword="more")
    ana.call("PUT", path, 422, json={"keywords_attributes": [{"keyword": "more"}]})
    ana.post("/api/v1/filters", 422, phrase="more", context=["home"])
    assert len(ana.get(f"{path}/keywords")) == rules.KEYWORDS_MOST
    monkeypatch.setattr(rules, "POSTS_MOST", 2)
    posts = [bo.say(f"number {number}")["id"] for number in range(3)]
    for post in posts[:2]:
        ana.post(f"{path}/statuses", status_id=post)
    ana.post(f"{path}/statuses", 422, status_id=posts[2])
    assert len(ana.get(f"{path}/statuses")) == 2


def test_a_removed_filter_leaves_no_words_and_posts_behind(network: Network, ana: Caller, bo: Caller) -> None:
    def left() -> list[int]:
        tables = (filter_keyword, filter_post)
        return [
            network.run(
                network.site.db.read(lambda db, of=of: db.value(statement(select(func.count()).select_from(of))))
            )
            for of in tables
        ]

    made = [new_filter(ana, "oak")["id"] for _ in range(2)]
    post = bo.say("Hello")["id"]
    for each in made:
        ana.post(f"/api/v2/filters/{each}/statuses", status_id=post)
    assert left() == [2, 2]
    ana.delete(f"/api/v2/filters/{made[0]}")
    assert left() == [1, 1]


@pytest.mark.parametrize("text", ["cloak", "oaken", "cloaked"])
def test_a_whole_word_begins_and_ends_where_the_word_does(ana: Caller, bo: Caller, text: str) -> None:
    bo.say(text)
    new_filter(ana, "oak")
    assert not found(ana)


@pytest.mark.parametrize("part", ["warning", "description", "choice"])
def test_all_that_a_post_says_is_compared_in_lists_and_where_notifications_are_counted(
    network: Network, ana: Caller, bo: Caller, part: str
) -> None:
    more: dict[str, Any] = {}
    match part:
        case "warning":
            more["spoiler_text"] = "About an oak"
        case "description":
            shown = picture(bo, "green")["id"]
            bo.call("PUT", f"/api/v1/media/{shown}", json={"description": "Leaves of an oak"})
            more["media_ids"] = [shown]
        case "choice":
            more["poll"] = {"options": ["An oak", "An elm"], "expires_in": 600}
    bo.say("@ana look", **more)
    network.settle()
    assert not found(ana)
    assert ana.get("/api/v1/notifications/unread_count")["count"] == 1
    made = new_filter(ana, "oak")["id"]
    assert found(ana)
    ana.call("PUT", f"/api/v2/filters/{made}", json={"filter_action": "hide"})
    assert ana.get("/api/v1/notifications/unread_count")["count"] == 0
    assert ana.get("/api/v1/notifications") == []


def test_the_repost_itself_may_be_filtered_and_what_one_wrote_never_is(
    network: Network, ana: Caller, bo: Caller
) -> None:
    cy = network.member("cy")
    post = cy.say("plain")["id"]
    repost = bo.post(f"/api/v1/statuses/{post}/reblog")["id"]
    made = new_filter(ana)["id"]
    ana.post(f"/api/v2/filters/{made}/statuses", status_id=repost)
    assert found(ana)
    mine = ana.say("my oak", poll={"options": ["a", "b"], "expires_in": 600})["id"]
    new_filter(ana, "oak", act="hide", context=["notifications", "home"])
    bo.post(f"/api/v1/statuses/{mine}/favourite")
    network.settle()
    assert ana.get("/api/v1/notifications/unread_count")["count"] == 1, "a like of one's own post is always told"
    assert [each["type"] for each in ana.get("/api/v1/notifications")] == ["favourite"]
    assert ana.get(HOME)[0]["id"] == mine


def test_hidden_notifications_of_others_and_of_before_do_not_lower_a_count(
    network: Network, ana: Caller, bo: Caller
) -> None:
    cy = network.member("cy")
    ana.follow(cy)
    new_filter(ana, "oak", act="hide", context=["notifications"])
    bo.say("@ana an oak")
    cy.say("@ana an elm")
    network.settle()

    def count(**query: str) -> int:
        answer: int = ana.get("/api/v1/notifications/unread_count", **query)["count"]
        return answer

    assert [count(), count(account_id=bo.id), count(account_id=cy.id)] == [1, 0, 1]
    newest = ana.get("/api/v1/notifications")[0]["id"]
    ana.post("/api/v1/markers", notifications={"last_read_id": newest})
    cy.say("@ana another elm")
    network.settle()
    assert [count(), count(account_id=cy.id)] == [1, 1], "what is hidden and was seen is not taken away again"
