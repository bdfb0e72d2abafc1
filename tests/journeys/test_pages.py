"""Pages over HTTP: forms that only we can send, cookies that only we read, redirects that stay here, text as text."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from browsing import PASSWORD, Browsing
from running import Person, RunningServer

_SESSION = re.compile(r"/settings/account/sessions/(\d+)/end")


class Alive(HTMLParser):
    """Finds what a browser would run: scripts, attributes that are scripts, addresses that are scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @classmethod
    def found_in(cls, page: str) -> list[str]:
        parser = cls()
        parser.feed(page)
        return parser.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"iframe", "object", "embed", "style"} or (tag == "script" and given.get("type") != "module"):
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style" or (value or "").lower().lstrip().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")


@pytest.fixture
def browsers(server: RunningServer) -> list[Browsing]:
    return [Browsing(server) for _ in range(2)]


@pytest.fixture(scope="module")
def people(server: RunningServer) -> list[Person]:
    return [server.account(name, password=PASSWORD) for name in ("ana", "ben")]


def test_a_form_needs_the_token_of_its_own_session(browsers: list[Browsing], people: list[Person]) -> None:
    ana, ben = browsers
    assert ana.post("/auth/sign_in", data={"name": "ana", "password": PASSWORD}).status_code == 403
    ana.sign_in(people[0])
    ben.sign_in(people[1])
    cross = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
    assert ana.post("/compose", token="", data={"text": "forged"}).status_code == 403
    assert ana.post("/compose", token=ben.token, data={"text": "forged"}).status_code == 403
    assert ana.post("/compose", data={"text": "forged"}, headers=cross).status_code == 403
    assert ana.post("/look", data={"theme": "dark"}, headers=cross).status_code == 403
    assert ana.post("/compose", data={"text": "mine"}).status_code == 303
    page = ana.get("/@ana").text
    assert "forged" not in page
    assert "mine" in page


def test_the_same_form_sent_twice_publishes_once(browsers: list[Browsing], people: list[Person]) -> None:
    ana = browsers[0].sign_in(people[0])
    for _ in range(2):
        assert ana.post("/compose", data={"text": "only once, please", "key": "0123456789abcdef"}).status_code == 303
    assert ana.get("/@ana").text.count("only once, please") == 1


def test_cookies_are_for_no_script_and_no_other_site(browsers: list[Browsing], people: list[Person]) -> None:
    ana = browsers[0]
    answers = [
        ana.get("/auth/sign_in"),
        ana.post("/auth/sign_in", data={"name": people[0].username, "password": PASSWORD}),
        ana.post("/look", data={"theme": "dark", "language": "fr"}),
    ]
    cookies = [value for answer in answers for value in answer.headers.get_list("set-cookie")]
    assert len(cookies) >= 4
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie for cookie in cookies)
    assert "set-cookie" not in browsers[1].get("/").headers, "a page without a form sets none"


@pytest.mark.parametrize(
    "away",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)", "/\t/x"],
)
def test_no_form_leads_away(browsers: list[Browsing], people: list[Person], away: str) -> None:
    ana = browsers[0]
    ana.get("/auth/sign_in")
    signed_in = ana.post("/auth/sign_in", data={"name": people[0].username, "password": PASSWORD, "next": away})
    assert signed_in.headers["location"] in {"/home", "/"}
    ana.get("/settings/account")
    assert ana.get("/auth/sign_in", params={"next": away}).headers["location"] in {"/home", "/"}
    assert ana.post("/compose", data={"text": f"from {away[:5]}", "next": away}).headers["location"] in {"/home", "/"}
    assert ana.post("/look", data={"next": away}).headers["location"] == "/"


def test_an_ended_session_opens_nothing(browsers: list[Browsing], people: list[Person]) -> None:
    here, there = (browser.sign_in(people[0]) for browser in browsers)
    assert there.get("/home").status_code == 200
    session = _SESSION.search(here.get("/settings/account").text)
    assert session is not None
    here.post("/settings/account/sessions/end_others")
    assert there.get("/home").headers["location"] == "/auth/sign_in?next=%2Fhome"
    secret = here.secret
    here.post("/auth/sign_out")
    assert here.http.get("/home", headers={"cookie": f"session={secret}"}).status_code == 303


def test_what_members_write_is_text(browsers: list[Browsing], people: list[Person]) -> None:
    ana = browsers[0].sign_in(people[0])
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)> {{ 7 * 7 }} javascript:alert(1)'
    assert ana.post("/compose", data={"text": hostile, "warning": hostile}).status_code == 303
    profile = {"display_name": hostile[:50], "bio": hostile, "fields[0][name]": hostile, "fields[0][value]": hostile}
    assert ana.post("/settings/profile", data=profile).status_code == 303
    for path in (
        "/@ana",
        "/local",
        "/home",
        "/settings/profile",
        "/search?q=" + quote(hostile),
        "/tags/" + quote(hostile, ""),
    ):
        page = ana.get(path).text
        assert "alert(1)" in page, path
        assert Alive.found_in(page) == [], path
        assert "49 " not in page or "7 * 7" in page, path


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


def test_a_member_sees_what_is_kept_and_leaves_for_good(browsers: list[Browsing], server: RunningServer) -> None:
    leaver = server.account("leaver", password=PASSWORD)
    me, visitor = browsers
    me.sign_in(leaver)
    french = me.get("/settings/data", headers={"Accept-Language": "fr"}).text
    assert "Vos publications et relais" in french
    assert "Your posts and reposts" in me.get("/settings/data").text
    me.get("/settings/delete")
    refused = me.post("/settings/delete", data={"password": "a guess"})
    assert (refused.status_code, "not your current password" in refused.text) == (422, True)
    me.get("/settings/delete")
    done = me.post("/settings/delete", data={"password": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert me.get("/settings/data").status_code in {303, 401}
    assert visitor.get("/@leaver").status_code == 404


def test_a_profile_shows_what_its_member_wants(browsers: list[Browsing], people: list[Person]) -> None:
    ana, ben = browsers
    ana.sign_in(people[0])
    ben.sign_in(people[1])
    place = re.search(r'action="(/accounts/\d+)/follow"', ben.get("/@ana").text)
    assert place is not None
    assert ben.post(f"{place[1]}/follow").status_code == 303
    ana.get("/settings/profile")
    everything = ["media", "media_replies", "featured", "people"]
    assert ana.post("/settings/profile", data={"display_name": "Ana", "shows[]": everything}).status_code == 303
    form = ana.get("/settings/profile").text
    assert re.findall(r'name="shows\[\]" value="(\w+)" checked', form) == everything
    assert "@ben" in ben.get("/@ana/followers").text
    assert 'href="/@ana/media"' in html.unescape(ben.get("/@ana").text)
    kept = {
        "display_name": "Ana",
        "shows[]": "featured",
        "attribution_domains": "https://Example.org/x\nother.example",
    }
    assert ana.post("/settings/profile", data=kept).status_code == 303
    form = ana.get("/settings/profile").text
    assert re.findall(r'name="shows\[\]" value="(\w+)" checked', form) == ["featured"]
    assert "example.org\nother.example" in form
    assert 'href="/@ana/media"' not in html.unescape(ben.get("/@ana").text)
    hidden = ben.get("/@ana/followers").text
    assert "does not show who follows whom" in hidden
    lists = [
        re.findall(r'(?s)<section class="list".*?</section>', each)[0]
        for each in (hidden, ana.get("/@ana/followers").text)
    ]
    assert ["@ben" in each for each in lists] == [False, True]
    refused = ana.post("/settings/profile", data={**kept, "attribution_domains": "not a site"})
    assert refused.status_code == 422
    assert 'id="attribution_domains-wrong"' in refused.text


def test_a_profile_says_who_of_those_one_follows_follows_it(
    server: RunningServer, browsers: list[Browsing], people: list[Person]
) -> None:
    kim = browsers[0].sign_in(server.account("kim", password=PASSWORD))
    names = ["lou", "moe", "nan", "oli"]
    others = [Browsing(server).sign_in(server.account(name, password=PASSWORD)) for name in names]
    place = re.search(r'action="(/accounts/\d+)/follow"', kim.get("/@ben").text)
    assert place is not None
    for number, (name, other) in enumerate(zip(names, others, strict=True)):
        other.get("/@ben")
        assert other.post(f"{place[1]}/follow").status_code == 303
        their = re.search(r'action="(/accounts/\d+)/follow"', kim.get(f"/@{name}").text)
        assert their is not None
        assert kim.post(f"{their[1]}/follow").status_code == 303
        said = re.sub(r"<[^>]+>", "", kim.get("/@ben").text)
        known = ", ".join(names[max(0, number - 2) : number + 1][::-1])
        assert f"Followed by {known}{' and others whom you follow' if number == 3 else ', whom you follow'}" in said
    listed = kim.get("/@ben/familiar_followers").text
    assert all(f"@{name}" in listed for name in names)
    assert "@ana" not in re.findall(r'(?s)<section class="list".*?</section>', listed)[0]
    assert "whom you follow" not in Browsing(server).get("/@ben").text
    asked = Browsing(server).get("/@ben/familiar_followers")
    assert (asked.status_code, asked.headers["location"][:13]) == (303, "/auth/sign_in")
    assert "Nobody yet" in others[0].get("/@kim/familiar_followers").text


def test_more_is_offered_where_there_is_more_and_nowhere_else(
    server: RunningServer, browsers: list[Browsing]
) -> None:
    reader, author = server.account("reader", password=PASSWORD), server.account("author", password=PASSWORD)
    fans = server.accounts(f"fan_{number}" for number in range(21))
    with author.client() as http:
        post = http.post("/api/v1/statuses", json={"status": "#fable"}).json()
    places = ("/@author", "/@author/followers", f"/@author/{post['id']}/likes", f"/@author/{post['id']}/reposts")
    ours = browsers[0].sign_in(reader)

    def offered(path: str) -> list[str]:
        return re.findall(r'href="([^"]*)"[^>]*rel="next"', ours.get(path).text)

    for number, fan in enumerate(fans):
        with fan.client() as http:
            http.post(f"/api/v1/accounts/{post['account']['id']}/follow").raise_for_status()
            for deed in ("favourite", "reblog"):
                http.post(f"/api/v1/statuses/{post['id']}/{deed}").raise_for_status()
        if number == 2:
            assert [offered(path) for path in (*places, "/tags/fable")] == [[]] * 5
    for path in places[1:]:
        (further,) = offered(path)
        page = ours.get(html.unescape(further)).text
        assert ("@fan_0<" in page, offered(html.unescape(further))) == (True, []), path
