"""Those who run the network look after accounts through the API."""

from __future__ import annotations

from typing import Any

import pytest

from palabre.accounts.actions import NewMember, SignUp, create_member, sign_up
from palabre.accounts.model import Role
from palabre.ids import AccountId, Kind
from palabre.moderation.acts import acts_page
from palabre.moderation.model import Act
from palabre.paging import Window
from unit.api.documented import OPTIONAL, problems
from unit.api.network import Caller, Network

ACCOUNTS = "/api/v1/admin/accounts"
SCOPES = "read write follow admin:read admin:write"


def root_of(network: Network) -> Caller:
    return network.member("root", SCOPES, role=Role.ADMIN)


def act(root: Caller, target: Caller, kind: str, **more: Any) -> None:
    assert root.post(f"{ACCOUNTS}/{target.id}/action", type=kind, **more) == {}


def acts(network: Network, target: int | None = None) -> list[tuple[str, str]]:
    number = None if target is None else AccountId(target)
    page = network.run(network.site.db.read(acts_page, Window(), number))
    return [(view.deed.act.value, view.deed.reason) for view in page.items]


def wait(network: Network, name: str, **more: Any) -> Caller:
    wanted = SignUp(username=name, password_hash="x", reason="To talk", **more)
    made = network.write(sign_up, network.site.keyring, wanted, policy="approval")
    return Caller(network, name=name, number=made.id)


def found(root: Caller, version: int = 2, **query: Any) -> list[str]:
    return [each["username"] for each in root.get(f"/api/v{version}/admin/accounts", **query)]


def test_an_account_shows_how_it_stands(network: Network) -> None:
    root = root_of(network)
    made = network.write(
        create_member, network.site.keyring, NewMember(username="ana", email="Ana@example.org", password_hash="x")
    )
    shown = root.get(f"{ACCOUNTS}/{network.site.ids.encode(Kind.ACCOUNT, made.id)}")
    assert problems("Admin_Account", shown, without=OPTIONAL["Admin_Account"]) == []
    assert (shown["username"], shown["email"], shown["domain"]) == ("ana", "Ana@example.org", None)
    assert (shown["ip"], shown["ips"], shown["approved"], shown["disabled"]) == (None, [], True, False)
    assert (shown["silenced"], shown["suspended"], shown["sensitized"]) == (False, False, False)


def test_only_administrators_with_the_scope_get_in(network: Network) -> None:
    root = root_of(network)
    member = network.member("ana", SCOPES)
    narrow = network.token_for(root, "read write")
    for path in (ACCOUNTS, "/api/v2/admin/accounts", f"{ACCOUNTS}/{member.id}", "/api/v1/admin/reports"):
        assert member.get(path, 403)["error"] == "This action is not allowed"
        assert narrow.get(path, 403)["error"] == "This action is outside the authorized scopes"
        network.visitor.get(path, 401)
        root.get(path)
    member.post(f"{ACCOUNTS}/{root.id}/action", 403, type="suspend")
    network.token_for(root, "admin:read:reports").get(ACCOUNTS, 403)
    network.token_for(root, "admin:read:accounts").post(f"{ACCOUNTS}/{member.id}/action", 403, type="suspend")
    network.token_for(root, "admin:read:accounts").get(ACCOUNTS)
    unknown = network.site.ids.encode(Kind.ACCOUNT, 77)
    root.get(f"{ACCOUNTS}/{unknown}", 404)


def test_accounts_are_found_by_how_they_stand(network: Network) -> None:
    root = root_of(network)
    people = {name: network.member(name) for name in ("able", "disa", "limi", "sens", "susp")}
    wait(network, "pend", email="pend@example.org")
    for name, kind in (("disa", "disable"), ("limi", "silence"), ("sens", "sensitive"), ("susp", "suspend")):
        act(root, people[name], kind)
    assert found(root) == ["pend", "susp", "sens", "limi", "disa", "able", "root"]
    expected = {
        "active": ["sens", "limi", "able", "root"],
        "pending": ["pend"],
        "disabled": ["disa"],
        "silenced": ["limi"],
        "suspended": ["susp"],
        "sensitized": ["sens"],
    }
    for status, names in expected.items():
        assert found(root, status=status) == names
        assert found(root, 1, **{status: "true"}) == names
    assert found(root, permissions="staff") == found(root, 1, staff="true") == ["root"]
    assert found(root, **{"role_ids[]": "2"}) == ["root"]
    assert found(root, **{"role_ids[]": "77"}) == []
    assert found(root, username="S") == ["susp", "sens"]
    assert found(root, origin="remote") == found(root, ip="192.0.2.1") == found(root, by_domain="far.example") == []
    assert found(root, email="pend@example.org") == []
    assert found(root, origin="local", limit=2) == ["pend", "susp"]
    assert [len(page) for page in root.pages("/api/v2/admin/accounts", limit=3)] == [3, 3, 1]


def test_a_vouched_address_finds_its_account(network: Network) -> None:
    root = root_of(network)
    network.write(create_member, network.site.keyring, NewMember(username="ana", email="ana@example.org"))
    assert found(root, email="ANA@example.org") == ["ana"]
    assert found(root, email="an@example.org") == []


def test_who_waits_is_approved_or_refused(network: Network) -> None:
    root, one, two = root_of(network), wait(network, "one"), wait(network, "two")
    shown = root.get(f"{ACCOUNTS}/{one.id}")
    assert (shown["approved"], shown["invite_request"]) == (False, "To talk")
    assert root.post(f"{ACCOUNTS}/{one.id}/approve")["approved"] is True
    root.post(f"{ACCOUNTS}/{one.id}/approve", 403)
    assert root.post(f"{ACCOUNTS}/{two.id}/reject")["username"] == "two"
    root.get(f"{ACCOUNTS}/{two.id}", 404)
    root.post(f"{ACCOUNTS}/{one.id}/reject", 403)
    assert [kind for kind, _ in acts(network)] == ["reject", "approve"]


def test_a_disabled_member_is_out_until_enabled_and_the_posts_stay(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana"), network.member("bo")
    post = ana.say("Still here")
    act(root, ana, "disable", text="Stolen")
    assert ana.get("/api/v1/accounts/verify_credentials", 403)["error"] == "Your login is currently disabled"
    assert bo.get(f"/api/v1/statuses/{post['id']}")["content"] == "<p>Still here</p>"
    assert root.get(f"{ACCOUNTS}/{ana.id}")["disabled"] is True
    assert root.post(f"{ACCOUNTS}/{ana.id}/enable")["disabled"] is False
    assert ana.get("/api/v1/accounts/verify_credentials")["username"] == "ana"
    assert acts(network, ana.number) == [("enable", ""), ("disable", "Stolen")]


def test_a_suspended_account_comes_back_whole_or_is_deleted(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana"), network.member("bo")
    post = ana.say("Hello")
    root.call("DELETE", f"{ACCOUNTS}/{ana.id}", 403)
    act(root, ana, "suspend")
    bo.get(f"/api/v1/statuses/{post['id']}", 404)
    assert root.post(f"{ACCOUNTS}/{ana.id}/unsuspend")["suspended"] is False
    assert bo.get(f"/api/v1/statuses/{post['id']}")["id"] == post["id"]
    act(root, ana, "suspend", text="Again")
    assert root.delete(f"{ACCOUNTS}/{ana.id}")["username"] == "ana"
    root.get(f"{ACCOUNTS}/{ana.id}", 404)
    assert "delete" in [kind for kind, _ in acts(network)]


def test_nobody_acts_upon_those_who_run_the_network(network: Network) -> None:
    root = root_of(network)
    other = network.member("other", SCOPES, role=Role.ADMIN)
    for target in (root, other):
        root.post(f"{ACCOUNTS}/{target.id}/action", 403, type="suspend")
        root.call("DELETE", f"{ACCOUNTS}/{target.id}", 403)
    assert acts(network) == []


def test_an_act_closes_the_report_that_asked_for_it(network: Network) -> None:
    root, ana, bo, cy = root_of(network), *(network.member(name) for name in ("ana", "bo", "cy"))
    report = ana.post("/api/v1/reports", account_id=bo.id, comment="Spam")
    root.post(f"{ACCOUNTS}/{cy.id}/action", 404, type="none", report_id=report["id"])
    assert acts(network) == []
    act(root, bo, "none", report_id=report["id"], text="Please stop")
    assert root.get(f"/api/v1/admin/reports/{report['id']}")["action_taken"] is True
    assert acts(network) == [("none", "Please stop"), ("report_closed", "")]


@pytest.mark.parametrize("kind", ["delete", "approve", "report_closed"])
def test_what_is_no_measure_is_refused(network: Network, kind: str) -> None:
    root, ana = root_of(network), network.member("ana")
    root.post(f"{ACCOUNTS}/{ana.id}/action", 422, type=kind)
    root.post(f"{ACCOUNTS}/{ana.id}/action", 422, type="none", text="x" * 2_001)
    assert acts(network) == []
    assert Act("none") is Act.WARN
