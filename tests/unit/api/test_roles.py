"""Who runs the network: owners, administrators and moderators, and what each of them may do."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from palabre.accounts.actions import NewMember, create_member, set_role
from palabre.accounts.model import Role
from palabre.accounts.roles import PERMISSIONS, Permission, outranks, roles_below
from palabre.api.routes import ENDPOINTS
from palabre.ids import AccountId
from palabre.moderation.errors import NotYours
from palabre.moderation.judging import give_role
from unit.api.documented import problems
from unit.api.network import Caller, Network
from unit.api.test_admin_accounts import SCOPES, act, acts

MODERATES = {"/api/v1/admin/accounts", "/api/v2/admin/accounts", "/api/v1/admin/reports", "/api/v1/admin/tags"}
RUNS = {
    "/api/v1/admin/domain_blocks", "/api/v1/admin/domain_allows", "/api/v1/admin/ip_blocks",
    "/api/v1/admin/email_domain_blocks", "/api/v1/admin/canonical_email_blocks",
}  # fmt: skip


def holder(network: Network, role: Role, name: str = "") -> Caller:
    return network.member(name or role.value, SCOPES, role=role)


def test_each_role_may_what_those_below_it_may_and_more() -> None:
    order = list(Role)
    assert order == [Role.MEMBER, Role.MODERATOR, Role.ADMIN, Role.OWNER]
    for below, above in pairwise(order):
        assert PERMISSIONS[below] in PERMISSIONS[above]
        assert PERMISSIONS[above] != PERMISSIONS[below]
        assert outranks(above, below)
        assert not outranks(below, above)
    assert not any(outranks(role, role) for role in Role)
    assert [role for role in Role if Permission.ADMINISTRATOR in PERMISSIONS[role]] == [Role.OWNER]
    assert [roles_below(role) for role in Role] == [(), (), (Role.MEMBER, Role.MODERATOR), tuple(order[:3])]


@pytest.mark.parametrize(
    ("role", "number", "name", "bits"),
    [
        (Role.MEMBER, "-99", "", 0),
        (Role.MODERATOR, "1", "Moderator", 4 | 8 | 16 | 256 | 1024),
        (Role.ADMIN, "2", "Admin", int(PERMISSIONS[Role.ADMIN])),
        (Role.OWNER, "3", "Owner", int(PERMISSIONS[Role.OWNER])),
    ],
)
def test_a_role_is_told_wherever_it_is_documented(
    network: Network, role: Role, number: str, name: str, bits: int
) -> None:
    me, root = holder(network, role, "me"), holder(network, Role.OWNER, "root")
    own = me.get("/api/v1/accounts/verify_credentials")
    assert problems("Role", own["role"]) == []
    assert (own["role"]["id"], own["role"]["name"], own["role"]["permissions"]) == (number, name, str(bits))
    assert own["role"]["highlighted"] is (role is not Role.MEMBER)
    assert root.get(f"/api/v1/admin/accounts/{me.id}")["role"] == own["role"]
    shown = [] if role is Role.MEMBER else [{"id": number, "name": name, "color": ""}]
    post = me.say("hello")
    for found in (
        own,
        network.visitor.get(f"/api/v1/accounts/{me.id}"),
        network.visitor.get(f"/api/v1/statuses/{post['id']}")["account"],
        root.get(f"/api/v1/admin/accounts/{me.id}")["account"],
    ):
        assert found["roles"] == shown


def test_a_role_that_is_given_is_seen_at_once_and_taken_back(network: Network) -> None:
    ana = network.member("ana", SCOPES)
    post = ana.say("hello")
    shown = lambda: network.visitor.get(f"/api/v1/statuses/{post['id']}")["account"]["roles"]  # noqa: E731
    assert shown() == []
    ana.get("/api/v1/admin/reports", 403)
    network.write(set_role, AccountId(ana.number), Role.MODERATOR)
    assert [each["name"] for each in shown()] == ["Moderator"]
    ana.get("/api/v1/admin/reports")
    network.write(set_role, AccountId(ana.number), Role.MEMBER)
    assert shown() == []
    ana.get("/api/v1/admin/reports", 403)


def test_a_suspended_account_shows_no_role(network: Network) -> None:
    root, ana = holder(network, Role.OWNER), holder(network, Role.MODERATOR, "ana")
    act(root, ana, "suspend")
    assert network.visitor.get(f"/api/v1/accounts/{ana.id}")["roles"] == []


def test_moderators_look_after_reports_and_accounts_and_change_nothing_of_the_network(network: Network) -> None:
    moderator, ana, bo = holder(network, Role.MODERATOR), network.member("ana"), network.member("bo")
    ana.post("/api/v1/reports", account_id=bo.id)
    [report] = moderator.get("/api/v1/admin/reports")
    moderator.post(f"/api/v1/admin/accounts/{bo.id}/action", type="suspend", report_id=report["id"], text="Spam")
    assert moderator.get(f"/api/v1/admin/reports/{report['id']}")["action_taken"] is True
    for path in MODERATES:
        moderator.get(path)
    moderator.post("/api/v1/admin/measures", keys=["new_users"])
    for path in RUNS:
        assert moderator.get(path, 403) == {"error": "This action is not allowed"}
        assert moderator.post(path, 403, domain="x.example")["error"] == "This action is not allowed"
    assert moderator.call("DELETE", f"/api/v1/admin/accounts/{bo.id}", 403)
    admin = holder(network, Role.ADMIN)
    for path in MODERATES | RUNS:
        admin.get(path)
    admin.delete(f"/api/v1/admin/accounts/{bo.id}")


def test_every_method_for_those_who_run_the_network_is_closed_to_members(network: Network) -> None:
    ana = network.member("ana", SCOPES)
    methods = [each for each in ENDPOINTS if "/admin/" in each.path]
    assert len(methods) > 45
    for each in methods:
        path = each.path
        for name in each.path_params:
            path = path.replace(f"{{{name}}}", ana.id)
        ana.call(each.method, path, 403, **({} if each.method == "GET" else {"json": {}}))


def test_nobody_does_anything_about_whose_role_is_as_high_as_his(network: Network) -> None:
    order = list(Role)
    people = {role: holder(network, role) for role in Role}
    others = {role: holder(network, role, f"other_{role.value}") for role in Role}
    for actor, caller in people.items():
        if actor is Role.MEMBER:
            continue
        for target, who in others.items():
            may = order.index(actor) > order.index(target)
            path = f"/api/v1/admin/accounts/{who.id}/action"
            caller.post(path, 200 if may else 403, type="none")
        caller.post(f"/api/v1/admin/accounts/{caller.id}/action", 403, type="none")


def test_roles_below_ones_own_are_given_and_taken_and_noted(network: Network) -> None:
    people: dict[Role, Caller] = {role: holder(network, role) for role in Role}
    ana = network.member("ana", SCOPES)

    def give(actor: Role, role: Role, target: Caller = ana) -> Any:
        return network.write(give_role, AccountId(people[actor].number), AccountId(target.number), role)

    for actor, role in (
        (Role.MODERATOR, Role.MODERATOR), (Role.ADMIN, Role.ADMIN), (Role.OWNER, Role.OWNER),
        (Role.MEMBER, Role.MEMBER),
    ):  # fmt: skip
        with pytest.raises(NotYours):
            give(actor, role)
    with pytest.raises(NotYours):
        give(Role.ADMIN, Role.MEMBER, people[Role.OWNER])
    give(Role.ADMIN, Role.MODERATOR)
    ana.get("/api/v1/admin/reports")
    give(Role.OWNER, Role.ADMIN)
    ana.get("/api/v1/admin/domain_blocks")
    give(Role.OWNER, Role.MEMBER)
    ana.get("/api/v1/admin/reports", 403)
    assert [kind for kind, _ in acts(network, ana.number)] == ["role_changed"] * 3


def test_accounts_are_found_by_their_roles(network: Network) -> None:
    owner = holder(network, Role.OWNER)
    holder(network, Role.ADMIN)
    holder(network, Role.MODERATOR)
    network.member("ana")

    def found(version: int = 2, **query: Any) -> list[str]:
        return [each["username"] for each in owner.get(f"/api/v{version}/admin/accounts", **query)]

    assert found() == ["ana", "moderator", "admin", "owner"]
    assert found(permissions="staff") == found(1, staff="true") == ["moderator", "admin", "owner"]
    assert [found(**{"role_ids[]": number}) for number in ("1", "2", "3", "-99")] == [
        ["moderator"], ["admin"], ["owner"], ["ana"],
    ]  # fmt: skip
    assert found(**{"role_ids[]": ["1", "3", "77"]}) == ["moderator", "owner"]
    assert found(**{"role_ids[]": "77"}) == []


def test_moderators_see_no_addresses_and_find_nobody_by_one(network: Network) -> None:
    new = NewMember(username="ana", email="ana@example.org")
    made = network.write(create_member, network.site.keyring, new)
    ana, bo = Caller(network, name="ana", number=made.id), network.member("bo")
    bo.post("/api/v1/reports", account_id=ana.id)
    for role, seen in ((Role.MODERATOR, ""), (Role.ADMIN, "ana@example.org")):
        caller = holder(network, role)
        assert caller.get(f"/api/v1/admin/accounts/{ana.id}")["email"] == seen
        assert {each["email"] for each in caller.get("/api/v2/admin/accounts", username="ana")} == {seen}
        assert len(caller.get("/api/v2/admin/accounts", email="ana@example.org")) == bool(seen)
        [report] = caller.get("/api/v1/admin/reports")
        assert report["target_account"]["email"] == seen
        assert caller.post(f"/api/v1/admin/reports/{report['id']}/assign_to_self")["target_account"]["email"] == seen
        assert caller.post(f"/api/v1/admin/accounts/{ana.id}/unsilence")["email"] == seen
