"""A real Chromium, driven by Playwright: Debian's, without any request to its maker."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from posted_forms import WATCH
from running import CHROMIUM_ARGUMENTS

PATIENCE = 120_000
"""Milliseconds. What is waited for comes at once, unless the machine is busy with other tests."""
expect.set_options(timeout=PATIENCE)


def patient(context: BrowserContext) -> BrowserContext:
    """Let everything that is done in the context, and every page that is opened, take as long as what is expected."""
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a file of tests; each test opens contexts of its own in it.

    Not for the whole run: while Playwright's synchronous interface is open, nothing else in this process can
    run an event loop.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("Chromium is not installed: `make test` installs it, or: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        fresh = browser.new_context
        browser.new_context = lambda **options: patient(fresh(**options))
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh profile: English, light, 1280 by 900."""
    fresh = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en", color_scheme="light")
    fresh.on("response", WATCH.note_answer)
    yield fresh
    fresh.close()


@pytest.fixture
def browser_page(context: BrowserContext) -> Page:
    """An empty page in a fresh profile."""
    return context.new_page()
