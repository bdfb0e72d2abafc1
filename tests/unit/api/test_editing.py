"""Editing over the API: what a post said stays visible; those who spread it are told; deleting takes all of it."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from palabre.posts.rules import VERSIONS
from palabre.store import Statement
from unit.api.documented import problems
from unit.api.network import Caller, Network


def edit(member: Caller, post: Any, expect: int = 200, **body: Any) -> Any:
    return member.call("PUT", f"/api/v1/statuses/{post['id']}", expect, json=body).json()


def history(caller: Caller, post: Any) -> list[Any]:
    return caller.get(f"/api/v1/statuses/{post['id']}/history")


def picture(member: Caller, colour: str) -> Any:
    file = io.BytesIO()
    Image.new("RGB", (9, 9), colour).save(file, "PNG")
    return member.call("POST", "/api/v2/media", files={"file": ("x.png", file.getvalue(), "image/png")}).json()


def test_an_edited_post_says_so_and_shows_what_it_said(network: Network) -> None:
    ana = network.member("ana")
    post = ana.say("Helo #old")
    assert len(history(network.visitor, post)) == 1
    network.visitor.get(f"/api/v1/statuses/{post['id']}")
    changed = edit(ana, post, status="Hello #new", spoiler_text="Greeting", language="en")
    assert changed["edited_at"] is not None
    assert (changed["spoiler_text"], changed["sensitive"], changed["language"]) == ("Greeting", True, "en")
    assert [tag["name"] for tag in changed["tags"]] == ["new"]
    assert network.visitor.get(f"/api/v1/statuses/{post['id']}")["content"] == changed["content"]
    versions = history(network.visitor, post)
    assert [("old" in one["content"], one["spoiler_text"]) for one in versions] == [(True, ""), (False, "Greeting")]
    assert [one["created_at"] for one in versions] == [post["created_at"], changed["edited_at"]]
    assert problems("StatusEdit", versions[0], without=frozenset({"poll"})) == []
    assert ana.get("/api/v1/timelines/tag/old") == []
    assert [one["id"] for one in ana.get("/api/v1/timelines/tag/new")] == [post["id"]]
    assert ana.get(f"/api/v1/statuses/{post['id']}/source")["text"] == "Hello #new"


def test_an_edit_that_changes_nothing_is_none(network: Network) -> None:
    ana = network.member("ana")
    post = ana.say("Hello")
    assert edit(ana, post, status=" Hello ")["edited_at"] is None
    assert len(history(ana, post)) == 1


def test_what_is_wrong_with_an_edit_is_named_and_changes_nothing(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = ana.say("Hello")
    assert edit(ana, post, 422, status="x" * 1001)["error"]
    assert edit(ana, post, 422, status="")["error"]
    assert edit(bo, post, 404, status="mine")["error"] == "Record not found"
    assert network.visitor.get(f"/api/v1/statuses/{post['id']}")["edited_at"] is None
    repost = bo.post(f"/api/v1/statuses/{post['id']}/reblog")
    edit(bo, repost, 404, status="mine")


def test_pictures_are_described_reordered_and_removed(network: Network) -> None:
    ana = network.member("ana")
    red, blue, green = (picture(ana, colour) for colour in ("red", "blue", "green"))
    post = ana.say("Look", media_ids=[red["id"], blue["id"]])
    changed = edit(
        ana,
        post,
        status="Look",
        media_ids=[green["id"], red["id"]],
        media_attributes=[{"id": red["id"], "description": "Red", "focus": "0.5,0"}],
    )
    assert [one["id"] for one in changed["media_attachments"]] == [green["id"], red["id"]]
    assert changed["media_attachments"][1]["description"] == "Red"
    assert changed["media_attachments"][1]["meta"]["focus"]["x"] == 0.5
    ana.get(f"/api/v1/media/{blue['id']}", 404)
    before = history(ana, post)[0]["media_attachments"]
    assert [(one["id"], one["description"]) for one in before] == [(red["id"], None)]
    bo = network.member("bo")
    edit(ana, post, 404, status="Look", media_ids=[picture(bo, "red")["id"]])
    edit(ana, post, 404, status="Look", media_attributes=[{"id": picture(bo, "red")["id"], "description": "x"}])


def test_other_answers_of_a_poll_make_the_votes_void(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    bo.follow(ana)
    post = ana.say("Which?", poll={"options": ["a", "b"], "expires_in": 300})
    bo.get("/api/v1/timelines/home")
    bo.post(f"/api/v1/polls/{post['poll']['id']}/votes", choices=[1])
    same = edit(ana, post, status="Which one?", poll={"options": ["a", "b"], "expires_in": 600})
    assert same["poll"]["voters_count"] == 1
    changed = edit(ana, post, status="Which one?", poll={"options": ["a", "c"], "expires_in": 300})
    assert changed["poll"]["voters_count"] == 0
    assert bo.get("/api/v1/timelines/home")[0]["poll"]["voted"] is False
    assert bo.post(f"/api/v1/polls/{post['poll']['id']}/votes", choices=[0])["voters_count"] == 1
    assert [option["title"] for option in history(bo, post)[1]["poll"]["options"]] == ["a", "b"]
    assert edit(ana, post, status="Never mind")["poll"] is None
    bo.get(f"/api/v1/polls/{post['poll']['id']}", 404)


def test_who_reposted_quoted_or_is_newly_mentioned_is_told(network: Network) -> None:
    ana, bo, cy, di = (network.member(name) for name in ("ana", "bo", "cy", "di"))
    post = ana.say("Hello")
    bo.post(f"/api/v1/statuses/{post['id']}/reblog")
    made = cy.say("Look", quoted_status_id=post["id"])
    network.settle()
    edit(ana, post, status="Hello @di")
    network.settle()
    edit(ana, post, status="Hello again @di")
    network.settle()

    def told(member: Caller) -> list[tuple[str, str, str]]:
        found = member.get("/api/v1/notifications")
        return [(one["type"], one["status"]["id"], one["account"]["username"]) for one in found]

    assert told(bo) == [("update", post["id"], "ana")]
    assert told(cy) == [("quoted_update", made["id"], "ana")]
    assert told(di) == [("mention", post["id"], "ana")]


def test_only_some_wordings_are_kept_and_deleting_takes_them_all(network: Network) -> None:
    ana = network.member("ana")
    post = ana.say("wording 0")
    for n in range(1, VERSIONS + 4):
        edit(ana, post, status=f"wording {n}")
    versions = history(ana, post)
    assert len(versions) == VERSIONS + 1
    assert versions[0]["content"] == "<p>wording 3</p>"
    ana.delete(f"/api/v1/statuses/{post['id']}")
    history_of = ana.call("GET", f"/api/v1/statuses/{post['id']}/history", 404)
    assert history_of.json() == {"error": "Record not found"}
    assert network.site.db.read_now(lambda db: db.value(Statement("SELECT count(*) FROM post_version"))) == 0


def test_who_may_not_read_a_post_does_not_read_what_it_said(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = ana.say("Hello", visibility="private")
    edit(ana, post, status="Hello there")
    bo.get(f"/api/v1/statuses/{post['id']}/history", 404)
    bo.follow(ana)
    assert len(history(bo, post)) == 2


def test_lists_in_memory_follow_an_edit(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = ana.say("Hello #old", visibility="public")
    secret = ana.say("For some", visibility="private")
    bo.get("/api/v1/timelines/home")
    for path in ("/api/v1/timelines/tag/old", "/api/v1/timelines/tag/new", f"/api/v1/accounts/{ana.id}/statuses"):
        for caller in (bo, network.visitor):
            caller.get(path)
    edit(ana, post, status="Hello #new")
    edit(ana, secret, status="For some, @bo")
    for caller in (bo, network.visitor):
        assert caller.get("/api/v1/timelines/tag/old") == []
        assert [one["id"] for one in caller.get("/api/v1/timelines/tag/new")] == [post["id"]]
    assert len(bo.get(f"/api/v1/accounts/{ana.id}/statuses")) == 2
    assert len(network.visitor.get(f"/api/v1/accounts/{ana.id}/statuses")) == 1
    assert bo.get(f"/api/v1/statuses/{secret['id']}")["content"].startswith("<p>For some")
    edit(ana, secret, status="For others")
    assert len(bo.get(f"/api/v1/accounts/{ana.id}/statuses")) == 1
    bo.get(f"/api/v1/statuses/{secret['id']}", 404)
