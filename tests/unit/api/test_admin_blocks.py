"""Whom the network keeps out: e-mail providers, addresses, networks."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import httpx
import pytest

from palabre import clock
from palabre.ids import Kind
from unit.api.documented import problems
from unit.api.network import ORIGIN, Caller, Network
from unit.api.test_admin_accounts import SCOPES, acts, root_of

DOMAINS = "/api/v1/admin/email_domain_blocks"
EMAILS = "/api/v1/admin/canonical_email_blocks"
IPS = "/api/v1/admin/ip_blocks"


def _from(network: Network, address: str) -> None:
    """Let requests come from ``address``."""
    transport = httpx.ASGITransport(app=network.app, client=(address, 4711))
    network.run(network.client.aclose())
    network.client = httpx.AsyncClient(transport=transport, base_url=ORIGIN)


def _sign_up(app: Caller, name: str, expect: int = 200, **more: Any) -> Any:
    newcomer = {"username": name, "password": "a long one", "agreement": True, "locale": "en", **more}
    return app.post("/api/v1/accounts", expect, **newcomer)


def test_nobody_signs_up_at_a_blocked_provider_or_below_it(network: Network) -> None:
    root, app = root_of(network), network.app_caller("read write")
    made = root.post(DOMAINS, domain=" Spam.Example ")
    assert problems("Admin_EmailDomainBlock", made) == []
    assert made["domain"] == "spam.example"
    assert root.get(f"{DOMAINS}/{made['id']}") == made
    assert root.get(DOMAINS) == [made]
    for email in ("a@spam.example", "a@mail.SPAM.example"):
        assert "email" in _sign_up(app, "ana", 422, email=email)["details"]
    _sign_up(app, "ana", email="a@notspam.example")
    assert "domain" in root.post(DOMAINS, 422, domain="mail.spam.example")["details"]
    assert "domain" in root.post(DOMAINS, 422, domain="no domain")["details"]
    assert root.delete(f"{DOMAINS}/{made['id']}") == {}
    _sign_up(app, "bo", email="a@spam.example")
    root.get(f"{DOMAINS}/{made['id']}", 404)
    root.call("DELETE", f"{DOMAINS}/{made['id']}", 404)
    assert [kind for kind, _ in acts(network)] == ["email_domain_unblocked", "email_domain_blocked"]


def test_an_address_is_kept_out_however_it_is_written_and_is_kept_nowhere(network: Network) -> None:
    root, app = root_of(network), network.app_caller("read write")
    made = root.post(EMAILS, email="Some.Body@example.org")
    assert problems("Admin_CanonicalEmailBlock", made) == []
    digest = sha256(b"somebody@example.org").hexdigest()
    assert made["canonical_email_hash"] != digest
    assert root.post(f"{EMAILS}/test", email="somebody+x@EXAMPLE.org") == [made]
    assert root.post(f"{EMAILS}/test", email="other@example.org") == []
    assert "email" in _sign_up(app, "ana", 422, email="somebody+again@example.org")["details"]
    root.post(EMAILS, 422, canonical_email_hash=digest)
    assert root.get(EMAILS) == [made]
    assert root.get(f"{EMAILS}/{made['id']}") == made
    root.delete(f"{EMAILS}/{made['id']}")
    _sign_up(app, "ana", email="somebody@example.org")
    by_hash = root.post(EMAILS, canonical_email_hash=digest.upper())
    assert by_hash["canonical_email_hash"] == made["canonical_email_hash"]
    root.post(EMAILS, 422, canonical_email_hash="123")


def test_a_blocked_network_signs_nobody_up(network: Network) -> None:
    root, app = root_of(network), network.app_caller("read write")
    made = root.post(IPS, ip="192.0.2.77/24", severity="sign_up_block", comment=" Spam ", expires_in=3600)
    assert problems("Admin_IpBlock", made) == []
    assert (made["ip"], made["comment"], made["severity"]) == ("192.0.2.0/24", "Spam", "sign_up_block")
    assert root.get(IPS) == [root.get(f"{IPS}/{made['id']}")] == [made]
    _from(network, "192.0.2.9")
    _sign_up(app, "ana", 403)
    _from(network, "192.0.3.9")
    _sign_up(app, "ana")


def test_a_network_that_needs_approval_makes_newcomers_wait(network: Network) -> None:
    root, app = root_of(network), network.app_caller("read write")
    root.post(IPS, ip="2001:db8::/32", severity="sign_up_requires_approval")
    _from(network, "2001:db8::7")
    token = _sign_up(app, "ana", reason="To talk")["access_token"]
    assert Caller(network, token).get("/api/v1/accounts/verify_credentials", 403)["error"].endswith("approval")
    _from(network, "2001:db9::7")
    token = _sign_up(app, "bo")["access_token"]
    assert Caller(network, token).get("/api/v1/accounts/verify_credentials")["username"] == "bo"


def test_a_network_without_access_gets_nothing_until_the_block_runs_out(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = root_of(network)
    made = root.post(IPS, ip="192.0.2.7", severity="no_access", expires_in=60)
    assert made["ip"] == "192.0.2.7/32"
    _from(network, "192.0.2.8")
    network.visitor.get("/api/v2/instance")
    _from(network, "192.0.2.7")
    network.visitor.get("/api/v2/instance", 403)
    root.get("/api/v1/accounts/verify_credentials", 403)
    later = clock.now() + 61_000
    monkeypatch.setattr(clock, "now", lambda: later)
    network.visitor.get("/api/v2/instance")


def test_a_block_is_changed_and_taken_back(network: Network) -> None:
    root = root_of(network)
    made = root.post(IPS, ip="192.0.2.0/24", severity="no_access")
    place = f"{IPS}/{made['id']}"
    changed = root.call("PUT", place, json={"severity": "sign_up_block", "expires_in": 60}).json()
    assert (changed["ip"], changed["severity"], changed["created_at"]) == (
        made["ip"],
        "sign_up_block",
        made["created_at"],
    )
    assert changed["expires_at"] is not None
    assert root.call("PUT", place, json={"expires_in": 0}).json()["expires_at"] is None
    _from(network, "192.0.2.7")
    network.visitor.get("/api/v2/instance")
    assert root.delete(place) == {}
    assert root.get(IPS) == []
    assert [kind for kind, _ in acts(network)] == [
        "ip_unblocked",
        "ip_block_changed",
        "ip_block_changed",
        "ip_blocked",
    ]


@pytest.mark.parametrize("ip", ["nonsense", "0.0.0.0/0", "::/0", "192.0.2.0/33", "127.0.0.1", "127.0.0.0/8"])
def test_no_moderator_shuts_everybody_or_himself_out(network: Network, ip: str) -> None:
    root = root_of(network)
    assert "ip" in root.post(IPS, 422, ip=ip, severity="no_access")["details"]
    root.post(IPS, 422, ip="192.0.2.1", severity="shout")
    assert root.get(IPS) == []


def test_blocks_are_for_administrators_with_their_scopes(network: Network) -> None:
    root, ana = root_of(network), network.member("ana", SCOPES)
    for path, name in ((DOMAINS, "email_domain_blocks"), (EMAILS, "canonical_email_blocks"), (IPS, "ip_blocks")):
        ana.get(path, 403)
        network.token_for(root, "admin:read:accounts").get(path, 403)
        network.token_for(root, f"admin:read:{name}").get(path)
        network.token_for(root, f"admin:read:{name}").post(path, 403, domain="x.example")
        unknown = network.site.ids.encode(Kind.ACCOUNT, 77)
        root.get(f"{path}/{unknown}", 404)
