"""Passkeys in a real browser with a virtual authenticator: made, used alone, used as the second step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from browser.steps import PASSWORD, Complaints, member, violations
from browsing import Browsing
from fixtures_server import ServerMaker
from posted_forms import WATCH
from running import RunningServer
from two_step import TwoStep

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(make_server: ServerMaker) -> RunningServer:
    """At a name: a passkey cannot be bound to an address of numbers."""
    made = make_server(limits="off")
    made.base_url = f"http://localhost:{made.port}"
    made.environment["PALABRE_ORIGIN"] = made.base_url
    return made.start()


@pytest.fixture
def tab(chromium: Browser, server: RunningServer) -> Iterator[Page]:
    context = chromium.new_context(base_url=server.base_url)
    context.on("response", WATCH.note_answer)
    yield context.new_page()
    context.close()


def authenticator(page: Page) -> tuple[CDPSession, str]:
    """Plug a virtual authenticator in, which makes sure of its user."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made: Any = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, made["authenticatorId"]


def sign_in(page: Page, name: str) -> None:
    page.goto("/auth/sign_in")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/home|/auth/second_step"))


def make(page: Page) -> None:
    page.goto("/settings/passkeys")
    page.get_by_label("Name").fill("Phone")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("The passkey is made.")).to_be_visible()


def forget(page: Page) -> None:
    page.context.clear_cookies()


def test_one_is_made_and_signs_in_alone(server: RunningServer, tab: Page) -> None:
    member(server, "ana")
    complaints = Complaints(tab)
    devtools, device = authenticator(tab)
    sign_in(tab, "ana")
    make(tab)
    assert violations(tab) == []
    kept: Any = devtools.send("WebAuthn.getCredentials", {"authenticatorId": device})
    [credential] = kept["credentials"]
    assert (credential["rpId"], credential["isResidentCredential"]) == ("localhost", True)
    forget(tab)
    tab.goto("/auth/sign_in?next=/lists")
    assert violations(tab) == []
    tab.get_by_role("button", name="Sign in with a passkey").click()
    tab.wait_for_url(f"{server.base_url}/lists")
    tab.goto("/settings/passkeys")
    expect(tab.locator(".rows")).to_contain_text("Phone")
    tab.get_by_role("link", name="Change it: Phone").click()
    assert violations(tab) == []
    tab.get_by_label("Current password").fill(PASSWORD)
    tab.get_by_role("button", name="Remove this passkey").click()
    expect(tab.get_by_text("You have none yet.")).to_be_visible()
    forget(tab)
    tab.goto("/auth/sign_in")
    tab.get_by_role("button", name="Sign in with a passkey").click()
    expect(tab.get_by_text("This passkey was not accepted.")).to_be_visible()
    assert [each for each in complaints.heard if "422" not in each] == []


def test_one_takes_the_place_of_the_code(server: RunningServer, tab: Page) -> None:
    member(server, "ben")
    authenticator(tab)
    sign_in(tab, "ben")
    make(tab)
    TwoStep(Browsing(server).sign_in("ben", PASSWORD), PASSWORD)
    forget(tab)
    sign_in(tab, "ben")
    assert violations(tab) == []
    tab.get_by_role("button", name="Use a passkey instead").click()
    tab.wait_for_url("**/home")


def test_a_wrong_password_makes_none(server: RunningServer, tab: Page) -> None:
    member(server, "cleo")
    authenticator(tab)
    sign_in(tab, "cleo")
    tab.goto("/settings/passkeys")
    tab.get_by_label("Name").fill("Phone")
    tab.get_by_label("Current password").fill("a guess")
    tab.get_by_role("button", name="Make a passkey").click()
    expect(tab.get_by_text("This is not your current password.")).to_be_visible()
    tab.reload()
    expect(tab.get_by_text("You have none yet.")).to_be_visible()


def test_without_a_script_the_page_says_so_and_the_password_remains(server: RunningServer, chromium: Browser) -> None:
    member(server, "dora")
    context = chromium.new_context(base_url=server.base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/auth/sign_in")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    sign_in(page, "dora")
    page.goto("/settings/passkeys")
    expect(page.get_by_text("Making a passkey needs JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Make a passkey")).to_be_hidden()
    context.close()
