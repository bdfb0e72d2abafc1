"""No other site acts in a member's name: every form wants its token, from our own pages; looking changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from journeys.database_content import changed, content, is_settled
from palabre.api.routes import ENDPOINTS
from palabre.edge.binding import id_kind
from palabre.edge.endpoint import Endpoint
from palabre.ids import Kind
from palabre.web.routes import ENDPOINTS as PAGES
from running import RunningServer
from standbys import until

_FORM = {
    "text": "forged", "display_name": "forged", "email": "forged@example.org", "what": "unmute", "answer": "yes",
    "username": "forged", "name": "forged", "current_password": PASSWORD, "email_password": PASSWORD,
}  # fmt: skip

_NO_TOKEN = {
    "/look": "remembers language and colours in a cookie",
    "/share": "opens the composer, as a link does; the system sends it in the name of other apps",
}


@dataclass
class Stage:
    server: RunningServer
    victim: Browsing
    other: Browsing
    token: str
    post: str
    account: str

    def address(self, one: Endpoint) -> str:
        path = one.path
        for name, annotation in one.path_params.items():
            kind = id_kind(annotation)
            value = self.account if kind is Kind.ACCOUNT else self.post if kind is Kind.POST else "victim"
            path = path.replace(f"{{{name}}}", value)
        return path

    def content(self) -> dict[str, list[tuple[object, ...]]]:
        until(lambda: is_settled(self.server.data), "what was written before is looked after")
        return content(self.server.data)


@pytest.fixture(scope="module")
def stage(make_server: ServerMaker) -> Stage:
    server = make_server(limits="off").start()
    victim = server.account("victim", password=PASSWORD, admin=True)  # who has every form
    other = server.account("other", password=PASSWORD)
    with victim.client() as http:
        post = http.post("/api/v1/statuses", json={"status": "mine #tag"}).json()["id"]
    with other.client() as http:
        account = http.get("/api/v1/accounts/verify_credentials").json()["id"]
        http.post(f"/api/v1/statuses/{post}/favourite").raise_for_status()
    browser = Browsing(server).sign_in(victim)
    return Stage(server, browser, Browsing(server).sign_in(other), browser.token, post, account)


def _forms() -> Iterator[Endpoint]:
    return (one for one in PAGES if one.method != "GET")


def test_a_form_without_the_right_token_is_refused_and_changes_nothing(stage: Stage) -> None:
    before = stage.content()
    tried = 0
    for one in _forms():
        if one.path in _NO_TOKEN:
            continue
        path = stage.address(one)
        bad = ("", "x", stage.other.token, stage.victim.token[:-2] + "AA", stage.victim.secret, "A" * 5000)
        for token in bad:
            answer = stage.victim.post(path, token=token, data=_FORM)
            assert answer.status_code == 403, (one, token, answer.status_code)
            tried += 1
        for body in ({"data": _FORM}, {"params": {"csrf": stage.victim.token}, "data": _FORM}):
            assert stage.victim.http.post(path, **body).status_code == 403, one  # the address is no place for it
        as_text = stage.victim.http.post(
            path, content=f"csrf={stage.victim.token}", headers={"Content-Type": "text/plain"}
        )
        assert as_text.status_code in {403, 415}, one
    assert tried >= 150
    assert changed(before, stage.content()) == []


def test_a_form_from_another_site_is_refused_even_with_the_token(stage: Stage) -> None:
    before = stage.content()
    foreign = (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": stage.server.base_url + ".evil.example"},
        {"Origin": stage.server.base_url.replace("http:", "https:")},
        {"Origin": stage.server.base_url + ":1"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": stage.server.base_url},
    )
    for one in _forms():
        for headers in foreign:
            answer = stage.victim.post(stage.address(one), data=_FORM, headers=headers)
            wanted = 303 if one.path == "/share" else 403
            assert answer.status_code == wanted, (one, headers, answer.status_code)
            assert "set-cookie" not in answer.headers, (one, headers)
    assert changed(before, stage.content()) == []


def test_what_our_own_page_sends_passes(stage: Stage) -> None:
    """The one difference to the tests above: so those are refused for the right reason."""
    own = {"Origin": stage.server.base_url, "Sec-Fetch-Site": "same-origin"}
    before = stage.content()
    answer = stage.victim.post("/compose", data={"text": "not forged"}, headers=own)
    assert answer.status_code == 303
    assert "post" in changed(before, stage.content())


def test_a_cookie_alone_opens_nothing_in_the_api(stage: Stage) -> None:
    before = stage.content()
    tried = 0
    for one in ENDPOINTS:
        if one.auth not in {"user", "app"}:
            continue
        answer = stage.victim.http.request(
            one.method, stage.address(one), **({} if one.method == "GET" else {"json": _FORM})
        )
        assert answer.status_code == 401, (one, answer.status_code)
        tried += 1
    assert tried >= 40
    assert changed(before, stage.content()) == []


def test_the_api_lets_other_sites_read_only_without_cookies(stage: Stage) -> None:
    origin = {"Origin": "https://app.example"}
    for one in (*ENDPOINTS, *PAGES):
        if one.method != "GET" or one.path == "/live/home":
            continue
        answer = stage.victim.http.get(stage.address(one), headers=origin)
        assert "access-control-allow-credentials" not in answer.headers, one
        if one in PAGES:
            assert "access-control-allow-origin" not in answer.headers, one


def test_looking_changes_nothing(stage: Stage) -> None:
    with stage.server.client(headers={"Authorization": f"Bearer {stage.other.token}"}):
        pass
    before = stage.content()
    looked = 0
    for one in (*ENDPOINTS, *PAGES):
        if one.method != "GET" or one.path == "/live/home":
            continue
        for method in ("GET", "HEAD"):
            for browser in (stage.victim, stage.other):
                answer = browser.http.request(method, stage.address(one), params={"answer": "yes", "q": "x", **_FORM})
                assert answer.status_code < 500, (one, answer.status_code)
                looked += 1
    assert looked >= 150
    assert changed(before, stage.content()) == []


def test_cookies_are_kept_from_scripts_and_other_sites(stage: Stage, make_server: ServerMaker) -> None:
    browser = Browsing(stage.server)
    given = [browser.get("/auth/sign_in")]
    given.append(browser.post("/auth/sign_in", data={"name": "victim", "password": PASSWORD}))
    given.append(browser.post("/look", data={"theme": "dark"}))
    set_cookies = [cookie for answer in given for cookie in answer.headers.get_list("set-cookie")]
    assert len(set_cookies) >= 3
    for cookie in set_cookies:
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; ")), cookie
        assert "Domain" not in cookie
    secure = make_server(origin="https://palabre.example").start()
    with secure.client() as http:
        [cookie] = http.get("/auth/sign_in").headers.get_list("set-cookie")
        assert cookie.startswith("__Host-")
        assert "Secure" in cookie.split("; ")
        assert "max-age=" in http.get("/about").headers["strict-transport-security"]
