"""Scheduled posts and drafts over the API; and that a scheduled post comes out once."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from palabre import clock, jobs
from palabre.accounts.roster import disable
from palabre.clock import Instant, iso
from palabre.edge.sweeps import sweep_uploads
from palabre.ids import Kind, _Newest
from palabre.posts import unpublished
from palabre.store import Statement, Transaction
from unit.api.documented import problems
from unit.api.network import Caller, Network


def in_minutes(minutes: int) -> str:
    return iso(clock.now() + minutes * 60_000)


def picture(member: Caller) -> Any:
    file = io.BytesIO()
    Image.new("RGB", (9, 9)).save(file, "PNG")
    return member.call("POST", "/api/v2/media", files={"file": ("x.png", file.getvalue(), "image/png")}).json()


def pass_time(network: Network, monkeypatch: pytest.MonkeyPatch, minutes: int) -> int:
    """Let time pass and the jobs run that are due; return how many published."""
    later = clock.now() + minutes * 60_000
    monkeypatch.setattr(_Newest, "number", _Newest.number)
    monkeypatch.setattr(clock, "now", lambda: later)
    due = [job for job in network.write(jobs.claim) if job.kind == unpublished.PUBLISH]
    for job in due:

        def work(tx: Transaction, job: jobs.Job = job) -> None:
            unpublished.publish_due(tx, job.arguments(unpublished.Due), terms=network.site.terms)
            jobs.done(tx, job.id)

        network.write(work)
    return len(due)


def test_a_scheduled_post_waits_is_moved_and_comes_out(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = network.member("ana")
    media = picture(ana)
    waiting = ana.say(
        "Later", scheduled_at=in_minutes(10), media_ids=[media["id"]], poll={"options": ["a", "b"], "expires_in": 300}
    )
    assert problems("ScheduledStatus", waiting, without=frozenset({"params.in_reply_to_id"})) == []
    assert ana.get(f"/api/v1/accounts/{ana.id}/statuses") == []
    path = f"/api/v1/scheduled_statuses/{waiting['id']}"
    moved = ana.call("PUT", path, json={"scheduled_at": in_minutes(20)}).json()
    assert moved["scheduled_at"] > waiting["scheduled_at"]
    assert [one["id"] for one in ana.get("/api/v1/scheduled_statuses")] == [waiting["id"]]
    pass_time(network, monkeypatch, 11)
    assert ana.get(f"/api/v1/accounts/{ana.id}/statuses") == [], "it was moved"
    pass_time(network, monkeypatch, 10)
    shown = ana.get(f"/api/v1/accounts/{ana.id}/statuses")
    assert [(post["content"], len(post["media_attachments"])) for post in shown] == [("<p>Later</p>", 1)]
    assert shown[0]["poll"]["options"][0]["title"] == "a"
    ana.get(path, 404)
    assert pass_time(network, monkeypatch, 60) == 0


def test_a_cancelled_post_does_not_come_out(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = network.member("ana")
    waiting = ana.say("A word that was not meant", scheduled_at=in_minutes(10))
    ana.delete(f"/api/v1/scheduled_statuses/{waiting['id']}")
    pass_time(network, monkeypatch, 11)
    assert ana.get(f"/api/v1/accounts/{ana.id}/statuses") == []
    assert network.site.db.read_now(lambda db: db.value(Statement("SELECT count(*) FROM unpublished"))) == 0


@pytest.mark.parametrize("at", [4, 60 * 24 * 800, "tomorrow", "9999999-01-01"])
def test_a_time_that_cannot_be_is_refused_by_name(network: Network, at: Any) -> None:
    ana = network.member("ana")
    answer = ana.post("/api/v1/statuses", 422, status="x", scheduled_at=at if isinstance(at, str) else in_minutes(at))
    assert list(answer["details"]) == ["scheduled_at"]


def test_a_time_that_is_over_means_now(network: Network) -> None:
    ana = network.member("ana")
    headers = {"Idempotency-Key": "written without a network"}
    for _ in range(2):
        body = {"status": "Late", "scheduled_at": in_minutes(-60)}
        made = ana.call("POST", "/api/v1/statuses", json=body, headers=headers).json()
        assert made["content"] == "<p>Late</p>"
    assert ana.get("/api/v1/scheduled_statuses") == []
    assert len(ana.get(f"/api/v1/accounts/{ana.id}/statuses")) == 1
    waiting = ana.say("Later", scheduled_at=in_minutes(10))
    ana.call("PUT", f"/api/v1/scheduled_statuses/{waiting['id']}", 422, json={"scheduled_at": in_minutes(-60)})


def test_what_is_wrong_with_a_scheduled_post_is_said_at_once(network: Network) -> None:
    ana = network.member("ana")
    for wrong in ({"status": ""}, {"status": "x" * 1001}, {"status": "x", "poll": {"options": [], "expires_in": 1}}):
        ana.post("/api/v1/statuses", 422, scheduled_at=in_minutes(10), **wrong)
    ana.post("/api/v1/statuses", 404, status="x", scheduled_at=in_minutes(10), in_reply_to_id="1" * 31)
    assert ana.get("/api/v1/scheduled_statuses") == []


def test_what_cannot_come_out_any_more_becomes_a_draft(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = bo.say("hello")
    ana.say("Indeed", scheduled_at=in_minutes(10), in_reply_to_id=post["id"])
    bo.delete(f"/api/v1/statuses/{post['id']}")
    pass_time(network, monkeypatch, 11)
    assert ana.get(f"/api/v1/accounts/{ana.id}/statuses") == []
    assert [one["params"]["text"] for one in ana.get("/api/palabre/v1/drafts")] == ["Indeed"]


def test_at_most_so_many_wait_on_one_day(network: Network) -> None:
    ana = network.member("ana")
    day = "2027-03-03T{:02}:00:00Z"
    for n in range(unpublished.SCHEDULED_DAILY):
        ana.say("x", scheduled_at=day.format(n % 24))
    ana.post("/api/v1/statuses", 422, status="x", scheduled_at=day.format(5))
    ana.say("x", scheduled_at="2027-03-04T00:00:00Z")


def test_a_post_that_is_moved_takes_no_second_place(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpublished, "SCHEDULED", 3)
    monkeypatch.setattr(unpublished, "SCHEDULED_DAILY", 2)
    ana = network.member("ana")
    first, _, other = (ana.say("x", scheduled_at=f"2027-03-{day}:00:00Z") for day in ("03T05", "03T06", "04T05"))
    ana.post("/api/v1/statuses", 422, status="x", scheduled_at="2027-03-05T05:00:00Z")

    def move(post: Any, day: str, expect: int = 200) -> None:
        path = f"/api/v1/scheduled_statuses/{post['id']}"
        ana.call("PUT", path, expect, json={"scheduled_at": f"2027-03-{day}:00:00Z"})

    move(first, "03T07")
    move(other, "03T08", 422)
    move(first, "04T07")
    move(other, "03T08")


def test_a_draft_is_kept_changed_and_deleted_with_its_pictures(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    first, second = picture(ana), picture(ana)
    kept = ana.post("/api/palabre/v1/drafts", status="", media_ids=[first["id"]], visibility="private")
    path = f"/api/palabre/v1/drafts/{kept['id']}"
    later = Instant(clock.now() + 2 * clock.DAY)
    assert network.run(sweep_uploads(network.site.db, before=later)) == 1, "only the one that no draft has"
    ana.get(f"/api/v1/media/{second['id']}", 404)
    assert ana.get(path)["media_attachments"][0]["id"] == first["id"]
    bo.get(path, 404)
    bo.call("PUT", path, 404, json={"status": "mine"})
    changed = ana.call("PUT", path, json={"status": "x" * 1001}).json()
    assert (len(changed["params"]["text"]), changed["media_attachments"]) == (1001, []), "a draft may be too long"
    ana.get(f"/api/v1/media/{first['id']}", 404)
    assert ana.get(f"/api/v1/scheduled_statuses/{kept['id']}", 404)
    ana.delete(path)
    assert ana.get("/api/palabre/v1/drafts") == []


def test_drafts_are_bounded(network: Network) -> None:
    ana = network.member("ana")
    for _ in range(unpublished.DRAFTS):
        ana.post("/api/palabre/v1/drafts", status="x")
    ana.post("/api/palabre/v1/drafts", 422, status="x")
    pages = ana.pages("/api/palabre/v1/drafts", limit=40)
    assert [len(page) for page in pages] == [40, 40, 20]


def test_a_scheduled_post_comes_out_once_whatever_fails(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = network.member("ana")
    waiting = ana.say("Once", scheduled_at=in_minutes(10))
    number = network.site.ids.decode(Kind.UNPUBLISHED, waiting["id"])
    due = unpublished.Due(number, network.site.db.read_now(unpublished.scheduled_of, ana.number, number).due)

    def killed(tx: Transaction) -> None:
        unpublished.publish_due(tx, due, terms=network.site.terms)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        network.write(killed)
    assert ana.get(f"/api/v1/accounts/{ana.id}/statuses") == []
    for _ in range(2):
        network.write(unpublished.publish_due, due, terms=network.site.terms)
    assert len(ana.get(f"/api/v1/accounts/{ana.id}/statuses")) == 1


def test_the_scheduled_post_of_a_disabled_member_becomes_a_draft(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = network.member("ana")
    ana.say("Later", scheduled_at=in_minutes(10))
    network.write(disable, ana.number)
    pass_time(network, monkeypatch, 11)
    assert network.visitor.get(f"/api/v1/accounts/{ana.id}/statuses") == []
    network.write(disable, ana.number, on=False)
    assert [one["params"]["text"] for one in ana.get("/api/palabre/v1/drafts")] == ["Later"]
    assert ana.get("/api/v1/scheduled_statuses") == []
