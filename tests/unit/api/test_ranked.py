"""The ranked view and the digest through the API: scores anybody can recompute, and nothing hidden among them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from palabre import clock
from palabre.ids import PostId, first_id
from palabre.timelines.model import Entry
from palabre.timelines.ranking import MOST, looked_at
from unit.api.network import Caller, Network

RANKED = "/api/palabre/v1/timelines/ranked"
DIGEST = "/api/palabre/v1/digest"


def told(found: list[Any]) -> list[str]:
    return [each["status"]["id"] for each in found]


def recomputed(post: dict[str, Any]) -> int:
    """The score as docs/explanation/ranked-view.md says it, written down again."""
    weights = {
        "replies": 4,
        "reposts": 3,
        "quotes": 3,
        "likes": 1,
        "likes_by_followed": 4,
        "ups": 2,
        "downs": -2,
    }
    terms = post["terms"]
    points = max(0, 1 + sum(weights[name] * terms[name] for name in weights))
    return math.floor(Fraction(points * 60_000, terms["age_minutes"] + 120))


def people(network: Network, *names: str) -> list[Caller]:
    return [network.member(name) for name in names]


def like(who: Caller, post: dict[str, Any]) -> None:
    who.post(f"/api/v1/statuses/{post['id']}/favourite")


def test_scores_are_recomputed_from_what_the_api_tells(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, bo, cy, eve = people(network, "ana", "bo", "cy", "eve")
    ana.follow(bo)
    ana.follow(cy)
    quiet, liked, answered = (bo.say(text) for text in ("quiet", "liked", "answered"))
    repeated = eve.say("repeated")
    like(cy, liked)  # followed by ana
    like(eve, liked)  # not
    eve.say("@bo why?", in_reply_to_id=answered["id"])
    cy.post(f"/api/v1/statuses/{repeated['id']}/reblog")
    found = ana.get(RANKED)
    posts = found["posts"]
    by = {each["status"]["id"]: each for each in posts}
    assert by[liked["id"]]["terms"] == {
        "replies": 0, "reposts": 0, "quotes": 0, "likes": 2, "likes_by_followed": 1, "ups": 0, "downs": 0,
        "age_minutes": 0,
    }  # fmt: skip
    assert by[answered["id"]]["terms"]["replies"] == 1
    assert [each["score"] for each in posts] == [recomputed(each) for each in posts]
    assert by[liked["id"]]["score"] == 7 * 500
    assert by[quiet["id"]]["score"] == 500
    assert told(posts)[0] == liked["id"]
    assert told(posts)[-1] == quiet["id"]
    [repost] = [each for each in posts if each["status"]["reblog"]]
    assert repost["status"]["reblog"]["id"] == repeated["id"]
    assert repost["terms"]["reposts"] == 1
    formula = found["formula"]
    assert (formula["base"], formula["scale"], formula["half_minutes"]) == (1, 60_000, 120)

    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: clock.Instant(now + 5 * clock.HOUR + 1))
    later = ana.get(RANKED)["posts"]
    assert {each["terms"]["age_minutes"] for each in later} == {300}
    assert [each["score"] for each in later] == [recomputed(each) for each in later]
    assert next(each for each in later if each["status"]["id"] == liked["id"])["score"] == 1_000
    monkeypatch.setattr(clock, "now", lambda: clock.Instant(now + 2 * clock.DAY + clock.HOUR))
    assert ana.get(RANKED)["posts"] == []


def test_votes_count_down_to_nothing(network: Network) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    ana.follow(bo)
    first = bo.say("first")
    reply = bo.say("more", in_reply_to_id=first["id"])
    for who in (ana, cy):
        who.post(f"/api/palabre/v1/statuses/{reply['id']}/vote", value=-1)
    posts = ana.get(RANKED)["posts"]
    found = next(each for each in posts if each["status"]["id"] == reply["id"])
    assert (found["terms"]["downs"], found["points"], found["score"]) == (2, 0, 0)
    assert told(posts)[-1] == reply["id"]


def test_it_holds_what_home_holds(network: Network) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    ana.follow(bo)
    ana.follow(cy)
    kept, filtered = bo.say("kept"), bo.say("about oaks")
    bo.say("for nobody", visibility="direct")
    muted = cy.say("cy says")
    like(cy, kept)
    network.member("stranger").say("a stranger's")
    assert set(told(ana.get(RANKED)["posts"])) == {kept["id"], filtered["id"], muted["id"]}
    ana.post("/api/v2/filters", title="x", context=["home"], filter_action="hide",
             keywords_attributes=[{"keyword": "oaks"}])  # fmt: skip
    ana.post(f"/api/v1/accounts/{cy.id}/mute")
    [only] = ana.get(RANKED)["posts"]
    assert only["status"]["id"] == kept["id"]
    assert (only["terms"]["likes"], only["terms"]["likes_by_followed"]) == (1, 0)  # a muted person's counts no more
    bo.post(f"/api/v1/accounts/{ana.id}/block")
    assert ana.get(RANKED)["posts"] == []


def test_it_reads_two_statements_whatever_home_holds(network: Network, count: Callable[..., int]) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    ana.follow(bo)
    ana.follow(cy)
    for n in range(20):
        like(cy, bo.say(str(n)))
    ana.get(RANKED)
    assert count(lambda: ana.get(RANKED)) <= 2
    assert count(lambda: ana.get(DIGEST)) <= 7


def test_pages_of_it(network: Network) -> None:
    ana = network.member("ana")
    posts = [ana.say(str(n))["id"] for n in range(5)]
    assert told(ana.get(RANKED, limit=2)["posts"]) == posts[:2:-1]
    assert told(ana.get(RANKED, limit=2, offset=4)["posts"]) == posts[:1]
    assert "limit" in ana.get(RANKED, 422, limit=0)["error"]
    network.visitor.get(RANKED, 401)
    network.visitor.get(DIGEST, 401)


def test_the_digest_tells_what_was_missed(network: Network) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    ana.follow(bo)
    ana.post("/api/v1/tags/oak/follow")
    since = dt.datetime.now(dt.UTC).isoformat()
    mine = ana.say("mine")
    posts = [bo.say(f"post {n}") for n in range(12)]
    tagged = cy.say("an #Oak")
    ana.post(f"/api/v1/statuses/{posts[0]['id']}/bookmark")
    cy.follow(ana)
    like(cy, mine)
    like(bo, mine)
    cy.post(f"/api/v1/statuses/{mine['id']}/reblog")
    bo.say("@ana look")
    like(cy, posts[3])
    network.settle()
    found = ana.get(DIGEST, since=since)
    assert len(found["posts"]) == 10
    assert told(found["posts"])[0] == posts[3]["id"]
    assert not {mine["id"], posts[0]["id"]} & set(told(found["posts"]))
    assert [each["score"] for each in found["posts"]] == [recomputed(each) for each in found["posts"]]
    assert found["notifications"] == {"favourite": 2, "follow": 1, "mention": 1, "reblog": 1}
    assert [each["username"] for each in found["followers"]] == ["cy"]
    assert found["hashtags"] == [{"name": "oak", "posts": 1}]
    ana.post(f"/api/v1/accounts/{cy.id}/block")
    network.settle()
    after = ana.get(DIGEST, since=since)
    assert (after["followers"], after["hashtags"]) == ([], [])
    assert tagged["id"] not in told(after["posts"])
    assert after["notifications"] == {"favourite": 1, "mention": 1}


def test_the_digest_begins_where_reading_ended(network: Network) -> None:
    ana, bo = people(network, "ana", "bo")
    ana.follow(bo)
    read = bo.say("read")
    found = ana.get(DIGEST)
    assert told(found["posts"]) == [read["id"]]
    ana.post("/api/v1/markers", home={"last_read_id": read["id"]})
    new = bo.say("new")
    assert told(ana.get(DIGEST)["posts"]) == [new["id"]]
    long_ago = ana.get(DIGEST, since="2001-01-01T00:00:00Z")
    assert set(told(long_ago["posts"])) == {read["id"], new["id"]}
    assert dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(long_ago["since"]) < dt.timedelta(days=7, minutes=1)
    assert ana.get(DIGEST, since="2999-01-01T00:00:00Z")["posts"] == []
    assert "since" in ana.get(DIGEST, 422, since="yesterday")["error"]


def test_a_post_stands_once_by_its_newest_line() -> None:
    now = clock.now()
    lines = [Entry(PostId(first_id(now - n * clock.HOUR)), original, 0) for n, original in enumerate((7, 0, 7, 0))]
    assert looked_at(lines, now - 10 * clock.HOUR) == [lines[0], lines[1], lines[3]]
    assert looked_at(lines, now - 2 * clock.HOUR) == lines[:2]
    assert len(looked_at((Entry(PostId(first_id(now) + n), 0, 0) for n in range(MOST + 9, 0, -1)), now)) == MOST
