"""From a post to a program: signed, in the log, and never to the network's neighbours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import re
import time
from collections.abc import Iterator

import pytest

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from push_service import Arrived, PushService
from running import Person, RunningServer

_CODE = re.compile(r'<code class="code big-code" tabindex="0">([^<]+)</code>')
_PAGE = "/settings/development/webhooks"


@pytest.fixture
def program() -> Iterator[PushService]:
    made = PushService()
    yield made
    made.close()


@pytest.fixture(scope="module")
def network(make_server: ServerMaker) -> RunningServer:
    return make_server(limits="off", push_anywhere="on").start()


def signed_in(server: RunningServer, name: str, *, admin: bool = False) -> tuple[Person, Browsing]:
    [person] = server.accounts([name], password=PASSWORD, admin=admin)
    browser = Browsing(server).sign_in(person)
    browser.get(_PAGE)
    return person, browser


def made(browser: Browsing, url: str, *events: str, **more: str) -> tuple[str, str]:
    """Make a webhook in the settings; return its secret and its id."""
    page = browser.post(_PAGE, data={"url": url, "events[]": list(events), "password": PASSWORD, **more})
    assert page.status_code == 200, page.text
    [secret] = _CODE.findall(page.text)
    number = re.findall(rf"{_PAGE}/(\d{{31}})/remove", page.text)[0]
    return html.unescape(secret), number


def checked(arrived: Arrived, secret: str) -> dict[str, object]:
    """Check a message as the specification tells receivers to, and return it."""
    headers = {name.lower(): value for name, value in arrived.headers.items()}
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 300
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + arrived.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert headers["content-type"] == "application/json"
    return dict(json.loads(arrived.body))


def test_a_program_is_told_signed_and_the_page_says_how_it_went(network: RunningServer, program: PushService) -> None:
    ana, browser = signed_in(network, "ana")
    secret, number = made(browser, f"{program.origin}/told", "status.created")
    with ana.client() as http:
        http.post("/api/v1/statuses", json={"status": "Hello programs"}).raise_for_status()
    [arrived] = program.wait(1)
    assert arrived.path == "/told"
    message = checked(arrived, secret)
    assert message["event"] == "status.created"
    assert "Hello programs" in str(message["object"])
    assert browser.post(f"{_PAGE}/{number}/test").status_code == 303
    assert checked(program.wait(2)[1], secret)["event"] == "ping"
    page = browser.get(f"{_PAGE}/{number}").text
    assert secret not in page
    assert "status.created" in page
    deadline = time.monotonic() + 120
    while page.count("Delivered") < 2 and time.monotonic() < deadline:
        page = browser.get(f"{_PAGE}/{number}").text
    assert page.count("Delivered") == 2
    assert browser.post(f"{_PAGE}/{number}/remove").status_code == 303
    assert browser.get(f"{_PAGE}/{number}").status_code == 404


def test_a_program_that_is_gone_is_switched_off_and_the_page_says_so(
    network: RunningServer, program: PushService
) -> None:
    _, browser = signed_in(network, "ben")
    program.answers = [410]
    _, number = made(browser, program.origin, "status.created")
    browser.post(f"{_PAGE}/{number}/test")
    program.wait(1)
    deadline = time.monotonic() + 120
    while "Switched off" not in (page := browser.get(_PAGE).text) and time.monotonic() < deadline:
        pass
    assert "Switched off" in page
    assert browser.post(f"{_PAGE}/{number}/resume").status_code == 303
    browser.post(f"{_PAGE}/{number}/test")
    program.wait(2)


def test_only_administrators_have_webhooks_about_the_network(network: RunningServer, program: PushService) -> None:
    _, browser = signed_in(network, "cleo")
    assert "for_admins" not in browser.get(_PAGE).text
    asked = {"url": program.origin, "events[]": ["report.created"], "for_admins": "1", "password": PASSWORD}
    refused = browser.post(_PAGE, data=asked)
    assert refused.status_code == 403
    _, of_root = signed_in(network, "root", admin=True)
    secret, _ = made(of_root, program.origin, "account.created", for_admins="1")
    network.account("dora")
    number = 1
    while checked(arrived := program.wait(number)[number - 1], secret)["object"]["username"] != "dora":  # type: ignore[index]
        number += 1  # somebody who came just before may be told of too
    wanted = hmac.new(secret.encode(), arrived.body, hashlib.sha256).hexdigest()
    assert arrived.headers["X-Hub-Signature"] == f"sha256={wanted}"


def test_the_networks_neighbours_are_told_nothing(make_server: ServerMaker, program: PushService) -> None:
    server = make_server(limits="off").start()
    _, browser = signed_in(server, "ana")
    asked = {"url": program.origin, "events[]": ["status.created"], "password": PASSWORD}
    plain = browser.post(_PAGE, data=asked)
    assert plain.status_code == 422
    assert "starts with https://" in html.unescape(plain.text)
    port = program.origin.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "[::1]", "0x7f000001"):
        _, number = made(browser, f"https://{host}:{port}/", "status.created")
        browser.post(f"{_PAGE}/{number}/test")
        deadline = time.monotonic() + 120
        while "no answer" not in (page := browser.get(f"{_PAGE}/{number}").text) and time.monotonic() < deadline:
            pass
        assert "no answer" in page, host
    assert program.arrived == []


def test_whoever_holds_a_session_alone_makes_no_webhook(network: RunningServer, program: PushService) -> None:
    _, browser = signed_in(network, "fred")
    hook = {"url": program.origin, "events[]": ["mention.created"]}
    address = {"name": "Thief", "visibility": "public"}
    for path, asked in ((_PAGE, hook), (f"{_PAGE}/incoming", address)):
        for password in ({}, {"password": "wrong"}):
            page = browser.post(path, data={**asked, **password})
            assert page.status_code == 422, path
            assert page.text.count('id="password-wrong"') == 1
            assert "big-code" not in page.text
    assert "Thief" not in browser.get(_PAGE).text
    assert "/remove" not in browser.get(_PAGE).text


def test_a_program_posts_by_an_address_made_in_the_settings(network: RunningServer) -> None:
    emma, browser = signed_in(network, "emma")
    asked = {"name": "Build & test", "visibility": "unlisted", "password": PASSWORD}
    page = browser.post(f"{_PAGE}/incoming", data=asked)
    [address] = _CODE.findall(page.text)
    address = html.unescape(address)
    with network.client() as http:
        assert http.post(address, json={"text": "Built"}).text == "ok"
    with emma.client() as http:
        me = http.get("/api/v1/accounts/verify_credentials").json()["id"]
        [post] = http.get(f"/api/v1/accounts/{me}/statuses").json()
    assert (post["visibility"], "Built" in post["content"]) == ("unlisted", True)
    page = browser.get(_PAGE).text
    assert address.rpartition("/")[2] not in page
    assert "Build &amp; test" in page
    [number] = re.findall(rf"{_PAGE}/incoming/(\d{{31}})/revoke", page)
    assert browser.post(f"{_PAGE}/incoming/{number}/revoke").status_code == 303
    with network.client() as http:
        assert http.post(address, json={"text": "Built"}).status_code == 404
