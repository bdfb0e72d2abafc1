"""Searching on the page, without scripts, on a running server: words, filters, more results."""

from __future__ import annotations

import html
import re

from browsing import PASSWORD, Browsing
from crowds import wait_for_subscribers
from fixtures_server import ServerMaker

_TEXT = re.compile(r"pebble [a-z]+\d*")


def _texts(page: str) -> list[str]:
    main = page[page.index("<main") :]
    return list(dict.fromkeys(_TEXT.findall(main)))


def test_posts_are_found_filtered_and_paged_on_the_page(make_server: ServerMaker) -> None:
    server = make_server(limits="off").start()
    ana, ben = (server.account(name, password=PASSWORD) for name in ("ana", "ben"))
    with ana.client() as of_ana, ben.client() as of_ben:
        of_ana.patch("/api/v1/accounts/update_credentials", data={"indexable": "true"}).raise_for_status()
        first = of_ana.post("/api/v1/statuses", json={"status": "pebble first", "language": "fr"}).json()
        for number in range(21):
            of_ana.post("/api/v1/statuses", json={"status": f"pebble number{number}", "in_reply_to_id": first["id"]})
        of_ben.post("/api/v1/statuses", json={"status": "pebble hidden"})
    wait_for_subscribers(server)
    browser, visitor = Browsing(server), Browsing(server)
    browser.sign_in(ben)
    page = browser.get("/search?q=pebble&kind=posts").text
    assert _texts(page)[:2] == ["pebble hidden", "pebble number20"], "the newest first; one's own is found"
    more = re.search(r'href="(/search\?[^"]*offset=20[^"]*)"', html.unescape(page))
    assert more is not None
    assert _texts(browser.get(more[1]).text) == ["pebble number1", "pebble number0", "pebble first"]
    assert _texts(browser.get("/search?q=pebble&replies=none&from=@ana").text) == ["pebble first"]
    assert _texts(browser.get("/search?q=pebble&lang=fr&after=2020-01-01&before=").text) == ["pebble first"]
    assert _texts(browser.get("/search?q=pebble&library=true").text) == ["pebble hidden"]
    assert _texts(visitor.get("/search?q=pebble").text) == []
    assert "Sign in to search" in visitor.get("/search?q=pebble").text
    for odd in ("%22", "-", "from:", "%F0%9F%98%80", "a" * 3000):
        assert browser.get(f"/search?q={odd}").status_code == 200
