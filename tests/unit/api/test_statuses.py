"""Posts through the API: written, shown, answered, liked, deleted."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from palabre import clock
from palabre.media import actions
from palabre.store import Statement, Transaction
from unit.api.documented import problems
from unit.api.network import Network


def ids(posts: list[Any]) -> list[str]:
    return [post["id"] for post in posts]


def test_a_post_is_answered_as_documented(network: Network) -> None:
    ana = network.member("ana")
    post = ana.say("Hello #World, hello @ana and https://example.org/page", spoiler_text="Greetings", language="en")
    assert problems("Status", post, without=frozenset({"application", "pinned"})) == []
    assert post["spoiler_text"] == "Greetings"
    assert post["sensitive"] is True
    assert post["tags"] == [{"name": "world", "url": "http://localhost/tags/World"}]
    assert [mention["acct"] for mention in post["mentions"]] == ["ana"]
    assert 'class="mention hashtag"' in post["content"]
    assert network.visitor.get(f"/api/v1/statuses/{post['id']}")["content"] == post["content"]


def test_a_key_used_twice_publishes_once(network: Network) -> None:
    ana = network.member("ana")
    first, second, other = (
        ana.call("POST", "/api/v1/statuses", data={"status": "once"}, headers={"Idempotency-Key": key}).json()
        for key in ("a", "a", "b")
    )
    assert first["id"] == second["id"] != other["id"]
    assert len(ana.get(f"/api/v1/accounts/{ana.id}/statuses")) == 2


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"status": "x", "sensitive": "false", "visibility": "unlisted"}},
        {"data": {"status": "x", "sensitive": "0", "visibility": "unlisted"}},
        {"files": {"status": (None, "x"), "visibility": (None, "unlisted"), "sensitive": (None, "False")}},
        {"params": {"status": "x", "visibility": "unlisted", "sensitive": "false"}},
    ],
)
def test_every_kind_of_body_works(network: Network, sent: dict[str, Any]) -> None:
    post = network.member("ana").call("POST", "/api/v1/statuses", **sent).json()
    assert (post["content"], post["visibility"], post["sensitive"]) == ("<p>x</p>", "unlisted", False)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": ""}, "status"),
        ({"status": "x" * 1001}, "status"),
        ({"status": "x", "visibility": "secret"}, "visibility"),
        ({"status": "x", "poll": {"options": ["a", "a"], "expires_in": 300}}, "poll"),
        ({"status": "x", "poll": {"options": list("abcdefghi"), "expires_in": 300}}, "poll"),
        ({"status": "x", "poll": {"options": ["a", "b" * 101], "expires_in": 300}}, "poll"),
        ({"status": "x", "poll": {"options": ["a", "b"], "expires_in": 299}}, "poll"),
        ({"status": "x", "poll": {"options": ["a", "b"]}}, "poll.expires_in"),
        ({"status": "", "poll": {"options": ["a", "b"], "expires_in": 300}}, "status"),
        ({"status": ["x"]}, "status"),
    ],
)
def test_what_is_wrong_with_a_post_is_named(network: Network, body: dict[str, Any], field: str) -> None:
    ana = network.member("ana")
    answer = ana.call("POST", "/api/v1/statuses", 422, json=body).json()
    assert field in answer["error"].lower()
    assert list(answer["details"]) == [field]
    assert ana.get(f"/api/v1/accounts/{ana.id}/statuses") == []


def test_a_post_begins_as_its_author_has_chosen(network: Network) -> None:
    ana = network.member("ana")
    ana.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        data={"source[privacy]": "private", "source[language]": "fr", "source[sensitive]": "true"},
    )
    post = ana.say("bonjour")
    assert (post["visibility"], post["language"], post["sensitive"]) == ("private", "fr", False)
    assert ana.say("hello", visibility="public", language="en")["visibility"] == "public"


def test_a_conversation_is_shown_in_order(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    first = ana.say("one")
    second = bo.say("@ana two", in_reply_to_id=first["id"])
    third = ana.say("@bo three", in_reply_to_id=second["id"])
    context = network.visitor.get(f"/api/v1/statuses/{second['id']}/context")
    assert (ids(context["ancestors"]), ids(context["descendants"])) == ([first["id"]], [third["id"]])
    assert second["in_reply_to_account_id"] == ana.id
    assert ana.get(f"/api/v1/statuses/{first['id']}")["replies_count"] == 1


@pytest.mark.parametrize(
    ("do", "undo", "flag", "count", "by"),
    [
        ("favourite", "unfavourite", "favourited", "favourites_count", "favourited_by"),
        ("reblog", "unreblog", "reblogged", "reblogs_count", "reblogged_by"),
        ("bookmark", "unbookmark", "bookmarked", None, None),
    ],
)
def test_what_somebody_does_with_a_post_shows_and_can_be_taken_back(
    network: Network, do: str, undo: str, flag: str, count: str | None, by: str | None
) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    path = f"/api/v1/statuses/{ana.say('hello')['id']}"
    ana.get(path)
    done = bo.post(f"{path}/{do}")
    assert (done["reblog"] or done)[flag] is True
    seen_by_both = bo.get(path), ana.get(path)
    assert [post[flag] for post in seen_by_both] == [True, False]
    if count and by:
        assert [post[count] for post in seen_by_both] == [1, 1]
        assert [person["id"] for person in network.visitor.get(f"{path}/{by}")] == [bo.id]
    assert bo.post(f"{path}/{undo}")[flag] is False
    after = network.visitor.get(path)
    assert count is None or after[count] == 0
    assert bo.post(f"{path}/{undo}")["id"] == after["id"]


def test_a_repost_holds_the_original_with_the_viewers_marks(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    original = ana.say("hello")
    repost = bo.post(f"/api/v1/statuses/{original['id']}/reblog", visibility="unlisted")
    assert (repost["account"]["id"], repost["visibility"], repost["content"]) == (bo.id, "unlisted", "")
    assert repost["reblog"]["id"] == original["id"]
    assert repost["reblog"]["reblogged"] is True
    assert ids(network.visitor.get(f"/api/v1/accounts/{bo.id}/statuses")) == [repost["id"]]
    assert network.visitor.get(f"/api/v1/accounts/{bo.id}/statuses", exclude_reblogs=True) == []


def test_a_deleted_post_is_gone_everywhere_and_comes_back_as_source(network: Network) -> None:
    ana, bo, cy = (network.member(name) for name in ("ana", "bo", "cy"))
    cy.follow(bo)
    post = ana.say("Secret\n\nwords & more", spoiler_text="w")
    repost = bo.post(f"/api/v1/statuses/{post['id']}/reblog")
    path = f"/api/v1/statuses/{post['id']}"
    assert ids(cy.get("/api/v1/timelines/home")) == [repost["id"]]
    assert ids(ana.get("/api/v1/timelines/home")) == [post["id"]]
    bo.delete(path, 404)
    deleted = ana.delete(path)
    assert (deleted["text"], deleted["spoiler_text"]) == ("Secret\n\nwords & more", "w")
    for path_of in (path, f"{path}/context", f"{path}/source", f"/api/v1/statuses/{repost['id']}"):
        assert ana.get(path_of, 404) == {"error": "Record not found"}
    assert cy.get("/api/v1/timelines/home") == ana.get("/api/v1/timelines/home") == []
    assert network.visitor.get("/api/v1/timelines/public") == []
    assert network.visitor.get(f"/api/v1/accounts/{ana.id}")["statuses_count"] == 0
    assert b"Secret" not in b"".join(piece.before + piece.after for piece in network.pieces.posts.entries.values())


def test_who_writes_a_post_anew_keeps_its_pictures_for_a_day(network: Network) -> None:
    ana = network.member("ana")
    upload = {"file": ("a.png", _picture(), "image/png")}
    first, second = (ana.call("POST", "/api/v2/media", files=upload).json() for _ in range(2))
    post = ana.say("One", media_ids=[first["id"]])["id"]
    gone = ana.say("Two", media_ids=[second["id"]])["id"]
    network.write(_age_media)
    kept = ana.delete(f"/api/v1/statuses/{post}?delete_media=false")["media_attachments"][0]
    ana.delete(f"/api/v1/statuses/{gone}")
    ana.get(f"/api/v1/media/{second['id']}", 404)
    day = clock.now() - clock.DAY
    assert network.write(actions.sweep_unattached, before=day) == 0, "it counts from now on"
    anew = ana.say("One, better", media_ids=[kept["id"]])
    assert [each["url"] for each in anew["media_attachments"]] == [first["url"]]
    ana.call("DELETE", f"/api/v1/statuses/{anew['id']}", data={"delete_media": "false"})  # as Mastodon.py says it
    assert ana.get(f"/api/v1/media/{first['id']}")["id"] == first["id"]
    once_more = ana.say("One, best", media_ids=[first["id"]])["id"]
    ana.call("DELETE", f"/api/v1/statuses/{once_more}", json={"delete_media": False})  # as masto does
    assert network.write(actions.sweep_unattached, before=day + 2 * clock.DAY) == 1
    ana.get(f"/api/v1/media/{first['id']}", 404)


def _age_media(tx: Transaction) -> None:
    tx.run(Statement("UPDATE attachment SET created = 1"))


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "PNG")
    return file.getvalue()


def test_several_posts_come_at_once_without_those_one_may_not_read(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    shown, hidden = ana.say("one"), ana.say("two", visibility="private")
    asked = {"id[]": [shown["id"], hidden["id"], "9" * 31, "x"]}
    assert ids(bo.call("GET", "/api/v1/statuses", params=asked).json()) == [shown["id"]]
    assert ids(ana.call("GET", "/api/v1/statuses", params=asked).json()) == [shown["id"], hidden["id"]]


def test_the_source_is_what_was_written(network: Network) -> None:
    ana = network.member("ana")
    post = ana.say("a <b> & #c")
    source = ana.get(f"/api/v1/statuses/{post['id']}/source")
    assert source == {"id": post["id"], "text": "a <b> & #c", "spoiler_text": ""}


def test_an_app_shows_on_the_posts_written_with_it(network: Network) -> None:
    ana = network.member("ana")
    assert "application" not in ana.say("by the operator's token")


@pytest.mark.parametrize("act", ["favourite", "reblog", "bookmark", "unfavourite", "unreblog", "unbookmark"])
def test_a_token_does_only_what_its_scopes_allow(network: Network, act: str) -> None:
    ana = network.member("ana")
    reader = network.token_for(ana, "read")
    post = ana.say("x")
    answer = reader.call("POST", f"/api/v1/statuses/{post['id']}/{act}", 403).json()
    assert answer == {"error": "This action is outside the authorized scopes"}
    network.visitor.call("POST", f"/api/v1/statuses/{post['id']}/{act}", 401)
