"""Pages that say no: errors, forms that come back with what is wrong, the second step. Nothing is wrong with them."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from browser.steps import PASSWORD, member, sign_in, violations
from failing_pages import AWAY, FAULT, TOO_MANY, failing
from fixtures_server import ServerMaker
from palabre.accounts.totp import code_at
from running import RunningServer

pytestmark = pytest.mark.browser

_LOOKS = [("en", "light", 1280), ("fr", "dark", 320)]
"""Language, colours, width: both of each, once with each other."""


@dataclass
class World:
    """A network, a member who runs it, and what he has made."""

    server: RunningServer
    state: Any
    post: str
    other: str
    account: str


@pytest.fixture(scope="module")
def world(make_server: ServerMaker, chromium: Browser) -> World:
    server = make_server(limits="off", contact="keeper@example.org").start()
    ana, ben = member(server, "ana", admin=True), member(server, "ben")
    with ana.client() as of_ana, ben.client() as of_ben:
        post = of_ana.post("/api/v1/statuses", json={"status": "Mine"}).json()
        other = of_ben.post("/api/v1/statuses", json={"status": "Yours"}).json()
    context = chromium.new_context(locale="en")
    page = context.new_page()
    sign_in(page, ana)
    state = context.storage_state()
    context.close()
    return World(server, state, post["id"], other["id"], other["account"]["id"])


@contextmanager
def looking(chromium: Browser, look: tuple[str, str, int], state: Any) -> Iterator[Page]:
    language, colours, width = look
    context = chromium.new_context(
        locale=language, color_scheme=colours, viewport={"width": width, "height": 800}, storage_state=state,
        reduced_motion="reduce",
    )  # fmt: skip
    yield context.new_page()
    context.close()


def wrong_with(page: Page, look: tuple[str, str, int]) -> list[str]:
    """What axe finds, and whether the page is in another language or wider than the screen."""
    found = violations(page)
    if page.locator("html").get_attribute("lang") != look[0]:
        found.append("another language")
    if page.locator("h1").count() != 1:
        found.append("no heading, or several")
    if page.evaluate("document.documentElement.scrollWidth") > look[2]:
        found.append("wider than the screen")
    return found


@pytest.mark.parametrize("look", _LOOKS, ids=["English by day", "French by night on a phone"])
@pytest.mark.parametrize("who", ["visitor", "member"])
def test_errors_are_pages_for_everybody(
    chromium: Browser, world: World, make_server: ServerMaker, who: str, look: tuple[str, str, int]
) -> None:
    server = failing(make_server(limits="off", contact="keeper@example.org")).start()
    ana, ben = member(server, "ana"), member(server, "ben")
    with ben.client() as client:
        post = client.post("/api/v1/statuses", json={"status": "Yours"}).json()["id"]
    pages = {"/nowhere": 404, TOO_MANY: 429, FAULT: 500, AWAY: 503}
    if who == "member":
        pages[f"/posts/{post}/edit"] = 403
    found = {}
    with looking(chromium, look, None) as page:
        if who == "member":
            page.goto(f"{server.base_url}/auth/sign_in")
            page.locator("#name").fill("ana")
            page.locator("#password").fill(PASSWORD)
            page.locator("form[action='/auth/sign_in'] button.button-main").click()
            page.wait_for_url("**/home")
        for path, status in pages.items():
            answer = page.goto(server.base_url + path)
            assert answer is not None
            assert answer.status == status
            if wrong := wrong_with(page, look):
                found[path] = wrong
    server.kill()
    assert ana.username == "ana"
    assert not found


_LONG = "word " * 250
_REFUSED: list[tuple[str, str, dict[str, str]]] = [
    ("/compose", "/compose", {"text": _LONG}),
    ("/compose", "/compose", {"text": "Which?", "choices[]": "Tea"}),
    ("/compose", "/compose", {"text": "Too early", "at": "2020-01-01T10:00"}),
    ("/compose/thread", "/compose/thread", {"parts[]": _LONG}),
    ("/posts/{post}/edit", "/posts/{post}/edit", {"text": ""}),
    ("/settings/profile", "/settings/profile", {"display_name": "x" * 200}),
    ("/settings/profile", "/settings/profile", {"bio": _LONG}),
    ("/settings/account", "/settings/account/email", {"email": "x@example.org", "email_password": "a guess"}),
    ("/settings/account", "/settings/account/email", {"email": "no address", "email_password": PASSWORD}),
    ("/settings/account", "/settings/account/password", {"current_password": PASSWORD, "password": "short"}),
    ("/settings/two_step", "/settings/two_step/begin", {"password": "a guess"}),
    ("/settings/delete", "/settings/delete", {"password": "a guess"}),
    ("/settings/filters/new", "/settings/filters/new", {"title": ""}),
    ("/settings/hashtags", "/settings/hashtags", {"name": "no tag"}),
    ("/settings/domains", "/settings/domains", {"domain": "no"}),
    ("/settings/feed", "/settings/feed", {"url": "no address"}),
    ("/settings/development", "/settings/development/apps", {"name": "", "redirect_uri": "no address"}),
    ("/settings/development/webhooks", "/settings/development/webhooks", {"url": "no address", "password": PASSWORD}),
    (
        "/settings/development/webhooks",
        "/settings/development/webhooks/incoming",
        {"name": "x", "password": "a guess"},
    ),
    ("/lists", "/lists", {"title": ""}),
    ("/collections", "/collections", {"name": "", "tag_name": "no tag"}),
    ("/report?account={account}", "/report", {"comment": "x" * 1_001}),
    ("/admin/emojis", "/admin/emojis", {"shortcode": "no name"}),
    ("/admin/announcements", "/admin/announcements", {"text": ""}),
    ("/admin/rules", "/admin/rules", {"text": ""}),
    ("/admin/blocks", "/admin/blocks/domains", {"domain": "no"}),
    ("/admin/blocks", "/admin/blocks/networks", {"ip": "nonsense"}),
]
_REFUSED_AT_THE_DOOR: list[tuple[str, str, dict[str, str]]] = [
    ("/auth/sign_in", "/auth/sign_in", {"name": "ana", "password": "a guess"}),
    ("/auth/sign_up", "/auth/sign_up", {"username": "ana maria", "password": PASSWORD}),
    ("/auth/sign_up", "/auth/sign_up", {"username": "dora", "password": "short", "email": "no address"}),
]

_SEND = """([action, values]) => {
  const form = [...document.forms].find((each) => each.getAttribute('action') === action)
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements.namedItem(name)
    if (field instanceof RadioNodeList) field[0].value = value
    else field.value = value
  }
  form.submit()
}"""


@pytest.mark.parametrize("look", _LOOKS, ids=["English by day", "French by night on a phone"])
@pytest.mark.parametrize("who", ["visitor", "member"])
def test_a_refused_form_says_what_is_wrong_to_everybody(
    chromium: Browser, world: World, who: str, look: tuple[str, str, int]
) -> None:
    found = {}
    state, forms = (world.state, _REFUSED) if who == "member" else (None, _REFUSED_AT_THE_DOOR)
    with looking(chromium, look, state) as page:
        for at, action, values in forms:
            names = {"post": world.post, "account": world.account}
            page.goto(world.server.base_url + at.format(**names))
            with page.expect_navigation() as going:
                page.evaluate(_SEND, [action.format(**names), values])
            key = f"{action} {list(values)}"
            answer = going.value
            if answer is None or answer.status != 422:
                found[key] = [f"answered {answer and answer.status}"]
                continue
            wrong = wrong_with(page, look)
            said = page.locator("main .wrong, main .flash-wrong")
            if not said.count() or not said.first.inner_text().strip():
                wrong.append("nothing says what is wrong")
            loose = page.locator("main [aria-invalid=true]:not([aria-describedby])").count()
            if loose:
                wrong.append("a wrong field does not say what is wrong with it")
            if wrong:
                found[key] = wrong
    assert not found


@pytest.mark.parametrize("look", _LOOKS, ids=["English by day", "French by night on a phone"])
def test_the_pages_of_the_second_step(chromium: Browser, world: World, look: tuple[str, str, int]) -> None:
    name = f"zoe_{look[0]}"
    member(world.server, name)
    found = {}

    def enter(page: Page) -> None:
        page.goto(f"{world.server.base_url}/auth/sign_in")
        page.locator("#name").fill(name)
        page.locator("#password").fill(PASSWORD)
        page.locator("form[action='/auth/sign_in'] button.button-main").click()
        page.wait_for_url(lambda url: "/auth/sign_in" not in url)

    with looking(chromium, look, None) as page:
        enter(page)
        page.goto(f"{world.server.base_url}/settings/two_step")
        page.locator("#password").fill(PASSWORD)
        page.locator("form[action='/settings/two_step/begin'] button").first.click()
        page.locator("form[action='/settings/two_step/confirm']").wait_for()
        found["set up"] = wrong_with(page, look)
        letters = page.locator("span.code").inner_text().replace(" ", "")
        secret = base64.b32decode(letters + "=" * (-len(letters) % 8))
        page.locator("#code").fill("000000")
        page.locator("form[action='/settings/two_step/confirm'] button").click()
        page.locator("#code-wrong, .flash-wrong").first.wait_for()
        found["wrong code"] = wrong_with(page, look)
        page.locator("#code").fill(code_at(secret, int(time.time()) // 30))
        page.locator("form[action='/settings/two_step/confirm'] button").click()
        page.locator("main li").nth(9).wait_for()
        found["recovery codes"] = wrong_with(page, look)
        page.goto(f"{world.server.base_url}/settings/two_step")
        found["on"] = wrong_with(page, look)
        page.context.clear_cookies()
        enter(page)
        assert "/auth/second_step" in page.url
        found["second step"] = wrong_with(page, look)
        page.locator("#code").fill("000000")
        page.locator("form[action='/auth/second_step'] button").first.click()
        page.locator("#code-wrong, .flash-wrong").first.wait_for()
        found["second step, wrong code"] = wrong_with(page, look)
    assert not {place: wrong for place, wrong in found.items() if wrong}
