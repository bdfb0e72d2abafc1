"""Several accounts in one browser: each keeps its session, one is active, and nothing of one reaches the other."""

from __future__ import annotations

import re
import sqlite3
import time

import pytest

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from running import RunningServer
from two_step import TwoStep

_ACTIVE = re.compile(r'<body data-member="(\w+)" data-account="(\d{31})"')


@pytest.fixture
def server(make_server: ServerMaker) -> RunningServer:
    server = make_server(limits="off").start()
    for name in ("ana", "ben", "cleo"):
        server.account(name, password=PASSWORD)
    return server


@pytest.fixture
def browser(server: RunningServer) -> Browsing:
    """Ana's browser, to which Ben was added: he is active."""
    browser = Browsing(server).sign_in("ana")
    add(browser, "ben")
    return browser


def add(browser: Browsing, name: str) -> None:
    browser.get("/auth/sign_in", params={"add": "1"})
    answer = browser.post("/auth/sign_in", data={"name": name, "password": PASSWORD, "add": "1"})
    assert answer.status_code == 303, answer.text
    assert active(browser) == name


def active(browser: Browsing) -> str | None:
    found = _ACTIVE.search(browser.get("/local").text)
    return found[1] if found else None


def switch(browser: Browsing, name: str) -> None:
    page = browser.get("/auth/accounts").text
    path = re.search(rf'action="([^"]+)"[^/]*?<input.*?aria-label="Switch to @{name}"', page.replace("&#x2f;", "/"))
    assert path is not None, page
    assert browser.post(path[1]).headers["location"] == "/home"
    assert active(browser) == name


def secrets(browser: Browsing) -> dict[str, str]:
    return dict(browser.http.cookies.items())


def sessions(server: RunningServer) -> int:
    with sqlite3.connect(server.data / "palabre.db") as database:
        return int(database.execute("SELECT count(*) FROM session").fetchone()[0])


def test_each_keeps_its_session_and_one_is_active(server: RunningServer, browser: Browsing) -> None:
    assert sessions(server) == 2
    assert active(browser) == "ben"
    switch(browser, "ana")
    switch(browser, "ben")
    add(browser, "cleo")
    switch(browser, "ana")
    assert sessions(server) == 3
    browser.get("/compose")
    browser.post("/compose", data={"text": "Words of Ana", "key": "k1"})
    assert "Words of Ana" in browser.get("/@ana").text
    assert "Words of Ana" not in browser.get("/@ben").text


def test_signing_in_twice_holds_one_session(server: RunningServer, browser: Browsing) -> None:
    add(browser, "ana")
    assert sessions(server) == 2
    switch(browser, "ben")
    assert browser.get("/auth/accounts").text.count('class="person"') == 2


def test_signing_out_of_one_leaves_the_other(server: RunningServer, browser: Browsing) -> None:
    stolen = secrets(browser)
    browser.get("/home")
    assert browser.post("/auth/sign_out").headers["location"] == "/home"
    assert active(browser) == "ana"
    assert sessions(server) == 1
    thief = Browsing(server)
    thief.http.cookies.set("session", stolen["session"])
    assert active(thief) is None, "Ben's session is no more"
    browser.get("/home")
    assert browser.post("/auth/sign_out").headers["location"] == "/"
    assert active(browser) is None
    assert sessions(server) == 0


def test_signing_out_of_all_leaves_none(server: RunningServer, browser: Browsing) -> None:
    other = Browsing(server).sign_in("ana")
    browser.get("/home")
    browser.post("/auth/sign_out/all")
    assert active(browser) is None
    assert secrets(browser).keys() & {"session", "others"} == set()
    assert sessions(server) == 1
    assert active(other) == "ana", "another browser is another matter"


def test_a_form_of_the_one_is_refused_for_the_other(server: RunningServer, browser: Browsing) -> None:
    browser.get("/compose")
    of_ben = browser.token
    switch(browser, "ana")
    refused = browser.post("/compose", token=of_ben, data={"text": "By whom?", "key": "k1"})
    assert refused.status_code == 403
    assert "By whom?" not in browser.get("/local").text


def test_a_switch_needs_a_form_of_ours_and_a_session_of_this_browser(
    server: RunningServer, browser: Browsing
) -> None:
    page = browser.get("/auth/accounts").text.replace("&#x2f;", "/")
    path = re.search(r"/auth/accounts/\d{31}/switch", page)[0]
    assert browser.http.get(path).status_code == 405
    assert browser.post(path, token="").status_code == 403
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert browser.post(path, headers=foreign).status_code == 403
    assert active(browser) == "ben"
    stranger = Browsing(server)
    stranger.get("/auth/accounts")
    assert stranger.post(path).status_code == 404
    assert active(stranger) is None


@pytest.mark.parametrize("made_up", ["x", "." * 90, "a.b.c.d.e.f.g", "x" * 4000])
def test_made_up_cookies_hold_nothing(server: RunningServer, made_up: str) -> None:
    browser = Browsing(server).sign_in("cleo")
    browser.http.cookies.set("others", made_up)
    assert browser.get("/auth/accounts").status_code == 200
    assert active(browser) == "cleo"
    browser.get("/home")
    assert browser.post("/auth/sign_out").headers["location"] == "/"


def test_the_others_open_nothing_but_the_switch(server: RunningServer, browser: Browsing) -> None:
    """A browser that has lost the active session is a visitor's, who may go on as one of the others."""
    del browser.http.cookies["session"]
    assert browser.get("/home").headers["location"].startswith("/auth/sign_in")
    assert active(browser) is None
    switch(browser, "ana")


def test_a_script_on_a_page_of_the_one_gets_nothing_of_the_other(server: RunningServer, browser: Browsing) -> None:
    of_ben = _ACTIVE.search(browser.get("/home").text)
    assert of_ben is not None
    headers = {"palabre-account": of_ben[2], "hx-request": "true"}
    assert browser.http.get("/notifications", headers=headers).text
    switch(browser, "ana")
    answer = browser.http.get("/notifications", headers=headers)
    assert (answer.status_code, answer.text, answer.headers["hx-refresh"]) == (200, "", "true")
    assert browser.http.get("/notifications", headers={"palabre-account": of_ben[2]}).status_code == 409
    assert browser.http.get("/live/home", params={"account": of_ben[2]}).status_code == 204
    home = browser.http.get("/home").headers
    assert home["cache-control"] == "no-store, private"
    assert "Cookie" in home["vary"]


def test_a_second_step_is_asked_of_who_is_added(server: RunningServer, browser: Browsing) -> None:
    phone = TwoStep(Browsing(server).sign_in("cleo"))
    browser.get("/auth/sign_in", params={"add": "1"})
    half = browser.post("/auth/sign_in", data={"name": "cleo", "password": PASSWORD, "add": "1"})
    assert half.headers["location"].startswith("/auth/second_step")
    assert active(browser) == "ben"
    browser.get(half.headers["location"])
    browser.post("/auth/second_step", data={"code": phone.recovery_codes[0]})
    assert active(browser) == "cleo"
    switch(browser, "ben")


def test_five_are_enough(server: RunningServer, browser: Browsing) -> None:
    add(browser, "cleo")
    for name in ("dora", "eve", "fay"):
        server.account(name, password=PASSWORD)
        add(browser, name)
    assert browser.get("/auth/accounts").text.count('class="person"') == 5
    assert sessions(server) == 5


def test_a_suspended_one_is_out(server: RunningServer, browser: Browsing) -> None:
    server.command("account", "suspend", "ana", "--data", str(server.data))
    deadline = time.monotonic() + 30  # the server hears of it from the journal
    while "Switch to @ana" in browser.get("/auth/accounts").text:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert active(browser) == "ben"


def test_an_app_s_question_can_be_answered_by_another(server: RunningServer, browser: Browsing) -> None:
    with server.client() as http:
        told = {"client_name": "App", "redirect_uris": "https://app.example/back", "scopes": "read"}
        app = http.post("/api/v1/apps", json=told).json()
    asked = {"client_id": app["client_id"], "redirect_uri": "https://app.example/back", "scope": "read"}
    page = browser.get("/oauth/authorize", params={**asked, "response_type": "code"}).text
    assert "/auth/sign_in?add=1&amp;next=" in page.replace("&#x2f;", "/")


def test_a_token_of_the_one_sends_no_form_of_the_other(server: RunningServer, browser: Browsing) -> None:
    """Away from its origin the app shows a token instead of a cookie: the form still says whose page it stood on."""
    browser.get("/compose")
    of_ben = browser.token
    given = browser.post("/app/token", headers={"palabre-app": "1", "origin": browser.origin}).json()["token"]
    switch(browser, "ana")
    browser.get("/compose")
    of_ana = browser.token
    with server.client(headers={"palabre-app": "1", "authorization": f"Bearer {given}"}) as app:
        for token, status in ((of_ana, 403), ("x", 403), (of_ben, 200)):
            sent = app.post("/compose", data={"csrf": token, "text": f"With {token}", "key": token[:20]})
            assert sent.status_code == status, token
        page = app.get("/@ben").text
    assert f"With {of_ben}"[:40] in page
    assert f"With {of_ana}"[:40] not in page
