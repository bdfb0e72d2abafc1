"""What no documentation says and apps rely on: what is filled in for them, and in which words they are refused."""

from __future__ import annotations

from typing import Any

import pytest

from palabre.accounts.model import Role
from palabre.ids import Kind, count_of
from palabre.posts.rules import language_of
from unit.api.network import Caller, Network

LATER = "2027-06-01T10:00:00Z"


def _edited(ana: Caller, post: Any, **body: Any) -> Any:
    return ana.call("PUT", f"/api/v1/statuses/{post['id']}", json=body).json()


def test_a_warning_with_nothing_under_it_is_what_the_post_says(network: Network) -> None:
    ana = network.member("ana")
    post = ana.post("/api/v1/statuses", spoiler_text="Rain again")
    assert (post["content"], post["spoiler_text"], post["sensitive"]) == ("<p>Rain again</p>", "", True)
    edited = _edited(ana, post, spoiler_text="Snow now")
    assert (edited["content"], edited["spoiler_text"], edited["sensitive"]) == ("<p>Snow now</p>", "", True)
    waiting = ana.post("/api/v1/statuses", spoiler_text="Rain again", scheduled_at=LATER)
    assert (waiting["params"]["text"], waiting["params"]["spoiler_text"]) == ("Rain again", None)
    quote = ana.post("/api/v1/statuses", spoiler_text="About rain", quoted_status_id=post["id"])
    assert (quote["content"], quote["spoiler_text"]) == ("", "About rain"), "there is a quote under it"
    assert _edited(ana, quote, spoiler_text="About snow")["spoiler_text"] == "About snow"
    ana.post("/api/v1/statuses", 422, spoiler_text=" ")


@pytest.mark.parametrize(
    ("said", "language"),
    [("EN", "en"), ("en_US", "en"), ("zh-TW", "zh-TW"), ("no language", "fr"), ("undefined", "fr"), ("", "fr")],
)
def test_a_language_is_read_as_programs_write_it_and_else_is_the_members(
    network: Network, said: str, language: str
) -> None:
    ana = network.member("ana")
    ana.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"language": "fr"}})
    assert ana.say("x", language=said)["language"] == language


def test_no_language_is_chosen_in_which_nothing_could_be_said(network: Network) -> None:
    ana = network.member("ana")
    change = {"source": {"language": "en-aa-bb-cc-dd"}}
    refused = ana.call("PATCH", "/api/v1/accounts/update_credentials", 422, json=change).json()
    assert "language" in str(refused["details"])
    assert language_of(None, "en-aa-bb-cc-dd") is None, "who chose it before can write"


def test_an_edit_that_names_no_language_keeps_the_one_that_was_named(network: Network) -> None:
    ana = network.member("ana")
    post = ana.say("x", language="de")
    assert _edited(ana, post, status="y")["language"] == "de"
    assert _edited(ana, post, status="z", language="no language")["language"] == "de"
    assert _edited(ana, post, status="z", language="fr")["language"] == "fr"


@pytest.mark.parametrize(
    ("usual", "shown"),
    [("public", "public"), ("unlisted", "unlisted"), ("private", "private"), ("direct", "private")],
)
def test_a_repost_is_for_those_for_whom_the_members_posts_are(network: Network, usual: str, shown: str) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    bo.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"privacy": usual}})
    post, other = ana.say("one"), ana.say("two")
    assert bo.post(f"/api/v1/statuses/{post['id']}/reblog")["visibility"] == shown
    assert bo.post(f"/api/v1/statuses/{other['id']}/reblog", visibility="public")["visibility"] == "public"


def test_who_sends_a_post_for_later_twice_has_it_once(network: Network) -> None:
    ana = network.member("ana")
    again = {"headers": {"Idempotency-Key": "one"}, "json": {"status": "x", "scheduled_at": LATER}}
    first = ana.call("POST", "/api/v1/statuses", **again).json()
    assert ana.call("POST", "/api/v1/statuses", **again).json() == first
    assert len(ana.get("/api/v1/scheduled_statuses")) == 1
    now = ana.call("POST", "/api/v1/statuses", headers=again["headers"], json={"status": "x"}).json()
    assert now["content"] == "<p>x</p>", "what is out is another thing than what waits"
    ana.delete(f"/api/v1/scheduled_statuses/{first['id']}")
    assert ana.call("POST", "/api/v1/statuses", **again).json()["id"] != first["id"], "what was taken back is gone"


def test_a_post_that_would_mention_others_than_its_writer_named_is_not_published(network: Network) -> None:
    ana, bo, cy = (network.member(name) for name in ("ana", "bo", "cy"))
    text = "@bo hm, @cy is loud lately"
    refused = ana.post("/api/v1/statuses", 422, status=text, allowed_mentions=[bo.id])
    assert [one["acct"] for one in refused["unexpected_accounts"]] == ["cy"]
    assert ana.get(f"/api/v1/accounts/{ana.id}/statuses") == []
    assert ana.post("/api/v1/statuses", status=text, allowed_mentions=[bo.id, cy.id])["mentions"]
    assert ana.post("/api/v1/statuses", 422, status="@bo", allowed_mentions=[])["unexpected_accounts"]
    assert ana.say("nobody is meant", allowed_mentions=[])["mentions"] == []


@pytest.mark.parametrize(
    ("change", "field", "word"),
    [
        ({"username": None}, "username", "ERR_BLANK"),
        ({"username": "no spaces"}, "username", "ERR_INVALID"),
        ({"username": "ana"}, "username", "ERR_TAKEN"),
        ({"username": "admin"}, "username", "ERR_TAKEN"),
        ({"password": "short"}, "password", "ERR_TOO_SHORT"),
        ({"email": "no address"}, "email", "ERR_INVALID"),
        ({"email": "a@spam.example"}, "email", "ERR_BLOCKED"),
        ({"agreement": False}, "agreement", "ERR_ACCEPTED"),
        ({"invite_code": "nobody gave it"}, "invite_code", "ERR_INVALID"),
    ],
)
def test_a_sign_up_is_refused_in_the_words_that_apps_know(
    network: Network, change: dict[str, Any], field: str, word: str
) -> None:
    network.member("ana")
    root = network.member("root", "admin:read admin:write", role=Role.ADMIN)
    root.post("/api/v1/admin/email_domain_blocks", domain="spam.example")
    body = {"username": "new", "email": "new@example.org", "password": "correct horse", "agreement": True, **change}
    app = network.app_caller("read write:accounts")
    refused = app.post("/api/v1/accounts", 422, **{name: each for name, each in body.items() if each is not None})
    assert [one["error"] for one in refused["details"][field]] == [word]
    assert refused["error"].startswith("Validation failed: ")


def test_a_notification_is_found_by_the_number_that_a_message_of_web_push_has(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    bo.follow(ana)
    bo.say("@ana hello")
    network.settle()
    mention, follow = ana.get("/api/v1/notifications")
    for one in (mention, follow):
        number = count_of(network.site.ids.decode(Kind.NOTIFICATION, one["id"]))
        assert ana.get(f"/api/v1/notifications/{number}") == one
        bo.get(f"/api/v1/notifications/{number}", 404)
        ana.get(f"/api/v1/notifications/{number + 1}", 404)
        ana.post(f"/api/v1/notifications/{number}/dismiss")
        ana.get(f"/api/v1/notifications/{number}", 404)
    ana.get("/api/v1/notifications/1", 404)
    assert ana.get("/api/v1/notifications") == []


def test_a_profile_to_be_edited_has_its_hashtags(network: Network) -> None:
    ana = network.member("ana")
    assert ana.get("/api/v1/profile")["featured_tags"] == []
    made = ana.post("/api/v1/featured_tags", name="Gardens")
    assert ana.get("/api/v1/profile")["featured_tags"] == [made]
    assert ana.call("PUT", "/api/v1/profile", json={"show_media": True}).json()["featured_tags"] == [made]


def test_who_somebody_is_may_be_asked_for_either_way(network: Network) -> None:
    ana = network.member("ana", "profile")
    assert ana.post("/oauth/userinfo") == ana.get("/oauth/userinfo")
    network.member("bo", "read").post("/oauth/userinfo", 403)


def test_what_was_never_set_is_not_there_however_a_program_writes_it(network: Network) -> None:
    ana = network.member("ana")
    post = ana.say("x")
    unset = {"max_id": "undefined", "since_id": "null", "limit": "undefined"}
    assert [one["id"] for one in ana.get("/api/v1/timelines/home", **unset)] == [post["id"]]
    assert [one["id"] for one in ana.get("/api/v1/timelines/public", local="undefined")] == [post["id"]]
    form = {"status": "undefined", "sensitive": "undefined"}
    said = ana.call("POST", "/api/v1/statuses", data=form).json()
    assert (said["content"], said["sensitive"]) == ("<p>undefined</p>", False), "and words are words"


def test_what_the_api_says_to_one_caller_is_kept_for_no_other(network: Network) -> None:
    ana, visitor = network.member("ana"), network.visitor
    for answer in (
        ana.call("GET", "/api/v1/accounts/verify_credentials"),
        ana.call("GET", "/api/v1/timelines/home"),
        visitor.call("GET", "/api/v1/timelines/public"),
        visitor.call("GET", "/api/v1/timelines/home", 401),
        ana.call("GET", "/api/v1/statuses/1", 404),
    ):
        assert answer.headers.get_list("cache-control") == ["private, no-store"]
    secret = visitor.call("POST", "/oauth/token", 400, json={"grant_type": "x", "client_id": "x"})
    assert "no-store" in secret.headers["cache-control"]
