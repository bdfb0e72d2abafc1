"""Media without a description are not published where the member or the operator wants one: by no way in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from palabre.accounts.actions import update_preferences
from palabre.accounts.model import Preferences
from unit.api.network import Caller, Network
from unit.api.test_editing import edit, picture


@pytest.fixture(params=["member", "operator"])
def ana(request: pytest.FixtureRequest, network_with: Callable[..., Network]) -> Caller:
    """A member who has to describe what she shows."""
    if request.param == "operator":
        return network_with(descriptions="required").member("ana")
    network = network_with()
    ana = network.member("ana")
    network.write(update_preferences, ana.number, Preferences(describe_media=True))
    return ana


def described(ana: Caller, media: Any, words: str) -> None:
    ana.call("PUT", f"/api/v1/media/{media['id']}", json={"description": words})


def refused(answer: Any) -> None:
    assert list(answer["details"]) == ["media_ids"]


def test_a_post_shows_nothing_that_is_not_described(ana: Caller) -> None:
    red, blue = picture(ana, "red"), picture(ana, "blue")
    described(ana, red, "red")
    both = {"status": "Look", "media_ids": [red["id"], blue["id"]]}
    refused(ana.post("/api/v1/statuses", 422, **both))
    described(ana, blue, " \n ")
    refused(ana.post("/api/v1/statuses", 422, **both))
    described(ana, blue, "blue")
    assert len(ana.say("Look", media_ids=both["media_ids"])["media_attachments"]) == 2


def test_nor_does_it_after_an_edit(ana: Caller) -> None:
    red, blue = picture(ana, "red"), picture(ana, "blue")
    described(ana, red, "red")
    post = ana.say("Look", media_ids=[red["id"]])
    refused(edit(ana, post, 422, status="Look", media_ids=[red["id"], blue["id"]]))
    taken = [{"id": red["id"], "description": ""}]
    refused(edit(ana, post, 422, status="Look", media_ids=[red["id"]], media_attributes=taken))
    shown = ana.get(f"/api/v1/statuses/{post['id']}")
    assert [each["description"] for each in shown["media_attachments"]] == ["red"]


def test_what_is_to_appear_later_is_refused_now_and_not_then(ana: Caller) -> None:
    red = picture(ana, "red")
    later = {"status": "Look", "media_ids": [red["id"]], "scheduled_at": _in_minutes(10)}
    refused(ana.post("/api/v1/statuses", 422, **later))
    assert ana.get("/api/v1/scheduled_statuses") == []
    described(ana, red, "red")
    ana.post("/api/v1/statuses", **later)


def _in_minutes(minutes: int) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def test_what_was_shown_before_stays(network: Network) -> None:
    ana = network.member("ana")
    red = picture(ana, "red")
    post = ana.say("Look", media_ids=[red["id"]])
    network.write(update_preferences, ana.number, Preferences(describe_media=True))
    assert edit(ana, post, status="Look again", media_ids=[red["id"]])["content"] == "<p>Look again</p>"
