"""An app does what its member allowed, nothing else, and nobody gets its place: OAuth as it is attacked."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from palabre.accounts.scopes import KNOWN, covers
from palabre.api.routes import ENDPOINTS
from palabre.edge.binding import id_kind
from palabre.ids import Kind
from running import Person, RunningServer
from standbys import until
from two_step import TwoStep

_BACK = "https://app.example/back"
_OOB = "urn:ietf:wg:oauth:2.0:oob"


@dataclass
class App:
    client_id: str
    client_secret: str

    def own(self) -> dict[str, str]:
        return {"client_id": self.client_id, "client_secret": self.client_secret}


@dataclass
class Stage:
    server: RunningServer
    ana: Person
    browser: Browsing
    http: httpx.Client
    own: dict[Kind, str] = field(default_factory=dict)

    def app(self, scopes: str = "read write follow", redirect: str = _BACK) -> App:
        body = {"client_name": "App", "redirect_uris": redirect, "scopes": scopes}
        made = self.http.post("/api/v1/apps", json=body).raise_for_status().json()
        return App(made["client_id"], made["client_secret"])

    def ask(self, app: App, **more: str) -> dict[str, str]:
        asked = {"response_type": "code", "client_id": app.client_id, "redirect_uri": _BACK, "scope": "read"}
        return {name: value for name, value in {**asked, **more}.items() if value}

    def consent(self, asked: dict[str, str]) -> httpx.Response:
        self.browser.get("/settings/account")
        return self.browser.post("/oauth/authorize", data={**asked, "answer": "yes", "password": PASSWORD})

    def code(self, app: App, **more: str) -> str:
        sent = self.consent(self.ask(app, **more))
        assert sent.status_code == 303, sent.text
        return parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]

    def exchange(self, app: App, code: str, **more: str) -> httpx.Response:
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": _BACK, **app.own(), **more}
        return self.http.post("/oauth/token", json={name: value for name, value in grant.items() if value})

    def token(self, scopes: str = "read write follow") -> str:
        app = self.app(" ".join({scopes, "read"}))
        given = self.exchange(app, self.code(app, scope=scopes))
        return str(given.raise_for_status().json()["access_token"])

    def works(self, token: str) -> bool:
        answer = self.http.get("/api/v1/accounts/verify_credentials", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code == 200


@pytest.fixture(scope="module")
def stage(make_server: ServerMaker) -> Stage:
    server = make_server(limits="off").start()
    ana = server.account("ana", password=PASSWORD, admin=True)  # so that scopes alone decide on every route
    http = server.client()
    return Stage(server, ana, Browsing(server).sign_in(ana), http)


@pytest.fixture(scope="module", autouse=True)
def _closed(stage: Stage):
    yield
    stage.http.close()


def test_an_app_may_ask_for_a_language_and_for_who_it_is(stage: Stage) -> None:
    app = stage.app()
    asked = {**stage.ask(app, state="x y"), "lang": "fr"}
    page = stage.browser.get("/oauth/authorize", params=asked)
    assert (page.status_code, '<html lang="fr"' in page.text) == (200, True)
    assert 'name="lang" value="fr"' in page.text
    assert '<html lang="en"' in stage.browser.get("/oauth/authorize", params={**asked, "lang": "xx"}).text
    sent = stage.browser.get("/oauth/authorize", params={**asked, "force_login": "true"})
    assert sent.status_code == 303
    door = urlsplit(sent.headers["location"])
    assert (door.path, parse_qs(door.query)["add"]) == ("/auth/sign_in", ["1"])
    back = urlsplit(parse_qs(door.query)["next"][0])
    assert (back.path, {name: each[0] for name, each in parse_qs(back.query).items()}) == ("/oauth/authorize", asked)
    assert stage.browser.get(sent.headers["location"]).status_code == 200
    assert stage.browser.get(back.geturl()).status_code == 200
    wrong = stage.ask(app, redirect_uri="https://evil.example/", force_login="true")
    assert stage.browser.get("/oauth/authorize", params=wrong).status_code == 422


# Where a code goes ----------------------------------------------------------------------------------------------

_ALMOST = (
    _BACK + "/", _BACK + "?x=1", _BACK + "#", _BACK + "#x", _BACK.upper(), "https://app.example/back/../evil",
    "https://app.example:443/back", "https://app.example.evil/back", "https://app.example@evil.example/back",
    "http://app.example/back", "https://evil.example/", "//app.example/back", "javascript:alert(1)", _OOB,
    " " + _BACK, _BACK + "%0d%0aX: y", _BACK + "\r\nSet-Cookie: a=b", "https://app.example/back%2f", "https://APP.example/back",
)  # fmt: skip


@pytest.mark.parametrize("almost", _ALMOST)
def test_a_code_goes_only_to_the_very_address_that_was_registered(stage: Stage, almost: str) -> None:
    app = stage.app()
    for answer in (
        stage.browser.get("/oauth/authorize", params=stage.ask(app, redirect_uri=almost)),
        stage.consent(stage.ask(app, redirect_uri=almost)),
        stage.browser.post("/oauth/authorize", data={**stage.ask(app, redirect_uri=almost), "answer": "no"}),
    ):
        assert answer.status_code == 422, answer.status_code
        assert "location" not in answer.headers
        assert "code=" not in answer.text


@pytest.mark.parametrize(
    "redirect",
    [
        "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
        "blob:https://x/y", "https://app.example/#x", "/relative", "app.example", "https://", "http:///x", "",
        "https://app.example/\r\nX: y", "https://app.example/ x", "about:blank",
    ],
)  # fmt: skip
def test_an_address_that_runs_code_or_leads_nowhere_is_not_registered(stage: Stage, redirect: str) -> None:
    body = {"client_name": "App", "redirect_uris": [redirect], "scopes": "read"}
    assert stage.http.post("/api/v1/apps", json=body).status_code == 422


def test_what_the_app_sends_along_comes_back_as_it_was_and_writes_no_header(stage: Stage) -> None:
    state = "a b&code=forged#x\r\nSet-Cookie: a=b"
    app = stage.app()
    sent = stage.consent(stage.ask(app, state=state))
    query = parse_qs(urlsplit(sent.headers["location"]).query)
    assert query["state"] == [state]
    assert len(query["code"]) == 1
    assert query["code"] != ["forged"]
    assert "a=b" not in sent.headers.get("set-cookie", "")


def test_other_kinds_of_answers_and_grants_are_not_given(stage: Stage) -> None:
    app = stage.app()
    for kind in ("token", "id_token", "code token", "none", "password"):
        assert stage.consent(stage.ask(app, response_type=kind)).status_code == 422
    for grant in ("password", "implicit", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code", ""):
        body = {"grant_type": grant, "username": "ana", "password": PASSWORD, **app.own()}
        answer = stage.http.post("/oauth/token", json=body)
        assert answer.status_code == 400, grant
        assert "access_token" not in answer.json()


# What a code opens -----------------------------------------------------------------------------------------------


def test_a_code_is_good_once_and_its_second_use_takes_the_token_back(stage: Stage) -> None:
    app = stage.app()
    code = stage.code(app)
    token = stage.exchange(app, code).json()["access_token"]
    assert stage.works(token)
    again = stage.exchange(app, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert not stage.works(token)


def test_a_code_of_another_app_is_no_good_and_stays_good_for_its_own(stage: Stage) -> None:
    mine, other = stage.app(), stage.app()
    code = stage.code(mine)
    assert stage.exchange(other, code).json()["error"] == "invalid_grant"
    mixed = App(mine.client_id, other.client_secret)
    assert stage.exchange(mixed, code).json()["error"] == "invalid_client"
    assert stage.exchange(App(mine.client_id, ""), code).status_code == 401
    assert stage.exchange(mine, code, redirect_uri=_BACK + "/").json()["error"] == "invalid_grant"
    assert stage.exchange(mine, code, redirect_uri="").json()["error"] == "invalid_grant"
    assert stage.exchange(mine, code[:-1] + ("A" if code[-1] != "A" else "B")).json()["error"] == "invalid_grant"
    assert stage.exchange(mine, code).status_code == 200


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def test_a_proof_of_possession_cannot_be_left_out_or_weakened(stage: Stage) -> None:
    app, verifier = stage.app(), "v" * 50
    challenge = _challenge(verifier)
    with_proof = {"code_challenge": challenge, "code_challenge_method": "S256"}
    for wrong in ("", "w" * 50, verifier[:-1], challenge, verifier + "x"):
        assert stage.exchange(app, stage.code(app, **with_proof), code_verifier=wrong).status_code == 400, wrong
    assert stage.exchange(app, stage.code(app, **with_proof), code_verifier=verifier).status_code == 200
    assert stage.exchange(app, stage.code(app), code_verifier=verifier).status_code == 400  # none was asked for
    for weak in (
        {"code_challenge": verifier, "code_challenge_method": "plain"},
        {"code_challenge": challenge},
        {"code_challenge_method": "S256"},
        {"code_challenge": "short", "code_challenge_method": "S256"},
        {"code_challenge": challenge, "code_challenge_method": "s256"},
    ):
        assert stage.consent(stage.ask(app, **weak)).status_code == 422, weak


def test_an_app_gets_no_more_than_it_registered_for_and_the_member_allowed(stage: Stage) -> None:
    app = stage.app("read:statuses write:media")
    for more in ("read", "write", "write:statuses", "admin:read", "follow", "read:statuses admin:write", "nonsense"):
        assert stage.consent(stage.ask(app, scope=more)).status_code == 422, more
        own = {"grant_type": "client_credentials", "scope": more, **app.own()}
        assert stage.http.post("/oauth/token", json=own).json()["error"] == "invalid_scope", more
    given = stage.exchange(app, stage.code(app, scope="read:statuses"), scope="read write admin:write").json()
    assert given["scope"] == "read:statuses"
    post = stage.http.post(
        "/api/v1/statuses", json={"status": "x"}, headers={"Authorization": f"Bearer {given['access_token']}"}
    )
    assert post.status_code == 403


# Every route and its scope ------------------------------------------------------------------------------------


def test_every_route_refuses_a_token_without_its_scope_and_takes_one_with_it(stage: Stage) -> None:
    tokens = {scope: stage.token(scope) for scope in sorted({s for one in ENDPOINTS for s in one.scopes} | {"push"})}
    with stage.ana.client() as http:
        own = {
            Kind.POST: http.post("/api/v1/statuses", json={"status": "mine"}).json()["id"],
            Kind.ACCOUNT: http.get("/api/v1/accounts/verify_credentials").json()["id"],
        }
    tried = 0
    for one in ENDPOINTS:
        if not one.scopes or one.auth is None:
            continue
        path = one.path
        for name, annotation in one.path_params.items():
            path = path.replace(f"{{{name}}}", own.get(id_kind(annotation) or Kind.APP, "1" * 31))
        for scope, token in tokens.items():
            allowed = any(covers([scope], needed) for needed in one.scopes)
            if allowed and one.method == "DELETE":
                continue  # that it is let through is shown by the others
            headers = {"Authorization": f"Bearer {token}"}
            body = {} if one.method == "GET" else {"json": {"nothing": "useful"}}
            answer = stage.http.request(one.method, path, headers=headers, **body)
            outside = answer.status_code == 403 and "outside the authorized scopes" in answer.text
            assert outside != allowed, (one, scope, answer.status_code, answer.text[:200])
            tried += 1
    assert tried >= 500
    assert all(scope in KNOWN for scope in tokens)


def test_every_route_says_who_may_ask() -> None:
    """A route that changes something and asks for no scope is one that somebody forgot."""
    open_to_all = {
        "/api/v1/apps",
        "/api/v1/emails/confirmations",
        "/oauth/token",
        "/oauth/revoke",
        "/api/palabre/v1/hooks/{secret}",
    }
    for one in ENDPOINTS:
        if one.method != "GET":
            assert one.scopes or one.path in open_to_all, one
            assert one.path in open_to_all or one.auth in {"user", "app"}, one


# Ends -----------------------------------------------------------------------------------------------------------


def test_only_the_app_itself_takes_its_token_back(stage: Stage) -> None:
    app, other = stage.app(), stage.app()
    token = stage.exchange(app, stage.code(app)).json()["access_token"]
    for who in (
        other.own(),
        {"client_id": app.client_id, "client_secret": "x"},
        {"client_id": "1", "client_secret": ""},
        {},
    ):
        answer = stage.http.post("/oauth/revoke", json={**who, "token": token})
        assert answer.status_code == 403, who
        assert stage.works(token)
    assert stage.http.post("/oauth/revoke", json={**app.own(), "token": "unknown"}).status_code == 200
    assert stage.http.post("/oauth/revoke", json={**app.own(), "token": token}).status_code == 200
    assert not stage.works(token)


def test_a_member_takes_back_an_apps_token_in_the_settings(stage: Stage) -> None:
    app = stage.app()
    token = stage.exchange(app, stage.code(app)).json()["access_token"]
    page = stage.browser.get("/settings/account").text
    newest = re.findall(r"/settings/account/apps/(\d{31})/revoke", page)[0]
    assert stage.browser.post(f"/settings/account/apps/{newest}/revoke").status_code == 303
    assert not stage.works(token)


def test_a_suspended_member_has_no_tokens_no_codes_and_no_sessions(stage: Stage) -> None:
    [ben] = stage.server.accounts(["ben"], password=PASSWORD)
    app = stage.app()
    browser = Browsing(stage.server).sign_in(ben)
    sent = [browser.post("/oauth/authorize", data={**stage.ask(app), "answer": "yes"}) for _ in range(2)]
    codes = [parse_qs(urlsplit(each.headers["location"]).query)["code"][0] for each in sent]
    token = stage.exchange(app, codes[0]).json()["access_token"]
    assert stage.works(token)
    stage.server.command("account", "suspend", "ben", "--data", str(stage.server.data))
    until(lambda: not stage.works(token), "the server has heard of it")
    assert not stage.works(ben.token)
    assert stage.exchange(app, codes[1]).status_code == 400
    assert browser.http.get("/home").status_code == 303
    again = Browsing(stage.server)
    again.get("/auth/sign_in")
    refused = again.post("/auth/sign_in", data={"name": "ben", "password": PASSWORD})
    assert refused.status_code == 422
    stage.server.command("account", "unsuspend", "ben", "--data", str(stage.server.data))
    assert not stage.works(token)
    assert stage.exchange(app, codes[1]).status_code == 400


def test_an_apps_own_token_acts_for_nobody(stage: Stage) -> None:
    app = stage.app()
    own = {"grant_type": "client_credentials", "scope": "read write follow", **app.own()}
    token = stage.http.post("/oauth/token", json=own).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for one in ENDPOINTS:
        if one.auth == "user" and not one.path_params:
            answer = stage.http.request(one.method, one.path, headers=headers)
            assert answer.status_code in {403, 422}, (one, answer.status_code)


# The page of consent --------------------------------------------------------------------------------------------


def test_the_page_of_consent_can_neither_be_framed_nor_sent_from_elsewhere(stage: Stage) -> None:
    for redirect in (_BACK, _OOB, "com.example.app://back"):
        app = stage.app(redirect=redirect)
        asked = stage.ask(app, redirect_uri=redirect)
        page = stage.browser.get("/oauth/authorize", params=asked, headers={"Origin": "https://evil.example"})
        assert page.status_code == 200
        policy = page.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "style-src 'self'" in policy  # a page in full, not data
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["referrer-policy"] == "same-origin"
        assert "cross-origin-opener-policy" not in page.headers, "apps wait for the window in which they opened it"
        assert page.headers["cache-control"] == "no-store, private"
        assert "access-control-allow-origin" not in page.headers
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            sent = stage.browser.post("/oauth/authorize", data={**asked, "answer": "yes"}, headers=headers)
            assert sent.status_code == 403
        assert stage.browser.post("/oauth/authorize", token="", data={**asked, "answer": "yes"}).status_code == 403
        stage.browser.get("/oauth/authorize", params=asked)
        for answer in ("", "maybe"):
            assert "code=" not in str(
                stage.browser.post("/oauth/authorize", data={**asked, "answer": answer}).headers
            )
    assert (
        stage.browser.http.get("/oauth/authorize", params={**stage.ask(stage.app()), "answer": "yes"}).status_code
        == 200
    )
    with stage.server.client() as stranger:
        assert stranger.options("/oauth/authorize").headers.get("access-control-allow-origin") is None


# Who asks to run the network ------------------------------------------------------------------------------------


def test_an_app_that_would_run_the_network_is_allowed_with_a_fresh_proof_only(make_server: ServerMaker) -> None:
    server = make_server(limits="off").start()
    ana = server.account("ana", password=PASSWORD, admin=True)
    browser = Browsing(server).sign_in(ana)
    with server.client() as http:
        stage = Stage(server, ana, browser, http)
        app = stage.app("read admin:read admin:write:reports")
        asked = stage.ask(app, scope="read admin:write:reports")
        page = browser.get("/oauth/authorize", params=asked).text
        assert ('name="password"' in page, 'name="code"' in page) == (True, False)
        for wrong in ({}, {"password": ""}, {"password": PASSWORD + "x"}):
            browser.get("/oauth/authorize", params=asked)
            refused = browser.post("/oauth/authorize", data={**asked, "answer": "yes", **wrong})
            assert (refused.status_code, "location" in refused.headers) == (422, False)
            assert "This is not your current password." in refused.text
            assert PASSWORD not in refused.text
        assert stage.consent(asked).status_code == 303
        browser.get("/oauth/authorize", params=asked)
        denied = browser.post("/oauth/authorize", data={**asked, "answer": "no"})
        assert "error=access_denied" in denied.headers["location"]
        step = TwoStep(browser)
        assert 'name="code"' in browser.get("/oauth/authorize", params=asked).text
        assert stage.consent(asked).status_code == 422
        proof = {"password": PASSWORD, "code": step.code()}
        browser.get("/oauth/authorize", params=asked)
        assert browser.post("/oauth/authorize", data={**asked, "answer": "yes", **proof}).status_code == 303
        browser.get("/oauth/authorize", params=asked)
        again = browser.post("/oauth/authorize", data={**asked, "answer": "yes", **proof})
        assert again.status_code == 422, "a code is good once"
        narrow = stage.ask(app, scope="read")
        assert 'name="password"' not in browser.get("/oauth/authorize", params=narrow).text
        assert browser.post("/oauth/authorize", data={**narrow, "answer": "yes"}).status_code == 303
