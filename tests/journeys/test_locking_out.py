"""Somebody else was in the account: its owner sees what signs in beside the password, and ends all of it."""

from __future__ import annotations

import html
import re
import time
from itertools import count

import pytest

from browsing import PASSWORD, Browsing
from palabre.accounts.queries import account_by_handle
from running import Person, RunningServer
from two_step import give_passkey

_NEW = "another horse battery"
_TICK = re.compile(r'name="remove\[\]" value="(\d+)"[^>]*><span><bdi>([^<]*)</bdi>')
_numbers = count(1)


@pytest.fixture
def owner(server: RunningServer) -> Person:
    person = server.account(f"owner{next(_numbers)}", password=PASSWORD)
    with server.opened() as opened:
        number = opened.database.read_now(account_by_handle, person.username).id
    for name in ("Phone", "Thief"):
        give_passkey(server, number, f"{name} {number}")
    return person


@pytest.fixture
def browser(server: RunningServer, owner: Person) -> Browsing:
    return Browsing(server).sign_in(owner)


def ticks(browser: Browsing) -> dict[str, str]:
    """Return the passkeys beside the new password: the first word of the name, and what ticks it; in their order."""
    return {name.split()[0]: value for value, name in _TICK.findall(browser.get("/settings/account").text)}


def change(browser: Browsing, more: dict[str, object] | None = None, current: str = PASSWORD) -> tuple[int, str]:
    data = {"current_password": current, "password": _NEW, **(more or {})}
    answer = browser.post("/settings/account/password", data=data)
    return answer.status_code, answer.headers.get("location", "") or answer.text


def test_whoever_changes_the_password_sees_the_passkeys_and_removes_what_is_not_his(browser: Browsing) -> None:
    found = ticks(browser)
    assert list(found) == ["Thief", "Phone"], "the newest first"
    assert change(browser, {"remove[]": [found["Thief"], "1" * 31, "x"]}) == (303, "/settings/passkeys")
    page = browser.get("/settings/passkeys").text
    assert "These passkeys go on signing in" in page
    assert "Phone" in page
    assert "Thief" not in page
    assert re.search(r"Phone \d+</bdi> <span class=\"tag\">New</span>", page)


def test_passkeys_that_are_not_ticked_are_spoken_of_and_stay(browser: Browsing) -> None:
    assert change(browser) == (303, "/settings/passkeys")
    assert list(ticks(browser)) == ["Thief", "Phone"]


def test_a_wrong_password_removes_nothing_and_keeps_what_was_ticked(browser: Browsing) -> None:
    found = ticks(browser)
    status, page = change(browser, {"remove[]": found["Thief"], "lock_out": "1"}, "wrong")
    assert status == 422
    checked = re.findall(r'<input type="checkbox" name="([^"]+)" value="(\d+)"[^>]* checked', page)
    assert checked == [("remove[]", found["Thief"]), ("lock_out", "1")]
    assert list(ticks(browser)) == ["Thief", "Phone"]


def test_one_choice_ends_sessions_passkeys_and_apps(server: RunningServer, owner: Person, browser: Browsing) -> None:
    other = Browsing(server).sign_in(owner)
    hooks = "/settings/development/webhooks"
    browser.get(hooks)
    made = browser.post(f"{hooks}/incoming", data={"name": "Thief", "password": PASSWORD}).text
    address = re.search(r"https?://[^<]+/hooks/[\w-]{43}", html.unescape(made))
    assert address is not None
    with owner.client() as http:
        assert http.get("/api/v1/accounts/verify_credentials").status_code == 200
        assert http.post(address[0], json={"text": "hello"}).status_code == 200
        ticks(browser)
        assert change(browser, {"lock_out": "1"}) == (303, "/settings/account")
        page = browser.get("/settings/account").text
        assert "all passkeys, webhooks and the feed are removed, and all apps are taken back" in page
        assert ticks(browser) == {}
        assert http.get("/api/v1/accounts/verify_credentials").status_code == 401
        assert http.post(address[0], json={"text": "hello"}).status_code == 404
    assert other.get("/settings/account").status_code == 303, "signed out"
    assert browser.get("/settings/account").status_code == 200


def test_the_owner_is_told_of_a_passkey_that_was_added(browser: Browsing) -> None:
    ticks(browser)
    change(browser)
    for _ in range(200):
        page = browser.get("/notifications").text
        if page.count("A passkey was added to your account") == 2:
            break
        time.sleep(0.05)
    else:
        raise AssertionError("he is not told")
    assert 'href="/settings/passkeys"' in page.replace("&#x2f;", "/")
