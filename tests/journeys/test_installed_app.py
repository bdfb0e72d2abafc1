"""What the installed app is given: its files, a token of its own, the pages of another origin, the way there."""

from __future__ import annotations

import httpx
import pytest

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from running import RunningServer
from standbys import until

HERE, THERE = "http://here.localhost:8000", "http://there.localhost:8000"
APP = {"palabre-app": "1"}


@pytest.fixture
def browser(server: RunningServer) -> Browsing:
    """A member's browser."""
    name = f"member{len(_made)}"
    _made.append(name)
    server.account(name, password=PASSWORD)
    return Browsing(server).sign_in(name)


_made: list[str] = []


def given(browser: Browsing) -> str:
    answer = browser.post("/app/token", headers=APP | {"origin": browser.origin})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store, private"
    assert answer.json()["member"] in _made
    return str(answer.json()["token"])


def bearing(token: str) -> dict[str, str]:
    return APP | {"authorization": f"Bearer {token}"}


def test_the_app_can_be_installed(server: RunningServer) -> None:
    with server.client() as client:
        assert '<link rel="manifest" href="/manifest.webmanifest">' in client.get("/local").text
        manifest = client.get("/manifest.webmanifest")
        assert manifest.headers["content-type"].startswith("application/manifest+json")
        told = manifest.json()
        assert (told["display"], told["start_url"], told["scope"]) == ("standalone", "/home", "/")
        assert {each["purpose"] for each in told["icons"]} == {"any", "maskable"}
        for icon in told["icons"]:
            answer = client.get(icon["src"])
            assert answer.content.startswith(b"\x89PNG"), icon
        worker = client.get("/sw.js")
        assert worker.headers["content-type"].startswith("text/javascript")
        assert "connect-src 'self' https: http:" in worker.headers["content-security-policy"]
        assert client.get("/offline").status_code == client.get("/outbox").status_code == 200


def test_a_token_of_the_app_reads_and_writes_as_the_member_without_a_form_s_token(
    server: RunningServer, browser: Browsing
) -> None:
    token = given(browser)
    with server.client(headers=bearing(token)) as app:
        home = app.get("/home")
        assert home.status_code == 200
        assert "palabre-proof" in home.headers
        sent = app.post("/compose", data={"text": "By the app", "key": "k1"})
        assert (sent.status_code, sent.headers["palabre-goto"], sent.headers["palabre-flash"]) == (
            200,
            "/home",
            "posted",
        )
        app.post("/compose", data={"text": "By the app", "key": "k1"})
        assert app.get("/home").text.count("By the app</") == 1, "sent twice, published once"
        assert "Your post is out." in app.get("/home", headers={"palabre-flash": "posted"}).text


def test_a_form_of_one_origin_is_good_on_another(server: RunningServer, browser: Browsing) -> None:
    with server.client(headers=bearing(given(browser))) as app:
        page = app.get("/compose").text
    token = page.partition('name="csrf" value="')[2].partition('"')[0]
    answer = browser.post("/compose", token=token, data={"text": "Kept for later", "key": "k2"})
    assert answer.status_code == 303


@pytest.mark.parametrize("shown", ["Bearer guess", "Bearer", "Basic eDp5", "Bearer " + "x" * 600])
def test_a_token_that_is_not_good_is_no_visitor(server: RunningServer, shown: str) -> None:
    with server.client(headers=APP | {"authorization": shown}) as client:
        assert client.get("/home").status_code == 401
        assert client.get("/local").status_code == 401
        assert client.post("/app/token/change").status_code == 401


def test_only_the_cookie_of_our_own_page_gets_a_token(server: RunningServer, browser: Browsing) -> None:
    token = given(browser)
    assert browser.post("/app/token", headers={"origin": "https://thief.example"}).status_code == 403
    assert browser.post("/app/token", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert browser.post("/app/token", token="AAAA").status_code == 403
    with server.client(headers=bearing(token)) as app:
        assert app.post("/app/token").status_code == 401, "a token makes no other token but its successor"
    with server.client(headers=APP) as stranger:
        assert stranger.post("/app/token").status_code == 401


def test_a_changed_token_is_good_until_its_successor_is_used(server: RunningServer, browser: Browsing) -> None:
    first = given(browser)
    with server.client() as client:
        second = client.post("/app/token/change", headers=bearing(first)).json()["token"]
        assert second != first
        third = client.post("/app/token/change", headers=bearing(first)).json()["token"]  # the answer was lost
        assert client.get("/home", headers=bearing(first)).status_code == 200
        assert client.get("/home", headers=bearing(third)).status_code == 200
        assert client.post("/app/token/change", headers=bearing(first)).status_code == 401, "it has had its successor"
        assert client.get("/home", headers=bearing(third)).status_code == 200
        assert client.get("/home", headers=bearing(second)).status_code == 401


def test_a_token_ends_with_its_session(server: RunningServer, browser: Browsing) -> None:
    token = given(browser)
    with server.client(headers=bearing(token)) as app:
        assert app.get("/home").status_code == 200
        browser.get("/settings/account")
        browser.post("/auth/sign_out")
        assert app.get("/home").status_code == 401


def test_a_code_signs_in_elsewhere_once_and_ends_the_session_it_came_from(
    server: RunningServer, browser: Browsing
) -> None:
    with server.client(headers=bearing(given(browser))) as app:
        code = app.post("/app/hand_over").json()["code"]
    elsewhere = Browsing(server)
    asked = elsewhere.get("/auth/hand_over", params={"code": code, "next": "/local"})
    assert asked.status_code == 200, "who does not come from an origin of ours is asked first"
    assert "Go on here" in asked.text
    assert f"You go on as @{_made[-1]}." in asked.text
    another = f"{_made[-1]}_other"
    server.account(another, password=PASSWORD)
    page = Browsing(server).sign_in(another).get("/auth/hand_over", params={"code": code}).text
    assert f"You go on as @{_made[-1]}. In this browser, @{another} is active now" in page
    assert elsewhere.get("/auth/hand_over", params={"code": "guess"}).status_code == 404
    elsewhere.get("/auth/hand_over", params={"code": code})
    arrived = elsewhere.post("/auth/hand_over", data={"code": code, "next": "/local"})
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/local")
    assert elsewhere.get("/home").status_code == 200
    assert browser.get("/home").status_code == 303, "the cookie of the former origin opens nothing any more"
    again = Browsing(server)
    assert again.get("/auth/hand_over", params={"code": code}).status_code == 404
    again.get("/auth/sign_in")
    assert again.post("/auth/hand_over", data={"code": code}).status_code == 404


def test_signing_out_of_all_from_elsewhere_ends_what_the_browser_holds_here(
    server: RunningServer, browser: Browsing
) -> None:
    """The app asks at another origin, with a token of the active account: no cookie of either comes along."""
    first = _made[-1]
    server.account(f"{first}b", password=PASSWORD)
    _made.append(f"{first}b")
    browser.get("/auth/sign_in", params={"add": "1"})
    added = browser.post("/auth/sign_in", data={"name": f"{first}b", "password": PASSWORD, "add": "1"})
    assert added.status_code == 303
    browser.get("/settings/account")
    other = Browsing(server).sign_in(first)
    with server.client(headers=bearing(given(browser))) as app:
        assert app.post("/auth/sign_out/all").headers["palabre-goto"] == "/"
        assert app.get("/home").status_code == 401
    assert browser.get("/home").status_code == 303
    assert 'class="person"' not in browser.get("/auth/accounts").text
    assert other.get("/home").status_code == 200, "another browser is another matter"


@pytest.fixture(scope="module")
def two_origins(make_server: ServerMaker) -> RunningServer:
    return make_server(limits="off", origin=HERE, origins=f"{HERE},{THERE}").start()


def _from(origin: str, host: str) -> dict[str, str]:
    return {"origin": origin, "host": host.partition("://")[2]}


def test_pages_are_read_from_the_network_s_other_origins_and_from_no_other(two_origins: RunningServer) -> None:
    with two_origins.client() as client:
        until(lambda: client.get("/.well-known/palabre/beacon").status_code == 200, "there is a beacon")
        page = client.get("/local", headers=_from(HERE, THERE) | APP)
        assert page.headers["access-control-allow-origin"] == HERE
        assert "access-control-allow-credentials" not in page.headers
        assert "here.localhost:8000 does not answer" in page.text
        assert "palabre-proof" in page.headers["access-control-expose-headers"]
        for path in ("/static/avatar.png", "/manifest.webmanifest"):
            assert client.get(path, headers=_from(HERE, THERE)).headers["access-control-allow-origin"] == HERE
        before = client.options("/compose", headers=_from(HERE, THERE))
        assert before.status_code == 204
        assert "authorization" in before.headers["access-control-allow-headers"]
        for origin in ("https://thief.example", "null", THERE):
            told = client.get("/local", headers=_from(origin, THERE) | APP)
            assert "access-control-allow-origin" not in told.headers
            assert "does not answer" not in told.text
        assert client.options("/compose", headers=_from("https://thief.example", THERE)).status_code == 405


def test_every_page_is_proved_for_the_origin_that_was_asked(two_origins: RunningServer) -> None:
    with two_origins.client() as client:
        until(
            lambda: "palabre-proof" in client.get("/local", headers={"host": THERE[7:]}).headers, "there is a proof"
        )
        proofs = {
            host: client.get("/local", headers={"host": host}).headers.get("palabre-proof")
            for host in (HERE[7:], THERE[7:], "thief.example")
        }
        assert proofs["thief.example"] is None
        assert proofs[HERE[7:]] != proofs[THERE[7:]]
        for path in ("/nothing", "/home", "/static/none.css", "/posts/1"):
            answer: httpx.Response = client.get(path, headers={"host": HERE[7:]})
            assert answer.headers["palabre-proof"].startswith("1."), path


def test_who_comes_from_another_of_our_origins_is_signed_in_at_once(two_origins: RunningServer) -> None:
    two_origins.account("ana", password=PASSWORD)
    here = httpx.Client(base_url=two_origins.base_url, headers={"host": HERE[7:]}, trust_env=False)
    with here:
        page = here.get("/auth/sign_in").text
        token = page.partition('name="csrf" value="')[2].partition('"')[0]
        here.post("/auth/sign_in", data={"csrf": token, "name": "ana", "password": PASSWORD})
        token = here.get("/compose").text.partition('name="csrf" value="')[2].partition('"')[0]
        given = here.post("/app/token", data={"csrf": token}, headers=APP | {"origin": HERE}).json()["token"]
    codes = []
    for _ in range(2):
        with two_origins.client(headers=bearing(given)) as app:
            codes.append(app.post("/app/hand_over", headers=_from(HERE, THERE)).json()["code"])
    with two_origins.client() as there:
        for referer in (f"{THERE}/", "https://thief.example/", f"{HERE}/@thief"):
            asked = there.get(
                "/auth/hand_over", params={"code": codes[0]}, headers={"host": THERE[7:], "referer": referer}
            )
            assert asked.status_code == 200
            assert "session" not in asked.headers.get("set-cookie", "")
        gone = there.get(
            "/auth/hand_over", params={"code": codes[0], "next": "/local"},
            headers={"host": THERE[7:], "referer": f"{HERE}/"},
        )  # fmt: skip
        assert (gone.status_code, gone.headers["location"]) == (303, "/local")
        assert "session=" in gone.headers["set-cookie"]
