"""Two members, each before a screen: what one says reaches the other, and what is being read does not move."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.steps import member, sign_in
from running import Person, RunningServer

_ROUNDS = itertools.count(1)
pytestmark = pytest.mark.browser


@pytest.fixture
def two(chromium: Browser, server: RunningServer) -> Iterator[tuple[Page, Page]]:
    """Ana, who follows Ben, and Ben; both at home."""
    pages = []
    round_ = next(_ROUNDS)
    people: list[Person] = [member(server, f"{name}{round_}") for name in ("ana", "ben")]
    with people[0].client() as ana, people[1].client() as ben:
        ana.post(f"/api/v1/accounts/{ben.get('/api/v1/accounts/verify_credentials').json()['id']}/follow")
        for number in range(30):
            ben.post("/api/v1/statuses", json={"status": f"Old post number {number}"})
    for person in people:
        page = chromium.new_context(locale="en", viewport={"width": 1280, "height": 900}).new_page()
        sign_in(page, person)
        pages.append(page)
    yield pages[0], pages[1]
    for page in pages:
        page.context.close()


def test_new_posts_wait_behind_a_button_and_notifications_arrive(two: tuple[Page, Page]) -> None:
    ana, ben = two
    read_now = ana.locator("article.post", has_text="Old post number 20")
    read_now.scroll_into_view_if_needed()
    before = read_now.bounding_box()

    for words in ("Fresh from the tree", "And another"):
        ben.get_by_label("Text of the post").fill(words)
        ben.locator("[data-key-submit]").click()
        expect(ben.get_by_text("Your post is out.")).to_be_visible()
    button = ana.get_by_role("link", name="2 new posts")
    expect(button).to_be_visible()
    assert read_now.bounding_box() == before, "what was being read has moved"
    expect(ana.get_by_text("Fresh from the tree")).to_have_count(0)

    button.click()
    expect(ana.locator("article.post").first).to_contain_text("And another")
    expect(ana.locator("article.post").nth(1)).to_contain_text("Fresh from the tree")
    expect(button).to_be_hidden()

    # The list that came is alive: one can like in it, and Ben is told.
    bell = ben.locator(".rail [data-count=unread]")
    expect(bell).to_have_text("1")  # who follows him
    ana.locator("article.post").first.get_by_role("button", name="Like").click()
    expect(ana.locator("article.post").first.get_by_role("button", name="Like")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(bell).to_have_text("2")  # the button turns before anybody is told
    ben.get_by_role("navigation").get_by_role("link", name="Notifications").first.click()
    expect(ben.locator(".notice-like.is-new")).to_contain_text("likes your post")
    ben.reload()
    expect(ben.locator(".notice-like.is-new")).to_have_count(0)


def test_older_posts_come_when_the_end_is_reached(two: tuple[Page, Page]) -> None:
    ana, _ = two
    expect(ana.locator("article.post")).to_have_count(20)
    ana.mouse.wheel(0, 20_000)
    expect(ana.get_by_text("Old post number 0", exact=True)).to_be_attached()
    assert ana.locator("article.post").count() >= 30
    ids = ana.locator("article.post").evaluate_all("posts => posts.map((post) => post.id)")
    assert len(ids) == len(set(ids))


def test_the_bell_rings_on_whatever_page_is_open_and_is_silent_once_it_was_answered(two: tuple[Page, Page]) -> None:
    ana, ben = two
    ben.goto(ben.url.replace("/home", "/bookmarks"))
    bell = ben.locator(".rail [data-count=unread]")
    expect(bell).to_have_text("1")  # who follows him
    ana.locator("article.post").first.get_by_role("button", name="Like").click()
    expect(bell).to_have_text("2")
    expect(ben.get_by_role("link", name="Notifications 2 new").first).to_be_visible()

    elsewhere = ben.context.new_page()
    elsewhere.goto(ben.url.replace("/bookmarks", "/notifications"))
    expect(elsewhere.locator(".notice-like.is-new")).to_have_count(1)
    ben.bring_to_front()
    expect(bell).to_be_hidden()


def test_a_home_on_which_nothing_stands_is_told_of_the_first_post(chromium: Browser, server: RunningServer) -> None:
    newcomer, friend = (member(server, f"{name}{next(_ROUNDS)}") for name in ("newcomer", "friend"))
    page = chromium.new_context(locale="en").new_page()
    with newcomer.client() as new, friend.client() as known:
        new.post(f"/api/v1/accounts/{known.get('/api/v1/accounts/verify_credentials').json()['id']}/follow")
        sign_in(page, newcomer)
        expect(page.get_by_text("Your home is quiet")).to_be_visible()
        known.post("/api/v1/statuses", json={"status": "The first word"}).raise_for_status()
        button = page.get_by_role("link", name="1 new post")
        expect(button).to_be_visible()
        button.click()
        expect(page.locator("article.post").first).to_contain_text("The first word")
    page.context.close()
