"""What a profile shows, whom it lets name it as an author, and how the network presents itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files

import pytest

from palabre.accounts.actions import suspend
from palabre.api.mastodon.entities.instance import MASTODON_API
from palabre.config import Config
from palabre.media.model import Limits, Purpose
from palabre.media.processing import process_picture
from unit.api.documented import problems
from unit.api.network import Network

PROFILE, CREDENTIALS = "/api/v1/profile", "/api/v1/accounts/update_credentials"


@pytest.mark.parametrize("path", [PROFILE, CREDENTIALS])
def test_what_a_profile_shows_is_the_members_choice(network: Network, path: str) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    usual = {"hide_collections": False, "show_media": True, "show_media_replies": True, "show_featured": True}
    before = ana.get(PROFILE)
    assert problems("Profile", before) == []
    assert {name: before[name] for name in usual} == usual
    for name, first in usual.items():
        ana.call("PATCH", path, json={name: not first})
        shown = [ana.get(PROFILE), bo.get(f"/api/v1/accounts/{ana.id}")]
        assert [each[name] for each in shown] == [not first] * 2
        assert [{each: one[each] for each in usual if each != name} for one in shown] == [
            {each: value for each, value in usual.items() if each != name}
        ] * 2
        ana.call("PATCH", path, json={name: first})
    ana.call("PATCH", path, data={"hide_collections": "true"})
    assert ana.get("/api/v1/accounts/verify_credentials")["source"]["hide_collections"] is True


def test_who_hides_his_people_shows_them_to_himself_alone(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    bo.follow(ana)
    ana.follow(cy)
    cy.follow(bo)
    followers, following = (f"/api/v1/accounts/{ana.id}/{which}" for which in ("followers", "following"))
    familiar = "/api/v1/accounts/familiar_followers"
    ana.follow(bo)
    assert [len(cy.get(each)) for each in (followers, following)] == [1, 2]
    assert {each["username"] for each in ana.get(familiar, **{"id[]": bo.id})[0]["accounts"]} == {"cy"}
    ana.call("PATCH", PROFILE, json={"hide_collections": True})
    cy.call("PATCH", PROFILE, json={"hide_collections": True})
    for reader in (cy, bo, network.visitor):
        assert [reader.get(each) for each in (followers, following)] == [[], []]
    assert [len(ana.get(each)) for each in (followers, following)] == [1, 2]
    assert (ana.get(PROFILE)["hide_collections"], bo.get(f"/api/v1/accounts/{ana.id}")["followers_count"]) == (
        True,
        1,
    )
    assert ana.get(familiar, **{"id[]": bo.id})[0]["accounts"] == []


def test_sites_that_may_name_an_author_are_tidied_and_wrong_ones_named(network: Network) -> None:
    ana = network.member("ana")
    given = ["https://Example.org/x", " *.écrit.example ", "example.org", ""]
    ana.call("PATCH", PROFILE, json={"attribution_domains": given})
    kept = ["example.org", "xn--crit-9oa.example"]
    assert ana.get(PROFILE)["attribution_domains"] == kept
    assert ana.get("/api/v1/accounts/verify_credentials")["source"]["attribution_domains"] == kept
    for wrong in (["localhost"], ["127.0.0.1"], ["exa mple.org"], [f"{n}.example" for n in range(101)]):
        told = ana.call("PATCH", PROFILE, 422, json={"attribution_domains": wrong}).json()
        assert "attribution_domains" in told["details"]
    assert ana.get(PROFILE)["attribution_domains"] == kept
    ana.call("PATCH", CREDENTIALS, json={"attribution_domains": []})
    assert ana.get(PROFILE)["attribution_domains"] == []


def test_the_network_says_what_it_has_and_whom_to_talk_to(network_with: Callable[..., Network]) -> None:
    network = network_with(registrations="closed", contact_account="ana")
    ana = network.member("ana")
    texts = network.site.folder / "texts"
    texts.mkdir()
    (texts / "closed.txt").write_text("Come back <in May>.", "utf-8")
    told = network.visitor.get("/api/v2/instance")
    assert problems("Instance", told) == []
    assert told["contact"]["account"]["id"] == ana.id
    assert network.visitor.get("/api/v1/instance")["contact_account"]["id"] == ana.id
    assert told["registrations"]["message"] == "<p>Come back &lt;in May&gt;.</p>"
    assert told["api_versions"] == {"mastodon": MASTODON_API, "palabre": 1}
    described = network.visitor.get(told["configuration"]["urls"]["openapi"].removeprefix("http://localhost"))
    assert "/api/palabre/v1/drafts" in described["paths"]
    for icon in told["icon"]:
        assert re.fullmatch(r"http://localhost/static/[\w-]+\.png", icon["src"])
    network.write(suspend, ana.number)
    assert network.visitor.get("/api/v2/instance")["contact"]["account"] is None


def test_the_blurhash_of_the_network_is_that_of_its_picture(network: Network) -> None:
    picture = (files("palabre.web") / "static" / "header.png").read_bytes()
    drawn = process_picture(picture, purpose=Purpose.PICTURE, limits=Limits())
    assert network.visitor.get("/api/v2/instance")["thumbnail"]["blurhash"] == drawn.blurhash


def test_without_these_settings_nothing_is_made_up(network: Network) -> None:
    told = network.visitor.get("/api/v2/instance")
    assert (told["contact"]["account"], told["registrations"]["message"]) == (None, None)
    assert Config().contact_account == ""
