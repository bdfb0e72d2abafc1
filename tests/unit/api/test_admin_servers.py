"""Blocking other servers: what it makes of those who live there, what is fetched from there, and who is shown it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
import sqlalchemy as sa

from palabre import jobs
from palabre.accounts.tables import account
from palabre.ids import AccountId
from palabre.moderation import servers
from palabre.moderation.errors import OwnServer
from palabre.moderation.servers_model import Reach, WantedServerBlock
from palabre.store.statement import statement
from unit.api.documented import OPTIONAL, problems
from unit.api.network import Caller, Network
from unit.api.test_admin_accounts import act, acts, root_of

BLOCKS = "/api/v1/admin/domain_blocks"
ALLOWS = "/api/v1/admin/domain_allows"
PUBLISHED = "/api/v1/instance/domain_blocks"
_MOVE = statement(
    sa.update(account)
    .where(account.c.id == sa.bindparam("number"))
    .values(domain=sa.bindparam("server"), avatar=sa.bindparam("picture"))
)


def elsewhere(network: Network, name: str, server: str, picture: str | None = None) -> Caller:
    """Somebody who lives on another server."""
    made = network.member(name)
    network.write(lambda tx: tx.run(_MOVE, number=made.number, server=server, picture=picture))
    return made


def work(network: Network) -> str:
    """Do the jobs that apply blocks, until none is left; return what other jobs are there."""
    todo = {servers.SPREAD: (servers.spread, str), servers.REACH: (servers.reach, Reach)}
    others = []
    while found := network.write(jobs.claim):
        others += [job.payload for job in found if job.kind not in todo]
        for job in found:
            if job.kind not in todo:
                continue
            action, payload = todo[job.kind]
            network.write(action, job.arguments(payload))
            network.write(jobs.done, job.id)
    return " ".join(others)


def stands(root: Caller, who: Caller) -> tuple[bool, bool]:
    """Whether somebody is limited, and whether suspended."""
    shown = root.get(f"/api/v1/admin/accounts/{who.id}")
    return shown["silenced"], shown["suspended"]


def test_a_block_has_every_attribute_and_is_changed_and_taken_back(network: Network) -> None:
    root = root_of(network)
    made = root.post(
        BLOCKS, domain=" Spam.Example. ", severity="suspend", reject_media=True, reject_reports=True,
        private_comment=" They know why ", public_comment="Spam", obfuscate=True,
    )  # fmt: skip
    assert problems("Admin_DomainBlock", made) == []
    assert {name: made[name] for name in made if name not in {"id", "created_at"}} == {
        "domain": "spam.example",
        "digest": sha256(b"spam.example").hexdigest(),
        "severity": "suspend",
        "reject_media": True,
        "reject_reports": True,
        "private_comment": "They know why",
        "public_comment": "Spam",
        "obfuscate": True,
    }
    place = f"{BLOCKS}/{made['id']}"
    assert root.get(place) == made
    assert root.get(BLOCKS) == [made]
    changed = root.call(
        "PUT", place, json={"severity": "noop", "private_comment": None, "domain": "x.example"}
    ).json()
    expected = {**made, "severity": "noop", "private_comment": None}
    assert changed == expected == root.get(place)
    assert root.delete(place) == {}
    root.get(place, 404)
    root.call("PUT", place, 404, json={"severity": "noop"})
    root.call("DELETE", place, 404)
    assert acts(network) == [
        ("server_unblocked", ""),
        ("server_block_changed", ""),
        ("server_blocked", "They know why"),
    ]


def test_a_name_is_kept_in_ascii_and_what_is_none_is_refused(network: Network) -> None:
    root = root_of(network)
    assert root.post(BLOCKS, domain="Bücher.example")["domain"] == "xn--bcher-kva.example"
    for wrong in ("no domain", "example", "", "-.example", "a" * 300 + ".example", "[::1]"):
        assert "domain" in root.post(BLOCKS, 422, domain=wrong)["details"], wrong
    root.post(BLOCKS, 422, domain="far.example", severity="everything")
    root.post(BLOCKS, 422, domain="far.example", public_comment="x" * 1001)
    assert [each["severity"] for each in root.get(BLOCKS)] == ["silence"]


def test_the_network_does_not_block_itself(network: Network) -> None:
    root = AccountId(root_of(network).number)

    def block(domain: str) -> None:
        wanted = WantedServerBlock(domain=domain)
        network.write(servers.block_server, root, wanted, own="Talk.Palabre.example:8443")

    for own in ("talk.palabre.example", "PALABRE.example"):
        with pytest.raises(OwnServer):
            block(own)
    block("other.palabre.example")


def test_a_block_that_says_no_more_is_answered_with_the_one_that_is_there(network: Network) -> None:
    root = root_of(network)
    there = root.post(BLOCKS, domain="far.example", severity="silence", reject_media=True)
    for again in (
        {"domain": "far.example", "severity": "suspend"},
        {"domain": "sub.far.example", "severity": "noop", "reject_media": True},
        {"domain": "sub.far.example", "severity": "silence"},
    ):
        refused = root.post(BLOCKS, 422, **again)
        assert refused["existing_domain_block"] == there
        assert "far.example" in refused["error"]
    root.post(BLOCKS, domain="sub.far.example", severity="suspend")
    root.post(BLOCKS, domain="notfar.example", severity="noop")
    assert [len(page) for page in root.pages(BLOCKS, limit=2)] == [2, 1]


def test_those_who_live_there_are_limited_or_suspended_and_left_alone_again(network: Network) -> None:
    root = root_of(network)
    ana, sub, other = (
        elsewhere(network, name, server)
        for name, server in (("ana", "far.example"), ("sub", "a.far.example"), ("other", "notfar.example"))
    )
    local = network.member("local")
    made = root.post(BLOCKS, domain="far.example", severity="silence")
    work(network)
    assert [stands(root, each) for each in (ana, sub, other, local)] == [(True, False)] * 2 + [(False, False)] * 2
    stricter = root.post(BLOCKS, domain="a.far.example", severity="suspend")
    work(network)
    assert (stands(root, ana), stands(root, sub)) == ((True, False), (False, True))
    root.call("PUT", f"{BLOCKS}/{made['id']}", json={"severity": "suspend"})
    work(network)
    assert (stands(root, ana), stands(root, sub)) == ((False, True), (False, True))
    assert local.get(f"/api/v1/accounts/{ana.id}")["suspended"] is True
    root.delete(f"{BLOCKS}/{stricter['id']}")
    root.delete(f"{BLOCKS}/{made['id']}")
    work(network)
    assert (stands(root, ana), stands(root, sub)) == ((False, False), (False, False))


def test_taking_a_block_back_leaves_what_moderators_did_before(network: Network) -> None:
    root, ana = root_of(network), elsewhere(network, "ana", "far.example")
    act(root, ana, "suspend")
    made = root.post(BLOCKS, domain="far.example", severity="suspend")
    work(network)
    root.delete(f"{BLOCKS}/{made['id']}")
    work(network)
    assert stands(root, ana) == (False, True)


def test_a_server_with_many_people_is_done_in_slices(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_SLICE", 2)
    root = root_of(network)
    people = [elsewhere(network, f"p{number}", "far.example") for number in range(5)]
    root.post(BLOCKS, domain="far.example", severity="suspend")
    work(network)
    assert [stands(root, each) for each in people] == [(False, True)] * 5


@pytest.mark.parametrize("said", [{"severity": "suspend"}, {"severity": "noop", "reject_media": True}])
def test_pictures_of_those_who_live_there_are_removed(network: Network, said: dict[str, Any]) -> None:
    root, ana = root_of(network), elsewhere(network, "ana", "far.example", picture="av/atar.webp")
    there = elsewhere(network, "bo", "near.example", picture="av/bo.webp")
    root.post(BLOCKS, domain="far.example", **said)
    gone = work(network)
    shown = [root.get(f"/api/v1/admin/accounts/{each.id}")["account"]["avatar"] for each in (ana, there)]
    assert ("atar.webp" in shown[0], "bo.webp" in shown[1]) == (False, True)
    assert ("av/atar.webp" in gone, "av/bo.webp" in gone) == (True, False)


def test_what_is_blocked_is_published_as_far_as_the_operator_wishes(network_with: Callable[..., Network]) -> None:
    network = network_with()
    root = root_of(network)
    root.post(BLOCKS, domain="limited.example", severity="silence", public_comment="Noise", private_comment="secret")
    root.post(BLOCKS, domain="hidden.example", severity="noop")
    root.post(BLOCKS, domain="spam.example", severity="suspend", obfuscate=True)
    found = network.visitor.get(PUBLISHED)
    assert [problems("DomainBlock", each, without=OPTIONAL.get("DomainBlock", ())) for each in found] == [[], []]
    assert found == [
        {
            "domain": "spam.****ple", "digest": sha256(b"spam.example").hexdigest(), "severity": "suspend",
            "comment": "",
        },
        {
            "domain": "limited.example", "digest": sha256(b"limited.example").hexdigest(), "severity": "silence",
            "comment": "Noise",
        },
    ]  # fmt: skip


@pytest.mark.parametrize(("shown", "visitors", "members"), [("members", 404, 200), ("nobody", 404, 404)])
def test_who_is_not_shown_them_gets_nothing(
    network_with: Callable[..., Network], shown: str, visitors: int, members: int
) -> None:
    network = network_with(server_blocks=shown)
    network.visitor.get(PUBLISHED, visitors)
    network.member("ana").get(PUBLISHED, members)


def test_servers_are_let_in_and_taken_off_the_list(network: Network) -> None:
    root = root_of(network)
    made = root.post(ALLOWS, domain="Near.Example")
    assert problems("Admin_DomainAllow", made) == []
    assert made["domain"] == "near.example"
    assert root.post(ALLOWS, domain="near.example") == made, "what is there already is as good"
    assert root.get(ALLOWS) == [root.get(f"{ALLOWS}/{made['id']}")] == [made]
    assert "domain" in root.post(ALLOWS, 422, domain="no domain")["details"]
    assert root.delete(f"{ALLOWS}/{made['id']}") == {}
    root.get(f"{ALLOWS}/{made['id']}", 404)
    assert [kind for kind, _ in acts(network)] == ["server_disallowed", "server_allowed"]


def test_each_list_has_a_scope_of_its_own(network: Network) -> None:
    root = root_of(network)
    for path, name in ((BLOCKS, "domain_blocks"), (ALLOWS, "domain_allows")):
        network.token_for(root, f"admin:read:{name}").get(path)
        network.token_for(root, f"admin:read:{name}").post(path, 403, domain="x.example")
        network.token_for(root, f"admin:write:{name}").post(path, domain="x.example")
        network.token_for(root, f"admin:write:{name}").get(path, 403)
        network.token_for(root, "admin:read:reports admin:write:reports").get(path, 403)
