"""Pages without a script: who has to wait, direct conversations, reports, rules, announcements."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from browsing import PASSWORD, Browsing
from running import Person, RunningServer


@pytest.fixture(scope="module")
def people(server: RunningServer) -> dict[str, Person]:
    made = {name: server.account(name, password=PASSWORD) for name in ("ben", "cleo")}
    return made | {"ana": server.account("ana", password=PASSWORD, admin=True)}


@pytest.fixture
def ana(server: RunningServer, people: dict[str, Person]) -> Browsing:
    return Browsing(server).sign_in(people["ana"])


@pytest.fixture
def ben(server: RunningServer, people: dict[str, Person]) -> Browsing:
    return Browsing(server).sign_in(people["ben"])


def eventually(page: Callable[[], str], pattern: str) -> str:
    """Read a page until it shows what ``pattern`` says, and return its first group."""
    for _ in range(200):
        found = re.search(pattern, page())
        if found:
            return found.group(1)
        time.sleep(0.05)
    raise AssertionError(f"{pattern} does not appear on the page")


def test_who_has_to_wait_is_let_through_or_removed(ana: Browsing, people: dict[str, Person]) -> None:
    assert ana.post("/settings/notifications", data={"not_following": "filter"}).status_code == 303
    assert '<option value="filter" selected>' in ana.get("/settings/notifications").text
    assert ana.post("/settings/notifications", data={"not_following": "maybe"}).status_code == 422
    with people["cleo"].client() as cleo:
        cleo.post("/api/v1/statuses", json={"status": "@ana are you there"}).raise_for_status()
    place = eventually(
        lambda: ana.get("/notifications/requests").text, r'action="(/notifications/requests/\d+)/accept"'
    )
    assert "are you there" in ana.get("/notifications/requests").text
    assert "1 person waits to be heard" in ana.get("/notifications").text
    assert "are you there" not in ana.get("/notifications").text
    assert ana.post(f"{place}/accept").status_code == 303
    assert "are you there" in ana.get("/notifications").text
    assert ana.post(f"{place}/dismiss").status_code == 404
    assert ana.post("/settings/notifications", data={"not_following": "accept"}).status_code == 303


def test_a_conversation_stands_on_the_page_until_it_is_taken_off(
    ana: Browsing, ben: Browsing, people: dict[str, Person]
) -> None:
    with people["ana"].client() as of_ana:
        number = of_ana.get("/api/v1/accounts/lookup", params={"acct": "ben"}).json()["id"]
        of_ana.post(f"/api/v1/accounts/{number}/follow").raise_for_status()
    with people["ben"].client() as of_ben:
        of_ben.post("/api/v1/statuses", json={"status": "@ana psst", "visibility": "direct"}).raise_for_status()
    place = eventually(lambda: ana.get("/direct").text, r'action="(/direct/\d+)/read"')
    assert "psst" in ana.get("/direct").text
    assert ben.post(f"{place}/read").status_code == 404
    assert ana.post(f"{place}/read").status_code == 303
    assert f"{place}/read" not in ana.get("/direct").text
    assert ben.post(f"{place}/unread").status_code == 404
    assert ana.post(f"{place}/unread").status_code == 303
    page = ana.get("/direct").text
    assert (f"{place}/read" in page, f"{place}/unread" in page) == (True, False)
    assert ana.post(f"{place}/remove").status_code == 303
    assert "psst" not in ana.get("/direct").text


def test_a_report_is_seen_and_closed_and_its_reporter_told(
    ana: Browsing, ben: Browsing, people: dict[str, Person]
) -> None:
    with people["cleo"].client() as cleo:
        post = cleo.post("/api/v1/statuses", json={"status": "Buy now"}).raise_for_status().json()
    target = post["account"]["id"]
    form = ben.get(f"/report?account={target}&post={post['id']}").text
    assert "Buy now" in form
    rule = re.findall(r'name="rules\[\]" value="(\d+)"', form)[1]
    data = {"account": target, "post": post["id"], "category": "spam", "comment": "Again", "rules[]": rule}
    refused = ben.post("/report", data=data | {"comment": "x" * 1_001})
    assert refused.status_code == 422
    assert "at most" in refused.text
    assert ben.post("/report", data=data).status_code == 303
    assert "has not been closed yet" in ben.get("/settings/reports").text
    assert ben.get("/admin/reports").status_code == 404
    page = ana.get("/admin/reports").text
    assert all(words in page for words in ("Again", "Buy now", "@ben", "1 report of this account", "1 open"))
    place = re.findall(r'action="(/admin/reports/\d+)/close"', page)[0]
    assert ana.post(f"{place}/close").status_code == 303
    assert "Again" in ana.get("/admin/reports?which=closed").text
    assert "is closed." in ben.get("/settings/reports").text
    assert ana.post(f"{place}/reopen").status_code == 303
    assert "Again" in ana.get("/admin/reports").text


def test_who_is_reported_hides_nothing_public_by_a_block(
    ana: Browsing, ben: Browsing, people: dict[str, Person]
) -> None:
    with people["cleo"].client() as cleo, people["ana"].client() as of_ana:
        post = cleo.post("/api/v1/statuses", json={"status": "Pills for sale"}).raise_for_status().json()
        own = of_ana.get("/api/v1/accounts/verify_credentials").raise_for_status().json()["id"]
        data = {"account": post["account"]["id"], "post": post["id"], "category": "spam"}
        assert ben.post("/report", data=data).status_code == 303
        cleo.post(f"/api/v1/accounts/{own}/block").raise_for_status()
        assert of_ana.get(f"/api/v1/statuses/{post['id']}").status_code == 404
        assert "Pills for sale" in ana.get("/admin/reports").text
        cleo.post(f"/api/v1/accounts/{own}/unblock").raise_for_status()


def test_rules_of_the_operator_stand_on_the_page_about_the_network(ana: Browsing, server: RunningServer) -> None:
    visitor = Browsing(server)
    assert "Pornography is not published here." in visitor.get("/about").text
    assert ana.post("/admin/rules", data={"text": ""}).status_code == 422
    assert ana.post("/admin/rules", data={"text": "Be brief", "text_fr": "Soyez bref"}).status_code == 303
    page = visitor.get("/about").text
    assert "Be brief" in page
    assert "Pornography" not in page
    assert "Soyez bref" in visitor.get("/about", headers={"accept-language": "fr"}).text
    place = re.findall(r'action="(/admin/rules/\d+)/remove"', ana.get("/admin/rules").text)[0]
    assert ana.post(f"{place}/remove").status_code == 303
    assert "Pornography is not published here." in visitor.get("/about").text


def test_a_report_of_a_rule_that_went_is_still_shown(ana: Browsing, ben: Browsing, people: dict[str, Person]) -> None:
    assert ana.post("/admin/rules", data={"text": "Be kind"}).status_code == 303
    place = re.findall(r'action="(/admin/rules/\d+)/remove"', ana.get("/admin/rules").text)[0]
    with people["cleo"].client() as cleo:
        target = cleo.get("/api/v1/accounts/verify_credentials").json()["id"]
    rule = re.findall(r'name="rules\[\]" value="(\d+)"', ben.get(f"/report?account={target}").text)[0]
    assert ben.post("/report", data={"account": target, "rules[]": rule, "comment": "Unkind"}).status_code == 303
    assert "Be kind" in ana.get("/admin/reports").text
    assert ana.post(f"{place}/remove").status_code == 303
    assert "A rule that is no longer there" in ana.get("/admin/reports").text


def test_an_announcement_is_made_answered_read_and_removed(ana: Browsing, ben: Browsing) -> None:
    assert ben.post("/admin/announcements", data={"text": "Mine"}).status_code == 404
    assert ana.post("/admin/announcements", data={"text": "Down on Sunday", "days": "7"}).status_code == 303
    page = ben.get("/announcements").text
    assert "Down on Sunday" in page
    place = re.findall(r'action="(/announcements/\d+)/dismiss"', page)[0]
    assert ben.post(f"{place}/react", data={"name": "👍"}).status_code == 303
    assert 'aria-pressed="true">👍 1' in ben.get("/announcements").text
    assert ben.post(f"{place}/react", data={"name": "👍", "back": "1"}).status_code == 303
    assert 'aria-pressed="true"' not in ben.get("/announcements").text
    assert ben.post(f"{place}/dismiss").status_code == 303
    assert f"{place}/dismiss" not in ben.get("/announcements").text
    remove = re.findall(r'action="(/admin/announcements/\d+)/delete"', ana.get("/admin/announcements").text)[0]
    assert ana.post(f"{remove}/delete").status_code == 303
    assert "Down on Sunday" not in ben.get("/announcements").text
