"""Accounts and how they stand to each other, through the API."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from palabre.accounts.actions import suspend
from unit.api.documented import OPTIONAL, problems
from unit.api.network import Network


def png(width: int = 40, height: int = 30) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(made, "PNG")
    return made.getvalue()


def ids(people: list[Any]) -> list[str]:
    return [person["id"] for person in people]


def test_ones_own_account_has_its_source(network: Network) -> None:
    own = network.member("ana").get("/api/v1/accounts/verify_credentials")
    assert problems("CredentialAccount", own, without=OPTIONAL["CredentialAccount"] - {"noindex", "moved"}) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"json": {"fields_attributes": [{"name": "Site", "value": "x.org"}, {"name": "b", "value": "c"}]}},
        {"json": {"fields_attributes": {"0": {"name": "Site", "value": "x.org"}, "1": {"name": "b", "value": "c"}}}},
        {
            "data": {
                "fields_attributes[0][name]": "Site",
                "fields_attributes[0][value]": "x.org",
                "fields_attributes[1][name]": "b",
                "fields_attributes[1][value]": "c",
            }
        },
    ],
)
def test_fields_come_as_a_list_or_by_number(network: Network, fields: dict[str, Any]) -> None:
    ana = network.member("ana")
    own = ana.call("PATCH", "/api/v1/accounts/update_credentials", **fields).json()
    assert [(field["name"], field["value"]) for field in own["source"]["fields"]] == [("Site", "x.org"), ("b", "c")]
    assert 'href="https://x.org' in own["fields"][0]["value"] or own["fields"][0]["value"].startswith("<a")


def test_a_profile_changes_everywhere_at_once(network: Network) -> None:
    ana = network.member("ana")
    post = ana.say("hello")
    network.visitor.get("/api/v1/timelines/public")
    own = ana.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        data={"display_name": "Ana B.", "note": "Bio & more", "locked": "true", "bot": "1", "discoverable": "false"},
        files={"avatar": ("a.png", png(), "image/png"), "header": ("h.png", png(60, 20), "image/png")},
    ).json()
    assert (own["display_name"], own["locked"], own["bot"], own["discoverable"]) == ("Ana B.", True, True, False)
    assert (own["note"], own["source"]["note"]) == ("<p>Bio &amp; more</p>", "Bio & more")
    assert own["avatar"].startswith("http://localhost/media/")
    shown = network.visitor.get("/api/v1/timelines/public")[0]["account"]
    assert (shown["display_name"], shown["avatar"]) == ("Ana B.", own["avatar"])
    assert network.visitor.get(f"/api/v1/statuses/{post['id']}")["account"] == shown
    assert ana.delete("/api/v1/profile/avatar")["avatar"] == "http://localhost/static/avatar.png"


def test_a_wrong_picture_changes_nothing(network: Network) -> None:
    ana = network.member("ana")
    answer = ana.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        422,
        data={"display_name": "New"},
        files={"avatar": ("a.png", b"no picture", "image/png")},
    )
    assert "not accepted" in answer.json()["error"]
    assert ana.get("/api/v1/accounts/verify_credentials")["display_name"] == ""
    assert not [path for path in network.site.media.folder.rglob("*") if path.is_file()]


def test_a_follow_shows_on_both_sides(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    network.visitor.get(f"/api/v1/accounts/{bo.id}")
    stands = ana.call("POST", f"/api/v1/accounts/{bo.id}/follow", json={"reblogs": False, "notify": True}).json()
    assert problems("Relationship", stands) == []
    assert (stands["following"], stands["showing_reblogs"], stands["notifying"]) == (True, False, True)
    assert bo.get("/api/v1/accounts/relationships", **{"id[]": ana.id})[0]["followed_by"] is True
    assert ids(network.visitor.get(f"/api/v1/accounts/{bo.id}/followers")) == [ana.id]
    assert ids(network.visitor.get(f"/api/v1/accounts/{ana.id}/following")) == [bo.id]
    assert network.visitor.get(f"/api/v1/accounts/{bo.id}")["followers_count"] == 1
    assert ana.post(f"/api/v1/accounts/{bo.id}/unfollow")["following"] is False
    assert network.visitor.get(f"/api/v1/accounts/{bo.id}")["followers_count"] == 0


def test_a_locked_account_is_asked(network: Network) -> None:
    ana, bo, cy = (network.member(name) for name in ("ana", "bo", "cy"))
    ana.call("PATCH", "/api/v1/accounts/update_credentials", data={"locked": "true"})
    assert bo.follow(ana)["requested"] is True
    assert cy.follow(ana)["requested"] is True
    assert ids(ana.get("/api/v1/follow_requests")) == [cy.id, bo.id]
    assert ana.get("/api/v1/accounts/verify_credentials")["source"]["follow_requests_count"] == 2
    assert ana.post(f"/api/v1/follow_requests/{bo.id}/authorize")["followed_by"] is True
    assert ana.post(f"/api/v1/follow_requests/{cy.id}/reject")["followed_by"] is False
    assert ana.get("/api/v1/follow_requests") == []
    assert ana.post(f"/api/v1/follow_requests/{cy.id}/authorize", 404) == {"error": "Record not found"}
    assert ana.post(f"/api/v1/accounts/{bo.id}/remove_from_followers")["followed_by"] is False


def test_a_block_hides_both_from_each_other(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    bo.follow(ana)
    post = ana.say("hello")
    assert ana.post(f"/api/v1/accounts/{bo.id}/block")["blocking"] is True
    bo.get(f"/api/v1/statuses/{post['id']}", 404)
    assert bo.get(f"/api/v1/accounts/{ana.id}/statuses") == []
    assert bo.get("/api/v1/timelines/home") == []
    assert ids(ana.get("/api/v1/blocks")) == [bo.id]
    found = ana.get("/api/v2/search", q="bo")["accounts"]
    assert ids(found) == [bo.id], "an app unblocks somebody whom it has to find first"
    assert ana.post(f"/api/v1/accounts/{bo.id}/unblock")["blocking"] is False
    bo.get(f"/api/v1/statuses/{post['id']}")


def test_a_mute_has_an_end(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    stands = ana.call(
        "POST", f"/api/v1/accounts/{bo.id}/mute", data={"duration": "3600", "notifications": "0"}
    ).json()
    assert (stands["muting"], stands["muting_notifications"]) == (True, False)
    assert stands["muting_expires_at"] is not None
    muted = ana.get("/api/v1/mutes")
    assert problems("MutedAccount", muted[0], without=OPTIONAL["MutedAccount"] - {"noindex", "moved"}) == []
    assert muted[0]["mute_expires_at"] == stands["muting_expires_at"]
    assert ana.post(f"/api/v1/accounts/{bo.id}/unmute")["muting"] is False
    assert ana.get("/api/v1/mutes") == []


def test_nobody_follows_himself(network: Network) -> None:
    ana = network.member("ana")
    assert "yourself" in ana.post(f"/api/v1/accounts/{ana.id}/follow", 403)["error"]


def test_accounts_are_found_by_name_and_by_list(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    assert network.visitor.get("/api/v1/accounts/lookup", acct="ANA")["id"] == ana.id
    assert network.visitor.get("/api/v1/accounts/lookup", acct="@bo@localhost")["id"] == bo.id
    assert network.visitor.get("/api/v1/accounts/lookup", 404, acct="nobody") == {"error": "Record not found"}
    network.visitor.get("/api/v1/accounts/lookup", 422)
    some = network.visitor.call("GET", "/api/v1/accounts", params={"id[]": [bo.id, "1", ana.id]}).json()
    assert ids(some) == [bo.id, ana.id]
    assert ids(ana.get("/api/v1/accounts/search", q="b")) == [bo.id]
    stands = ana.call("GET", "/api/v1/accounts/relationships", params={"id[]": [bo.id, ana.id]}).json()
    assert ids(stands) == [bo.id, ana.id]


def test_a_suspended_account_is_only_a_name(network: Network) -> None:
    ana = network.member("ana")
    ana.call("PATCH", "/api/v1/accounts/update_credentials", data={"display_name": "Bad words", "note": "Bad words"})
    ana.say("hello")
    network.visitor.get("/api/v1/timelines/public")
    network.write(suspend, ana.number)
    shown = network.visitor.get(f"/api/v1/accounts/{ana.id}")
    assert (shown["suspended"], shown["username"], shown["display_name"], shown["note"]) == (True, "ana", "", "")
    assert network.visitor.get("/api/v1/timelines/public") == []
    network.visitor.get(f"/api/v1/accounts/{ana.id}/statuses", 404)
    ana.get("/api/v1/accounts/verify_credentials", 401)


def test_relationships_to_the_suspended_are_there_when_asked_for(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    network.write(suspend, bo.number)
    asked = {"id[]": [bo.id, cy.id]}
    path = "/api/v1/accounts/relationships"
    assert [each["id"] for each in ana.get(path, **asked)] == [cy.id]
    assert [each["id"] for each in ana.get(path, **asked, with_suspended=True)] == [bo.id, cy.id]


def test_people_are_paged_to_the_end(network: Network) -> None:
    ana = network.member("ana")
    others = [network.member(f"u{n}") for n in range(7)]
    for other in others:
        other.follow(ana)
    pages = network.visitor.pages(f"/api/v1/accounts/{ana.id}/followers", limit=3)
    assert [ids(page) for page in pages] == [
        [other.id for other in others[::-1]][start : start + 3] for start in (0, 3, 6)
    ]


def test_preferences_are_the_members(network: Network) -> None:
    ana = network.member("ana")
    assert problems("Preferences", ana.get("/api/v1/preferences")) == []
    network.visitor.get("/api/v1/preferences", 401)
