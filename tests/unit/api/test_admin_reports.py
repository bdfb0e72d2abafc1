"""Those who run the network look into reports through the API."""

from __future__ import annotations

from typing import Any

from palabre.ids import Kind
from palabre.rights.actions import delete_account, delete_more
from unit.api.documented import problems
from unit.api.network import Caller, Network
from unit.api.test_admin_accounts import acts, root_of

REPORTS = "/api/v1/admin/reports"


def _reports(root: Caller, **query: Any) -> list[str]:
    return [each["id"] for each in root.get(REPORTS, **query)]


def test_a_report_shows_who_whom_and_what(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana"), network.member("bo")
    post, hidden = bo.say("Buy"), bo.say("Psst", visibility="private")
    ana.follow(bo)
    rules = ana.get("/api/v1/instance/rules")
    made = ana.post(
        "/api/v1/reports", account_id=bo.id, status_ids=[post["id"], hidden["id"]], rule_ids=[rules[0]["id"]]
    )
    shown = root.get(f"{REPORTS}/{made['id']}")
    assert problems("Admin_Report", shown) == []
    assert (shown["account"]["username"], shown["target_account"]["username"]) == ("ana", "bo")
    assert [each["id"] for each in shown["statuses"]] == [post["id"]]
    assert [each["id"] for each in shown["rules"]] == [rules[0]["id"]]
    assert (shown["category"], shown["action_taken"], shown["assigned_account"]) == ("violation", False, None)
    root.get(f"{REPORTS}/{network.site.ids.encode(Kind.REPORT, 77)}", 404)


def test_reports_are_listed_open_or_closed_by_whom_and_of_whom(network: Network) -> None:
    root, ana, bo, cy = root_of(network), *(network.member(name) for name in ("ana", "bo", "cy"))
    one = ana.post("/api/v1/reports", account_id=bo.id)["id"]
    two = ana.post("/api/v1/reports", account_id=cy.id)["id"]
    three = bo.post("/api/v1/reports", account_id=cy.id)["id"]
    assert _reports(root) == [three, two, one]
    assert _reports(root, account_id=ana.id) == [two, one]
    assert _reports(root, target_account_id=cy.id) == [three, two]
    assert _reports(root, account_id=ana.id, target_account_id=cy.id) == [two]
    assert [len(page) for page in root.pages(REPORTS, limit=2)] == [2, 1]
    root.post(f"{REPORTS}/{two}/resolve")
    assert (_reports(root), _reports(root, resolved="true")) == ([three, one], [two])


def test_a_report_is_taken_left_closed_and_opened_again(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana"), network.member("bo")
    place = f"{REPORTS}/{ana.post('/api/v1/reports', account_id=bo.id)['id']}"
    assert root.post(f"{place}/assign_to_self")["assigned_account"]["username"] == "root"
    assert root.post(f"{place}/unassign")["assigned_account"] is None
    closed = root.post(f"{place}/resolve")
    assert (closed["action_taken"], closed["action_taken_by_account"]["username"]) == (True, "root")
    opened = root.post(f"{place}/reopen")
    assert (opened["action_taken"], opened["action_taken_at"], opened["action_taken_by_account"]) == (
        False,
        None,
        None,
    )
    told = [kind for kind, _ in acts(network)]
    assert told == ["report_reopened", "report_closed", "report_unassigned", "report_assigned"]
    ana.post(f"{place}/resolve", 403)


def test_what_a_report_is_about_can_be_said_better(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana"), network.member("bo")
    place = f"{REPORTS}/{ana.post('/api/v1/reports', account_id=bo.id)['id']}"
    rule = ana.get("/api/v1/instance/rules")[1]["id"]

    def put(expect: int = 200, **body: Any) -> Any:
        return root.call("PUT", place, expect, json=body).json()

    assert put(category="spam")["category"] == "spam"
    changed = put(rule_ids=[rule])
    assert (changed["category"], [each["id"] for each in changed["rules"]]) == ("violation", [rule])
    assert put(category="legal")["rules"] == []
    put(422, rule_ids=[network.site.ids.encode(Kind.RULE, 77)])
    put(422, category="dislike")


def test_a_deleted_reporter_and_a_deleted_moderator_leave_a_name_that_nobody_has(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana"), network.member("bo")
    place = f"{REPORTS}/{ana.post('/api/v1/reports', account_id=bo.id)['id']}"
    network.write(delete_account, network.site.keyring, ana.number)
    for _ in range(3):
        network.write(delete_more, ana.number)
    shown = root.get(place)
    assert (shown["account"]["username"], shown["account"]["email"]) == ("deleted-account", "")
    assert shown["target_account"]["username"] == "bo"


def test_the_reported_hide_nothing_public_by_a_block(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana"), network.member("bo")
    ana.follow(bo)
    public, hidden = bo.say("Buy"), bo.say("Psst", visibility="private")
    made = ana.post("/api/v1/reports", account_id=bo.id, status_ids=[public["id"], hidden["id"]])
    bo.post(f"/api/v1/accounts/{root.id}/block")
    root.get(f"/api/v1/statuses/{public['id']}", 404)
    shown = root.get(f"{REPORTS}/{made['id']}")
    assert [each["id"] for each in shown["statuses"]] == [public["id"]]
    [listed] = root.get(REPORTS)
    assert [each["id"] for each in listed["statuses"]] == [public["id"]]
