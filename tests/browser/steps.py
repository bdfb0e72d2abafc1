"""What people do in a browser, and what is looked at on every page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from running import ROOT, Person, RunningServer

PASSWORD = "beneath the tall tree"
_AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

NOTE_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) {
    if (each.hadRecentInput) continue;
    const what = each.sources.map(({ node }) => node?.outerHTML?.slice(0, 90) ?? node?.textContent ?? "?");
    window.shifts.push(`${each.value.toPrecision(2)}: ${what.join(" | ")}`);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
"""Notes what moves on a page without being asked to: a script for every new page of a context."""
UNTIL_PAINTED = """() => new Promise((painted) => {
  const look = () => performance.getEntriesByName("first-contentful-paint").length ? painted() : setTimeout(look, 5);
  look();
})"""
SHIFTS = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(window.shifts)))))"""
"""What has moved up to the frame after next, in which a change that was made until now is seen."""


def begun(page: Page) -> None:
    """Wait until the scripts of the page do what they do: they begin when it has been painted, and is loaded."""
    expect(page.locator("body[data-begun]")).to_be_attached()


def sign_in(page: Page, person: Person) -> None:
    """Sign in with the form; where scripts are allowed they have begun."""
    page.goto(f"{person.base_url}/auth/sign_in")
    page.get_by_label("User name").fill(person.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/home")
    begun(page)


def member(server: RunningServer, name: str, **options: Any) -> Person:
    """Make somebody who can sign in."""
    return server.account(name, password=PASSWORD, **options)


def picture(folder: Path, name: str = "tree.png", size: tuple[int, int] = (640, 480)) -> Path:
    """Draw a picture to upload."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", size, (235, 145, 114))
    ImageDraw.Draw(image).ellipse((size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2), fill=(28, 27, 23))
    path = folder / name
    image.save(path)
    return path


@contextmanager
def slow_uploads(page: Page, bytes_a_second: int) -> Iterator[None]:
    """Give the page a line on which it takes a while to send something, for as long as that is looked at."""
    line = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", line)
    yield
    devtools.send("Network.emulateNetworkConditions", {**line, "uploadThroughput": -1})


def violations(page: Page) -> list[str]:
    """Let axe-core look at the page; return what it does not like, with the elements."""
    page.evaluate(_AXE.read_text("utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{each['id']}: {' '.join(str(part) for part in node['target'])} ({node['failureSummary']})"
        for each in found["violations"]
        for node in each["nodes"]
    ]


class Complaints:
    """What a browser complains about while pages are open: errors of scripts, refused resources, broken policies."""

    def __init__(self, page: Page) -> None:
        self.heard: list[str] = []
        page.on("pageerror", lambda error: self.heard.append(f"error: {error}"))
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("requestfailed", lambda request: self._failed(request.url, request.failure or ""))

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.heard.append(f"{kind}: {text}")

    def _failed(self, url: str, why: str) -> None:
        if "ERR_ABORTED" not in why:  # a stream that ends because the page is left
            self.heard.append(f"{url}: {why}")
