"""The first server is gone, with its disk; a standby leads at another address; the open app goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect, sync_playwright

from browser.steps import member
from running import Person
from standbys import until
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
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/home")


def published(both: Twins, person: Person, text: str) -> int:
    """How many posts of the member say this, as the server that leads tells."""
    person.base_url = both.two.base_url
    with person.client() as client:
        me = client.get("/api/v1/accounts/verify_credentials").json()
        posts = client.get(f"/api/v1/accounts/{me['id']}/statuses", params={"limit": 40}).json()
    return sum(text in post["content"] for post in posts)


def write(page: Page, text: str) -> None:
    page.get_by_label("Text of the post").fill(text)
    page.get_by_role("button", name="Post", exact=True).click()


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
        page.wait_for_url("**/waiting?kept")
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

        page.locator("article.post", has_text="Ben was here").get_by_role("button", name="Like").click()
        expect(page.locator("article.post", has_text="Ben was here").locator(".action-like.is-on .count")).to_have_text("1")
        write(page, "Written afterwards")
        expect(page.get_by_text("Your post is out.")).to_be_visible()
        assert published(both, ana, "Written afterwards") == 1
        page.get_by_role("link", name="Profile").first.click()
        page.wait_for_url(f"{both.a}/@ana")
        expect(page.locator("article.post").first).to_contain_text("Written afterwards")
        assert remembers(page)["token"]["token"] == token, "it is changed after ten minutes"
        context.close()
