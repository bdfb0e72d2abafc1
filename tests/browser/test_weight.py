"""What a first visit costs: bytes over the wire, and how many of them are scripts; nothing comes that has no use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Response

from browser.steps import begun, member, sign_in
from running import RunningServer

pytestmark = pytest.mark.browser

_WHOLE = 60 * 1024
_SCRIPTS = 30 * 1024
_POSTS = 25


@dataclass
class World:
    """A network with full pages, and a member who may see all of them."""

    server: RunningServer
    state: Any
    post: str


@pytest.fixture(scope="module")
def world(chromium: Browser, sqlite_server: RunningServer) -> World:
    heavy = member(sqlite_server, "heavy", admin=True)
    others = sqlite_server.accounts(f"member_{number}" for number in range(_POSTS))
    with heavy.client() as client:
        first = client.post("/api/v1/statuses", json={"status": "What do you say? #tree"}).json()
        for number, other in enumerate(others):
            words = (
                f"Number {number}: the rains came early; the elders talked until the stars were out. #tree{number}"
            )
            client.post("/api/v1/statuses", json={"status": words})
            with other.client() as answering:
                reply = {"status": f"@heavy {words}", "in_reply_to_id": first["id"]}
                reported = answering.post("/api/v1/statuses", json=reply).json()
                answering.post(f"/api/v1/accounts/{first['account']['id']}/follow")
            report = {
                "account_id": reported["account"]["id"],
                "status_ids[]": [reported["id"]],
                "comment": "Too loud",
            }
            client.post("/api/v1/reports", data=report).raise_for_status()
    context = chromium.new_context(locale="en")
    sign_in(context.new_page(), heavy)
    state = context.storage_state()
    context.close()
    return World(sqlite_server, state, f"/@heavy/{first['id']}")


def loaded(chromium: Browser, world: World, path: str, state: Any, *, least: int) -> dict[str, tuple[str, int]]:
    """Open a page as whoever has never been here; return what was loaded: address → kind, bytes with headers."""
    context = chromium.new_context(locale="en", viewport={"width": 1280, "height": 900}, storage_state=state)
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright sets attributes on it
    opened = page.goto(world.server.base_url + path, wait_until="load")
    assert opened is not None
    assert opened.status == 200, path
    begun(page)
    page.wait_for_timeout(500)
    sizes = {}
    for answer in answers:
        if "/live/" not in answer.url:
            told = answer.request.sizes()
            sizes[answer.url] = (answer.request.resource_type, told["responseBodySize"] + told["responseHeadersSize"])
    shown = page.locator("article.post, article.request, article.person").count()
    context.close()
    assert shown >= least, f"{path}: only {shown} on the page, which tells nothing of a full one"
    return sizes


_FULL = {"/home": 20, "POST": _POSTS, "/notifications": 20, "/admin/accounts": 20, "/admin/reports": 20}
_MEMBERS = [
    "/home", "POST", "/notifications", "/search?q=tree", "/compose", "/compose/thread", "/@heavy", "/settings",
    "/settings/profile", "/settings/account", "/settings/preferences", "/settings/import", "/admin/accounts",
    "/admin/reports", "/admin/survival", "/outbox", "/home/ranked", "/digest", "/trends", "/people", "/admin/trends",
    "/admin/servers", "/settings/development", "/settings/notifications", "/settings/passkeys", "/settings/replies",
    "/collections", "/@heavy/familiar_followers",
]  # fmt: skip
_MORE_SCRIPTS = {
    "/outbox": ["outbox.js"], "/auth/sign_in": ["passkeys.js"], "/settings/passkeys": ["passkeys.js"],
}  # fmt: skip
_VISITORS = ["/", "/local", "POST", "/@heavy", "/auth/sign_in", "/auth/sign_up", "/about"]


@pytest.mark.parametrize(
    ("path", "known"), [*((path, True) for path in _MEMBERS), *((path, False) for path in _VISITORS)]
)
def test_a_first_page_takes_at_most_60_kb_30_of_them_scripts(
    chromium: Browser, world: World, path: str, known: bool
) -> None:
    address = world.post if path == "POST" else path
    sizes = loaded(chromium, world, address, world.state if known else None, least=_FULL.get(path, 0))
    assert sum(size for _, size in sizes.values()) <= _WHOLE, sizes
    assert sum(size for kind, size in sizes.values() if kind == "script") <= _SCRIPTS, sizes
    assert all(url.startswith(world.server.base_url) for url in sizes), "nothing is loaded from elsewhere"
    loads = {urlsplit(url).path.rpartition("/")[2] for url, (kind, _) in sizes.items() if kind == "script"}
    scripts = {re.sub(r"-[0-9a-f]{10}", "", name) for name in loads}
    wanted = {"app.js", "page.js", *_MORE_SCRIPTS.get(path, ())}
    assert scripts - {"sw.js"} == wanted, "a script that this page has no use for"


@pytest.mark.parametrize(
    ("path", "fold"),
    [("/home", "fold"), ("/@heavy", "fold"), ("POST", "fold"), ("/notifications", "fold"), ("/settings", "foot")],
)
def test_nothing_is_painted_before_what_is_seen_first_is_there(
    chromium: Browser, world: World, path: str, fold: str
) -> None:
    """On a slow processor a page would otherwise be laid out and painted over and over while it is read."""
    context = chromium.new_context(
        locale="en", viewport={"width": 1280, "height": 900}, storage_state=world.state, service_workers="block"
    )
    page = context.new_page()
    page.add_init_script(
        """requestAnimationFrame(() => {
          const expected = document.querySelector("link[rel=expect]")?.getAttribute("href");
          window.begun = { expected, there: Boolean(expected && document.querySelector(expected)) };
        })"""
    )
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 20})
    page.goto(world.server.base_url + (world.post if path == "POST" else path))
    begun = page.evaluate("window.begun")
    context.close()
    assert begun["expected"].startswith(f"#{fold}")
    assert begun["there"]


def test_scripts_begin_when_the_page_is_painted(chromium: Browser, world: World) -> None:
    """What counts is the order: the first frame is drawn, and in a task after that the scripts begin.

    When a frame is on the screen is told later, and by another process: such times prove nothing on a busy machine.
    """
    context = chromium.new_context(storage_state=world.state, service_workers="block")
    page = context.new_page()
    page.add_init_script(
        """window.order = [];
        requestAnimationFrame(() => setTimeout(() => window.order.push("painted")));
        new MutationObserver((_, watching) => {
          if (!document.querySelector("form.composer[data-ready]")) return;
          window.order.push("begun");
          watching.disconnect();
        }).observe(document, { subtree: true, attributeFilter: ["data-ready"] })"""
    )
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 20})
    page.goto(f"{world.server.base_url}/home")
    page.wait_for_function("window.order.length === 2")
    order = page.evaluate("window.order")
    context.close()
    assert order == ["painted", "begun"]
