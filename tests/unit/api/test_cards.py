"""Cards of linked pages: read once, shared, gone with the last post that links the page."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import httpx
import msgspec
import pytest
from PIL import Image

from palabre import jobs, metrics
from palabre.cards.reading import decoded, read_card
from palabre.config import Config, WrongSetting
from palabre.edge.cards import fetch_card
from palabre.edge.names import Names
from palabre.posts import linking
from palabre.rights import actions as rights
from palabre.server import application
from palabre.store import Statement
from unit.api.documented import OPTIONAL, problems
from unit.api.network import Network
from unit.api.test_admin_accounts import root_of
from web_server import WebServer, answer


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1200, 630), "teal").save(file, "PNG")
    return file.getvalue()


_HEAD = """<html><head><meta property="og:title" content="A &amp; B <script>"><meta property="og:description"
content="What it is about"><meta property="og:image" content="/picture.png"><meta property="og:site_name"
content="Gazette"><meta name="author" content="Zoe"><meta property="article:published_time"
content="2026-05-01T10:00:00Z"></head><body><meta property="og:title" content="no">"""
PAGES: dict[str, Any] = {
    "/page": answer(_HEAD.encode(), content_type="text/html"),
    "/picture.png": answer(picture(), content_type="image/png"),
    "/plain": answer(b"<title>Only\n a title</title>", content_type="text/html"),
    "/nothing": answer(b"<p>no title", content_type="text/html"),
    "/later": answer(status="503 Service Unavailable"),
}


@contextmanager
def serving(network: Network) -> Iterator[WebServer]:
    server = WebServer(dict(PAGES), name="news.example.org")
    network.run(server.__aenter__())
    yield server
    network.run(server.__aexit__())


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name is one of this machine: a bare address is no link in a post."""

    async def here(_loop: Any, _host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(Names, "look_up", here)


@pytest.fixture
def network(network_with: Callable[..., Network]) -> Network:
    return network_with(fetch_loopback=True)


def page(network: Network, path: str) -> str:
    """A page as a visitor sees it."""

    async def load() -> str:
        transport = httpx.ASGITransport(app=application(network.site, metrics.Requests()))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get(path)).text

    found: str = network.run(load())
    return found


def work(network: Network) -> int:
    """Do the jobs that read pages; return how many there were."""
    found = [job for job in network.write(jobs.claim) if job.kind == linking.FETCH]
    for job in found:
        network.run(fetch_card(network.site, job.arguments(linking.Wanted)))
        network.write(jobs.done, job.id)
    return len(found)


def count(network: Network, table: str) -> int:
    found: int = network.site.db.read_now(lambda db: db.value(Statement(f"SELECT count(*) FROM {table}")))
    return found


def files(network: Network) -> list[str]:
    return [path.name for path in network.site.media.folder.rglob("*") if path.is_file()]


def forget_files(network: Network) -> None:
    for job in network.write(jobs.claim):
        if job.kind == "media.delete_files":
            network.site.media.delete(job.arguments(list[str]))


def test_a_page_is_read_once_for_all_posts_and_goes_with_the_last(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    with serving(network) as server:
        first = ana.say(f"See {server.url}/page")
        assert first["card"] is None
        assert network.visitor.get(f"/api/v1/statuses/{first['id']}")["card"] is None
        assert work(network) == 1
        card = network.visitor.get(f"/api/v1/statuses/{first['id']}")["card"]
        assert problems("PreviewCard", card, without=OPTIONAL["PreviewCard"]) == []
        assert (card["title"], card["provider_name"], card["authors"][0]["name"]) == (
            "A & B <script>",
            "Gazette",
            "Zoe",
        )
        assert (card["url"], card["published_at"]) == (f"{server.url}/page", "2026-05-01T10:00:00Z")
        with Image.open(network.site.media.folder / card["image"].split("/media/")[1]) as drawn:
            assert [card["width"], card["height"]] == list(drawn.size)
            assert drawn.size[0] <= 700
        shown = page(network, f"/@ana/{first['id']}")
        assert 'class="link-card"' in shown
        assert "A &amp; B &lt;script&gt;" in shown
        second = bo.say(f"And I too: {server.url}/page")
        work(network)
        assert bo.get(f"/api/v1/statuses/{second['id']}")["card"] == card
        assert server.paths == ["/page", "/picture.png"], "asked once"
    ana.delete(f"/api/v1/statuses/{first['id']}")
    assert (count(network, "link_card"), len(files(network))) == (1, 1)
    bo.delete(f"/api/v1/statuses/{second['id']}")
    forget_files(network)
    assert (count(network, "link_card"), files(network)) == (0, [])


@pytest.mark.parametrize("path", ["/nothing", "/absent", "/picture.png"])
def test_a_page_that_says_nothing_gives_no_card_and_is_not_asked_again(network: Network, path: str) -> None:
    with serving(network) as server:
        post = network.member("ana").say(f"See {server.url}{path}")
        assert work(network) == 1
        assert network.visitor.get(f"/api/v1/statuses/{post['id']}")["card"] is None
        assert count(network, "job") == 0
        network.member("bo").say(f"And I: {server.url}{path}")
        assert (work(network), len(server.paths)) == (1, 1), "asked once for all posts of some hours"
        network.write(lambda tx: tx.run(Statement("UPDATE cardless_page SET until = 1")))
        network.member("cy").say(f"Me too: {server.url}{path}")
        assert (work(network), len(server.paths)) == (1, 2)


def test_posts_that_link_a_page_at_the_same_moment_have_it_read_once(network: Network) -> None:
    with serving(network) as server:
        for name in ("ana", "bo", "cy"):
            network.member(name).say(f"See {server.url}/plain")
        assert [work(network) for _ in range(4)] == [1, 1, 1, 0], "one after the other"
        assert server.paths == ["/plain"]
        shown = network.visitor.get("/api/v1/timelines/public")
        assert [each["card"]["title"] for each in shown] == ["Only a title"] * 3


def test_a_server_that_does_not_answer_is_asked_again_later_and_not_for_ever(network: Network) -> None:
    ana = network.member("ana")
    with serving(network) as server:
        ana.say(f"See {server.url}/later")
        assert work(network) == 1

        def waiting(db: Any) -> list[linking.Wanted]:
            rows = db.column(Statement("SELECT payload FROM job"))
            return [msgspec.json.decode(row, type=linking.Wanted) for row in rows]

        (again,) = network.site.db.read_now(waiting)
        assert again.tries == 1
        last = msgspec.structs.replace(again, tries=linking.TRIES - 1)
        network.run(fetch_card(network.site, last))
        assert len(network.site.db.read_now(waiting)) == 1


def test_an_edit_lets_go_of_a_card_and_asks_for_another(network: Network) -> None:
    ana = network.member("ana")
    with serving(network) as server:
        post = ana.say(f"See {server.url}/page")
        work(network)
        path = f"/api/v1/statuses/{post['id']}"
        ana.call("PUT", path, json={"status": f"Rather see {server.url}/plain"})
        assert ana.get(path)["card"] is None
        assert count(network, "link_card") == 0
        work(network)
        assert ana.get(path)["card"]["title"] == "Only a title"
        ana.call("PUT", path, json={"status": f"Rather see {server.url}/plain again"})
        assert ana.get(path)["card"]["title"] == "Only a title"
        ana.call("PUT", path, json={"status": "Nothing"})
        assert ana.get(path)["card"] is None


def test_what_is_gone_or_changed_before_the_page_was_read_gets_no_card(network: Network) -> None:
    ana = network.member("ana")
    with serving(network) as server:
        gone, changed = ana.say(f"{server.url}/page"), ana.say(f"{server.url}/page")
        ana.delete(f"/api/v1/statuses/{gone['id']}")
        ana.call("PUT", f"/api/v1/statuses/{changed['id']}", json={"status": "Nothing"})
        work(network)
        assert (count(network, "link_card"), files(network)) == (0, [])


def test_nothing_is_asked_for_what_is_said_to_a_few_or_shows_something_else(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = bo.say("hello")
    ana.say("@bo https://example.org/secret", visibility="direct")
    ana.say("https://example.org", poll={"options": ["a", "b"], "expires_in": 300})
    ana.say("https://example.org", quoted_status_id=post["id"])
    ana.say("no link")
    assert work(network) == 0


def test_a_network_on_this_machine_reads_nothing_unless_told_to(network_with: Callable[..., Network]) -> None:
    quiet = network_with()
    quiet.member("ana").say("https://example.org")
    assert count(quiet, "job") == 0
    assert Config(origin="https://example.org").reads_links
    assert not Config(origin="https://example.org", link_cards="off").reads_links
    with pytest.raises(WrongSetting):
        Config(origin="https://example.org", fetch_loopback=True)


def test_a_page_is_read_as_text_cut_short_in_its_own_charset() -> None:
    url = "https://example.org/a/"
    latin = b'<meta charset="iso-8859-1"><title>Caf\xe9</title>'
    found = read_card(latin, None, url)
    assert found is not None
    assert (found.title, found.provider) == ("Café", "example.org")
    assert read_card(b"<title>Caf\xc3\xa9</title>", "utf-8", url) is not None
    long = read_card(b"<title>" + b"x" * 5_000 + b"</title>", "no-such-charset", url)
    assert long is not None
    assert len(long.title) == 200
    hidden = read_card("<title>a\u202eb\u0000c</title>".encode(), None, url)
    assert hidden is not None
    assert hidden.title == "a b c"
    for bad in ("javascript:alert(1)", "data:image/png;base64,xx", "", "http://[", "//["):
        page = f'<title>x</title><meta property="og:image" content="{bad}">'.encode()
        found = read_card(page, None, url)
        assert found is not None
        assert found.image_url is None


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "utf-7", "undefined", "rot13", "x\0", "x" * 99]
)
def test_what_is_no_encoding_of_the_web_decodes_no_page(charset: str) -> None:
    assert decoded("a-é\\n+AGE-".encode(), charset) == "a-é\\n+AGE-"


@pytest.mark.parametrize("charset", ["utf-16", "Windows-1251", "euc-jp", "GB18030", "big5", "koi8-u", "iso-8859-16"])
def test_encodings_of_the_web_do(charset: str) -> None:
    text = {"Windows-1251": "мир", "koi8-u": "світ", "iso-8859-16": "lume ș"}.get(charset, "世界")
    assert decoded(text.encode(charset), charset) == text


def test_a_page_is_written_by_whom_it_names_if_he_names_its_site(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    head = (
        '<html lang="fr-CA"><head><title>Mine</title><meta name="author" content="Ana B.">'
        '<meta name="fediverse:creator" content="@Ana@localhost">'
    )
    with serving(network) as server:
        server.pages["/mine"] = answer(head.encode(), content_type="text/html")
        post = bo.say(f"Read {server.url}/mine")["id"]
        work(network)
        shown = bo.get(f"/api/v1/statuses/{post}")["card"]
        assert problems("PreviewCard", shown, without=OPTIONAL["PreviewCard"]) == []
        assert shown["language"] == "fr-CA"
        assert [(each["name"], each["account"]) for each in shown["authors"]] == [("Ana B.", None)]
        assert "Written by" not in page(network, f"/@bo/{post}")
        ana.call("PATCH", "/api/v1/profile", json={"attribution_domains": ["example.org"]})
        (author,) = bo.get(f"/api/v1/statuses/{post}")["card"]["authors"]
        assert (author["name"], author["account"]["id"]) == ("Ana B.", ana.id)
        written = page(network, f"/@bo/{post}").partition("Written by")[0].rpartition("<p")[2]
        assert 'href="/@ana"' in unescape(written)
        ana.call("PATCH", "/api/v1/profile", json={"display_name": "Ana the second"})
        assert (
            bo.get("/api/v1/timelines/home")[0]["card"]["authors"][0]["account"]["display_name"] == "Ana the second"
        )
        ana.call("PATCH", "/api/v1/profile", json={"attribution_domains": ["other.example"]})
        assert bo.get(f"/api/v1/statuses/{post}")["card"]["authors"][0]["account"] is None
        network.write(rights.delete_account, network.site.keyring, ana.number)
        assert bo.get(f"/api/v1/statuses/{post}")["card"]["authors"][0]["name"] == "Ana B."
        assert count(network, "link_card WHERE creator IS NOT NULL") == 0


@pytest.mark.parametrize("named", ["@ana@elsewhere.example", "ana", "@ana@localhost@x", "@nobody@localhost"])
def test_a_page_that_names_nobody_here_has_no_such_author(network: Network, named: str) -> None:
    ana = network.member("ana")
    ana.call("PATCH", "/api/v1/profile", json={"attribution_domains": ["example.org"]})
    head = f'<title>Theirs</title><meta name="fediverse:creator" content="{named}">'
    with serving(network) as server:
        server.pages["/theirs"] = answer(head.encode(), content_type="text/html")
        post = ana.say(f"Read {server.url}/theirs")["id"]
        work(network)
        assert ana.get(f"/api/v1/statuses/{post}")["card"]["authors"] == []


def _block(network: Network, domain: str, **said: Any) -> str:
    root = root_of(network)
    made: str = root.post("/api/v1/admin/domain_blocks", domain=domain, **said)["id"]
    return made


def test_of_a_suspended_server_nothing_is_read_and_no_card_is_shown(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    with serving(network) as server:
        before = ana.say(f"See {server.url}/page")
        work(network)
        assert server.paths == ["/page", "/picture.png"]
        _block(network, "example.org", severity="suspend")
        for path in ("/page", "/plain"):
            after = bo.say(f"And {server.url}{path}")
            work(network)
            assert bo.get(f"/api/v1/statuses/{after['id']}")["card"] is None
        assert server.paths == ["/page", "/picture.png"], "it is not asked any more"
    assert network.visitor.get(f"/api/v1/statuses/{before['id']}")["card"] is not None, "what was read before stays"


def test_of_a_server_without_pictures_a_card_has_none(network: Network) -> None:
    _block(network, "news.example.org", severity="noop", reject_media=True)
    with serving(network) as server:
        post = network.member("ana").say(f"See {server.url}/page")
        work(network)
        card = network.visitor.get(f"/api/v1/statuses/{post['id']}")["card"]
        assert (card["title"], card["image"]) == ("A & B <script>", None)
        assert server.paths == ["/page"]
