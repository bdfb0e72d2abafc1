"""Pages over HTTP: forms that only we can send, cookies that only we read, and nothing shown that is not to be seen."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from running import Person, RunningServer

_PASSWORD = "beneath the tall tree"
_TOKEN = re.compile(r'name="csrf" value="([\w-]+)"')


class Browser:
    """A member's browser without a browser: keeps cookies, sends forms with the token of a page."""

    def __init__(self, server: RunningServer) -> None:
        self.http = httpx.Client(base_url=server.base_url, timeout=30, trust_env=False)

    def token(self, path: str = "/auth/sign_in") -> str:
        found = _TOKEN.search(self.http.get(path).text)
        assert found, f"{path} has no form"
        return found[1]

    def send(self, path: str, page: str = "/compose", **fields: str) -> httpx.Response:
        return self.http.post(path, data={"csrf": self.token(page), **fields})

    def sign_in(self, person: Person, **fields: str) -> httpx.Response:
        return self.send("/auth/sign_in", "/auth/sign_in", name=person.username, password=_PASSWORD, **fields)


@pytest.fixture
def browsers(server: RunningServer) -> Iterator[list[Browser]]:
    made = [Browser(server) for _ in range(2)]
    yield made
    for each in made:
        each.http.close()


@pytest.fixture(scope="module")
def people(server: RunningServer) -> list[Person]:
    return [server.account(name, password=_PASSWORD) for name in ("ana", "ben")]


def test_a_form_needs_the_token_of_its_own_session(browsers: list[Browser], people: list[Person]) -> None:
    ana, ben = browsers
    stranger = ana.http.post("/auth/sign_in", data={"name": "ana", "password": _PASSWORD})
    assert stranger.status_code == 403
    assert ana.sign_in(people[0]).headers["location"] == "/home"
    ben.sign_in(people[1])
    assert ana.http.post("/compose", data={"text": "forged"}).status_code == 403
    assert ana.http.post("/compose", data={"text": "forged", "csrf": ben.token("/compose")}).status_code == 403
    cross = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
    good = ana.token("/compose")
    assert ana.http.post("/compose", data={"text": "forged", "csrf": good}, headers=cross).status_code == 403
    assert ana.http.post("/look", data={"theme": "dark"}, headers=cross).status_code == 403
    assert ana.http.post("/compose", data={"text": "mine", "csrf": good}).status_code == 303
    assert "forged" not in ana.http.get("/@ana").text
    assert "mine" in ana.http.get("/@ana").text


def test_the_same_form_sent_twice_publishes_once(browsers: list[Browser], people: list[Person]) -> None:
    ana = browsers[0]
    ana.sign_in(people[0])
    for _ in range(2):
        assert ana.send("/compose", text="only once, please", key="0123456789abcdef").status_code == 303
    assert ana.http.get("/@ana").text.count("only once, please") == 1


def test_cookies_are_for_no_script_and_no_other_site(browsers: list[Browser], people: list[Person]) -> None:
    ana = browsers[0]
    set_ = [
        ana.http.get("/auth/sign_in").headers,
        ana.sign_in(people[0]).headers,
        ana.send("/look", theme="dark").headers,
    ]
    cookies = [value for headers in set_ for value in headers.get_list("set-cookie")]
    assert len(cookies) >= 3
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie for cookie in cookies)
    assert not ana.http.get("/", cookies={}).headers.get("set-cookie"), "a page without a form sets none"


def test_signing_in_leads_only_to_pages_of_ours(browsers: list[Browser], people: list[Person]) -> None:
    ana = browsers[0]
    for away in (
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "javascript:alert(1)",
        "/\t/x",
    ):
        answer = ana.sign_in(people[0], next=away)
        assert answer.headers["location"] in {"/home", "/"}, away
        ana.send("/auth/sign_out", next="//elsewhere.example")
    assert ana.sign_in(people[0], next="/@ben?x=1").headers["location"] == "/@ben?x=1"


def test_an_ended_session_opens_nothing(browsers: list[Browser], people: list[Person]) -> None:
    here, there = browsers
    here.sign_in(people[0])
    there.sign_in(people[0])
    assert there.http.get("/home").status_code == 200
    here.send("/settings/account/sessions/end_others")
    assert there.http.get("/home").headers["location"] == "/auth/sign_in?next=%2Fhome"
    secret = dict(here.http.cookies)
    here.send("/auth/sign_out")
    assert here.http.get("/home", cookies=secret).status_code == 303


def test_what_one_may_not_see_looks_like_what_is_not_there(
    browsers: list[Browser], people: list[Person], server: RunningServer
) -> None:
    with people[0].client() as ana:
        post = ana.post("/api/v1/statuses", json={"status": "for my followers", "visibility": "private"}).json()["id"]
        gone = ana.post("/api/v1/statuses", json={"status": "soon gone"}).json()["id"]
        ana.delete(f"/api/v1/statuses/{gone}")
    ben = browsers[0]
    ben.sign_in(people[1])
    with server.client() as nobody:
        for reader in (ben.http, nobody):
            answers = [reader.get(f"/@ana/{each}") for each in (post, gone, "1" * 31, post[:-1] + "0")]
            assert {answer.status_code for answer in answers} == {404}
            shown = {re.sub(r'value="[\w-]+"|@ana/\d+', "", answer.text) for answer in answers}
            assert len(shown) == 1
    for deed in ("like", "repost", "bookmark", "delete"):
        answers = [ben.send(f"/posts/{each}/{deed}") for each in (post, gone, "1" * 31)]
        assert {answer.status_code for answer in answers} == {404}, deed
    for path in ("likes", "reposts"):
        assert {ben.http.get(f"/@ana/{each}/{path}").status_code for each in (post, gone)} == {404}
    assert {ben.http.get(f"/compose?reply_to={each}").status_code for each in (post, gone)} == {404}


def test_nobody_ends_the_session_or_takes_the_picture_of_another(
    browsers: list[Browser], people: list[Person]
) -> None:
    ana, ben = browsers
    ana.sign_in(people[0])
    ana.sign_in(people[0])
    ben.sign_in(people[1])
    session = re.search(r"/settings/account/sessions/(\d+)/end", ana.http.get("/settings/account").text)
    if session is None:  # only one session is open: open another
        other = Browser.__new__(Browser)
        other.http = httpx.Client(base_url=ana.http.base_url, trust_env=False)
        other.sign_in(people[0])
        other.http.close()
        session = re.search(r"/settings/account/sessions/(\d+)/end", ana.http.get("/settings/account").text)
    assert session
    assert ben.send(f"/settings/account/sessions/{session[1]}/end").status_code == 404
    for path in ("/admin/sign_ups", "/admin/invitations"):
        assert ben.http.get(path).status_code == 403
    assert ben.send("/admin/invitations", uses="1").status_code == 403


def test_what_members_write_is_text(browsers: list[Browser], people: list[Person]) -> None:
    ana = browsers[0]
    ana.sign_in(people[0])
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)> {{ 7 * 7 }} {% raw %} javascript:alert(1)'
    ana.send("/compose", text=hostile, warning=hostile)
    ana.send(
        "/settings/profile",
        display_name=hostile[:50],
        bio=hostile,
        **{"fields[0][name]": hostile, "fields[0][value]": hostile},
    )
    for path in (
        "/@ana",
        "/local",
        "/home",
        "/search?q=" + hostile.replace(" ", "+"),
        "/tags/" + hostile.replace("/", ""),
    ):
        page = ana.http.get(path).text
        assert "<script>alert" not in page, path
        assert "onerror=alert" not in re.sub(r"&lt;.*?&gt;", "", page), path
        assert "49 " not in page or "{{" in page, path
        assert 'href="javascript:' not in page, path


def test_public_pages_say_what_they_are_to_other_sites(people: list[Person], server: RunningServer) -> None:
    with people[1].client() as ben:
        post = ben.post("/api/v1/statuses", json={"status": "Listen to this & that"}).json()["id"]
    with server.client() as nobody:
        page = nobody.get(f"/@ben/{post}").text
        assert f'<link rel="canonical" href="{server.base_url}/@ben/{post}">' in page.replace("&#x2f;", "/")
        assert 'property="og:description" content="Listen to this &amp; that"' in page
        assert '<meta name="robots" content="noindex">' in page, "ben has not allowed search engines"
        with people[1].client() as ben:
            ben.patch("/api/v1/accounts/update_credentials", data={"indexable": "true"})
        assert "noindex" not in nobody.get(f"/@ben/{post}").text
        assert "noindex" not in nobody.get("/@ben").text
        assert "noindex" in nobody.get("/auth/sign_in").text


def test_errors_of_machines_are_json_and_those_of_people_pages(server: RunningServer) -> None:
    with server.client() as nobody:
        page = nobody.get("/no/such/page", headers={"accept-language": "fr"})
        assert page.status_code == 404
        assert "Il n’y a rien ici" in page.text
        api = nobody.get("/api/v1/no_such_method")
        assert api.status_code == 404
        assert "error" in api.json()
        assert nobody.post("/about").status_code == 405
