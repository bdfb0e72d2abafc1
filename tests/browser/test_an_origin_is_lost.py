"""The first server is gone, with its disk; a standby leads at another address; the open app goes on."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from browser.steps import begun, member
from running import Person, free_port
from standbys import until
from tls_front import Certificate, Front
from twins import Stranger, Twins, met, open_browser, remembers, twins

pytestmark = [pytest.mark.browser, pytest.mark.crash]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


def sign_in(page: Page, origin: str, person: Person) -> None:
    page.goto(f"{origin}/auth/sign_in")
    page.get_by_label("User name").fill(person.username)
    page.get_by_label("Password").fill("beneath the tall tree")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/home")
    begun(page)


def published(both: Twins, person: Person, text: str) -> int:
    """How many posts of the member say this, as the server that leads tells."""
    person.base_url = both.two.base_url
    with person.client() as client:
        me = client.get("/api/v1/accounts/verify_credentials").json()
        posts = client.get(f"/api/v1/accounts/{me['id']}/statuses", params={"limit": 40}).json()
    return sum(text in post["content"] for post in posts)


def forget_the_failover(page: Page, origin: str) -> None:
    """Let the app believe in its own origin again, as one that was closed before the loss does."""

    def opened() -> bool:
        with contextlib.suppress(PlaywrightError):  # a page that is being left may still lead elsewhere
            page.goto(f"{origin}/offline")
            return True
        return False

    until(opened, "the app's page without a network")
    page.evaluate(_CHANGE, {"host": "", "since": 0})


_CHANGE = """async (changes) => {
    const opened = await new Promise((done) => {
        const request = indexedDB.open("palabre", 1);
        request.onsuccess = () => done(request.result);
    });
    const transaction = opened.transaction("state", "readwrite");
    const store = transaction.objectStore("state");
    const kept = await new Promise((done) => {
        const request = store.get("all");
        request.onsuccess = () => done(request.result);
    });
    store.put({...kept, ...changes}, "all");
    await new Promise((done) => { transaction.oncomplete = done; });
    opened.close();
}"""


def told(page: Page) -> dict:
    """The beacon that the app believes."""
    return json.loads((remembers(page) or {})["beacon"])


def write(page: Page, text: str) -> None:
    page.get_by_label("Text of the post").fill(text)
    page.get_by_role("button", name="Post", exact=True).click()


@pytest.fixture
def lost(tmp_path: Path, playwright: Playwright) -> Iterator[tuple[Twins, BrowserContext, Person]]:
    """A member's app met the network at the first address; then that server was lost, and the second leads."""
    with twins(tmp_path) as both:
        ana = member(both.one, "ana")
        context = open_browser(playwright, tmp_path / "profile")
        page = context.pages[0]
        sign_in(page, both.a, ana)
        met(page)
        write(page, "Before the loss")
        expect(page.locator("article.post").first).to_contain_text("Before the loss")
        until(both.one.has_standby, "the standby is in step")
        both.lose_the_first()
        both.promote_the_second()
        ana.base_url = both.two.base_url
        yield both, context, ana
        context.close()


def test_the_open_app_goes_on(tmp_path: Path, playwright: Playwright) -> None:
    with twins(tmp_path) as both:
        ana, ben = member(both.one, "ana"), member(both.one, "ben")
        with ben.client() as client:
            client.post("/api/v1/statuses", json={"status": "Ben was here"})
        with ana.client() as client:
            found = client.get("/api/v1/accounts/lookup", params={"acct": "ben"}).json()
            client.post(f"/api/v1/accounts/{found['id']}/follow")
        context = open_browser(playwright, tmp_path / "profile")
        page = context.pages[0]
        sign_in(page, both.a, ana)
        met(page)
        page.goto(f"{both.a}/home")
        expect(page.locator("article.post")).to_contain_text("Ben was here")
        token = remembers(page)["token"]["token"]

        both.lose_the_first()
        write(page, "Written in the gap")
        page.wait_for_url("**/outbox?kept")
        expect(page.locator(".outbox-item")).to_contain_text("Written in the gap")
        page.goto(f"{both.a}/home")
        expect(page.get_by_text("You are offline. This page is as you last saw it.")).to_be_visible()
        expect(page.locator("article.post")).to_contain_text("Ben was here")
        expect(page.get_by_label("Text of the post")).to_have_value("")

        both.promote_the_second()
        page.goto(f"{both.a}/home")
        expect(page.get_by_text("You are offline")).to_be_hidden()
        expect(page.get_by_text("does not answer. You go on at")).to_be_visible()
        until(lambda: published(both, ana, "Written in the gap") == 1, "what waited is sent")
        page.reload()
        expect(page.locator("article.post").first).to_contain_text("Written in the gap")
        expect(page.get_by_text("1 thing waits to be sent")).to_be_hidden()
        assert page.url == f"{both.a}/home"

        begun(page)
        page.locator("article.post", has_text="Ben was here").get_by_role("button", name="Like").click()
        expect(
            page.locator("article.post", has_text="Ben was here").locator(".action-like.is-on .count")
        ).to_have_text("1")
        write(page, "Written afterwards")
        expect(page.get_by_text("Your post is out.")).to_be_visible()
        assert published(both, ana, "Written afterwards") == 1
        page.get_by_role("link", name="Profile").first.click()
        page.wait_for_url(f"{both.a}/@ana")
        expect(page.locator("article.post").first).to_contain_text("Written afterwards")
        assert remembers(page)["token"]["token"] == token, "it is changed after ten minutes"
        context.close()


def test_a_page_that_stays_open_hears_of_new_posts_and_likes_at_the_standby(
    lost: tuple[Twins, BrowserContext, Person],
) -> None:
    both, context, ana = lost
    page = context.pages[0]
    begun(page)
    post = page.locator("article.post", has_text="Before the loss")
    post.get_by_role("button", name="Like").click()
    expect(post.locator(".action-like.is-on .count")).to_have_text("1")
    with ana.client() as client:
        until(lambda: "Before the loss" in client.get("/api/v1/favourites").text, "the like has arrived")
    ben = member(both.two, "ben")
    with ana.client() as client, ben.client() as bens:
        found = client.get("/api/v1/accounts/lookup", params={"acct": "ben"}).json()
        client.post(f"/api/v1/accounts/{found['id']}/follow")
        bens.post("/api/v1/statuses", json={"status": "News from the other side"})
    page.get_by_role("link", name="1 new post").click()
    expect(page.locator("article.post").first).to_contain_text("News from the other side")
    page.reload()
    ben.base_url = both.two.base_url
    with ben.client() as bens:
        bens.post("/api/v1/statuses", json={"status": "And more of it"})
    page.get_by_role("link", name="1 new post").click()
    expect(page.locator("article.post").first).to_contain_text("And more of it")


@contextlib.contextmanager
def held_by_another(both: Twins, how: str) -> Iterator[Stranger]:
    """The lost address answers again: whoever holds it has a certificate of his own, or a good one."""
    place = urlsplit(both.a).port or 0
    behind = free_port()
    folder = both.two.data.parent / "stranger"
    folder.mkdir()
    assert both.certificate is not None
    certificate = Certificate(folder) if how == "a bad certificate" else both.certificate
    stranger, front = Stranger(behind), Front(behind, certificate, port=place)
    try:
        yield stranger
    finally:
        front.close()
        stranger.close()


@pytest.mark.parametrize("how", ["a bad certificate", "a page of a stranger"])
def test_an_open_page_goes_on_by_itself_when_its_address_is_anothers(
    tmp_path: Path, playwright: Playwright, how: str
) -> None:
    with twins(tmp_path, secure=True) as both:
        assert both.certificate is not None
        ana, ben = member(both.one, "ana"), member(both.one, "ben")
        with ana.client() as client:
            found = client.get("/api/v1/accounts/lookup", params={"acct": "ben"}).json()
            client.post(f"/api/v1/accounts/{found['id']}/follow")
        trusts = f"--ignore-certificate-errors-spki-list={both.certificate.key_digest}"
        context = open_browser(playwright, tmp_path / "profile", trusts)
        try:
            page = context.pages[0]
            sign_in(page, both.a, ana)
            met(page)
            write(page, "Before the loss")
            expect(page.locator("article.post").first).to_contain_text("Before the loss")
            until(both.one.has_standby, "the standby is in step")
            both.lose_the_first()
            with held_by_another(both, how) as stranger:
                both.promote_the_second()
                ben.base_url = ana.base_url = both.two.base_url
                with ben.client() as bens:
                    bens.post("/api/v1/statuses", json={"status": "News from the other side"})
                # Nobody touches the page: it looks for its news elsewhere by itself.
                page.get_by_role("link", name="1 new post").click()
                expect(page.locator("article.post").first).to_contain_text("News from the other side")
                write(page, "Written afterwards")
                expect(page.get_by_text("Your post is out.")).to_be_visible()
                assert published(both, ana, "Written afterwards") == 1
                page.goto(f"{both.a}/@ana")
                expect(page.locator("article.post").first).to_contain_text("Written afterwards")
                assert page.url == f"{both.a}/@ana"
                heard = [headers for _, _, headers in stranger.asked]
                assert bool(heard) == (how == "a page of a stranger")
                assert not [each for each in heard if "Authorization" in each], "no token for strangers"
        finally:
            context.close()


def test_an_address_that_the_beacon_names_no_more_is_a_stranger_s(tmp_path: Path, playwright: Playwright) -> None:
    """The operator says that the first address is lost; whoever holds it answers everything there."""
    with twins(tmp_path) as both:
        ana = member(both.one, "ana")
        context = open_browser(playwright, tmp_path / "profile")
        page = context.pages[0]
        sign_in(page, both.a, ana)
        met(page)
        until(lambda: (remembers(page) or {}).get("shell"), "the app has what it shows when nobody answers")
        until(both.one.has_standby, "the standby is in step")
        both.lose_the_first()
        write(page, "Written in the gap")
        page.wait_for_url("**/outbox?kept")
        both.two.environment["PALABRE_ORIGINS"] = both.b
        both.two.kill()
        both.two.follow()
        both.promote_the_second()
        both.two.command("beacon", "lose", both.a, "--yes", "--data", str(both.two.data))
        with both.two.client(headers={"host": urlsplit(both.a).netloc}) as client:
            until(lambda: "palabre-proof" not in client.get("/local").headers, "nothing is proved for it any more")
        stranger = Stranger(both.one.port)
        stays = re.compile(r".*/auth/hand_over\?")
        try:
            # Or it would leave at once, and nothing be seen. It may try to before all is loaded.
            page.route(stays, lambda route: route.fulfill(status=204))
            page.goto(f"{both.a}/home", wait_until="commit")
            expect(page.get_by_text("does not answer. You go on at")).to_be_visible()
            until(lambda: published(both, ana, "Written in the gap") == 1, "what waited is sent")
            until(lambda: told(page)["origins"] == [both.b], "the app knows what is lost")
            assert told(page)["former"] == [both.a]
            # From a cold start, and as if nobody had ever failed to answer: it does not even ask there.
            forget_the_failover(page, both.a)
            context.close()
            asked = len(stranger.asked)
            context = open_browser(playwright, tmp_path / "profile")
            page = context.pages[0]
            page.route(stays, lambda route: route.fulfill(status=204))
            page.goto(f"{both.a}/home", wait_until="commit")
            expect(page.locator("article.post").first).to_contain_text("Written in the gap")
            write(page, "Written at the old address")
            expect(page.get_by_text("Your post is out.")).to_be_visible()
            assert published(both, ana, "Written at the old address") == 1
            later = [path for _, path, _ in stranger.asked[asked:]]
            assert set(later) <= {"/sw.js"}, "only the browser itself looks there, for another worker"
            page.unroute(stays)
            with contextlib.suppress(PlaywrightError):  # the page may leave by itself before
                page.goto(f"{both.a}/home", wait_until="commit")
            page.wait_for_url(f"{both.b}/auth/hand_over?*")  # by itself, and it is asked whether that is right
            page.get_by_role("button", name="Go on here").click()
            page.wait_for_url(f"{both.b}/home")
            expect(page.locator("article.post").first).to_contain_text("Written at the old address")
        finally:
            context.close()
            stranger.close()
        assert not [path for method, path, _ in stranger.asked if method == "POST"], "nothing that members write"
        assert not [path for _, path, headers in stranger.asked if "Authorization" in headers], "and no token"
        for text in ("Written in the gap", "Written at the old address"):
            assert published(both, ana, text) == 1


def test_the_address_changes_when_the_member_agrees_and_nobody_asks_for_a_password(
    lost: tuple[Twins, BrowserContext, Person],
) -> None:
    both, context, ana = lost
    page = context.pages[0]
    cookie = next(each for each in context.cookies(both.a) if each["name"] == "session")
    page.goto(f"{both.a}/@ana")
    page.get_by_role("link", name="Move there").click()
    page.wait_for_url(f"{both.b}/@ana")
    expect(page.get_by_text("does not answer")).to_have_count(0)
    page.goto(f"{both.b}/home")
    write(page, "Arrived")
    expect(page.get_by_text("Your post is out.")).to_be_visible()
    assert published(both, ana, "Arrived") == 1
    with both.two.client(cookies={"session": cookie["value"]}) as thief:
        assert thief.get("/home").status_code == 303, "what the old address may have kept opens nothing any more"


def test_after_a_day_the_app_moves_by_itself(
    lost: tuple[Twins, BrowserContext, Person], playwright: Playwright
) -> None:
    both, context, _ = lost
    page = context.pages[0]
    page.goto(f"{both.a}/home")
    expect(page.get_by_role("link", name="Move there")).to_be_visible()
    assert page.url == f"{both.a}/home"
    page.evaluate(f"({_CHANGE})({{since: Date.now() - 25 * 3600 * 1000}})")
    context.close()  # the worker reads what it remembers when it starts
    context = open_browser(playwright, both.one.data.parent / "profile")
    try:
        page = context.pages[0]
        page.goto(f"{both.a}/home")
        page.wait_for_url(f"{both.b}/home")
        expect(page.get_by_label("Text of the post")).to_be_visible()
    finally:
        context.close()


def test_a_cold_start_finds_the_standby(lost: tuple[Twins, BrowserContext, Person], playwright: Playwright) -> None:
    """The browser was closed; it starts with a first address that is dead, not resolved, or a stranger's."""
    both, context, ana = lost
    profile = both.one.data.parent / "profile"
    context.close()
    for how in ("dead", "not resolved", "a page of a stranger", "an error of a stranger"):
        flags = ["--host-resolver-rules=MAP a.localhost ~NOTFOUND"] if how == "not resolved" else []
        stranger = Stranger(both.one.port, 200 if "page" in how else 500) if "stranger" in how else None
        context = open_browser(playwright, profile, *flags)
        if stranger:
            forget_the_failover(context.pages[0], both.a)
            context.close()  # the worker reads what it remembers when it starts
            context = open_browser(playwright, profile, *flags)
        try:
            page = context.pages[0]
            page.goto(f"{both.a}/home")
            expect(page.locator("article.post").last).to_contain_text("Before the loss")
            expect(page.get_by_text("does not answer. You go on at")).to_be_visible()
            write(page, f"From a cold start, {how}")
            expect(page.get_by_text("Your post is out.")).to_be_visible()
            assert published(both, ana, f"From a cold start, {how}") == 1
            page.reload()
            expect(page.locator("article.post").first).to_contain_text("From a cold start")
        finally:
            context.close()
            if stranger:
                stranger.close()
        if stranger:
            sent = [(method, path) for method, path, headers in stranger.asked if "Authorization" in headers]
            assert stranger.asked
            assert not sent, "no token for strangers"
            assert not [path for method, path, _ in stranger.asked if method == "POST"], "nor what members write"
