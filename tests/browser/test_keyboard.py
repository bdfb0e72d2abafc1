"""Everything by keyboard: moving between posts, acting on them, skipping, menus, the list of keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browser.steps import member, sign_in
from running import Person, RunningServer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def reader(sqlite_server: RunningServer) -> Person:
    """A member who has written three posts."""
    person = member(sqlite_server, "reader")
    with person.client() as client:
        for number in range(3):
            client.post("/api/v1/statuses", json={"status": f"Number {number}"}).raise_for_status()
    return person


@pytest.fixture
def home(browser_page: Page, reader: Person) -> Page:
    """The reader's home."""
    sign_in(browser_page, reader)
    return browser_page


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.closest('.post')?.innerText ?? ''")


def test_j_and_k_move_l_likes_r_answers(home: Page) -> None:
    home.keyboard.press("j")
    assert "Number 2" in focused(home)
    home.keyboard.press("j")
    assert "Number 1" in focused(home)
    home.keyboard.press("k")
    assert "Number 2" in focused(home)
    home.keyboard.press("l")
    like = home.locator("article.post", has_text="Number 2").get_by_role("button", name="Like")
    expect(like).to_have_attribute("aria-pressed", "true")
    home.wait_for_timeout(300)
    assert "Number 2" in focused(home), "the focus stays in the post that was liked"
    home.keyboard.press("b")
    expect(
        home.locator("article.post", has_text="Number 2").get_by_role("button", name="Repost").first
    ).to_have_attribute("aria-pressed", "true")
    home.keyboard.press("r")
    home.wait_for_url("**/compose?reply_to=*")
    expect(home.get_by_label("Text of the post")).to_be_focused()


def test_enter_opens_n_writes_and_keys_typed_in_a_field_are_text(home: Page) -> None:
    home.keyboard.press("n")
    expect(home.get_by_label("Text of the post")).to_be_focused()
    home.keyboard.type("jkl?")
    expect(home.get_by_label("Text of the post")).to_have_value("jkl?")
    home.get_by_label("Text of the post").fill("")
    home.locator("h1").click()
    home.keyboard.press("j")
    home.keyboard.press("Enter")
    home.wait_for_url("**/@reader/*")
    expect(home.get_by_role("heading", name="Conversation")).to_be_visible()


def test_a_question_mark_lists_the_keys_and_escape_closes(home: Page) -> None:
    home.keyboard.press("?")
    dialog = home.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    home.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_first_stop_skips_to_the_content_and_the_focus_is_seen(home: Page) -> None:
    home.keyboard.press("Tab")
    skip = home.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    home.keyboard.press("Enter")
    assert home.evaluate("document.activeElement.id") == "main"
    home.keyboard.press("Tab")
    outline = home.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    border = home.evaluate("document.activeElement.matches('textarea')")
    assert outline == "solid" or border


def test_a_menu_opens_with_enter_and_gives_the_focus_back(home: Page) -> None:
    summary = home.locator("article.post").first.locator(".actions .menu > summary")
    summary.focus()
    home.keyboard.press("Enter")
    expect(home.locator("article.post").first.get_by_role("link", name="Open the conversation")).to_be_visible()
    home.keyboard.press("Tab")
    home.keyboard.press("Escape")
    expect(home.locator("article.post").first.get_by_role("link", name="Open the conversation")).to_be_hidden()
    expect(summary).to_be_focused()
