"""On a narrow telephone nothing that somebody writes, and no menu, leads out of the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.steps import member, sign_in
from running import RunningServer

pytestmark = pytest.mark.browser

_WIDTH = 320
_MARKS = "o" + "\u036a\u0351\u0343" * 200
"""One letter with six hundred marks: a browser has no place to break it."""


@pytest.fixture
def narrow(chromium: Browser) -> Page:
    return chromium.new_context(locale="en", viewport={"width": _WIDTH, "height": 700}).new_page()


def _wide(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_nothing_leads_out_of_a_narrow_page(narrow: Page, sqlite_server: RunningServer) -> None:
    ana, ben = member(sqlite_server, "ana_narrow"), member(sqlite_server, "ben_narrow")
    with ana.client() as http, ben.client() as other:
        http.post("/api/v1/statuses", json={"status": f"A b{_MARKS}d sign and {'w' * 300}"}).raise_for_status()
        http.post("/api/palabre/v1/drafts", json={"status": "Half a thought about trees"}).raise_for_status()
        me = http.get("/api/v1/accounts/verify_credentials").json()["id"]
        other.post(f"/api/v1/accounts/{me}/follow").raise_for_status()
    sign_in(narrow, ana)
    expect(narrow.locator("article.post")).to_have_count(1)
    assert _wide(narrow) <= _WIDTH

    narrow.goto(f"{sqlite_server.base_url}/drafts")
    words = narrow.get_by_text("Half a thought about trees").bounding_box()
    assert words is not None
    assert words["width"] > _WIDTH / 2, "a draft has the width of the page"

    narrow.goto(f"{sqlite_server.base_url}/@ben_narrow")
    narrow.locator(".profile-top .menu summary").click()
    for entry in narrow.locator(".profile-top .menu-list a").all():
        box = entry.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= _WIDTH
    narrow.context.close()


_ABOVE = """heading => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = getComputedStyle(heading).font;
  const foot = document.createElement("span");
  foot.style.cssText = "display: inline-block; inline-size: 0; block-size: 0";
  heading.prepend(foot);
  const baseline = foot.getBoundingClientRect().bottom;
  foot.remove();
  const ascent = pen.measureText("\u00c9\u00c5\u1ea4").actualBoundingBoxAscent;
  return baseline - ascent - heading.getBoundingClientRect().top;
}"""
"""How many pixels are free above the highest capital in a heading that cuts off what stands out of it."""


def test_the_name_of_a_page_keeps_what_its_capitals_carry(chromium: Browser, sqlite_server: RunningServer) -> None:
    for width in (_WIDTH, 1280):
        page = chromium.new_context(locale="fr", viewport={"width": width, "height": 700}).new_page()
        page.goto(f"{sqlite_server.base_url}/local")
        assert page.locator(".bar h1").evaluate(_ABOVE) >= 0, width
        page.context.close()
