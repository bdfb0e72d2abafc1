"""Polls over the API: asked, voted in once, ended; what one member voted is never another's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from listening import Listening
from palabre import clock, jobs
from palabre.ids import _Newest
from palabre.posts import polls
from unit.api.documented import problems
from unit.api.network import Caller, Network


def ask(member: Caller, **poll: Any) -> Any:
    return member.say("Which?", poll={"options": ["Tea", "Coffee", "Milk"], "expires_in": 300, **poll})


def vote(member: Caller, post: Any, *choices: int, expect: int = 200) -> Any:
    return member.post(f"/api/v1/polls/{post['poll']['id']}/votes", expect, choices=list(choices))


def end(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the time of all polls pass."""
    later = clock.now() + 301_000
    monkeypatch.setattr(_Newest, "number", _Newest.number)  # ids go back to the present with the clock
    monkeypatch.setattr(clock, "now", lambda: later)
    for job in network.write(jobs.claim):
        if job.kind == polls.CLOSE:
            network.write(polls.close, job.arguments(polls.Closing))
            network.write(jobs.done, job.id)
    network.settle()


def test_a_poll_is_asked_voted_in_and_seen_by_each_as_his_own(network: Network) -> None:
    ana, bo, cy = (network.member(name) for name in ("ana", "bo", "cy"))
    post = ask(ana)
    assert problems("Poll", post["poll"]) == []
    voted = vote(bo, post, 1)
    assert (voted["voted"], voted["own_votes"], voted["voters_count"]) == (True, [1], 1)
    assert [option["votes_count"] for option in voted["options"]] == [0, 1, 0]
    path = f"/api/v1/statuses/{post['id']}"
    for _ in range(2):  # read, then from ready pieces
        assert (bo.get(path)["poll"]["voted"], bo.get(path)["poll"]["own_votes"]) == (True, [1])
        assert (cy.get(path)["poll"]["voted"], cy.get(path)["poll"]["own_votes"]) == (False, [])
        shown = network.visitor.get(path)["poll"]
        assert "voted" not in shown
        assert "own_votes" not in shown
        assert shown["votes_count"] == 1
    assert network.visitor.get(f"/api/v1/polls/{post['poll']['id']}")["id"] == post["poll"]["id"]
    assert ana.get(f"/api/v1/polls/{post['poll']['id']}")["voted"] is True, "authors have nothing to vote"


def test_authors_have_nothing_to_vote_wherever_their_polls_are_shown(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.post(f"/api/v1/accounts/{bo.id}/follow")
    post = ask(ana, multiple=True)
    assert (post["poll"]["voted"], post["poll"]["own_votes"]) == (True, [])
    bo.post(f"/api/v1/statuses/{post['id']}/reblog")
    bo.post(f"/api/v1/statuses/{post['id']}/favourite")
    quote = bo.say("What she asks", quoted_status_id=post["id"])
    network.settle()

    def polls_shown(reader: Caller) -> dict[str, Any]:
        told = reader.get("/api/v1/notifications", types=["favourite"])
        groups = reader.get("/api/v2/notifications", types=["favourite"])["statuses"]
        shown = {
            "alone": reader.get(f"/api/v1/statuses/{post['id']}"),
            "with its author": reader.get(f"/api/v1/accounts/{ana.id}/statuses")[-1],
            "at home": reader.get("/api/v1/timelines/home")[-1],
            "in public": reader.get("/api/v1/timelines/public")[-1],
            "reposted": reader.get(f"/api/v1/accounts/{bo.id}/statuses", exclude_replies="true")[-1]["reblog"],
            "quoted": reader.get(f"/api/v1/statuses/{quote['id']}")["quote"]["quoted_status"],
            "told": told[0]["status"] if told else None,
            "grouped": groups[0] if groups else None,
        }
        return {name: each["poll"]["voted"] for name, each in shown.items() if each is not None}

    bo.post(f"/api/v1/accounts/{ana.id}/follow")
    for _ in range(2):  # read, then from ready pieces
        assert set(polls_shown(ana).values()) == {True}, polls_shown(ana)
        assert set(polls_shown(bo).values()) == {False}, polls_shown(bo)
    ana.post("/api/v2/filters", title="Rain", context=["home"], keywords_attributes=[{"keyword": "rain"}])
    assert set(polls_shown(ana).values()) == {True}, "as well for whom each post is looked at anew"
    assert ana.post(f"/api/v1/polls/{post['poll']['id']}/votes", 422, choices=[0])["error"]


def test_a_new_poll_reaches_its_author_live_as_one_that_is_voted_in(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    bo.follow(ana)
    homes = [Listening(each, stream="user") for each in (ana, bo)]
    ask(ana)
    for each, voted in zip(homes, (True, False), strict=True):
        each.settle()
        assert [told["poll"]["voted"] for told in each.told()] == [voted]


def test_forms_ask_and_vote_as_json_does(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    sent = {"status": "Which?", "poll[options][]": ["a", "b"], "poll[expires_in]": "300", "poll[multiple]": "true"}
    post = ana.call("POST", "/api/v1/statuses", data=sent).json()
    answer = bo.call("POST", f"/api/v1/polls/{post['poll']['id']}/votes", data={"choices[]": ["0", "1"]}).json()
    assert (answer["own_votes"], answer["votes_count"], answer["voters_count"]) == ([0, 1], 2, 1)


def test_nobody_votes_twice_or_wrongly_or_in_his_own_poll(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = ask(ana)
    for wrong in ((), (3,), (-1,), (0, 1)):
        vote(bo, post, *wrong, expect=422)
    vote(ana, post, 0, expect=422)
    vote(bo, post, 0)
    assert vote(bo, post, 1, expect=422)["error"].endswith("You have already voted on this poll.")
    shown = network.visitor.get(f"/api/v1/statuses/{post['id']}")["poll"]
    assert [option["votes_count"] for option in shown["options"]] == [1, 0, 0]


def test_hidden_totals_show_at_the_end(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = ask(ana, hide_totals=True)
    assert [option["votes_count"] for option in vote(bo, post, 2)["options"]] == [None, None, None]
    path = f"/api/v1/statuses/{post['id']}"
    assert [option["votes_count"] for option in ana.get(path)["poll"]["options"]] == [None] * 3
    end(network, monkeypatch)
    shown = ana.get(path)["poll"]
    assert (shown["expired"], [option["votes_count"] for option in shown["options"]]) == (True, [0, 0, 1])
    assert "ended" in vote(network.member("cy"), post, 0, expect=422)["error"]


def test_author_and_voters_are_told_of_the_end_once(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, bo, cy = (network.member(name) for name in ("ana", "bo", "cy"))
    post = ask(ana)
    vote(bo, post, 0)
    end(network, monkeypatch)
    end(network, monkeypatch)
    for member in (ana, bo):
        told = member.get("/api/v1/notifications", **{"types[]": "poll"})
        assert [(one["type"], one["status"]["id"]) for one in told] == [("poll", post["id"])]
    assert cy.get("/api/v1/notifications") == []


def test_a_home_full_of_polls_reads_nothing_when_it_is_warm(
    network: Network, count: Callable[[Callable[[], Any]], int]
) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    bo.follow(ana)
    network.settle()
    posts = [ask(ana) for _ in range(3)]
    assert len(bo.get("/api/v1/timelines/home")) == 3
    vote(bo, posts[0], 2)
    assert bo.get("/api/v1/timelines/home")[-1]["poll"]["own_votes"] == [2]
    assert count(lambda: bo.get("/api/v1/timelines/home")) == 0
    shown = bo.get("/api/v1/timelines/home")
    assert [post["poll"]["own_votes"] for post in shown] == [[], [], [2]]


def test_a_deleted_poll_leaves_nothing(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = ask(ana)
    vote(bo, post, 0)
    ana.delete(f"/api/v1/statuses/{post['id']}")
    bo.get(f"/api/v1/polls/{post['poll']['id']}", 404)

    def left(db: Any) -> list[int]:
        from palabre.store import Statement

        names = ("poll", "poll_choice", "viewer_post")
        return [db.value(Statement(f"SELECT count(*) FROM {name}")) for name in names]

    assert network.site.db.read_now(left) == [0, 0, 0]
