"""What members look for by habit, on pages without a script: messages, following back, help, second thoughts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from html.parser import HTMLParser

import pytest

from plain_browser import PlainBrowser, forms_of
from running import RunningServer
from standbys import until

PASSWORD = "beneath the tall tree"
Entrance = Callable[[str], PlainBrowser]


@pytest.fixture
def enter(server: RunningServer) -> Iterator[Entrance]:
    """Make an account of that name, an administrator if it is ``root…``, and sign it in."""
    opened: list[PlainBrowser] = []

    def signed_in(name: str) -> PlainBrowser:
        person = server.account(name, password=PASSWORD, **({"admin": True} if name.startswith("root") else {}))
        browser = PlainBrowser(server)
        opened.append(browser)
        browser.sign_in(person)
        return browser

    yield signed_in
    for browser in opened:
        browser.close()


def _words(browser: PlainBrowser, address: str) -> str:
    browser.open(address)
    return browser.words


def _first(browser: PlainBrowser, address: str) -> str:
    """The first thing that a list leads to."""
    browser.open(address)
    found = re.search(rf'href="({address}/\d+)"', browser.page.text.replace("&#x2f;", "/"))
    assert found, address
    return found[1]


def test_a_message_is_written_from_direct_or_from_a_profile_and_only_those_named_read_it(enter: Entrance) -> None:
    ana, ben, eve = enter("ana_direct"), enter("ben_direct"), enter("eve_direct")
    ben.open("/@ana_direct")
    ben.submit(ben.leads_to(r"/accounts/\d+/follow"))  # of strangers messages wait until they are asked for
    ana.open("/@ben_direct")
    assert 'href="/compose?visibility=mentioned&amp;to=ben_direct"' in ana.page.text
    ana.open("/compose?visibility=mentioned&to=ben_direct")
    [form] = [each for each in forms_of(ana.page.text) if each.action == "/compose"]
    assert dict(form.values)["visibility"] == "mentioned"
    assert dict(form.values)["text"] == "@ben_direct "
    assert "only they will read it" in ana.words
    ana.submit("/compose", text="@ben_direct Only for you")
    assert "Your post is out." in ana.words
    assert "Only for you" in ana.words, "it is seen at once"
    until(lambda: "Only for you" in _words(ana, "/direct"), "it stands among the conversations")

    until(lambda: "Only for you" in _words(ben, "/direct"), "the message arrives")
    assert 'href="/compose?visibility=mentioned"' in ben.page.text
    for page in ("/@ana_direct", "/local", "/direct"):
        eve.open(page)
        assert "Only for you" not in eve.words

    ana.open("/compose?to=ben_direct")
    [form] = [each for each in forms_of(ana.page.text) if each.action == "/compose"]
    assert dict(form.values)["visibility"] == "public", "a mention is no message"


def test_a_telephone_leads_everywhere_that_a_wide_screen_does(enter: Entrance) -> None:
    ana = enter("ana_phone")
    ana.open("/home")
    page = ana.page.text.replace("&#x2f;", "/")
    rail = page.split('<header class="rail">', 1)[1].split("</header>", 1)[0]
    narrow = page.split('<div class="bar">', 1)[1].split("</details>", 1)[0]
    narrow += page.split('<nav class="tabs"', 1)[1].split("</nav>", 1)[0]
    assert "/direct" in _links(rail)
    assert _links(rail) <= _links(narrow)


def _links(part: str) -> set[str]:
    return set(re.findall(r'<a [^>]*href="(/[^"]*)"', part))


def test_drafts_of_messages_are_kept_apart_in_the_browser(enter: Entrance) -> None:
    ana = enter("ana_apart")
    keys = set()
    for address in (
        "/compose",
        "/compose?to=x",
        "/compose?visibility=mentioned",
        "/compose?visibility=mentioned&to=x",
    ):
        ana.open(address)
        keys.add(ana.page.text.split('data-draft="', 1)[1].split('"', 1)[0])
    assert len(keys) == 4


def test_who_follows_is_followed_back_from_the_notifications(enter: Entrance) -> None:
    famous, fan = enter("famous_back"), enter("fan_back")
    fan.open("/@famous_back")
    fan.submit(fan.leads_to(r"/accounts/\d+/follow"))
    until(lambda: "fan_back follows you" in _words(famous, "/notifications"), "the follower is told of")
    assert "Follow back" in famous.words
    famous.submit(famous.leads_to(r"/accounts/\d+/follow"))
    famous.open("/@famous_back/following")
    assert "@fan_back" in famous.words
    famous.open("/notifications")
    assert "Follow back" not in famous.words


def test_the_door_says_what_to_do_about_a_forgotten_password(server: RunningServer) -> None:
    visitor = PlainBrowser(server)
    visitor.open("/auth/sign_in")
    assert "You forgot your password? " in visitor.words
    assert "Those who run the network can give you a link with which you choose a new one." in visitor.words
    visitor.close()


def test_names_and_hashtags_are_suggested_while_one_writes(enter: Entrance) -> None:
    ana, ben = enter("oak_ana"), enter("oak_ben")
    ben.open("/compose")
    ben.submit("/compose", text="Under the #oakwood")

    def found(begun: str) -> list[str]:
        return _inserts(ana.client.get("/compose/names", params={"q": begun}).raise_for_status().text)

    assert set(found("@oak_")) >= {"@oak_ben"}
    assert found("#oakw") == ["#oakwood"]
    for nothing in ("", "@", "#", "oak", "@" + "x" * 5_000, "#%", "@_%"):
        assert found(nothing) == [], nothing
    visitor = PlainBrowser(ana.server)
    assert visitor.client.get("/compose/names", params={"q": "@oak"}).status_code == 303
    visitor.close()


def _inserts(page: str) -> list[str]:
    found: list[str] = []

    class Options(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(value for name, value in attrs if name == "data-insert" and value)

    Options().feed(page)
    return found


class _Folded(HTMLParser):
    """The forms that stand in a part which is opened first."""

    def __init__(self) -> None:
        super().__init__()
        self.open = 0
        self.folded: set[str] = set()
        self.plain: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "details":
            self.open += 1
        elif tag == "form":
            (self.folded if self.open else self.plain).add(dict(attrs).get("action") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "details":
            self.open -= 1


def test_what_cannot_be_undone_takes_a_second_button(enter: Entrance) -> None:
    root, fan = enter("root_sure"), enter("fan_sure")
    root.open("/lists")
    root.submit("/lists", title="Oaks")
    root.open("/collections")
    root.submit("/collections", name="Friends of trees")
    root.open("/settings/filters/new")
    root.submit("/settings/filters/new", title="Axes", **{"words[0][keyword]": "axe", "context[]": "home"})
    root.open("/compose")
    root.submit("/compose", text="Half a thought", keep="1")
    root.open("/admin/rules")
    root.submit("/admin/rules", text="Speak in turn")
    root.open("/admin/announcements")
    root.submit("/admin/announcements", text="The tree is in bloom")
    fan.open("/@root_sure")
    fan.submit(fan.leads_to(r"/accounts/\d+/follow"))
    until(lambda: "fan_sure" in _words(root, "/notifications"), "there is something to clear")

    looked = {
        "/notifications": "clear",
        _first(root, "/lists") + "/edit": "delete",
        _first(root, "/collections"): "delete",
        _first(root, "/settings/filters"): "delete",
        "/drafts": "delete",
        "/admin/rules": "remove",
        "/admin/announcements": "delete",
    }
    for page, deed in looked.items():
        assert root.open(page).status_code == 200, page
        parts = _Folded()
        parts.feed(root.page.text)
        assert any(action.endswith(f"/{deed}") for action in parts.folded), (page, sorted(parts.folded))
        assert not any(action.endswith(f"/{deed}") for action in parts.plain), page


def test_what_trends_and_whom_to_meet_stands_beside_the_page(server_on_each: Callable[[], RunningServer]) -> None:
    server = server_on_each()  # where both are counted for the first time
    for name in ("ben_beside", "cleo_beside", "dora_beside"):
        with server.account(name).client() as http:
            http.post(
                "/api/v1/statuses", json={"status": "Where the old trees stand #besidethewell"}
            ).raise_for_status()

    def beside(reader: PlainBrowser, address: str) -> str:
        reader.open(address)
        return reader.page.text.replace("&#x2f;", "/").partition('<aside class="side"')[2].partition("</aside>")[0]

    with closing(PlainBrowser(server)) as ana:
        ana.sign_in(server.account("ana_beside", password=PASSWORD))
        for address in ("/home", "/home/ranked", "/@ben_beside", "/tags/besidethewell", "/notifications"):
            found = beside(ana, address)
            assert 'href="/tags/besidethewell"' in found, address
            assert "dora_beside" in found, address
        assert "Follow: @ben_beside" in beside(ana, "/local")
        assert "Follow: @ben_beside" not in beside(ana, "/@ben_beside"), "the page itself is about him"
        assert 'href="/tags/besidethewell"' not in beside(ana, "/local"), "there the page itself shows what trends"
