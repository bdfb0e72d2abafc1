"""What the app keeps in the browser stays with the account it was kept for: pages, what waits, the live line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.steps import PASSWORD, begun, member, violations
from fixtures_server import ServerMaker
from running import RunningServer

pytestmark = pytest.mark.browser


@pytest.fixture
def server(make_server: ServerMaker) -> RunningServer:
    server = make_server(limits="off").start()
    member(server, "ana")
    member(server, "ben")
    return server


@pytest.fixture
def tab(chromium: Browser, server: RunningServer) -> Iterator[Page]:
    context = chromium.new_context(base_url=server.base_url)
    yield context.new_page()
    context.close()


def sign_in(page: Page, name: str, *, add: bool = False) -> None:
    page.goto("/auth/sign_in?add=1" if add else "/auth/sign_in")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile(r"//[^/]+/home$"))
    belongs_to(page, name)


def belongs_to(page: Page, name: str) -> None:
    expect(page.locator("body")).to_have_attribute("data-member", name)


def switch(page: Page, name: str) -> None:
    page.goto("/auth/accounts")
    page.get_by_role("button", name=f"Switch to @{name}").click()
    page.wait_for_url(re.compile(r"//[^/]+/home$"))
    belongs_to(page, name)


def known_to_the_worker(page: Page, name: str) -> None:
    """Wait until the worker keeps things for this account."""
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.wait_for_function(
        """(name) => new Promise((done) => {
            const asked = indexedDB.open("palabre", 1);
            asked.onsuccess = () => {
                const got = asked.result.transaction("state").objectStore("state").get("all");
                got.onsuccess = () => { asked.result.close(); done(got.result?.member === name); };
            };
        })""",
        arg=name,
    )


def seen_pages(page: Page) -> list[str]:
    return page.evaluate(
        """async () => {
            const found = [];
            const cache = await caches.open("pages");
            for (const key of await cache.keys()) found.push(await (await cache.match(key)).text());
            return found;
        }"""
    )


def test_pages_that_were_seen_go_with_their_account(server: RunningServer, tab: Page) -> None:
    sign_in(tab, "ana")
    known_to_the_worker(tab, "ana")
    tab.reload()
    tab.goto("/lists")
    tab.wait_for_function("caches.open('pages').then((c) => c.keys()).then((k) => k.length > 0)")
    sign_in(tab, "ben", add=True)
    known_to_the_worker(tab, "ben")
    tab.reload()
    tab.goto("/lists")
    tab.wait_for_function("caches.open('pages').then((c) => c.keys()).then((k) => k.length > 0)")
    assert not [text for text in seen_pages(tab) if 'data-member="ana"' in text]
    tab.goto("/auth/accounts")
    assert violations(tab) == []


def test_what_waits_is_sent_by_its_own_account_only(server: RunningServer, tab: Page) -> None:
    sign_in(tab, "ana")
    known_to_the_worker(tab, "ana")
    tab.goto("/compose")
    server.stop()
    tab.locator("#composer textarea[name=text], main textarea[name=text]").first.fill("Ana wrote this offline")
    tab.locator("main [data-key-submit]").first.click()
    tab.wait_for_function(
        """() => new Promise((done) => {
            const asked = indexedDB.open("palabre", 1);
            asked.onsuccess = () => {
                const got = asked.result.transaction("outbox").objectStore("outbox").getAll();
                got.onsuccess = () => { asked.result.close(); done(got.result.length === 1); };
            };
        })"""
    )
    # The cookie changes hands while the worker still knows Ana: the worst moment for what waits.
    server.start()
    switched = tab.context.request
    page = switched.get("/auth/sign_in?add=1").text()
    token = page.partition('name="csrf" value="')[2].partition('"')[0]
    switched.post("/auth/sign_in", form={"csrf": token, "name": "ben", "password": PASSWORD, "add": "1"})
    tab.goto("/home")
    belongs_to(tab, "ben")
    known_to_the_worker(tab, "ben")
    tab.goto("/local")
    tab.goto("/@ben")
    expect(tab.get_by_text("Ana wrote this offline")).to_have_count(0)
    switch(tab, "ana")
    known_to_the_worker(tab, "ana")
    tab.goto("/local")
    tab.wait_for_function("fetch('/@ana').then((a) => a.text()).then((t) => t.includes('Ana wrote this offline'))")
    assert "Ana wrote this offline" not in tab.evaluate("fetch('/@ben').then((answer) => answer.text())")


def test_a_tab_of_the_other_account_is_loaded_again_when_a_script_asks(server: RunningServer, tab: Page) -> None:
    sign_in(tab, "ana")
    sign_in(tab, "ben", add=True)
    old = tab.context.new_page()
    old.goto("/@ana")
    belongs_to(old, "ben")
    begun(old)
    switch(tab, "ana")
    old.get_by_role("button", name=re.compile("Follow")).first.click()
    belongs_to(old, "ana")
