"""How soon a reader sees a page on a slow device: Chromium at a quarter of the speed here, with nothing kept."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

import msgspec

from palabre.bench.chromium import Chromium
from palabre.bench.figures import Painted
from palabre.bench.http import Connection, Form, WrongAnswer
from palabre.bench.process import Network
from palabre.cards.model import Reading
from palabre.folder import open_folder
from palabre.ids import IdCodec, Kind, PostId
from palabre.posts.linking import Wanted, place_card

SLOWED = 4
"""How much slower than this machine the reader's processor is."""
_READER = "reader"
_PASSWORD = "only for a measurement"  # noqa: S105 - of a network that lives for minutes
_AFTERWARDS = 0.7
"""Seconds after the page is loaded in which something may still move."""
_PAGE = "https://news.example.org/story"
_TOKEN = re.compile(r'name="csrf" value="([^"]*)"')
_WATCH = """
window.seen = {paint: 0, shift: 0, what: ""};
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) {
    seen.paint = each.startTime;
    seen.what = each.element ? `${each.element.tagName.toLowerCase()}.${each.element.className}` : "";
  }
}).observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) seen.shift += each.value;
}).observe({type: "layout-shift", buffered: true});
"""


class Window(NamedTuple):
    """What somebody reads on."""

    name: str
    width: int
    height: int
    scale: int
    mobile: bool


_WINDOWS = (Window("phone", 390, 780, 2, mobile=True), Window("wide", 1280, 900, 1, mobile=False))


class _Seen(msgspec.Struct, frozen=True):
    paint: float
    shift: float
    what: str


class _Place(NamedTuple):
    name: str
    path: str
    known: bool


async def measure(
    folder: Path, program: str, *, passes: int, most: int, tell: Callable[[str], None]
) -> list[Painted]:
    """Open pages of a network of sample people, signed in and not, on a phone and wide; ``most`` pages of each kind.

    Raises:
        WrongAnswer: a page could not be opened.

    """
    network = Network(folder / "seen")
    made = network.command("account", "create", _READER, "--password", _PASSWORD, "--token", "--json")
    token = str(msgspec.json.decode(made)["token"])
    network.command("sample", "--reader", _READER)
    network.start()
    try:
        post = await _more(network, token)
        cookies = await asyncio.to_thread(_signed_in, f"http://localhost:{network.port}")
        painted = []
        async with await Chromium.start(program, folder / "chromium") as browser:
            for place, window in _visits(post, most):
                tell(f"{place.name}, {'member' if place.known else 'visitor'}, {window.name}")
                seen = [
                    await _look(browser, f"http://localhost:{network.port}{place.path}", cookies, place, window)
                    for _ in range(passes)
                ]
                painted.append(
                    Painted(
                        page=place.name,
                        known=place.known,
                        window=window.name,
                        ms=[each.paint for each in seen],
                        shift=max(each.shift for each in seen),
                        largest=seen[-1].what,
                    )
                )
    finally:
        network.stop()
        shutil.rmtree(network.folder, ignore_errors=True)
    return painted


def _visits(post: str, most: int) -> Iterator[tuple[_Place, Window]]:
    of_members = ("/home", post, "/@ines", "/notifications", "/local", "/search?q=train", "/settings", "/compose")
    of_visitors = ("/", post, "/@ines", "/local", "/search?q=train", "/auth/sign_in")
    for known, paths in ((True, of_members), (False, of_visitors)):
        for path in paths[:most]:
            name = "thread" if path == post else path.partition("?")[0]
            for window in _WINDOWS:
                yield _Place(name, path, known), window


async def _more(network: Network, token: str) -> str:
    """Add to what the sample people say what they never do: a poll, a quote, a link; return the page of a thread."""
    connection = Connection(network.port)
    try:
        home = await connection.expect("GET", "/api/v1/timelines/home?limit=40", token=token)
        thread = max(home, key=lambda each: int(each["replies_count"]))
        poll: Form = {"status": "Tea?", "poll[options][]": ["Yes", "No", "Later"], "poll[expires_in]": "86400"}
        quote: Form = {"status": "Worth reading.", "quoted_status_id": thread["id"]}
        link: Form = {"status": f"From the news: {_PAGE}"}
        made = [
            await connection.expect("POST", "/api/v1/statuses", token=token, form=form)
            for form in (poll, quote, link)
        ]
    finally:
        connection.close()
    opened = open_folder(network.folder)
    try:
        read = Reading(title="The tree of the village", description="It is very old.", provider="Gazette")
        number = IdCodec(opened.keyring.id_key).decode(Kind.POST, made[-1]["id"])
        opened.database.write_now(place_card, Wanted(PostId(number), _PAGE), read, None)
    finally:
        opened.database.close()
    return f"/@{thread['account']['acct']}/{thread['id']}"


def _signed_in(origin: str) -> list[dict[str, str]]:
    """Sign the reader in through the form and return the cookies, as a browser takes them."""
    jar = CookieJar()
    opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(jar))
    address = f"{origin}/auth/sign_in"
    with opener.open(address) as form:
        found = _TOKEN.search(form.read().decode())
    sent = {"csrf": found[1] if found else "", "name": _READER, "password": _PASSWORD}
    with opener.open(address, urlencode(sent).encode()) as answer:
        if not answer.url.endswith("/home"):
            raise WrongAnswer(f"signing in led to {answer.url}")
    return [{"name": each.name, "value": each.value or "", "url": origin} for each in jar]


async def _look(
    browser: Chromium, address: str, cookies: list[dict[str, str]], place: _Place, window: Window
) -> _Seen:
    profile, session = await browser.page(cookies if place.known else [])

    async def ask(method: str, **given: Any) -> dict[str, Any]:
        return await browser.ask(method, session=session, **given)

    await ask("Page.enable")
    await ask(
        "Emulation.setDeviceMetricsOverride",
        width=window.width, height=window.height, deviceScaleFactor=window.scale, mobile=window.mobile,
    )  # fmt: skip
    await ask("Emulation.setCPUThrottlingRate", rate=SLOWED)
    await ask("Page.addScriptToEvaluateOnNewDocument", source=_WATCH)
    gone = await ask("Page.navigate", url=address)
    if "errorText" in gone:
        raise WrongAnswer(f"{address}: {gone['errorText']}")
    await browser.hear("Page.loadEventFired", session=session)
    await asyncio.sleep(_AFTERWARDS)
    found = await ask(
        "Runtime.evaluate",
        expression="({seen, status: performance.getEntriesByType('navigation')[0].responseStatus})",
        returnByValue=True,
    )
    await browser.ask("Target.disposeBrowserContext", browserContextId=profile)
    value = found["result"]["value"]
    if value["status"] != 200 or not value["seen"]["paint"]:
        raise WrongAnswer(f"{address}: {value}")
    return msgspec.convert(value["seen"], _Seen)
