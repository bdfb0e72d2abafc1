"""What other apps share with the installed one: its worker keeps the files until the composer takes them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright

from browser.steps import PASSWORD, begun, member, picture, sign_in
from running import Person, RunningServer
from standbys import until
from twins import met, open_browser

pytestmark = pytest.mark.browser

_SHARE = """([words, files]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/share";
  form.enctype = "multipart/form-data";
  for (const [name, value] of Object.entries(words)) {
    const field = document.createElement("input");
    field.name = name;
    field.value = value;
    form.append(field);
  }
  const chosen = new DataTransfer();
  for (const [name, type, content] of files) {
    const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
    chosen.items.add(new File([bytes], name, { type }));
  }
  const field = document.createElement("input");
  field.type = "file";
  field.name = "media";
  field.multiple = true;
  field.files = chosen.files;
  form.append(field);
  document.body.append(form);
  form.submit();
}"""
"""Sends what the system sends when another app shares something with this one."""


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture
def context(playwright: Playwright, tmp_path: Path) -> Iterator[BrowserContext]:
    opened = open_browser(playwright, tmp_path / "profile")
    yield opened
    opened.close()


def share(page: Page, words: dict[str, str], *files: tuple[str, str, bytes]) -> None:
    page.evaluate(_SHARE, [words, [[name, kind, base64.b64encode(data).decode()] for name, kind, data in files]])


def posts_of(person: Person) -> list[dict]:
    with person.client() as client:
        me = client.get("/api/v1/accounts/verify_credentials").json()
        return client.get(f"/api/v1/accounts/{me['id']}/statuses").json()


def test_pictures_and_words_that_are_shared_become_a_post(
    context: BrowserContext, sqlite_server: RunningServer, tmp_path: Path
) -> None:
    ana = member(sqlite_server, "sharer")
    tree = ("tree.png", "image/png", picture(tmp_path).read_bytes())
    page = context.pages[0]
    sign_in(page, ana)
    met(page)
    page.get_by_label("Text of the post").fill("What I had begun before")

    share(page, {"title": "An oak", "url": "https://b.example/oak"}, tree, tree)
    page.wait_for_url("**/compose?*shared=*")
    begun(page)
    words = page.get_by_label("Text of the post")
    expect(words).to_have_value("An oak\n\nhttps://b.example/oak")
    expect(page.locator(".attached [data-media]")).to_have_count(2)
    page.reload()
    expect(page.locator(".attached [data-media]")).to_have_count(2)
    page.locator(".attached textarea").first.fill("A tree in spring")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("Your post is out.")).to_be_visible()
    [post] = posts_of(ana)
    assert [each["description"] for each in post["media_attachments"]] == ["A tree in spring", None]
    expect(page.get_by_label("Text of the post")).to_have_value("What I had begun before")

    share(page, {"text": "Five"}, *[tree] * 5)
    page.wait_for_url("**/compose?*shared=*")
    expect(page.locator(".attached [data-media]")).to_have_count(4)
    expect(page.get_by_text("A post takes up to 4 pictures, videos or recordings.")).to_be_visible()

    share(page, {"text": "Six"}, ("notes.txt", "text/plain", b"no picture"))
    page.wait_for_url("**/compose?*text=Six*")
    expect(page.get_by_text("This file is of a type that is not accepted here.")).to_be_visible()
    expect(page.locator(".attached [data-media]")).to_have_count(0)
    assert len(posts_of(ana)) == 1, "nothing is published by itself"


_WAITING = """() => new Promise((done) => {
  const request = indexedDB.open("palabre");
  request.onsuccess = () => {
    const kept = request.result.transaction("state").objectStore("state").get("shared");
    kept.onsuccess = () => { request.result.close(); done(kept.result?.files.length ?? 0); };
  };
})"""


def test_what_was_shared_is_there_after_signing_in_and_gone_after_signing_out(
    context: BrowserContext, sqlite_server: RunningServer, tmp_path: Path
) -> None:
    ana = member(sqlite_server, "latesharer")
    tree = ("tree.png", "image/png", picture(tmp_path).read_bytes())
    page = context.pages[0]
    sign_in(page, ana)
    met(page)
    context.clear_cookies()
    share(page, {"text": "Later"}, tree)
    page.wait_for_url("**/auth/sign_in?next=*")
    page.get_by_label("User name").fill(ana.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/compose?*shared=*")
    expect(page.locator(".attached [data-media]")).to_have_count(1)
    expect(page.get_by_label("Text of the post")).to_have_value("Later")
    until(lambda: page.evaluate(_WAITING) == 0, "it was taken")

    context.clear_cookies()
    share(page, {"text": "Never"}, tree)
    page.wait_for_url("**/auth/sign_in?next=*")
    assert page.evaluate(_WAITING) == 1
    sign_in(page, ana)
    page.locator(".menu-of-me summary").locator("visible=true").first.click()
    page.get_by_role("button", name="Sign out").locator("visible=true").click()
    expect(page.locator("body[data-member]")).to_have_count(0)
    until(lambda: page.evaluate(_WAITING) == 0, "nothing is left of what was shared")
