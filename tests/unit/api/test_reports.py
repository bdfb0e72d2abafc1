"""Reports and rules through the API."""

from __future__ import annotations

import pytest

from palabre.ids import Kind
from palabre.moderation import actions, queries
from palabre.moderation.model import Translation
from palabre.paging import Window
from unit.api.documented import problems
from unit.api.network import Network

REPORTS = "/api/v1/reports"


def test_a_report_names_who_and_what_and_why(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = bo.say("Buy")
    made = ana.post(REPORTS, account_id=bo.id, status_ids=[post["id"]], category="spam", comment=" Again ")
    assert problems("Report", made) == []
    assert (made["category"], made["comment"], made["status_ids"]) == ("spam", "Again", [post["id"]])
    assert made["target_account"]["id"] == bo.id
    assert (made["action_taken"], made["forwarded"]) == (False, False)
    (stored,) = network.run(network.site.db.read(queries.reports_page, Window())).items
    assert (stored.reporter.username, stored.target.username, stored.against) == ("ana", "bo", 1)


def test_a_report_names_collections_of_the_account(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    theirs = bo.post("/api/v1/collections", name="Wrong")["collection"]["id"]
    other = cy.post("/api/v1/collections", name="Right")["collection"]["id"]
    made = ana.post(REPORTS, account_id=bo.id, collection_ids=[theirs])
    assert problems("Report", made) == []
    assert made["collection_ids"] == [theirs]
    ana.post(REPORTS, 404, account_id=bo.id, collection_ids=[other])
    ana.post(REPORTS, 404, account_id=bo.id, collection_ids=["1"])
    (stored,) = network.run(network.site.db.read(queries.reports_page, Window())).items
    assert len(stored.report.collections) == 1


def test_the_reported_account_is_told_nothing(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.post(REPORTS, account_id=bo.id)
    network.settle()
    assert bo.get("/api/v1/notifications") == []


def test_a_report_of_a_broken_rule_is_a_violation(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    rules = ana.get("/api/v1/instance/rules")
    made = ana.post(REPORTS, account_id=bo.id, rule_ids=[rules[0]["id"]], category="other")
    assert (made["category"], made["rule_ids"]) == ("violation", [rules[0]["id"]])


@pytest.mark.parametrize(
    ("given", "status", "field"),
    [
        ({"comment": "x" * 1_001}, 422, "comment"),
        ({"category": "dislike"}, 422, "category"),
        ({"status_ids": ["1"]}, 404, None),
        ({"rule_ids": ["1"]}, 404, None),
    ],
)
def test_what_makes_no_sense_is_refused(
    network: Network, given: dict[str, object], status: int, field: str | None
) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    refused = ana.post(REPORTS, status, account_id=bo.id, **given)
    assert field is None or field in refused["details"]
    ana.post(REPORTS, 422, account_id=ana.id)
    unknown = network.site.ids.encode(Kind.RULE, 77)
    assert "rule_ids" in ana.post(REPORTS, 422, account_id=bo.id, rule_ids=[unknown])["details"]


def test_posts_of_others_and_posts_one_may_not_read_are_not_there(network: Network) -> None:
    ana, bo, cy = (network.member(name) for name in ("ana", "bo", "cy"))
    of_cy, hidden = cy.say("hello"), bo.say("psst", visibility="private")
    for post in (of_cy, hidden):
        ana.post(REPORTS, 404, account_id=bo.id, status_ids=[post["id"]])
    assert network.run(network.site.db.read(queries.open_count)) == 0


def test_rules_are_two_until_the_operator_makes_others(network: Network) -> None:
    usual = network.visitor.get("/api/v1/instance/rules")
    assert [problems("Rule", each) for each in usual] == [[], []]
    assert usual[0]["text"] == "What the law forbids is forbidden here."
    assert usual[0]["translations"]["fr"]["text"] not in {"", usual[0]["text"]}
    made = network.write(actions.add_rule, "Be brief", "Or be kind", {"fr": Translation("Soyez bref")})
    (own,) = network.visitor.get("/api/v1/instance/rules")
    assert problems("Rule", own) == []
    assert (own["text"], own["hint"]) == ("Be brief", "Or be kind")
    assert own["translations"] == {"fr": {"text": "Soyez bref", "hint": ""}}
    for version in ("v1", "v2"):
        assert network.visitor.get(f"/api/{version}/instance")["rules"] == [own]
    network.write(actions.remove_rule, made.id)
    assert network.visitor.get("/api/v1/instance/rules") == usual


def test_a_closed_report_is_closed_for_its_reporter_too(network: Network) -> None:
    ana, bo, cy = (network.member(name) for name in ("ana", "bo", "cy"))
    ana.post(REPORTS, account_id=bo.id)
    (view,) = network.run(network.site.db.read(queries.reports_page, Window())).items
    network.write(actions.close_report, cy.number, view.report.id)
    (own,) = network.run(network.site.db.read(queries.own_reports, ana.number, Window())).items
    assert own.report.closed is not None
    assert own.reporter is None
    assert network.run(network.site.db.read(queries.reports_page, Window())).items == []
    assert len(network.run(network.site.db.read(queries.reports_page, Window(), closed=True)).items) == 1
    network.write(actions.reopen_report, cy.number, view.report.id)
    assert network.run(network.site.db.read(queries.open_count)) == 1
