"""The page of a profile's field is read from outside, and what it proves is shown as on Mastodon."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import httpx
import msgspec
import pytest

from palabre import jobs, metrics
from palabre.accounts import actions, links
from palabre.accounts.actions import ProfileChange
from palabre.accounts.model import BadgeKind, Field, Standing
from palabre.cards.reading import read_card
from palabre.edge.limits import RATES
from palabre.edge.links import links_of, prove_link
from palabre.edge.names import Names
from palabre.server import application
from palabre.store import Statement
from unit.api.network import Network
from web_server import WebServer, answer

_PAGE = '<html><body><p>Hi<a href="https://x.example">x</a> <{} rel="nofollow ME" href="{}">me</a>'


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name is one of this machine."""

    async def here(_loop: Any, _host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(Names, "look_up", here)


@pytest.fixture
def network(network_with: Callable[..., Network]) -> Network:
    return network_with(fetch_loopback=True)


def page(tag: str, address: str) -> Any:
    return answer(_PAGE.format(tag, address).encode(), content_type="text/html")


@pytest.fixture
def server(network: Network) -> Iterator[WebServer]:
    ours = f"{network.site.origin}/@ana"
    pages = {
        "/a": page("a", ours), "/link": page("link", ours),
        "/stranger": page("a", f"{ours}x"), "/div": page("p", ours),
        "/moved": answer(status="302 Found", location="/a"),
        "/away": lambda _: answer(status="302 Found", location=f"http://evil.example.org:{server.port}/a"),
        "/later": answer(status="503 Service Unavailable"),
        "/text": answer(_PAGE.format("a", ours).encode(), content_type="text/plain"),
    }  # fmt: skip
    server = WebServer(pages, name="ana.example.org")
    network.run(server.__aenter__())
    yield server
    network.run(server.__aexit__())


def work(network: Network) -> int:
    found = [job for job in network.write(jobs.claim) if job.kind == links.PROVE]
    for job in found:
        network.run(prove_link(network.site, job.arguments(links.Proving)))
        network.write(jobs.done, job.id)
    return len(found)


def shown(network: Network, path: str) -> str:
    async def load() -> str:
        transport = httpx.ASGITransport(app=application(network.site, metrics.Requests()))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get(path)).text

    return str(network.run(load()))


@pytest.mark.parametrize(
    ("path", "good"),
    [("/a", True), ("/link", True), ("/stranger", False), ("/div", False), ("/text", False), ("/none", False),
     ("/moved", True), ("/away", False)],
)  # fmt: skip
def test_a_page_that_links_back_proves_itself(network: Network, server: WebServer, path: str, *, good: bool) -> None:
    ana = network.member("ana")
    fields = (Field("Site", f"{server.url}{path}"),)
    network.write(actions.update_profile, ana.number, ProfileChange(fields=fields))
    assert work(network) == 1
    told = network.visitor.get("/api/v1/accounts/lookup", acct="ana")
    assert (told["fields"][0]["verified_at"] is not None) is good
    assert ("This page links back to the profile" in shown(network, "/@ana")) is good


def test_a_page_that_does_not_answer_is_asked_later(network: Network, server: WebServer) -> None:
    ana = network.member("ana")
    network.write(actions.update_profile, ana.number, ProfileChange(fields=(Field("Site", f"{server.url}/later"),)))
    assert work(network) == 1
    assert work(network) == 0
    assert network.visitor.get("/api/v1/accounts/lookup", acct="ana")["fields"][0]["verified_at"] is None


def verified(network: Network) -> bool:
    return network.visitor.get("/api/v1/accounts/lookup", acct="ana")["fields"][0]["verified_at"] is not None


def test_marks_go_when_the_operator_has_links_read_no_longer(network: Network, server: WebServer) -> None:
    ana = network.member("ana")
    network.write(actions.update_profile, ana.number, ProfileChange(fields=(Field("Site", f"{server.url}/a"),)))
    [job] = [job for job in network.write(jobs.claim) if job.kind == links.PROVE]
    proving = job.arguments(links.Proving)
    network.run(prove_link(network.site, proving))
    assert verified(network)
    network.site.config = msgspec.structs.replace(network.site.config, link_cards="off")
    asked = len(server.asked)
    network.run(prove_link(network.site, proving))
    assert not verified(network)
    assert len(server.asked) == asked


@pytest.mark.parametrize("standing", [Standing.PENDING, Standing.SUSPENDED])
def test_pages_are_read_for_active_members_only(network: Network, server: WebServer, standing: Standing) -> None:
    ana = network.member("ana")
    network.write(actions.update_profile, ana.number, ProfileChange(fields=(Field("Site", f"{server.url}/a"),)))
    set_standing = Statement(f"UPDATE account SET standing = '{standing}' WHERE id = {ana.number}")
    network.write(lambda tx: tx.run(set_standing))
    assert work(network) == 1
    assert server.asked == []
    waiting = Statement(f"SELECT count(*) FROM job WHERE kind = '{links.PROVE}'")
    assert network.run(network.site.db.read(lambda db: db.value(waiting))) == 1, "in a week"


def test_profiles_are_no_cannon(network_with: Callable[..., Network]) -> None:
    network = network_with(rates={})
    ana = network.member("ana")

    def save(*values: str) -> int:
        fields = {str(n): {"name": f"n{n}", "value": value} for n, value in enumerate(values)}
        told = {"fields_attributes": fields, "note": "again"}
        return ana.call("PATCH", "/api/v1/accounts/update_credentials", None, json=told).status_code

    most = RATES["links"].most
    for n in range(most // 4):
        mine = [f" https://victim.example/{n}/{each}" for each in range(4)]
        assert save(*mine) == 200
    assert save("https://victim.example/more") == 429
    assert save(*mine) == 200, "these are known"
    assert save("she", "Lyon") == 200
    assert save() == 200


def test_links_are_found_in_whatever_a_page_is() -> None:
    body = b'<a rel=me href="/rel">x</a><a rel="me"><LINK REL="Me" HREF="https://a.example/@b"><a rel=mess href=no>'
    assert links_of(body, None, "https://x.example/y") == [
        "https://x.example/rel", "https://x.example/y", "https://a.example/@b",
    ]  # fmt: skip
    assert links_of(b'<a rel=me href="https://[">', None, "https://x.example") == []
    assert links_of(b"\x00" * 1000 + b"<a rel=me", "utf-16", "https://x.example") == []


@pytest.fixture
def in_vain(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notes which part of the parser searched a page for an end that it has not: each such search reads the rest."""
    searched: list[str] = []

    def watched(name: str, parse: Callable[..., int]) -> Callable[..., int]:
        def counted(self: HTMLParser, *given: Any) -> int:
            found = parse(self, *given)
            if found < 0:
                searched.append(name)
            return found

        return counted

    for name in ("parse_starttag", "parse_endtag", "parse_comment", "parse_pi", "parse_html_declaration"):
        monkeypatch.setattr(HTMLParser, name, watched(name, getattr(HTMLParser, name)))
    return searched


@pytest.mark.parametrize(
    "piece",
    ["<!--", "<!--<", "<a ", "<a <a x='", '<a x="', "<![CDATA[", "<!", "<!doctype ", "<?", "</", "</a ", "&&&&",
     "&#1", "<script>", "<script></", "<a x=' y=\"", "<style><!--"],
)  # fmt: skip
def test_a_page_without_ends_is_read_once(in_vain: list[str], piece: str) -> None:
    found = '<title>T</title><a rel=me href="/me">'
    body = (found + piece * 2_000).encode()
    assert links_of(body, None, "https://x.example/") == ["https://x.example/me"]
    card = read_card(body, None, "https://x.example/")
    assert card is not None
    assert card.title == "T"
    assert len(in_vain) <= 2, "at most once in each reading"


@pytest.mark.parametrize("broken", ["<![x[", "<![ x", "<![", "<![x[ ]]>", "<!x y", "<![if", "<!ELEMENT x [", "<![1["])
def test_what_no_parser_knows_ends_the_reading(broken: str) -> None:
    body = f'<title>T</title><a rel=me href="/me">{broken}<a rel=me href="/more">'.encode()
    assert "https://x.example/me" in links_of(body, None, "https://x.example/")
    card = read_card(body, None, "https://x.example/")
    assert card is not None
    assert card.title == "T"


def test_facts_say_who_vouches(network: Network) -> None:
    ana = network.member("ana")
    plain = network.visitor.get("/api/v1/accounts/lookup", acct="ana")
    assert "palabre" not in plain
    network.write(actions.vouch, ana.number, {BadgeKind.OFFICIAL})
    ana.call("PATCH", "/api/v1/accounts/update_credentials", json={"badges": ["parody"], "bot": True})
    badges = [
        {"kind": "automated", "vouched_by": "member"},
        {"kind": "parody", "vouched_by": "member"},
        {"kind": "official", "vouched_by": "operator"},
    ]
    assert network.visitor.get("/api/v1/accounts/lookup", acct="ana")["palabre"] == {"badges": badges}
    page = shown(network, "/@ana")
    assert "those who run this network vouch for it" in page
    refused = ana.call("PATCH", "/api/v1/accounts/update_credentials", 422, json={"badges": ["official"]})
    assert "badges" in refused.json()["details"]
