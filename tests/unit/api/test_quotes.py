"""Quotes over the API: with consent, revoked, hidden from those who may not see what is quoted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from listening import Listening
from palabre.accounts.actions import suspend
from palabre.graph import actions as graph
from palabre.posts import quoting
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
    assert changed["quote_approval"] == {"automatic": [], "manual": [], "current_user": "automatic"}, "to herself"
    assert bo.get(f"/api/v1/statuses/{post['id']}")["quote_approval"]["current_user"] == "denied"
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


@pytest.mark.parametrize(
    ("visibility", "policy", "author", "others"),
    [
        ("public", "public", "automatic", "automatic"),
        ("unlisted", "followers", "automatic", "unknown"),
        ("public", "nobody", "automatic", "denied"),
        ("private", "public", "automatic", "denied"),
        ("direct", "public", "denied", "denied"),
    ],
)
def test_each_reader_is_told_whether_he_may_quote(
    network: Network, visibility: str, policy: str, author: str, others: str
) -> None:
    ana, bo = people(network, "ana", "bo")
    bo.follow(ana)
    made = ana.say("@bo listen", visibility=visibility, quote_approval_policy=policy)
    path = f"/api/v1/statuses/{made['id']}"
    assert made["quote_approval"]["current_user"] == author
    for _ in range(2):  # read, then kept
        assert ana.get(path)["quote_approval"]["current_user"] == author
        assert bo.get(path)["quote_approval"]["current_user"] == others
        if visibility in {"public", "unlisted"}:
            assert network.visitor.get(path)["quote_approval"]["current_user"] == others
    gone = ana.call("DELETE", path).json()
    assert gone["quote_approval"]["current_user"] == author


@pytest.mark.parametrize(("asking", "otherwise"), [(False, "denied"), (True, "manual")])
def test_followers_and_others_are_told_apart_once_home_was_read(
    network: Network, asking: bool, otherwise: str
) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    bo.follow(ana)
    post = ana.say("@bo @cy listen", quote_approval_policy="followers", quote_asking=asking)
    cy.post(f"/api/v1/statuses/{post['id']}/reblog")
    cy.say("so", in_reply_to_id=post["id"])
    network.settle()

    def told(reader: Caller) -> set[str]:
        lines = [*reader.get("/api/v1/timelines/home"), *reader.get("/api/v1/timelines/public")]
        lines += [reader.get(f"/api/v1/statuses/{post['id']}"), *reader.get(f"/api/v1/accounts/{cy.id}/statuses")]
        lines += [line["status"] for line in reader.get("/api/v1/notifications") if "status" in line]
        shown = [line.get("reblog") or line for line in lines]
        return {line["quote_approval"]["current_user"] for line in shown if line["id"] == post["id"]}

    for _ in range(2):  # read, then kept
        assert told(bo) == {"automatic"}
        assert told(cy) == {otherwise}
        assert told(ana) == {"automatic"}
    bo.post(f"/api/v1/accounts/{ana.id}/unfollow")
    cy.follow(ana)
    assert (told(bo), told(cy)) == ({otherwise}, {"automatic"})
    quote(cy, post)
    quote(bo, post, expect=200 if asking else 403)


def test_authors_quote_what_only_their_followers_read_and_nobody_else_reads_the_quote(network: Network) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    bo.follow(ana)
    post = ana.say("for those who follow", visibility="private")
    for asked in ("public", "unlisted", "private"):
        made = quote(ana, post, visibility=asked)
        assert (made["visibility"], made["quote"]["state"]) == ("private", "accepted")
        path = f"/api/v1/statuses/{made['id']}"
        assert bo.get(path)["quote"]["quoted_status"]["content"] == "<p>for those who follow</p>"
        cy.get(path, 404)
    narrow = quote(ana, post, "@cy look", visibility="direct")
    assert narrow["visibility"] == "direct"
    shown = cy.get(f"/api/v1/statuses/{narrow['id']}")["quote"]
    assert (shown["state"], shown.get("quoted_status")) == ("unauthorized", None), "who does not follow reads no more"
    answered = ana.say("a public word")
    reply = quote(ana, post, in_reply_to_id=answered["id"])
    assert reply["visibility"] == "private"


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


QUEUE = "/api/palabre/v1/quote_requests"


def queue_of(member: Caller) -> list[str]:
    return [each["id"] for each in member.get(QUEUE)]


def types(network: Network, member: Caller) -> list[str]:
    network.settle()
    told = member.get("/api/v1/notifications", **{"types[]": ["quote", "quote_request"]})
    return [each["type"] for each in told]


def test_a_quote_waits_until_its_author_agrees(network: Network) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    post = ana.say("hello", quote_approval_policy="nobody", quote_asking=True)
    assert post["quote_approval"] == {"automatic": [], "manual": ["public"], "current_user": "automatic"}
    seen = bo.get(f"/api/v1/statuses/{post['id']}")["quote_approval"]
    assert seen == {"automatic": [], "manual": ["public"], "current_user": "manual"}
    made = quote(bo, post)
    path = f"/api/v1/statuses/{made['id']}"
    for caller in (bo, cy, ana, network.visitor):
        for _ in range(2):
            assert caller.get(path)["quote"] == {"state": "pending", "quoted_status": None}
    assert cy.get(f"/api/v1/statuses/{post['id']}")["quotes_count"] == 0
    assert cy.get(f"/api/v1/statuses/{post['id']}/quotes") == []
    [asked] = ana.get(QUEUE)
    assert (asked["id"], asked["status"]["id"], asked["quoted_status"]["id"]) == (made["id"], made["id"], post["id"])
    assert types(network, ana) == ["quote_request"]
    assert [each["type"] for each in ana.get("/api/v1/notifications")] == []
    for other in (bo, cy):
        assert queue_of(other) == []
        for word in ("accept", "reject"):
            other.post(f"{QUEUE}/{made['id']}/{word}", 404)
    agreed = ana.post(f"{QUEUE}/{made['id']}/accept")
    assert agreed["quote"]["state"] == "accepted"
    for caller in (bo, cy, network.visitor):
        assert caller.get(path)["quote"]["quoted_status"]["id"] == post["id"]
    assert cy.get(f"/api/v1/statuses/{post['id']}")["quotes_count"] == 1
    assert queue_of(ana) == types(network, ana) == []
    [answer] = bo.get("/api/v1/notifications", **{"types[]": "quote_accepted"})
    assert (answer["account"]["id"], answer["status"]["id"]) == (ana.id, made["id"])
    assert [each["type"] for each in bo.get("/api/v1/notifications")] == [], "an app that does not know it"
    ana.post(f"{QUEUE}/{made['id']}/accept", 404)
    ana.post(f"/api/v1/statuses/{post['id']}/quotes/{made['id']}/revoke")
    assert cy.get(path)["quote"]["state"] == "revoked"
    network.settle()
    assert bo.get("/api/v1/notifications", **{"types[]": "quote_accepted"}) == []
    assert cy.get(f"/api/v1/statuses/{post['id']}")["quotes_count"] == 0


@pytest.mark.parametrize("way", ["reject", "revoke"])
def test_a_quote_that_was_not_agreed_to_stays_without_it(network: Network, way: str) -> None:
    ana, bo = people(network, "ana", "bo")
    post = ana.say("hello", quote_approval_policy="nobody", quote_asking=True)
    made = quote(bo, post)
    network.settle()
    asked = (
        f"{QUEUE}/{made['id']}/reject"
        if way == "reject"
        else f"/api/v1/statuses/{post['id']}/quotes/{made['id']}/revoke"
    )
    assert ana.post(asked)["quote"] == {"state": "rejected", "quoted_status": None}
    network.settle()
    assert bo.get("/api/v1/notifications", **{"types[]": "quote_accepted"}) == [], "nobody is told of a no"
    assert bo.get(f"/api/v1/statuses/{made['id']}")["quote"]["state"] == "rejected"
    assert queue_of(ana) == types(network, ana) == []
    bo.delete(f"/api/v1/statuses/{made['id']}")
    assert ana.get(f"/api/v1/statuses/{post['id']}")["quotes_count"] == 0


def test_followers_quote_at_once_and_others_ask(network: Network) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    bo.follow(ana)
    post = ana.say("hello", quote_approval_policy="followers", quote_asking=True)
    assert post["quote_approval"]["automatic"] == ["followers"]
    assert post["quote_approval"]["manual"] == ["public"]
    assert quote(bo, post)["quote"]["state"] == "accepted"
    assert quote(cy, post)["quote"]["state"] == "pending"
    assert quote(ana, post)["quote"]["state"] == "accepted"
    path = f"/api/v1/statuses/{post['id']}/interaction_policy"
    said = ana.call("PUT", path, json={"quote_asking": False}).json()["quote_approval"]
    assert (said["automatic"], said["manual"]) == (["followers"], [])
    quote(cy, post, expect=403)
    edited = ana.call("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "hello", "quote_asking": True}).json()
    assert edited["quote_approval"] == post["quote_approval"]
    kept = ana.call("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "hello again"}).json()
    assert kept["quote_approval"] == post["quote_approval"], "who says nothing about it leaves it as it is"


def test_whom_new_posts_ask_is_a_preference_in_words_of_its_own(network: Network) -> None:
    ana = network.member("ana")
    source = {"quote_policy": "nobody", "quote_asking": True}
    changed = ana.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": source}).json()["source"]
    assert (changed["quote_policy"], changed["quote_asking"]) == ("nobody", True)
    assert ana.get("/api/v1/preferences")["posting:default:quote_asking"] is True
    assert ana.say("one")["quote_approval"]["manual"] == ["public"]
    assert ana.say("two", quote_approval_policy="nobody")["quote_approval"]["manual"] == []
    later = ana.say("later", scheduled_at="2027-06-01T10:00:00Z")["params"]
    assert (later["quote_approval_policy"], later["quote_asking"]) == ("nobody", True)


def test_whoever_asks_shows_what_he_asks_for(network: Network) -> None:
    ana, bo = people(network, "ana", "bo")
    post = ana.say("hello", quote_approval_policy="nobody", quote_asking=True)
    refused = quote(bo, post, visibility="private", expect=403)
    assert "must be able to read" in refused["error"]
    quote(bo, post, visibility="direct", expect=422)
    quote(bo, post, "for @ana", visibility="direct")
    ana.follow(bo)
    quote(bo, post, visibility="private")
    assert len(queue_of(ana)) == 2


def test_only_so_many_quotes_wait_for_one_author(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quoting, "WAITING", 2)
    ana, bo, cy = people(network, "ana", "bo", "cy")
    post = ana.say("hello", quote_approval_policy="nobody", quote_asking=True)
    first, _ = quote(bo, post), quote(bo, post)
    assert "2 of your quotes wait" in quote(bo, post, expect=422)["error"]
    quote(cy, post)
    bo.delete(f"/api/v1/statuses/{first['id']}")
    quote(bo, post)
    assert len(queue_of(ana)) == 3


def test_what_waits_goes_with_its_posts_and_people(network: Network) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    post, other = (ana.say(text, quote_approval_policy="nobody", quote_asking=True) for text in ("one", "two"))
    of_bo, of_cy = quote(bo, post), quote(cy, other)
    network.write(graph.block, ana.number, cy.number)
    assert queue_of(ana) == [of_bo["id"]]
    ana.post(f"{QUEUE}/{of_cy['id']}/accept", 404)
    network.write(graph.unblock, ana.number, cy.number)
    assert types(network, ana) == ["quote_request"]
    ana.delete(f"/api/v1/statuses/{post['id']}")
    assert bo.get(f"/api/v1/statuses/{of_bo['id']}")["quote"]["state"] == "deleted"
    assert types(network, ana) == []
    assert queue_of(ana) == [of_cy["id"]]
    ana.post(f"{QUEUE}/{of_bo['id']}/accept", 404)
    network.write(suspend, cy.number)
    assert queue_of(ana) == []


def test_a_reply_that_waits_asks_for_its_quote_when_it_appears(network: Network) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    ana.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"reply_approval": "all"}})
    root = ana.say("hello")
    post = cy.say("quote me", quote_approval_policy="nobody", quote_asking=True)
    made = quote(bo, post, in_reply_to_id=root["id"])
    assert queue_of(cy) == types(network, cy) == []
    cy.post(f"{QUEUE}/{made['id']}/accept", 404)
    cy.post(f"/api/v1/statuses/{post['id']}/quotes/{made['id']}/revoke", 404)
    ana.post(f"/api/palabre/v1/reply_requests/{made['id']}", state="approved")
    assert queue_of(cy) == [made["id"]]
    assert types(network, cy) == ["quote_request"]
    cy.post(f"{QUEUE}/{made['id']}/accept")
    assert ana.get(f"/api/v1/statuses/{made['id']}")["quote"]["quoted_status"]["id"] == post["id"]


def test_what_is_decided_about_a_quote_is_told_live(network: Network) -> None:
    ana, bo, cy = people(network, "ana", "bo", "cy")
    cy.follow(bo)
    cy.get("/api/v1/timelines/home")
    home, tag = Listening(cy, stream="user"), Listening(cy, "/hashtag", socket=False, tag="look")
    post = ana.say("a secret word", quote_approval_policy="nobody", quote_asking=True)
    made = quote(bo, post, "#look")
    for each in (home, tag):
        each.settle()
        assert [one["quote"]["state"] for one in each.told()] == ["pending"]
        assert "secret" not in str(each.said)
    for act in (
        lambda: ana.post(f"{QUEUE}/{made['id']}/accept"),
        lambda: ana.post(f"/api/v1/statuses/{post['id']}/quotes/{made['id']}/revoke"),
        lambda: ana.delete(f"/api/v1/statuses/{post['id']}"),
    ):
        act()
        for each in (home, tag):
            each.settle()  # each is told how it stands then
    for each in (home, tag):
        told = [one["quote"] for one in each.told("status.update")]
        assert [one["state"] for one in told] == ["accepted", "revoked", "deleted"]
        assert [one["quoted_status"] and one["quoted_status"]["id"] for one in told] == [post["id"], None, None]


def test_a_post_for_those_whom_it_mentions_quotes_only_them(network: Network) -> None:
    ana, bo, cy = (network.member(name) for name in ("ana", "bo", "cy"))
    of_bo, of_ana = bo.say("An oak")["id"], ana.say("An ash")["id"]
    for later in ({}, {"scheduled_at": "2027-03-03T10:00:00Z"}):
        refused = ana.post(
            "/api/v1/statuses", 422, status="@cy look", visibility="direct", quoted_status_id=of_bo, **later
        )
        assert list(refused["details"]) == ["quoted_status_id"]
        ana.say("@cy @bo look", visibility="direct", quoted_status_id=of_bo, **later)
        ana.say("@cy look", visibility="direct", quoted_status_id=of_ana, **later)
    ana.say("@cy look", visibility="private", quoted_status_id=of_bo)
    answer = cy.say("@ana a word", visibility="direct")["id"]
    ana.post("/api/v1/statuses", 422, status="@cy so", in_reply_to_id=answer, quoted_status_id=of_bo)
