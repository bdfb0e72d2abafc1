"""The ranked view and the digest on pages, without a script; home stays as it was and comes first."""

from __future__ import annotations

import html
import re
import time

from browsing import PASSWORD, Browsing
from palabre.clock import DAY, HOUR, MINUTE
from palabre.web.visits import Visit, looked, visit_of
from running import Person, RunningServer


def members(server: RunningServer, *names: str) -> list[tuple[Person, Browsing]]:
    found = server.accounts(list(names), password=PASSWORD)
    return [(each, Browsing(server).sign_in(each)) for each in found]


def number_of(person: Person) -> str:
    with person.client() as http:
        return str(http.get("/api/v1/accounts/verify_credentials").json()["id"])


def say(person: Person, text: str) -> str:
    with person.client() as http:
        return str(http.post("/api/v1/statuses", json={"status": text}).raise_for_status().json()["id"])


def act(person: Person, path: str) -> None:
    with person.client() as http:
        http.post(path).raise_for_status()


def words_of(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def test_the_page_says_what_each_score_is_made_of(server: RunningServer) -> None:
    (ana, of_ana), (ben, _), (cleo, _) = members(server, "ana1", "ben1", "cleo1")
    act(ana, f"/api/v1/accounts/{number_of(ben)}/follow")
    liked, newer = say(ben, "An older one"), say(ben, "A newer one")
    act(cleo, f"/api/v1/statuses/{liked}/favourite")
    home = of_ana.get("/home").text
    assert home.index(f'id="p{newer}"') < home.index(f'id="p{liked}"')
    assert 'href="/home/ranked"' in html.unescape(home)
    page = of_ana.get("/home/ranked").text
    assert page.index(f'id="p{liked}"') < page.index(f'id="p{newer}"')
    words = words_of(page)
    assert re.search(r"Why here: score (?:1,000|991) Every post 1 Likes 1 × 1 Points together, at least 0 2 ", words)
    assert re.search(r"2 × 60,000 ÷ \(0 \+ 120\) = 1,000|2 × 60,000 ÷ \(1 \+ 120\) = 991", words)
    assert page.count('<details class="why">') == 2
    assert of_ana.post("/look", data={"theme": "dark", "language": "fr"}).status_code == 303
    french = html.unescape(of_ana.get("/home/ranked").text)
    assert "Pourquoi ici\u00a0: score 1\u202f000" in french or "Pourquoi ici\u00a0: score 991" in french
    visitor = Browsing(server)
    for path in ("/home/ranked", "/digest"):
        assert visitor.get(path).headers["location"].startswith("/auth/sign_in")


def test_whoever_was_away_is_offered_a_digest_once(server: RunningServer) -> None:
    (ana, of_ana), (ben, _) = members(server, "ana2", "ben2")
    act(ana, f"/api/v1/accounts/{number_of(ben)}/follow")
    act(ana, "/api/v1/tags/oak/follow")
    mine = say(ana, "Mine")
    first = of_ana.get("/home")
    assert "/digest" not in first.text
    assert visit_of(of_ana.http.cookies["visit"]) is not None
    missed = say(ben, "Under the #oak")
    act(ben, f"/api/v1/statuses/{mine}/favourite")
    act(ben, f"/api/v1/accounts/{number_of(ana)}/follow")
    away = int(time.time() * 1_000) - 5 * HOUR
    of_ana.http.cookies.set("visit", f"0.{away}", domain=next(iter(of_ana.http.cookies.jar)).domain, path="/")
    for _ in range(2):  # as long as it was not opened
        assert f'href="/digest?since={away}"' in of_ana.get("/home").text
    until = time.monotonic() + 120
    while True:  # notifications come a moment later
        page = of_ana.get(f"/digest?since={away}").text
        if "1 new follower" in words_of(page) or time.monotonic() > until:
            break
        time.sleep(0.1)
    words = words_of(page)
    assert "1 like" in words
    assert "1 new follower" in words
    assert "#oak · 1 new post" in words
    assert f'id="p{missed}"' in page
    assert f'id="p{mine}"' not in page
    assert "/digest" not in of_ana.get("/home").text
    nothing = of_ana.get(f"/digest?since={int(time.time() * 1_000) + DAY}")
    assert "You missed nothing" in nothing.text
    assert of_ana.get("/digest?since=x").status_code == 422


def test_what_the_browser_remembers() -> None:
    now = 1_800_000_000_000
    assert looked(None, now) == (Visit(0, now), True)
    assert looked(Visit(0, now - MINUTE), now) == (Visit(0, now), False)
    assert looked(Visit(5, now - HOUR), now) == (Visit(5, now), True)
    assert looked(Visit(5, now - 5 * HOUR), now) == (Visit(now - 5 * HOUR, now), True)
    assert looked(Visit(5, now + DAY), now) == (Visit(0, now), True)  # a clock that was wrong
    assert visit_of(Visit(5, now).cookie) == Visit(5, now)
    for odd in (None, "", "5", "x.y", "-1.5", "1.2.3", f"1.{10**16}", "٣.٤"):
        assert visit_of(odd) is None
