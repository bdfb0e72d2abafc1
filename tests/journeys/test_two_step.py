"""Signing in with a second step, as people and attackers would."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

import pytest

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from palabre.accounts.queries import account_by_handle
from running import RunningServer
from two_step import TwoStep, give_passkey, tried_at_once


@pytest.fixture
def member(server: RunningServer) -> Browsing:
    """A member's browser."""
    name = f"member{len(_made)}"
    _made.append(name)
    server.account(name, password=PASSWORD)
    return Browsing(server).sign_in(name)


_made: list[str] = []


def after_the_password(server: RunningServer, **query: str) -> Browsing:
    """A browser in which the newest member has typed the password."""
    browser = Browsing(server)
    browser.get("/auth/sign_in", params=query)
    answer = browser.post("/auth/sign_in", data={"name": _made[-1], "password": PASSWORD, **query})
    assert answer.headers["location"] == f"/auth/second_step?next={quote(query.get('next', '/home'), safe='')}"
    browser.get(answer.headers["location"])
    return browser


def is_in(browser: Browsing) -> bool:
    return browser.get("/settings/account").status_code == 200


def test_it_is_set_up_and_asked_for(server: RunningServer, member: Browsing) -> None:
    phone = TwoStep(member)
    assert 'class="qr"' in phone.page
    browser = after_the_password(server, next="/lists")
    assert not is_in(browser)
    browser.get("/auth/second_step")
    wrong = browser.post("/auth/second_step", data={"code": "000000"})
    assert wrong.status_code == 422
    assert 'id="code-wrong"' in wrong.text
    assert not is_in(browser)
    browser.get("/auth/second_step", params={"next": "/lists"})
    code = phone.code()
    done = browser.post("/auth/second_step", data={"code": code, "next": "/lists"})
    assert (done.status_code, done.headers["location"]) == (303, "/lists")
    assert is_in(browser)
    again = after_the_password(server)
    assert again.post("/auth/second_step", data={"code": code}).status_code == 422, "whoever looked on"
    assert not is_in(again)


def test_turning_it_on_signs_other_browsers_out_and_shows_the_passkeys_that_stay(
    server: RunningServer, member: Browsing
) -> None:
    other = Browsing(server).sign_in(_made[-1])
    with server.opened() as opened:
        owner = opened.database.read_now(account_by_handle, _made[-1])
    give_passkey(server, owner.id, "My phone")
    assert is_in(other)
    shown = TwoStep(member).codes_page
    assert not is_in(other)
    assert is_in(member)
    assert "My phone" in shown
    path = re.findall(r'href="(/settings/passkeys/[^"]+)"', shown)[0]
    assert "Remove this passkey" in member.get(path).text


def test_without_passkeys_none_are_spoken_of(server: RunningServer, member: Browsing) -> None:
    assert "passkeys" not in TwoStep(member).codes_page.partition("<main")[2]


def test_a_recovery_code_signs_in_once(server: RunningServer, member: Browsing) -> None:
    phone = TwoStep(member)
    browser = after_the_password(server)
    assert browser.post("/auth/second_step", data={"code": phone.recovery_codes[0]}).status_code == 303
    assert is_in(browser)
    again = after_the_password(server)
    assert again.post("/auth/second_step", data={"code": phone.recovery_codes[0]}).status_code == 422
    assert "9 recovery codes are left." in browser.get("/settings/two_step").text


def test_one_code_shown_many_times_at_once_signs_in_once(make_server: ServerMaker) -> None:
    server = make_server(limits="off").start()
    server.account("ana", password=PASSWORD)
    phone = TwoStep(Browsing(server).sign_in("ana"))
    for code in (phone.recovery_codes[0], phone.code()):
        assert tried_at_once([server] * 6, "ana", code) == [303, 422, 422, 422, 422, 422]


def test_the_cookie_of_the_first_step_opens_nothing(server: RunningServer, member: Browsing) -> None:
    TwoStep(member)
    browser = after_the_password(server)
    step = next(value for name, value in browser.http.cookies.items() if name.endswith("step"))
    for path in ("/home", "/settings/account", "/settings/two_step", "/oauth/authorize"):
        assert browser.get(path).headers["location"].startswith("/auth/sign_in"), path
    thief = Browsing(server)
    thief.http.cookies.set("session", step)
    assert not is_in(thief)
    for token in (step, f"{step}x"):
        answer = thief.http.get("/api/v1/accounts/verify_credentials", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        app = {"palabre-app": "1", "authorization": f"Bearer {token}"}
        assert thief.http.get("/home", headers=app).status_code == 401
        assert thief.http.post("/app/token/change", headers=app).status_code == 401
    assert thief.get("/auth/hand_over", params={"code": step}).status_code == 404
    assert thief.post("/auth/hand_over", data={"code": step}).status_code == 403, "it was given no form to send"


def test_without_the_password_there_is_no_second_step(server: RunningServer, member: Browsing) -> None:
    phone = TwoStep(member)
    browser = Browsing(server)
    assert browser.get("/auth/second_step").headers["location"].startswith("/auth/sign_in")
    browser.get("/auth/sign_in")
    answer = browser.post("/auth/second_step", data={"code": phone.recovery_codes[0]})
    assert answer.headers["location"].startswith("/auth/sign_in")
    assert not is_in(browser)


def test_apps_get_no_token_for_a_password(server: RunningServer, member: Browsing) -> None:
    TwoStep(member)
    with server.client() as http:
        told = {"client_name": "App", "redirect_uris": "https://app.example/back", "scopes": "read"}
        app = http.post("/api/v1/apps", json=told).json()
        grant = {
            "grant_type": "password", "client_id": app["client_id"], "client_secret": app["client_secret"],
            "username": _made[-1], "password": PASSWORD, "scope": "read",
        }  # fmt: skip
        answer = http.post("/oauth/token", json=grant)
        assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_an_app_s_question_is_asked_after_both_steps(server: RunningServer, member: Browsing) -> None:
    phone = TwoStep(member)
    with server.client() as http:
        told = {"client_name": "App", "redirect_uris": "https://app.example/back", "scopes": "read"}
        app = http.post("/api/v1/apps", json=told).json()
    asked = {
        "response_type": "code", "client_id": app["client_id"], "redirect_uri": "https://app.example/back",
        "scope": "read",
    }  # fmt: skip
    browser = Browsing(server)
    way = browser.get("/oauth/authorize", params=asked).headers["location"]
    page = browser.get(way).text
    question = re.findall(r'name="next" value="([^"]*)"', page)[0]
    question = html.unescape(question)
    half = browser.post("/auth/sign_in", data={"name": _made[-1], "password": PASSWORD, "next": question})
    browser.get(half.headers["location"])
    refused = browser.post("/oauth/authorize", data={**asked, "answer": "yes"})
    assert "app.example" not in refused.headers["location"]
    done = browser.post("/auth/second_step", data={"code": phone.recovery_codes[0], "next": question})
    assert done.headers["location"] == question
    browser.get(question)
    given = browser.post("/oauth/authorize", data={**asked, "answer": "yes"})
    assert given.headers["location"].startswith("https://app.example/back?code=")


def test_what_cannot_be_undone_asks_for_a_code(server: RunningServer, member: Browsing) -> None:
    phone = TwoStep(member)
    forms = (
        ("/settings/account/email", {"email": "a@example.org", "email_password": PASSWORD}, "email_code"),
        ("/settings/account/password", {"current_password": PASSWORD, "password": "another horse"}, "password_code"),
        ("/settings/two_step/codes", {"password": PASSWORD}, "code"),
        ("/settings/two_step/off", {"password": PASSWORD}, "code"),
        ("/settings/delete", {"password": PASSWORD}, "code"),
    )
    pages = ("/settings/account", "/settings/account", "/settings/two_step", "/settings/two_step", "/settings/delete")
    for page, (path, data, field) in zip(pages, forms, strict=True):
        assert f'name="{field}"' in member.get(page).text
        for code in ("", "000000"):
            answer = member.post(path, data={**data, field: code})
            assert answer.status_code == 422, path
            assert f'id="{field}-wrong"' in answer.text, path
    member.get("/settings/account")
    path, data, field = forms[1]
    assert member.post(path, data={**data, field: phone.code()}).status_code == 303
    with server.client() as http:
        told = {"client_name": "App", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"}
        app = http.post("/api/v1/apps", json=told).json()
        asked = {
            "response_type": "code", "client_id": app["client_id"], "scope": "read write",
            "redirect_uri": "urn:ietf:wg:oauth:2.0:oob",
        }  # fmt: skip
        member.get("/oauth/authorize", params=asked)
        shown = member.post("/oauth/authorize", data={**asked, "answer": "yes"}).text
        grant = {
            **asked, "grant_type": "authorization_code", "client_secret": app["client_secret"],
            "code": re.findall(r"[\w-]{43}", shown.partition("<main")[2])[0],
        }  # fmt: skip
        token = http.post("/oauth/token", json=grant).json()["access_token"]
        leave = {"password": "another horse"}
        headers = {"authorization": f"Bearer {token}"}
        refused = http.post("/api/palabre/v1/account/delete", json=leave, headers=headers)
        assert refused.status_code == 422
        assert "code" in refused.json()["details"]
        good = {**leave, "code": phone.recovery_codes[0]}
        assert http.post("/api/palabre/v1/account/delete", json=good, headers=headers).status_code == 200


def test_it_is_turned_off_by_its_owner_or_by_the_operator(server: RunningServer, member: Browsing) -> None:
    phone = TwoStep(member)
    member.get("/settings/two_step")
    proof = {"password": PASSWORD, "code": phone.recovery_codes[0]}
    assert member.post("/settings/two_step/off", data=proof).headers["location"] == "/settings/two_step"
    assert is_in(Browsing(server).sign_in(_made[-1]))
    TwoStep(member)
    server.command("account", "drop-second-step", _made[-1], "--yes", "--data", str(server.data))
    assert is_in(Browsing(server).sign_in(_made[-1]))


def test_guesses_run_dry(make_server: ServerMaker) -> None:
    server = make_server().start()
    server.account("ana", password=PASSWORD)
    _made.append("ana")
    phone = TwoStep(Browsing(server).sign_in("ana"))
    tried = 0
    browser = after_the_password(server)
    statuses = []
    while tried < 30 and 429 not in statuses:
        answer = browser.post("/auth/second_step", data={"code": "000000"})
        if answer.status_code == 303:
            break
        statuses.append(answer.status_code)
        tried += 1
    assert tried <= 10
    last = browser.post("/auth/second_step", data={"code": phone.recovery_codes[0]})
    assert not is_in(browser)
    assert last.status_code in {303, 429}


def test_strangers_who_guess_lock_nobody_out(make_server: ServerMaker) -> None:
    server = make_server(trusted_proxies="127.0.0.1").start()
    server.account("ana", password=PASSWORD)
    _made.append("ana")
    owner = Browsing(server, headers={"X-Forwarded-For": "192.0.2.1"}).sign_in("ana")
    phone = TwoStep(owner)

    def half_in(address: str) -> Browsing:
        browser = Browsing(server, headers={"X-Forwarded-For": address})
        browser.get("/auth/sign_in")
        answer = browser.post("/auth/sign_in", data={"name": "ana", "password": PASSWORD})
        browser.get(answer.headers["location"])
        return browser

    for address in ("198.51.100.1", "198.51.101.1"):
        stranger = half_in(address)
        guesses = [stranger.post("/auth/second_step", data={"code": "00000\xa00"}).status_code for _ in range(5)]
        assert guesses == [422] * 5
    elsewhere, code = half_in("203.0.113.7"), phone.code()
    assert elsewhere.post("/auth/second_step", data={"code": code}).status_code == 429
    assert elsewhere.post("/auth/second_step/passkey", data={"credential": "{}"}).status_code != 429
    assert elsewhere.post("/auth/second_step", data={"code": phone.recovery_codes[0]}).status_code == 303
    assert is_in(elsewhere)
    owner.get("/settings/account")
    proof = {"current_password": PASSWORD, "password": "another horse", "password_code": code}
    assert owner.post("/settings/account/password", data=proof).status_code == 303
