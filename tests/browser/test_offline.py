"""Without the network: what was seen can be read, what is written waits, and everything is sent once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright

from browser.steps import PASSWORD, begun, member, sign_in, violations
from fixtures_server import ServerMaker
from running import Person, RunningServer
from standbys import until
from twins import met, open_browser, remembers

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture
def context(playwright: Playwright, tmp_path: Path) -> Iterator[BrowserContext]:
    opened = open_browser(playwright, tmp_path / "profile")
    yield opened
    opened.close()


@pytest.fixture
def ana(context: BrowserContext, sqlite_server: RunningServer, request: pytest.FixtureRequest) -> Person:
    """A member whose app knows the network, at home."""
    person = member(sqlite_server, request.node.name.removeprefix("test_").replace("_", "")[:24])
    with person.client() as client:
        client.post("/api/v1/statuses", json={"status": "Something to read"})
    page = context.pages[0]
    sign_in(page, person)
    met(page)
    page.goto(f"{person.base_url}/home")
    begun(page)
    return person


def write(page: Page, text: str) -> None:
    page.get_by_label("Text of the post").fill(text)
    page.get_by_role("button", name="Post", exact=True).click()


def posts_of(person: Person) -> list[str]:
    with person.client() as client:
        me = client.get("/api/v1/accounts/verify_credentials").json()
        return [post["content"] for post in client.get(f"/api/v1/accounts/{me['id']}/statuses").json()]


@pytest.fixture(autouse=True)
def _there_again(sqlite_server: RunningServer) -> Iterator[None]:
    """The next test finds the server running."""
    yield
    if sqlite_server.process is None:
        sqlite_server.start()


def test_home_and_threads_that_were_seen_can_be_read(
    ana: Person, context: BrowserContext, sqlite_server: RunningServer
) -> None:
    page = context.pages[0]
    page.locator("article.post .post-link").first.click()
    page.wait_for_url("**/@*/*")
    thread = page.url
    sqlite_server.kill()
    for address in (f"{ana.base_url}/home", thread):
        page.goto(address)
        expect(page.get_by_text("You are offline. This page is as you last saw it.")).to_be_visible()
        expect(page.locator("article.post")).to_contain_text("Something to read")
        assert page.evaluate("getComputedStyle(document.querySelector('.post')).display") == "grid", "styles are kept"
    assert not violations(page)
    page.goto(f"{ana.base_url}/tags/nothing")
    expect(page.get_by_text("The network does not answer")).to_be_visible()
    sqlite_server.start()
    page.goto(thread)
    expect(page.get_by_text("You are offline")).to_be_hidden()


def test_what_waits_is_seen_and_may_be_cancelled(
    ana: Person, context: BrowserContext, sqlite_server: RunningServer
) -> None:
    page = context.pages[0]
    sqlite_server.kill()
    write(page, "First thought")
    page.wait_for_url("**/outbox?kept")
    page.goto(f"{ana.base_url}/home")
    expect(page.get_by_text("1 thing waits to be sent")).to_be_visible()
    expect(page.get_by_label("Text of the post")).to_have_value("")
    write(page, "Second thought")
    page.wait_for_url("**/outbox?kept")
    page.goto(f"{ana.base_url}/home")
    begun(page)
    post = page.locator("article.post").first
    post.get_by_role("button", name="Like").click()
    expect(page.get_by_text("Kept. It is sent as soon as the network answers.")).to_be_visible()
    expect(post.locator(".action-like.is-on")).to_be_visible()
    page.get_by_role("link", name="3 things wait to be sent").click()
    items = page.locator(".outbox-item")
    expect(items).to_have_count(3)
    assert not violations(page)
    items.filter(has_text="Second thought").get_by_role("button", name="Cancel").click()
    expect(items).to_have_count(2)
    sqlite_server.start()
    until(lambda: any("First thought" in each for each in posts_of(ana)), "what waits is sent")
    expect(page.get_by_text("Nothing waits")).to_be_visible()
    said = posts_of(ana)
    assert [sum(word in each for each in said) for word in ("First", "Second")] == [1, 0]
    with ana.client() as client:
        assert len(client.get("/api/v1/favourites").json()) == 1


def test_what_waits_goes_when_its_member_signs_out_although_nobody_answers(
    ana: Person, context: BrowserContext, sqlite_server: RunningServer
) -> None:
    page, beside = context.pages[0], context.new_page()
    beside.goto(f"{ana.base_url}/about")
    begun(beside)
    sqlite_server.kill()
    write(page, "A thought of mine")
    page.wait_for_url("**/outbox?kept")
    assert _personal(beside, "A thought of mine"), "it waits"
    page.goto(f"{ana.base_url}/home")
    begun(page)
    page.locator(".menu-of-me summary").locator("visible=true").first.click()
    page.get_by_role("button", name="Sign out").locator("visible=true").click()
    until(lambda: not _personal(beside, "A thought of mine"), "nothing of it is kept")
    sqlite_server.start()
    page.goto(f"{ana.base_url}/home")  # nobody has heard that the session is to end
    begun(page)
    met(page)
    page.evaluate("dispatchEvent(new Event('online'))")
    write(page, "A later thought")
    until(lambda: any("A later thought" in each for each in posts_of(ana)), "what is written later is sent")
    assert not any("of mine" in each for each in posts_of(ana))


def test_bookmarks_reposts_and_follows_wait_too(
    ana: Person, context: BrowserContext, sqlite_server: RunningServer
) -> None:
    ben = member(sqlite_server, f"{ana.username[:20]}b")
    page = context.pages[0]
    page.goto(f"{ana.base_url}/@{ben.username}")
    begun(page)
    sqlite_server.kill()
    page.get_by_role("button", name="Follow").first.click()
    expect(page.get_by_text("Kept. It is sent as soon as the network answers.")).to_be_visible()
    page.goto(f"{ana.base_url}/home")
    begun(page)
    post = page.locator("article.post").first
    post.get_by_role("button", name="Bookmark").click()
    expect(page.get_by_text("2 things wait to be sent")).to_be_visible()
    post.get_by_role("button", name="Bookmark").click()  # thought better of it, twice
    expect(page.get_by_text("3 things wait to be sent")).to_be_visible()
    post.get_by_role("button", name="Bookmark").click()
    post.get_by_role("button", name="Repost").click()
    expect(page.get_by_text("5 things wait to be sent")).to_be_visible()
    sqlite_server.start()
    with ana.client() as client:
        until(
            lambda: client.get("/api/v1/timelines/home").json()[0]["reblogged"], "everything is sent, the repost last"
        )
        assert len(client.get("/api/v1/bookmarks").json()) == 1
        me = client.get("/api/v1/accounts/verify_credentials").json()
        assert [each["username"] for each in client.get(f"/api/v1/accounts/{me['id']}/following").json()] == [
            ben.username
        ]


def test_what_is_refused_says_why_and_stays(
    ana: Person, context: BrowserContext, sqlite_server: RunningServer
) -> None:
    page = context.pages[0]
    sqlite_server.kill()
    write(page, "far too long " * 200)
    page.wait_for_url("**/outbox?kept")
    sqlite_server.start()
    page.evaluate("navigator.serviceWorker.controller.postMessage({kind: 'flush'})")
    expect(page.locator(".outbox-item .wrong")).to_contain_text("It was not accepted:")
    expect(page.locator(".outbox-item .text")).to_contain_text("far too long")
    assert len(posts_of(ana)) == 1


_EVERYTHING = """async () => {
  const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const kept = (await (await cache.match(request))?.text()) ?? ""; // it may be deleted meanwhile
      found.push(`${name} ${request.url} ${kept}`);
    }
  }
  for (const { name } of await indexedDB.databases()) {
    const opened = await new Promise((done, failed) => {
      const request = indexedDB.open(name);
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error);
    });
    for (const store of opened.objectStoreNames) {
      const all = await new Promise((done) => {
        const request = opened.transaction(store).objectStore(store).getAll();
        request.onsuccess = () => done(request.result);
      });
      found.push(`${name} ${store} ${JSON.stringify(all)}`);
    }
    opened.close();
  }
  return found;
}"""
"""All that scripts can keep in a browser, as text."""


def _personal(page: Page, *words: str) -> list[str]:
    """Where in the browser any of some words is kept."""
    kept = page.evaluate(_EVERYTHING)
    assert len(kept) > 2, "the test looks in the wrong places"
    return [each[:200] for each in kept if any(word in each for word in words)]


def test_whoever_signs_out_leaves_no_word_of_his_own(ana: Person, context: BrowserContext) -> None:
    page = context.pages[0]
    with ana.client() as client:
        said = {"status": "Words for followers", "visibility": "private"}
        client.post("/api/v1/statuses", json=said).raise_for_status()
    for path in (f"/@{ana.username}", "/notifications", "/bookmarks", "/home"):
        page.goto(f"{ana.base_url}{path}")
        begun(page)
    page.get_by_label("Text of the post").fill("Begun and not finished")
    words = ("Words for followers", "not finished", f'data-member="{ana.username}"')
    for each in words:
        until(lambda each=each: _personal(page, each), f"{each} is kept")  # type: ignore[misc]  # the loop's own value
    page.locator(".menu-of-me summary").locator("visible=true").first.click()
    page.get_by_role("button", name="Sign out").locator("visible=true").click()
    expect(page.locator("body[data-member]")).to_have_count(0)
    until(lambda: not _personal(page, *words), "nothing of it is kept", seconds=30)
    page.goto(f"{ana.base_url}/about")
    begun(page)
    assert _personal(page, *words) == []


def test_signing_out_leaves_nothing_in_the_browser(
    ana: Person, context: BrowserContext, sqlite_server: RunningServer
) -> None:
    page = context.pages[0]
    page.goto(f"{ana.base_url}/home")
    page.locator(".menu-of-me summary").locator("visible=true").first.click()
    page.get_by_role("button", name="Sign out").locator("visible=true").click()
    page.wait_for_url(f"{ana.base_url}/**")
    until(lambda: (remembers(page) or {}).get("token") is None, "the token is gone")
    kept = page.evaluate("caches.open('pages').then((kept) => kept.keys()).then((all) => all.map((one) => one.url))")
    assert kept in ([], [f"{ana.base_url}/"]), "but what any visitor sees"
    shell = "caches.match('/offline', {cacheName: 'shell'}).then((found) => Boolean(found))"
    until(lambda: page.evaluate(shell), "what visitors see without the network is kept")
    sqlite_server.kill()
    page.goto(f"{ana.base_url}/home")
    expect(page.get_by_text("Something to read")).to_have_count(0)


class LosesAnswers:
    """Lies between browser and server: passes requests on, and may cut the connection before the answer."""

    def __init__(self, target: int) -> None:
        self.lose = threading.Event()
        self.lost = 0
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(near,), daemon=True).start()

    def _pass(self, near: socket.socket) -> None:
        with near, socket.create_connection(("127.0.0.1", self._target)) as far:
            threading.Thread(target=_pump, args=(near, far), daemon=True).start()
            while piece := _receive(far):
                if self.lose.is_set():
                    self.lost += 1
                    near.shutdown(socket.SHUT_RDWR)  # closing alone would wait for the other thread
                    return
                try:
                    near.sendall(piece)
                except OSError:
                    return

    def close(self) -> None:
        self._listener.close()


def _receive(source: socket.socket) -> bytes:
    try:
        return source.recv(65_536)
    except OSError:
        return b""


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while piece := _receive(source):
            sink.sendall(piece)
    except OSError:
        pass


def test_a_post_whose_answer_was_lost_is_published_once(
    playwright: Playwright, make_server: ServerMaker, tmp_path: Path
) -> None:
    server = make_server(limits="off")
    between = LosesAnswers(server.port)
    server.environment["PALABRE_ORIGIN"] = origin = f"http://127.0.0.1:{between.port}"
    server.start()
    person = server.account("ana", password=PASSWORD)
    context = open_browser(playwright, tmp_path / "profile")
    try:
        page = context.pages[0]
        person.base_url = origin
        sign_in(page, person)
        met(page)
        page.goto(f"{origin}/home")
        between.lose.set()
        write(page, "Said once")
        page.wait_for_url("**/outbox?kept")
        assert between.lost, "the server had answered"
        person.base_url = server.base_url
        assert posts_of(person) == ["<p>Said once</p>"]
        between.lose.clear()
        page.evaluate("navigator.serviceWorker.controller.postMessage({kind: 'flush'})")
        expect(page.get_by_text("Nothing waits")).to_be_visible()
        assert posts_of(person) == ["<p>Said once</p>"]
    finally:
        context.close()
        between.close()
