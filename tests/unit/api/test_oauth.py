"""OAuth: apps register, members consent, tokens are given, limited and taken back."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from palabre.accounts.actions import create_invitation
from palabre.accounts.errors import InvalidChallenge, InvalidRedirect, InvalidScope
from palabre.accounts.oauth import OUT_OF_BAND
from palabre.edge.consent import Asked, UnknownApp, UnsupportedResponseType, allow, allowed_url, consent, denied_url
from palabre.edge.limits import Rate
from unit.api.documented import problems
from unit.api.network import Caller, Network, query_of

_BACK = "https://app.example/back"
_VERIFIER = "v" * 60
_CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(_VERIFIER.encode()).digest()).rstrip(b"=").decode()


def ask(network: Network, app: dict[str, Any], **more: Any) -> Any:
    """Do what the page does that asks the member."""
    asked = Asked(**{"client_id": app["client_id"], "redirect_uri": _BACK, "scope": "read write", **more})
    return network.run(network.site.db.read(consent, network.site.ids, asked))


def code_for(network: Network, member: Caller, app: dict[str, Any], **more: Any) -> str:
    """Do what the page does when the member says yes."""
    return network.write(allow, network.site.keyring, member.number, ask(network, app, **more))


def exchange(network: Network, app: dict[str, Any], code: str, expect: int = 200, **more: Any) -> Any:
    body = {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "code": code,
        "redirect_uri": _BACK,
        **more,
    }
    return network.visitor.post("/oauth/token", expect, **body)


@pytest.mark.parametrize("uris", [[_BACK, OUT_OF_BAND], f"{_BACK}\n{OUT_OF_BAND}"])
def test_an_app_registers_with_several_addresses(network: Network, uris: Any) -> None:
    app = network.visitor.post("/api/v1/apps", client_name="App", redirect_uris=uris, website="https://app.example")
    assert problems("CredentialApplication", app) == []
    assert app["redirect_uris"] == [_BACK, OUT_OF_BAND]
    assert (app["scopes"], app["client_secret_expires_at"]) == (["read"], 0)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"redirect_uris": _BACK}, "client_name"),
        ({"client_name": "App"}, "redirect_uris"),
        ({"client_name": "App", "redirect_uris": "javascript:alert(1)"}, "redirect_uris"),
        ({"client_name": "App", "redirect_uris": _BACK, "scopes": "read fly"}, "scopes"),
        ({"client_name": "App", "redirect_uris": _BACK, "website": "ftp://x"}, "website"),
    ],
)
def test_what_is_wrong_with_an_app_is_named(network: Network, body: dict[str, Any], field: str) -> None:
    assert list(network.visitor.post("/api/v1/apps", 422, **body)["details"]) == [field]


def test_a_code_becomes_a_token_that_acts_for_the_member(network: Network) -> None:
    ana, app = network.member("ana"), network.register()
    given = exchange(network, app, code_for(network, ana, app))
    assert problems("Token", given) == []
    assert (given["token_type"], given["scope"]) == ("Bearer", "read write")
    caller = Caller(network, given["access_token"])
    assert caller.get("/api/v1/accounts/verify_credentials")["id"] == ana.id
    assert problems("Application", caller.get("/api/v1/apps/verify_credentials")) == []
    assert caller.say("hello")["application"] == {"name": "App", "website": None}


@pytest.mark.parametrize("way", ["json", "data", "files", "basic"])
def test_tokens_are_asked_for_in_every_kind_of_body(network: Network, way: str) -> None:
    app = network.register()
    body = {
        "grant_type": "client_credentials",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "scope": "read",
    }
    options: dict[str, Any] = {way: body}
    if way == "files":
        options = {"files": {name: (None, value) for name, value in body.items()}}
    elif way == "basic":
        pair = f"{body.pop('client_id')}:{body.pop('client_secret')}"
        options = {"data": body, "headers": {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}}
    answer = network.visitor.call("POST", "/oauth/token", **options)
    assert answer.json()["scope"] == "read"
    assert answer.headers["cache-control"] == "no-store"


def test_a_code_is_good_once_and_its_token_ends_when_it_comes_again(network: Network) -> None:
    ana, app = network.member("ana"), network.register()
    code = code_for(network, ana, app)
    caller = Caller(network, exchange(network, app, code)["access_token"])
    caller.get("/api/v1/accounts/verify_credentials")
    assert exchange(network, app, code, 400)["error"] == "invalid_grant"
    assert caller.get("/api/v1/accounts/verify_credentials", 401) == {"error": "The access token is invalid"}


def test_pkce_is_checked(network: Network) -> None:
    ana, app = network.member("ana"), network.register()

    def code() -> str:
        return code_for(network, ana, app, code_challenge=_CHALLENGE, code_challenge_method="S256")

    assert exchange(network, app, code(), 400)["error"] == "invalid_grant"
    assert exchange(network, app, code(), 400, code_verifier="w" * 60)["error"] == "invalid_grant"
    assert exchange(network, app, code(), code_verifier=_VERIFIER)["access_token"]
    plain = code_for(network, ana, app)
    assert exchange(network, app, plain, 400, code_verifier=_VERIFIER)["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"redirect_uri": f"{_BACK}/"}, InvalidRedirect),
        ({"redirect_uri": f"{_BACK}?x=1"}, InvalidRedirect),
        ({"redirect_uri": "https://evil.example"}, InvalidRedirect),
        ({"scope": "read write push"}, InvalidScope),
        ({"client_id": "1"}, UnknownApp),
        ({"response_type": "token"}, UnsupportedResponseType),
        ({"code_challenge": _CHALLENGE, "code_challenge_method": "plain"}, InvalidChallenge),
    ],
)
def test_what_is_not_in_order_is_refused_before_anybody_consents(
    network: Network, changes: dict[str, str], refusal: type[Exception]
) -> None:
    app = network.register()
    with pytest.raises(refusal):
        ask(network, app, **changes)


@pytest.mark.parametrize(
    ("changes", "error", "expect"),
    [
        ({"client_secret": "wrong"}, "invalid_client", 401),
        ({"client_id": "1"}, "invalid_client", 401),
        ({"redirect_uri": "https://evil.example"}, "invalid_grant", 400),
        ({"code": "wrong"}, "invalid_grant", 400),
        ({"grant_type": "password"}, "unsupported_grant_type", 400),
        ({"grant_type": ""}, "invalid_request", 400),
        ({"grant_type": "client_credentials", "scope": "push"}, "invalid_scope", 400),
    ],
)
def test_refusals_are_those_of_the_rfc(network: Network, changes: dict[str, str], error: str, expect: int) -> None:
    ana, app = network.member("ana"), network.register()
    body = {"code": code_for(network, ana, app), **changes}
    answer = exchange(network, app, expect=expect, **body)
    assert (answer["error"], bool(answer["error_description"])) == (error, True)


def test_another_app_cannot_use_the_code(network: Network) -> None:
    ana, app, other = network.member("ana"), network.register(), network.register()
    assert exchange(network, other, code_for(network, ana, app), 400)["error"] == "invalid_grant"


def test_a_revoked_token_is_good_no_more(network: Network) -> None:
    ana, app, other = network.member("ana"), network.register(), network.register()
    token = exchange(network, app, code_for(network, ana, app))["access_token"]
    caller = Caller(network, token)
    caller.get("/api/v1/accounts/verify_credentials")
    for holder, expect in ((other, 403), (app, 200), (app, 200)):
        body = {"client_id": holder["client_id"], "client_secret": holder["client_secret"], "token": token}
        network.visitor.call("POST", "/oauth/revoke", expect, data=body)
    caller.get("/api/v1/accounts/verify_credentials", 401)


def test_the_member_is_sent_back_with_the_code_or_the_refusal_and_the_state(network: Network) -> None:
    app = network.register(redirect=f"{_BACK}?keep=1")
    asked = ask(network, app, redirect_uri=f"{_BACK}?keep=1", state="a&b=c").asked
    assert query_of(allowed_url(asked, "the code")) == {"keep": "1", "code": "the code", "state": "a&b=c"}
    denied = query_of(denied_url(asked))
    assert (denied["error"], denied["state"], denied["keep"]) == ("access_denied", "a&b=c", "1")


def test_an_app_acts_for_itself_only_where_no_member_is_needed(network: Network) -> None:
    app = network.app_caller("read write")
    assert problems("Application", app.get("/api/v1/apps/verify_credentials")) == []
    assert app.get("/api/v1/timelines/public") == []
    assert (
        app.get("/api/v1/accounts/verify_credentials", 422)["error"] == "This method requires an authenticated user"
    )
    app.post("/api/v1/statuses", 422, status="x")


def test_somebody_signs_up_from_an_app(network: Network) -> None:
    app = network.app_caller("read write:accounts")
    body = {"username": "new", "email": "new@example.org", "password": "correct horse", "agreement": True}
    token = app.post("/api/v1/accounts", **body, locale="fr")
    caller = Caller(network, token["access_token"])
    assert caller.get("/api/v1/accounts/verify_credentials")["username"] == "new"
    assert token["scope"] == "read write:accounts"
    caller.post("/api/v1/statuses", 403, status="not in the scopes")
    for change, field in (
        ({}, "username"),
        ({"username": "o", "email": "o@example.org", "password": "short"}, "password"),
        ({"username": "o", "email": "o@example.org", "agreement": False}, "agreement"),
    ):
        assert list(app.post("/api/v1/accounts", 422, **{**body, **change})["details"]) == [field]
    network.member("ana").post("/api/v1/accounts", 403, **body)


def test_userinfo_and_metadata_tell_where_and_who(network: Network) -> None:
    ana = network.member("ana", "profile")
    told = ana.get("/oauth/userinfo")
    assert (told["iss"], told["preferred_username"]) == ("http://localhost/", "ana")
    assert ana.get("/api/v1/accounts/verify_credentials")["id"] == ana.id
    about = network.visitor.get("/.well-known/oauth-authorization-server")
    assert about["token_endpoint"] == "http://localhost/oauth/token"
    assert about["code_challenge_methods_supported"] == ["S256"]
    assert "read:statuses" in about["scopes_supported"]


_NEWCOMER = {"username": "new", "password": "correct horse", "agreement": True}


@pytest.mark.parametrize(("policy", "words"), [("closed", "new members"), ("invitation", "invitation")])
def test_an_app_signs_nobody_up_against_the_policy(network_with: Any, policy: str, words: str) -> None:
    app = network_with(registrations=policy).app_caller()
    assert words in app.post("/api/v1/accounts", 403, **_NEWCOMER)["error"]


def test_an_invitation_opens_the_door(network_with: Any) -> None:
    network = network_with(registrations="invitation")
    code = network.write(create_invitation, network.site.keyring, None, 1, None)
    app = network.app_caller()
    assert app.post("/api/v1/accounts", **_NEWCOMER, invite_code=code)["access_token"]
    assert list(
        app.post("/api/v1/accounts", 422, **{**_NEWCOMER, "username": "two"}, invite_code=code)["details"]
    ) == ["invite_code"]


def test_who_waits_for_approval_does_nothing_yet(network_with: Any) -> None:
    network = network_with(registrations="approval")
    token = network.app_caller().post("/api/v1/accounts", **_NEWCOMER, reason="I like it here")["access_token"]
    waiting = Caller(network, token)
    assert "approv" in waiting.post("/api/v1/statuses", 403, status="x")["error"]
    network.visitor.get("/api/v1/accounts/lookup", 404, acct="new")


def test_too_many_requests_are_told_when_to_come_back(network_with: Any) -> None:
    network = network_with(rates={"apps": Rate(2, 600)})
    body = {"client_name": "App", "redirect_uris": _BACK}
    left = [network.visitor.call("POST", "/api/v1/apps", json=body).headers["x-ratelimit-remaining"] for _ in "ab"]
    refused = network.visitor.call("POST", "/api/v1/apps", 429, json=body)
    assert left == ["1", "0"]
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["x-ratelimit-reset"].endswith("Z")
    assert refused.json()["error"].startswith("Too many requests")
