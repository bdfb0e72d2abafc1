"""Limits are on unless somebody turned them off, and count addresses, networks, names and members."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterable
from contextlib import closing

import httpx
import pytest
from PIL import Image

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from palabre.api.routes import ENDPOINTS
from palabre.edge.limits import RATES
from palabre.web.routes import ENDPOINTS as PAGES
from running import Person, RunningServer

_ASKED = b"GET /.well-known/host-meta.json HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 100.64.7.%d\r\n\r\n"
_UNLIMITED = {("GET", "/live/home")}


@pytest.fixture(scope="module")
def limited(make_server: ServerMaker) -> RunningServer:
    """A network behind a proxy on this machine, which says whose request it passes on."""
    return make_server(trusted_proxies="127.0.0.1").start()


@pytest.fixture(scope="module")
def people(limited: RunningServer) -> list[Person]:
    return limited.accounts([f"person_{n}" for n in range(6)], password=PASSWORD)


def _from(server: RunningServer, address: str) -> httpx.Client:
    return server.client(headers={"X-Forwarded-For": address})


def _refused(answer: httpx.Response) -> httpx.Response:
    assert answer.status_code == 429, answer.text[:300]
    assert 1 <= int(answer.headers["retry-after"]) <= 3 * 3600
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert int(answer.headers["x-ratelimit-limit"]) >= 1
    assert answer.headers["x-ratelimit-reset"].endswith("Z")
    return answer


def _until_refused(answers: Iterable[httpx.Response], rate: str, *, already: int = 0) -> None:
    """Take answers until one is refused: as many as ``rate`` allows, and those that fell due meanwhile."""
    most, each = RATES[rate].most - already, RATES[rate].seconds / RATES[rate].most
    began = time.monotonic()
    for number, answer in enumerate(answers):
        if answer.status_code == 429:
            _refused(answer)
            assert number >= most, f"only {number} were let through"
            return
        assert number <= most + (time.monotonic() - began) / each + 2, f"{number} were let through"
    raise AssertionError("nothing was refused")


def test_every_class_of_limit_that_a_route_names_exists() -> None:
    named = {one.limit for one in (*ENDPOINTS, *PAGES)} - {None}
    assert named <= RATES.keys()
    by_path = {(one.method, one.path): one.limit for one in (*ENDPOINTS, *PAGES)}
    for path, limit in {
        "/auth/sign_in": "sign_in", "/auth/sign_up": "sign_up", "/api/v1/accounts": "sign_up", "/compose": "statuses",
        "/api/v1/statuses": "statuses", "/api/v2/media": "media", "/api/v1/media": "media", "/compose/media": "media",
        "/api/v1/apps": "apps", "/oauth/token": "tokens", "/oauth/revoke": "tokens",
    }.items():  # fmt: skip
        assert by_path["POST", path] == limit, path


def test_every_route_works_with_limits_on(limited: RunningServer, people: list[Person]) -> None:
    with people[5].client(headers={"X-Forwarded-For": "192.0.2.200"}) as http:
        for one in (*ENDPOINTS, *PAGES):
            if (one.method, one.path) in _UNLIMITED or one.path_params:
                continue
            assert http.request(one.method, one.path).status_code < 500, one


def test_signing_in_is_limited_by_address(limited: RunningServer) -> None:
    browser = Browsing(limited, headers={"X-Forwarded-For": "192.0.2.1"})
    browser.get("/auth/sign_in")
    tries = (browser.post("/auth/sign_in", data={"name": f"no{n}", "password": "x"}) for n in range(50))
    _until_refused(tries, "sign_in")


def test_signing_in_is_limited_by_name_from_wherever_it_is_tried_and_however_it_is_written(
    limited: RunningServer, people: list[Person]
) -> None:
    name = people[0].username
    forms = [name, f"@{name}", f"@@@{name}", name.upper(), f"  {name} ", f"@ {name}".replace(" ", ""), name.title()]

    def tries() -> Iterable[httpx.Response]:
        for n in range(40):
            browser = Browsing(limited, headers={"X-Forwarded-For": f"198.51.{n}.7"})
            browser.get("/auth/sign_in")
            yield browser.post("/auth/sign_in", data={"name": forms[n % len(forms)], "password": "x"})

    _until_refused(tries(), "sign_in_name")
    other = Browsing(limited, headers={"X-Forwarded-For": "198.51.99.7"})
    other.sign_in(people[1])


def _guess(server: RunningServer, name: str, address: str, times: int = 1, known: str = "") -> list[httpx.Response]:
    browser = Browsing(server, headers={"X-Forwarded-For": address})
    if known:
        browser.http.cookies.set("known", known)
    browser.get("/auth/sign_in")
    return [browser.post("/auth/sign_in", data={"name": name, "password": "x"}) for _ in range(times)]


def test_one_address_alone_shuts_nobody_out(limited: RunningServer, people: list[Person]) -> None:
    owner = people[3]
    guesses = _guess(limited, owner.username, "203.0.113.9", 40)
    here = RATES["sign_in_here"]
    assert [each.status_code for each in guesses[: here.most]] == [422] * here.most
    refused = _refused(guesses[here.most])
    assert refused.headers["x-ratelimit-limit"] == str(here.most)
    assert here.most / here.seconds < RATES["sign_in_name"].most / RATES["sign_in_name"].seconds
    Browsing(limited, headers={"X-Forwarded-For": "203.0.113.10"}).sign_in(owner)


def test_a_browser_that_an_account_knows_has_tries_of_its_own(limited: RunningServer, people: list[Person]) -> None:
    owner, other = people[4], people[5]
    known, stranger = (Browsing(limited, headers={"X-Forwarded-For": f"203.0.113.{n}"}) for n in (20, 21))
    known.sign_in(owner)
    known.post("/auth/sign_out")
    assert known.http.cookies.keys() >= {"known"}
    assert "session" not in known.http.cookies
    _until_refused(
        (_guess(limited, owner.username, f"198.18.{n}.7")[0] for n in range(80)), "sign_in_name", already=1
    )
    stranger.get("/auth/sign_in")
    _refused(stranger.post("/auth/sign_in", data={"name": owner.username, "password": PASSWORD}))
    stranger.sign_in(other)
    stranger.post("/auth/sign_out")
    of_other, of_owner = stranger.http.cookies["known"], known.http.cookies["known"]
    for cookie in (of_other, "x" * 44, of_owner[:-1] + "~"):
        _refused(_guess(limited, owner.username, "203.0.113.22", known=cookie)[0])
    known.sign_in(owner)
    tries = (_guess(limited, owner.username, f"203.0.114.{n}", known=of_owner)[0] for n in range(40))
    _until_refused(tries, "sign_in_known", already=1)


def test_signing_up_is_limited_by_address(limited: RunningServer) -> None:
    browser = Browsing(limited, headers={"X-Forwarded-For": "192.0.2.3"})
    browser.get("/auth/sign_up")
    tries = (browser.post("/auth/sign_up", data={"username": "x", "password": "short"}) for _ in range(20))
    _until_refused(tries, "sign_up")


def test_posting_and_uploading_are_limited_by_member_through_page_and_api(
    limited: RunningServer, people: list[Person]
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    writer = people[2]
    browser = Browsing(limited, headers={"X-Forwarded-For": "192.0.2.4"}).sign_in(writer)
    with writer.client(headers={"X-Forwarded-For": "192.0.2.4"}) as http:
        files = {"file": ("x.png", b"not a picture", "image/png")}
        tries = (http.post("/api/v2/media", files=files) for _ in range(60))
        _until_refused(tries, "media")
        _refused(browser.post("/compose/media", files=files))
        elsewhere = http.post("/api/v2/media", files=files, headers={"X-Forwarded-For": "203.0.113.1"})
        _refused(elsewhere)
        told = http.post("/api/v1/statuses", json={"status": "one"})
        assert told.headers["x-ratelimit-limit"] == str(RATES["statuses"].most)
        assert told.headers["x-ratelimit-remaining"] == str(RATES["statuses"].most - 1)
        assert browser.post("/compose", data={"text": "two"}).status_code == 303
        after = http.post("/api/v1/statuses", json={"status": "three"})
        assert after.headers["x-ratelimit-remaining"] == str(RATES["statuses"].most - 3)


def test_reading_without_an_account_is_limited_by_address(limited: RunningServer) -> None:
    with _from(limited, "192.0.2.5") as http:
        pages = ("/api/v1/timelines/public", "/local", "/about", "/api/v2/instance")
        tries = (http.get(pages[n % 4]) for n in range(400))
        _until_refused(tries, "anonymous")
        assert http.get("/health/live").status_code in {200, 429}
    with _from(limited, "192.0.2.6") as http:
        assert http.get("/about").status_code == 200


def test_reading_without_an_account_is_limited_by_network(limited: RunningServer) -> None:
    most = RATES["network"].most
    began = time.monotonic()
    through = asked = 0
    with closing(socket.create_connection(("127.0.0.1", limited.port), timeout=30)) as line:
        answers = line.makefile("rb")
        while asked == through:  # a hundred at once: one by one would take a while
            batch = range(asked, asked + 100)
            line.sendall(b"".join(_ASKED % (n % 250) for n in batch))
            asked += 100
            for _ in batch:
                through += answers.readline().split()[1] == b"200"
                headers = dict(header.lower().split(b": ", 1) for header in iter(answers.readline, b"\r\n"))
                answers.read(int(headers[b"content-length"]))
    fell_due = (time.monotonic() - began) * most / RATES["network"].seconds
    assert most <= through <= most + fell_due + 2
    with _from(limited, "100.64.8.1") as http:
        assert http.get("/about").status_code == 200


def test_one_ipv6_customer_counts_as_one(limited: RunningServer) -> None:
    def tries() -> Iterable[httpx.Response]:
        with limited.client() as http:
            for n in range(400):
                yield http.get("/.well-known/host-meta.json", headers={"X-Forwarded-For": f"2001:db8:1:2::{n:x}"})

    _until_refused(tries(), "anonymous")


def test_trying_out_tokens_runs_dry(limited: RunningServer) -> None:
    with _from(limited, "192.0.2.9") as http:
        tries = (
            http.get("/api/v1/timelines/home", headers={"Authorization": f"Bearer guess{n}"}) for n in range(400)
        )
        _until_refused(tries, "anonymous")


def test_only_trusted_proxies_say_whose_request_it_is(make_server: ServerMaker) -> None:
    direct = make_server().start()

    def tries() -> Iterable[httpx.Response]:
        for n in range(50):
            browser = Browsing(direct, headers={"X-Forwarded-For": f"198.51.{n}.7", "X-Real-IP": f"198.51.{n}.7"})
            browser.get("/auth/sign_in")
            yield browser.post("/auth/sign_in", data={"name": f"no{n}", "password": "x"})

    _until_refused(tries(), "sign_in")


def test_behind_a_proxy_an_invented_beginning_of_the_list_changes_nothing(limited: RunningServer) -> None:
    def tries() -> Iterable[httpx.Response]:
        for n in range(50):
            browser = Browsing(limited, headers={"X-Forwarded-For": f"10.9.8.{n}, 192.0.2.77"})
            browser.get("/auth/sign_in")
            yield browser.post("/auth/sign_in", data={"name": f"nope{n}", "password": "x"})

    _until_refused(tries(), "sign_in")


@pytest.mark.parametrize(
    "origin", ["https://example.org", "http://127.0.0.1.example.org", "http://localhost.example"]
)
def test_limits_are_not_turned_off_where_others_come(make_server: ServerMaker, origin: str) -> None:
    server = make_server(origin=origin)
    server.environment["PALABRE_LIMITS"] = "off"
    done = server.command("serve", "--data", str(server.data), "--port", str(server.port), check=False)
    assert done.returncode != 0
    assert "limits" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
