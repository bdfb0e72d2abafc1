"""A member makes tokens and apps in the settings: shown once, doing what was allowed, ended at once."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from browsing import PASSWORD, Browsing
from running import Person, RunningServer
from standbys import until

_CODE = re.compile(r'<code class="code big-code" tabindex="0">([^<]+)</code>')
_PAGE = "/settings/development"


@pytest.fixture(scope="module")
def ana(server: RunningServer) -> Person:
    return server.account("ana", password=PASSWORD)


@pytest.fixture
def browser(server: RunningServer, ana: Person) -> Browsing:
    browser = Browsing(server).sign_in(ana)
    browser.get(_PAGE)
    return browser


def bearer(server: RunningServer, token: str) -> httpx.Client:
    return server.client(headers={"Authorization": f"Bearer {token}"})


def make_token(browser: Browsing, *scopes: str, name: str = "Weather") -> str:
    form = {"token_name": name, "scopes[]": list(scopes), "password": PASSWORD}
    page = browser.post(f"{_PAGE}/tokens", data=form)
    assert page.status_code == 200, page.text
    [token] = _CODE.findall(page.text)
    return html.unescape(token)


def test_a_token_does_what_it_may_and_no_more_until_it_is_revoked(server: RunningServer, browser: Browsing) -> None:
    token = make_token(browser, "write:statuses", name="Weather & wind")
    with bearer(server, token) as http:
        assert http.post("/api/v1/statuses", json={"status": "Rain"}).status_code == 200
        assert http.get("/api/v1/timelines/home").status_code == 403
        assert http.post("/api/v1/follow_requests/1/authorize").status_code == 403
    until(lambda: "never used" not in browser.get(_PAGE).text, "its use is noted, beside the requests")
    page = browser.get(_PAGE).text
    assert token not in page, "it is shown once"
    assert "Weather &amp; wind" in page
    [number] = re.findall(rf"{_PAGE}/tokens/(\d{{31}})/revoke", page)
    stranger = Browsing(server).sign_in(server.account("ben", password=PASSWORD))
    assert stranger.post(f"{_PAGE}/tokens/{number}/revoke").status_code == 404
    assert browser.post(f"{_PAGE}/tokens/{number}/revoke").status_code == 303
    with bearer(server, token) as http:
        assert http.post("/api/v1/statuses", json={"status": "Rain"}).status_code == 401


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "wrong"}, "This is not your current password."),
        ({"token_name": " "}, "A token has a name"),
        ({"scopes[]": []}, "choose at least one"),
        ({"scopes[]": ["admin:read"]}, "The requested scope is invalid"),
        ({"scopes[]": ["everything"]}, "The requested scope is invalid"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused_at_its_field(
    browser: Browsing, change: dict[str, object], words: str
) -> None:
    form = {"token_name": "X", "scopes[]": ["read"], "password": PASSWORD, **change}
    page = browser.post(f"{_PAGE}/tokens", data=form)
    assert page.status_code == 422
    assert words in html.unescape(page.text)
    assert not _CODE.search(page.text)
    assert PASSWORD not in page.text


def test_an_app_lets_people_in_and_goes_with_all_its_tokens(server: RunningServer, browser: Browsing) -> None:
    form = {"name": "Tide", "redirect_uri": "https://tide.example/back", "scopes[]": ["read", "write:statuses"]}
    page = browser.post(f"{_PAGE}/apps", data=form)
    assert page.status_code == 200, page.text
    client, secret = _CODE.findall(page.text)
    given = {"client_id": client, "client_secret": html.unescape(secret), "redirect_uri": form["redirect_uri"]}
    asked = {"response_type": "code", "client_id": client, "redirect_uri": form["redirect_uri"], "scope": "read"}
    browser.get("/oauth/authorize", params=asked)
    allowed = browser.post("/oauth/authorize", data={**asked, "answer": "yes"})
    code = re.search(r"code=([^&]+)", allowed.headers["location"])
    assert code is not None
    with server.client() as http:
        token = http.post("/oauth/token", json={**given, "grant_type": "authorization_code", "code": code[1]}).json()
    with bearer(server, token["access_token"]) as http:
        assert http.get("/api/v1/timelines/home").status_code == 200
        assert http.post("/api/v1/statuses", json={"status": "x"}).status_code == 403
    assert "Tide" in browser.get(_PAGE).text
    stranger = Browsing(server).sign_in(server.account("cleo", password=PASSWORD))
    assert stranger.post(f"{_PAGE}/apps/{client}/remove").status_code == 404
    assert browser.post(f"{_PAGE}/apps/{client}/remove").status_code == 303
    with bearer(server, token["access_token"]) as http:
        assert http.get("/api/v1/timelines/home").status_code == 401
    with server.client() as http:
        again = http.post("/oauth/token", json={**given, "grant_type": "client_credentials"})
        assert again.status_code == 401
    assert "Tide" not in browser.get(_PAGE).text


def test_an_app_needs_a_name_and_an_address_to_come_back_to(browser: Browsing) -> None:
    for form, words in (
        ({"name": "", "redirect_uri": "https://a.example/"}, "An application has a name"),
        ({"name": "X", "redirect_uri": "javascript:alert(1)"}, "The redirect URI included is not valid."),
        ({"name": "X", "redirect_uri": "https://a.example/", "website": "ftp://x"}, "The website of an application"),
    ):
        page = browser.post(f"{_PAGE}/apps", data={"scopes[]": ["read"], **form})
        assert page.status_code == 422
        assert words in page.text
