"""Who may reply, and the queue of replies, over the API; what waits shows nowhere."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from listening import Listening
from palabre import clock
from palabre.api.routes import ENDPOINTS
from palabre.edge.binding import id_kind
from palabre.ids import Kind
from palabre.posts.activity import activity, last_weeks
from palabre.posts.tables import annual_report
from palabre.posts.yearly import report
from palabre.store import Statement, insert
from unit.api.network import Caller, Network
from unit.api.test_admin_accounts import root_of

QUEUE = "/api/palabre/v1/reply_requests"


def people(network: Network, *names: str) -> list[Caller]:
    return [network.member(name) for name in names]


def asks(member: Caller, whom: str = "all") -> None:
    changed = member.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"reply_approval": whom}})
    assert changed.json()["source"]["reply_approval"] == whom


def reply(member: Caller, to: Any, text: str = "Yes", expect: int = 200, **more: Any) -> Any:
    return member.post("/api/v1/statuses", expect, status=text, in_reply_to_id=to["id"], **more)


def ids(found: list[Any]) -> list[str]:
    return [each["id"] for each in found]


def told(member: Caller, kind: str) -> list[Any]:
    return [each for each in member.get("/api/v1/notifications", **{"types[]": kind}) if each["type"] == kind]


def test_the_policy_is_announced_set_changed_and_kept(network: Network) -> None:
    ana, ben = people(network, "ana", "ben")
    words = ["public", "followers", "following", "mentioned", "nobody"]
    assert ana.get("/api/v2/instance")["configuration"]["statuses"]["reply_policies"] == words
    for word in words:
        assert ana.say("hello", reply_policy=word)["reply_policy"] == word
    post = ana.say("hello", reply_policy="nobody")
    refused = reply(ben, post, expect=403)
    assert refused["error"] == "The author of this conversation does not allow you to reply."
    path = f"/api/v1/statuses/{post['id']}"
    ana.call("PUT", path, json={"status": "hello", "reply_policy": "public"})
    reply(ben, post)
    changed = ana.call("PUT", f"{path}/interaction_policy", json={"reply_policy": "mentioned"}).json()
    assert changed["reply_policy"] == ben.get(path)["reply_policy"] == "mentioned"
    reply(ben, post, expect=403)
    assert len(ben.get(f"{path}/context")["descendants"]) == 1
    ana.call("PUT", f"{path}/interaction_policy", 422, json={})
    ana.call("POST", "/api/v1/statuses", 422, json={"status": "x", "reply_policy": "friends"})


def test_posts_begin_with_the_policy_that_the_member_prefers(network: Network) -> None:
    ana = network.member("ana")
    ana.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"reply_policy": "following"}})
    assert ana.get("/api/v1/preferences")["posting:default:reply_policy"] == "following"
    assert ana.say("hello")["reply_policy"] == "following"
    later = ana.say("later", scheduled_at="2027-06-01T10:00:00Z")
    assert later["params"]["reply_policy"] == "following"


def test_the_writer_sees_that_it_waits_and_nobody_tells_him_of_a_denial(network: Network) -> None:
    ana, ben = people(network, "ana", "ben")
    asks(ana)
    root = ana.say("hello")
    own = f"/api/v1/accounts/{ben.id}/statuses"
    ben.get("/api/v1/timelines/home")
    for caller in (ben, network.visitor):  # what is warm learns of it too
        assert caller.get(own) == []
        assert caller.get(f"/api/v1/statuses/{root['id']}/context")["descendants"] == []
    made = reply(ben, root)
    path = f"/api/v1/statuses/{made['id']}"
    for decided in (None, "denied", "muted", "spam"):
        if decided:
            ana.post(f"{QUEUE}/{made['id']}", state=decided)
            network.settle()
        for _ in range(2):
            assert ben.get(path)["reply_waiting"] is True
            assert ids(ben.get(f"/api/v1/statuses/{root['id']}/context")["descendants"]) == [made["id"]]
            assert ids(ben.get(own)) == [made["id"]]
            assert ana.get(own) == network.visitor.get(own) == []
            assert ids(ben.get(f"{QUEUE}/sent")) == [made["id"]]
            assert ben.get("/api/v1/notifications") == []
            assert ana.get(f"/api/v1/statuses/{root['id']}/context")["descendants"] == []


def test_the_queue_decides_one_many_and_all_of_one_person(network: Network) -> None:
    ana, ben, cy = people(network, "ana", "ben", "cy")
    asks(ana)
    root = ana.say("hello")
    bens = [reply(ben, root, f"b{n}") for n in range(4)]
    cys = [reply(cy, root, f"c{n}") for n in range(3)]
    assert ana.get(f"{QUEUE}/counts")["pending"] == 7
    assert ids(ana.get(QUEUE)) == ids([*bens, *cys][::-1])
    pages = ana.pages(QUEUE, limit=3)
    assert [each["id"] for page in pages for each in page] == ids([*bens, *cys][::-1])
    assert ids(ana.get(QUEUE, account_id=ben.id)) == ids(bens[::-1])
    one = ana.get(f"{QUEUE}/{bens[0]['id']}")
    assert (one["state"], one["status"]["content"], one["status"]["visibility"]) == ("pending", "<p>b0</p>", "public")
    assert ana.post(f"{QUEUE}/{bens[0]['id']}", state="approved")["state"] == "approved"
    counts = ana.post(QUEUE, state="denied", ids=[*ids(bens[1:3]), "1" * 31])
    assert counts == {"pending": 4, "approved": 1, "denied": 2, "muted": 0, "spam": 0}
    counts = ana.post(QUEUE, state="spam", account_id=cy.id)
    assert counts == {"pending": 1, "approved": 1, "denied": 2, "muted": 0, "spam": 3}
    refused = ana.post(f"{QUEUE}/{bens[0]['id']}", 422, state="denied")
    assert refused["error"].endswith("This reply is approved and published: hide it instead.")
    ana.post(f"{QUEUE}/{bens[0]['id']}", 422, state="pending")
    assert ids(network.visitor.get(f"/api/v1/statuses/{root['id']}/context")["descendants"]) == [bens[0]["id"]]
    reply(cy, root, "more spam")
    assert ana.get(f"{QUEUE}/counts")["spam"] == 4


def test_nobody_else_has_the_queue(network: Network) -> None:
    ana, ben, cy = people(network, "ana", "ben", "cy")
    asks(ana)
    made = reply(ben, ana.say("hello"))
    for other in (ben, cy):
        assert other.get(QUEUE) == []
        other.get(f"{QUEUE}/{made['id']}", 404)
        other.post(f"{QUEUE}/{made['id']}", 404, state="approved")
        assert other.post(QUEUE, state="approved", ids=[made["id"]])["approved"] == 0
        other.post(QUEUE, 404, state="approved", account_id=ben.id)
    network.visitor.get(QUEUE, 401)
    cy.get(f"/api/v1/statuses/{made['id']}", 404)


def test_approval_publishes_it_everywhere_at_its_own_time(network: Network) -> None:
    ana, ben, cy, fan = people(network, "ana", "ben", "cy", "fan")
    asks(ana)
    fan.follow(ben)
    fan.follow(ana)
    root = ana.say("hello")
    fan.get("/api/v1/timelines/home")
    network.visitor.get("/api/v1/timelines/tag/talk")
    network.visitor.get(f"/api/v1/accounts/{ben.id}/statuses")
    network.visitor.get(f"/api/v1/statuses/{root['id']}/context")
    made = reply(ben, root, "@cy see #talk")
    ana.say("meanwhile")
    network.settle()
    assert told(cy, "mention") == []
    assert ids(ben.get(f"/api/v1/accounts/{ben.id}/statuses")) == [made["id"]]
    ana.post(f"{QUEUE}/{made['id']}", state="approved")
    network.settle()
    shown = fan.get(f"/api/v1/statuses/{made['id']}")
    assert (shown["created_at"], shown["reply_waiting"]) == (made["created_at"], False)
    assert ids(fan.get("/api/v1/timelines/home"))[1] == made["id"]
    assert ids(network.visitor.get("/api/v1/timelines/tag/talk")) == [made["id"]]
    assert ids(network.visitor.get(f"/api/v1/accounts/{ben.id}/statuses")) == [made["id"]]
    assert ids(network.visitor.get(f"/api/v1/statuses/{root['id']}/context")["descendants"]) == [made["id"]]
    assert network.visitor.get(f"/api/v1/statuses/{root['id']}")["replies_count"] == 1
    assert [each["status"]["id"] for each in told(cy, "mention")] == [made["id"]]
    assert told(ana, "mention") == []
    assert [each["status"]["id"] for each in told(ben, "reply_approved")] == [made["id"]]


def test_live_updates_tell_of_a_reply_when_it_appears(network: Network) -> None:
    ana, ben, cy, fan = people(network, "ana", "ben", "cy", "fan")
    asks(ana)
    fan.follow(ana)
    fan.follow(ben)
    root = ana.say("hello")
    for one in (fan, cy, ana):
        one.get("/api/v1/timelines/home")
    home, mine, tag = (
        Listening(fan, stream="user"),
        Listening(cy, stream="user"),
        Listening(cy, stream="hashtag", tag="talk"),
    )
    made = reply(ben, root, "@cy see #talk")
    ben.call("PUT", f"/api/v1/statuses/{made['id']}", json={"status": "@cy see this #talk"})
    gone = reply(ben, root, "@cy gone #talk")
    ben.delete(f"/api/v1/statuses/{gone['id']}")
    network.settle()
    for each in (home, mine, tag):
        each.settle()
        assert each.heard == []
    ana.post(f"{QUEUE}/{made['id']}", state="approved")
    network.settle()
    for each in (home, mine, tag):
        each.settle()
    assert ids(home.told()) == ids(tag.told()) == [made["id"]]
    assert [each["type"] for each in mine.told("notification")] == ["mention"]


def test_the_author_is_told_once_that_replies_wait(network: Network) -> None:
    ana, ben, cy = people(network, "ana", "ben", "cy")
    asks(ana)
    root = ana.say("hello")
    first, second = reply(ben, root), reply(cy, root)
    network.settle()
    [one] = told(ana, "reply_request")
    assert (one["type"], "status" in one) == ("reply_request", False)
    ana.post(f"{QUEUE}/{first['id']}", state="denied")
    network.settle()
    assert len(told(ana, "reply_request")) == 1
    cy.delete(f"/api/v1/statuses/{second['id']}")
    network.settle()
    assert told(ana, "reply_request") == []
    ana.post(f"{QUEUE}/{first['id']}", state="muted")
    reply(ben, root)
    network.settle()
    assert told(ana, "reply_request") == []


def test_a_hidden_reply_stands_last_and_says_so(network: Network) -> None:
    ana, ben, cy = people(network, "ana", "ben", "cy")
    root = ana.say("hello")
    rude, kind = reply(ben, root, "rude"), reply(cy, root, "kind")
    path = f"/api/v1/statuses/{root['id']}/context"
    for caller in (cy, network.visitor):
        assert ids(caller.get(path)["descendants"]) == ids([rude, kind])
    for other in (ben, cy):
        other.post(f"/api/palabre/v1/statuses/{rude['id']}/hide", 422)
    assert ana.post(f"/api/palabre/v1/statuses/{rude['id']}/hide")["reply_hidden"] is True
    for caller in (cy, network.visitor):
        assert ids(caller.get(path)["descendants"]) == ids([kind, rude])
        assert ids(caller.get(f"/api/palabre/v1/statuses/{root['id']}/replies")) == ids([kind, rude])
    assert ana.post(f"/api/palabre/v1/statuses/{rude['id']}/unhide")["reply_hidden"] is False
    assert ids(cy.get(path)["descendants"]) == ids([rude, kind])


def test_what_waits_costs_a_warm_conversation_nothing(
    network: Network, count: Callable[[Callable[[], Any]], int]
) -> None:
    ana, ben = people(network, "ana", "ben")
    asks(ana)
    root = ana.say("hello")
    reply(ben, root)
    path = f"/api/v1/statuses/{root['id']}/context"
    for _ in range(2):
        network.visitor.get(path)
    assert count(lambda: network.visitor.get(path)) == 0


@pytest.mark.parametrize("state", ["pending", "denied", "muted", "spam"])
def test_what_waits_shows_on_no_route_to_nobody_but_its_writer(network: Network, state: str) -> None:
    ana, ben, cy, fan = people(network, "ana", "ben", "cy", "fan")
    asks(ana)
    for one in (fan, cy):
        one.follow(ben)
        one.follow(ana)
    root = ana.say("hello #talk")
    quoted = cy.say("quote me")
    callers = [ana, cy, fan, network.visitor]
    answers = [(caller, f"/api/v1/statuses/{root['id']}/context") for caller in callers]
    for caller, path in answers:  # what is warm must not show it either
        caller.get(path)
    made = reply(ben, root, "@cy @fan needle #talk #needle https://example.com/needle")
    poll = reply(ben, root, "@cy needle?", poll={"options": ["needle", "hay"], "expires_in": 900})
    quote = reply(ben, root, "needle quotes", quoted_status_id=quoted["id"])
    waiting = [made, poll, quote]
    if state != "pending":
        ana.post(QUEUE, state=state, ids=ids(waiting))
    network.settle()
    for caller in (ben, ana, cy, fan):  # who knows how he stands to people reads from memory
        caller.get("/api/v1/timelines/home")
    for path in (
        f"accounts/{ben.id}/statuses",
        f"statuses/{root['id']}/context",
        *(f"statuses/{each}" for each in ids(waiting)),
    ):
        ben.get(f"/api/v1/{path}")
    encode = network.site.ids.encode
    needles = ["needle", *ids(waiting), poll["poll"]["id"]]
    tried = shown = 0
    names = {"name": ["ben", "talk", "needle"], "hashtag": ["talk", "needle"], "tag": ["talk", "needle"]}
    of_kind = {
        Kind.POST: [root["id"], quoted["id"]],
        Kind.ACCOUNT: [ana.id, ben.id, cy.id],
        Kind.POLL: [encode(Kind.POLL, 7)],
    }
    for one in ENDPOINTS:
        if one.method != "GET" or "stream" in one.path or one.path.startswith(QUEUE):
            continue
        choices = []
        for name, annotation in one.path_params.items():
            kind = id_kind(annotation)
            choices.append(
                [(name, word) for word in (names.get(name, ["x"]) if kind is None else of_kind.get(kind, ["1" * 31]))]
            )
        for chosen in itertools.product(*choices):
            path = one.path
            for name, word in chosen:
                path = path.replace(f"{{{name}}}", word)
            for caller in callers:
                if "needle" in path and "/tags/" in path:  # it says the word that it was asked for
                    continue
                for query in ({}, {"q": "needle"}, {"id[]": ids(waiting), "acct": "ben", "q": "needle"}):
                    text = caller.call("GET", path, None, params=query).text
                    tried += 1
                    shown += any(needle in text for needle in needles[1:]) or "needle" in text.replace("q=needle", "")
    for caller in callers:
        for each in waiting:
            for part in (
                "",
                "/context",
                "/source",
                "/history",
                "/quotes",
                "/reblogged_by",
                "/favourited_by",
                "/card",
            ):
                answer = caller.call("GET", f"/api/v1/statuses/{each['id']}{part}", None)
                tried += 1
                shown += answer.status_code == 200
            address = network.site.uris.post("ben", network.site.ids.decode(Kind.POST, each["id"]))
            shown += len(caller.get("/api/v2/search", None, q=address).get("statuses", []))
        assert caller.get(f"/api/v1/statuses/{root['id']}")["replies_count"] == 0
        assert caller.get(f"/api/v1/statuses/{quoted['id']}")["quotes_count"] == 0
        assert caller.get(f"/api/v1/accounts/{ben.id}")["statuses_count"] == 0
        assert caller.get(f"/api/v1/accounts/{ben.id}")["last_status_at"] is None
    assert shown == 0
    assert tried >= 600
    assert ids(ben.get(f"/api/v1/accounts/{ben.id}/statuses")) == ids(waiting[::-1])


def test_memory_and_database_agree_whether_an_approved_reply_is_in_the_local_timeline(network: Network) -> None:
    ana, ben = people(network, "ana", "ben")
    asks(ana)
    root = ana.say("hello")
    path = "/api/v1/timelines/public?local=true"
    assert ids(network.visitor.get(path)) == [root["id"]]
    first = reply(ben, root, "one")
    further = reply(ben, first, "two")
    ana.post(QUEUE, state="approved", ids=ids([first, further]))
    network.settle()
    listed = Statement("SELECT id FROM post WHERE listed ORDER BY id DESC")
    stored = network.site.db.read_now(
        lambda db: [network.site.ids.encode(Kind.POST, row[0]) for row in db.all(listed)]
    )
    assert ids(network.visitor.get(path)) == stored == ids([further, root])


def test_what_waits_is_counted_in_no_figures_and_no_year(network: Network) -> None:
    ana, ben = people(network, "ana", "ben")
    root = root_of(network)
    asks(ana)
    began = ana.say("hello", language="en")
    made = [reply(ben, began, f"r{n}", language="fr") for n in range(4)]
    for state, each in zip(("denied", "muted", "spam"), made[1:], strict=True):
        ana.post(f"{QUEUE}/{each['id']}", state=state)
    today = clock.day(clock.now())
    year = clock.as_datetime(clock.now()).year
    ask = insert(annual_report)
    network.write(lambda tx: tx.run(ask, account=ben.number, year=year, seen=False))

    def figures() -> dict[str, Any]:
        week = network.site.db.read_now(activity, last_weeks(clock.now())[0])
        [active] = root.post("/api/v1/admin/measures", keys=["active_users"])
        [languages] = root.post("/api/v1/admin/dimensions", keys=["languages"])
        [cohort] = root.post("/api/v1/admin/retention", start_at=today, end_at=today, frequency="day")
        return {
            "week": week.posts,
            "active": active["total"],
            "languages": {line["key"]: line["value"] for line in languages["data"]},
            "retained": cohort["data"][0]["value"],
        }

    def year_of_ben() -> int:
        return network.site.db.read_now(report, ben.number, year).posts

    assert figures() == {"week": 1, "active": "1", "languages": {"en": "1"}, "retained": "1"}
    assert year_of_ben() == 0
    ana.post(f"{QUEUE}/{made[0]['id']}", state="approved")
    assert figures() == {"week": 2, "active": "2", "languages": {"en": "1", "fr": "1"}, "retained": "2"}
    assert year_of_ben() == 1


def test_whoever_approves_a_reply_for_followers_gets_it_once_more_and_then_no_more(network: Network) -> None:
    ana, ben = people(network, "ana", "ben")
    asks(ana)
    held = reply(ben, ana.say("hello"), "For my own", visibility="private")
    [waiting] = ana.get(QUEUE)
    assert waiting["status"]["visibility"] == "private"
    decided = ana.post(f"{QUEUE}/{held['id']}", state="approved")
    assert (decided["state"], decided["id"]) == ("approved", held["id"])
    assert decided["decided_at"] is not None
    assert decided["status"]["content"] == waiting["status"]["content"]
    assert ana.get(QUEUE, state="approved") == []
    assert ana.get(f"{QUEUE}/counts")["approved"] == 0
    ana.get(f"{QUEUE}/{held['id']}", 404)
    ana.get(f"/api/v1/statuses/{held['id']}", 404)


def test_what_was_approved_is_not_edited_into_something_else(network: Network) -> None:
    ana, ben, cy = people(network, "ana", "ben", "cy")
    before = reply(ben, ana.say("earlier"))
    asks(ana)
    root = ana.say("hello")
    made = reply(ben, root, "Kind words")
    path = f"/api/v1/statuses/{made['id']}"
    ben.call("PUT", path, json={"status": "Kinder words"})
    ana.post(f"{QUEUE}/{made['id']}", state="approved")
    network.settle()
    refused = ben.call("PUT", path, 403, json={"status": "Buy pills"}).json()
    assert "approved your reply as it is" in refused["error"]
    ben.call("PUT", path, 403, json={"status": "Kinder words", "poll": {"options": ["a", "b"], "expires_in": 300}})
    ben.call("PUT", path, json={"status": "Kinder words"})  # it says the same
    for caller in (cy, ana, network.visitor):
        assert caller.get(path)["content"] == "<p>Kinder words</p>"
        assert len(caller.get(f"{path}/history")) == 1
    ben.call("PUT", f"/api/v1/statuses/{before['id']}", json={"status": "It was out before she asked"})
    further = reply(cy, made, "hear, hear")
    ana.post(f"{QUEUE}/{further['id']}", state="approved")
    cy.call("PUT", f"/api/v1/statuses/{further['id']}", 403, json={"status": "no, no"})
    ana.follow(ben)
    asks(ana, "strangers")
    ben.call("PUT", path, json={"status": "Whom she follows she lets speak"})
    cy.call("PUT", f"/api/v1/statuses/{further['id']}", 403, json={"status": "no, no"})
    asks(ana, "none")
    cy.call("PUT", f"/api/v1/statuses/{further['id']}", json={"status": "Nobody waits now"})
    ana.post(f"{QUEUE}/{reply(ben, root)['id']}", 404, state="denied")


def test_whose_replies_are_sorted_out_edits_nothing_that_was_approved(network: Network) -> None:
    ana, ben = people(network, "ana", "ben")
    asks(ana)
    root = ana.say("hello")
    made, spam = reply(ben, root, "Kind words"), reply(ben, root, "Buy pills")
    ana.post(f"{QUEUE}/{made['id']}", state="approved")
    ana.post(f"{QUEUE}/{spam['id']}", state="spam")
    asks(ana, "none")
    ben.call("PUT", f"/api/v1/statuses/{made['id']}", 403, json={"status": "Buy pills"})
    ana.delete(f"/api/v1/statuses/{root['id']}")
    ben.call("PUT", f"/api/v1/statuses/{made['id']}", json={"status": "The conversation is gone, and its rule"})
