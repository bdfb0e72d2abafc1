"""What a first visit costs: bytes over the wire, and how many of them are scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Response

from browser.steps import member, sign_in
from running import RunningServer

pytestmark = pytest.mark.browser

_WHOLE = 60 * 1024
_SCRIPTS = 30 * 1024


def test_a_first_home_page_takes_at_most_60_kb_30_of_them_scripts(
    chromium: Browser, sqlite_server: RunningServer
) -> None:
    person = member(sqlite_server, "heavy")
    with person.client() as client:
        for number in range(25):
            words = (
                f"Number {number}: the rains came early; the elders talked until the stars were out. #tree{number}"
            )
            client.post("/api/v1/statuses", json={"status": words})
    first = chromium.new_context(locale="en")
    sign_in(first.new_page(), person)
    state = first.storage_state()
    first.close()

    context = chromium.new_context(locale="en", viewport={"width": 1280, "height": 900}, storage_state=state)
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright sets attributes on it
    page.goto(f"{sqlite_server.base_url}/home", wait_until="load")
    page.wait_for_timeout(500)
    assert page.locator("article.post").count() == 20
    sizes = {}
    for answer in answers:
        if "/live/" not in answer.url:
            told = answer.request.sizes()
            sizes[answer.url] = (answer.request.resource_type, told["responseBodySize"] + told["responseHeadersSize"])
    context.close()
    assert sum(size for _, size in sizes.values()) <= _WHOLE, sizes
    assert sum(size for kind, size in sizes.values() if kind == "script") <= _SCRIPTS, sizes
    assert all(url.startswith(sqlite_server.base_url) for url in sizes), "nothing is loaded from elsewhere"
