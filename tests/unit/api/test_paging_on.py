"""A page of a list of which much, or all, is hidden from the viewer is gone on from: in the API and on pages."""

from __future__ import annotations

import re
from typing import Any

import pytest

from palabre.accounts.actions import NewMember, create_member
from palabre.accounts.credentials import hash_password
from unit.api.network import ORIGIN, Caller, Network
from unit.api.test_trend_pages import Reader

_PASSWORD = "a long password"  # only of this test
_FIRST, _LATER = 3, 23
"""So many posts of Bo's, then more of Cy's than a page holds, whom the reader mutes."""


class Crowd:
    """Ana, who has muted Cy; Bo and Cy do the same, Cy last and more often than a page of Ana's is long."""

    def __init__(self, network: Network) -> None:
        self.network = network
        made = NewMember(username="ana", password_hash=hash_password(_PASSWORD))
        number = network.write(create_member, network.site.keyring, made).id
        self.ana = network.token_for(Caller(network, name="ana", number=number), "read write follow")
        self.bo, self.cy = network.member("bo"), network.member("cy")
        self.post = self.ana.say("Hello")["id"]

    def quote(self) -> list[str]:
        """Let both quote Ana's post; return what Ana sees of it, the newest first."""
        seen = [self.bo.say(f"bo {n}", quoted_status_id=self.post)["id"] for n in range(_FIRST)]
        for n in range(_LATER):
            self.cy.say(f"cy {n}", quoted_status_id=self.post)
        return seen[::-1]

    def mute(self) -> None:
        self.ana.post(f"/api/v1/accounts/{self.cy.id}/mute")
        self.network.settle()

    def reader(self) -> Reader:
        reader = Reader(self.network)
        reader.get("/auth/sign_in")
        reader.post("/auth/sign_in", name="ana", password=_PASSWORD)
        return reader


@pytest.fixture
def crowd(network: Network) -> Crowd:
    return Crowd(network)


def everything(member: Caller, path: str, **params: Any) -> tuple[list[Any], int]:
    """Follow the Link header to its end; return all that was shown, and how many pages showed nothing."""
    found, blank = [], 0
    answer = member.call("GET", path, params=params)
    for _ in range(50):
        found += answer.json()
        blank += not answer.json()
        if "next" not in answer.links:
            return found, blank
        answer = member.call("GET", answer.links["next"]["url"].removeprefix(ORIGIN))
    raise AssertionError("the list has no end")


def read_on(reader: Reader, path: str) -> str:
    """Press “Show more” as long as it is there; return all pages, the first without its “Nothing here”."""
    pages, next_page = [], path
    for _ in range(50):
        pages.append(reader.get(next_page))
        more = re.search(r'<p class="more"><a class="button" href="([^"]+)"', pages[-1])
        if more is None:
            return "".join(pages)
        next_page = more[1]
    raise AssertionError("the list has no end")


def test_quotes_go_on_behind_those_of_the_muted(crowd: Crowd) -> None:
    seen = crowd.quote()
    crowd.mute()
    path = f"/api/v1/statuses/{crowd.post}/quotes"
    found, blank = everything(crowd.ana, path, limit=5)
    assert [each["id"] for each in found] == seen
    assert blank >= 4, "whole pages of what is hidden are passed by"
    whole = read_on(crowd.reader(), f"/@ana/{crowd.post}/quotes")
    assert [f'id="p{each}"' in whole for each in seen] == [True] * _FIRST
    assert "No quotes yet" not in whole
    assert "cy 0" not in whole


def test_notifications_about_posts_that_one_may_not_read_any_more_are_passed_by(crowd: Crowd) -> None:
    crowd.ana.post(f"/api/v1/accounts/{crowd.bo.id}/follow", notify=True)
    seen = crowd.bo.say("For everybody")["id"]
    for n in range(45):
        crowd.bo.say(f"For followers {n}", visibility="private")
    crowd.network.settle()
    crowd.ana.post(f"/api/v1/accounts/{crowd.bo.id}/unfollow")
    found, blank = everything(crowd.ana, "/api/v1/notifications", limit=10)
    assert ([each["status"]["id"] for each in found], blank >= 4) == ([seen], True)
    whole = read_on(crowd.reader(), "/notifications")
    assert ("For everybody" in whole, "For followers" in whole, "Nothing new" in whole) == (True, False, False)


def test_quotes_that_wait_go_on_behind_those_of_the_muted(crowd: Crowd) -> None:
    asked = crowd.ana.say("Ask me", quote_approval_policy="nobody", quote_asking=True)["id"]
    wanted = crowd.bo.say("bo asks", quoted_status_id=asked)["id"]
    for n in range(_LATER):
        crowd.cy.say(f"cy {n}", quoted_status_id=asked)
    crowd.mute()
    found, blank = everything(crowd.ana, "/api/palabre/v1/quote_requests", limit=5)
    assert ([each["id"] for each in found], blank >= 4) == ([wanted], True)
    whole = read_on(crowd.reader(), "/settings/quotes")
    assert f"/settings/quotes/{wanted}/accept" in whole
    assert "No quotes wait" not in whole


def test_followers_go_on_behind_the_blocked_and_end(crowd: Crowd) -> None:
    crowd.bo.follow(crowd.cy)
    for n in range(_LATER):
        fan = crowd.network.member(f"fan{n}")
        fan.follow(crowd.cy)
        crowd.ana.post(f"/api/v1/accounts/{fan.id}/block")
    found, blank = everything(crowd.ana, f"/api/v1/accounts/{crowd.cy.id}/followers", limit=5)
    assert ([each["id"] for each in found], blank >= 4) == ([crowd.bo.id], True)
    whole = read_on(crowd.reader(), "/@cy/followers")
    assert ("@bo" in whole, "@fan1" in whole) == (True, False)


def test_collections_go_on_behind_those_of_the_muted(crowd: Crowd) -> None:
    others = [crowd.network.member(f"other{n}") for n in range(3)]
    crowd.ana.call("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": True})
    for member, many in ((crowd.bo, 2), *((each, 8) for each in others)):
        member.call("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": True})
        for n in range(many):
            said = {"name": f"{member.name} {n}", "discoverable": True, "account_ids": [crowd.ana.id]}
            member.post("/api/v1/collections", **said)
    for each in others:
        crowd.ana.post(f"/api/v1/accounts/{each.id}/mute")
    whole = read_on(crowd.reader(), "/discover/collections")
    assert ("bo 0" in whole, "other0 0" in whole, "No collections yet" in whole) == (True, False, False)
