"""What the network says of itself, and a member's own profile."""

from __future__ import annotations

import datetime as dt

from palabre import clock
from unit.api.documented import problems
from unit.api.network import Network
from unit.api.test_cards import page


def test_texts_are_ours_until_the_operator_writes_others(network: Network) -> None:
    visitor = network.visitor
    for place, entity in (("extended_description", "ExtendedDescription"), ("privacy_policy", "PrivacyPolicy")):
        usual = visitor.get(f"/api/v1/instance/{place}")
        assert problems(entity, usual) == []
    assert "advertising" in usual["content"]
    folder = network.site.folder / "texts"
    folder.mkdir()
    (folder / "about.txt").write_text("A place.\n\nTo <b>talk</b>.", "utf-8")
    (folder / "privacy.txt").write_text("Nothing is kept.", "utf-8")
    about = visitor.get("/api/v1/instance/extended_description")
    assert problems("ExtendedDescription", about) == []
    assert about["content"] == "<p>A place.</p><p>To &lt;b&gt;talk&lt;/b&gt;.</p>"
    assert visitor.get("/api/v1/instance/privacy_policy")["content"] == "<p>Nothing is kept.</p>"


def test_apps_find_in_which_languages_posts_may_be_marked(network: Network) -> None:
    found = network.visitor.get("/api/v1/instance/languages")
    assert {"code": "fr", "name": "French"} in found
    assert all(each["name"] for each in found)
    member = network.member("ana")
    assert member.say("Allez", language=found[0]["code"])["language"] == found[0]["code"]


def test_terms_are_there_once_they_are_written(network: Network) -> None:
    visitor = network.visitor
    visitor.get("/api/v1/instance/terms_of_service", 404)
    assert visitor.get("/api/v2/instance")["configuration"]["urls"]["terms_of_service"] is None
    folder = network.site.folder / "texts"
    folder.mkdir()
    (folder / "terms.txt").write_text("Be here.", "utf-8")
    terms = visitor.get("/api/v1/instance/terms_of_service")
    assert problems("TermsOfService", terms) == []
    assert terms["content"] == "<p>Be here.</p>"
    assert visitor.get(f"/api/v1/instance/terms_of_service/{terms['effective_date']}") == terms
    visitor.get("/api/v1/instance/terms_of_service/2001-01-01", 404)
    instance = visitor.get("/api/v2/instance")
    assert problems("Instance", instance, without=frozenset({"thumbnail.blurhash", "thumbnail.versions"})) == []
    assert instance["configuration"]["urls"]["terms_of_service"] == "http://localhost/about#terms"
    assert instance["configuration"]["urls"]["privacy_policy"] == "http://localhost/about#privacy"


def test_terms_have_versions_by_day(network: Network) -> None:
    visitor, place = network.visitor, "/api/v1/instance/terms_of_service"
    folder = network.site.folder / "texts"
    folder.mkdir()
    today = dt.date.fromisoformat(clock.day(clock.now()))
    later = (today + dt.timedelta(days=30)).isoformat()
    (folder / f"terms-{later}.txt").write_text("Be here often.", "utf-8")
    (folder / "terms-2026-02-31.txt").write_text("No such day.", "utf-8")
    first = visitor.get(place)
    assert problems("TermsOfService", first) == []
    assert (first["effective"], first["effective_date"], first["succeeded_by"]) == (False, later, None)
    for day, words in (("2025-01-01", "Come."), ("2026-01-01", "Be here.")):
        (folder / f"terms-{day}.txt").write_text(words, "utf-8")
    assert visitor.get(place) == {
        "effective_date": "2026-01-01",
        "effective": True,
        "content": "<p>Be here.</p>",
        "succeeded_by": later,
    }
    old = visitor.get(f"{place}/2025-01-01")
    assert (old["content"], old["effective"], old["succeeded_by"]) == ("<p>Come.</p>", True, "2026-01-01")
    assert visitor.get(f"{place}/{later}") == first
    shown = page(network, "/about")
    assert "Be here.</p>" in shown
    assert "Terms from " in shown.partition("Be here.</p>")[2].partition("Be here often.</p>")[0]
    for day in ("2026-02-31", "2024-01-01", "x"):
        visitor.get(f"{place}/{day}", 404)


def test_a_profile_is_shown_and_changed_as_it_was_written(network: Network) -> None:
    ana = network.member("ana")
    kept = ana.get("/api/v1/profile")
    assert problems("Profile", kept) == []
    assert (kept["avatar"], kept["header"]) == (None, None)
    changed = ana.call(
        "PATCH",
        "/api/v1/profile",
        json={"note": "Writes. #tree", "locked": True, "fields_attributes": [{"name": "Site", "value": "x"}]},
    ).json()
    assert problems("Profile", changed) == []
    assert (changed["note"], changed["locked"], changed["fields"][0]["name"]) == ("Writes. #tree", True, "Site")
    assert ana.get("/api/v1/profile") == changed
    network.visitor.get("/api/v1/profile", 401)


def test_what_there_is_none_of_is_said_so(network: Network) -> None:
    for place, empty in (("peers", []), ("domain_blocks", []), ("translation_languages", {})):
        assert network.visitor.get(f"/api/v1/instance/{place}") == empty
