"""From a feed on another server to a post: asked politely, and never on this machine's neighbours."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from palabre.edge.names import Names
from palabre.edge.sources import connect_feed, poll
from palabre.ids import AccountId
from palabre.moderation.servers import block_server
from palabre.moderation.servers_model import ServerSeverity, WantedServerBlock
from palabre.sources.errors import FeedUnreachable, FeedUnreadable
from palabre.sources.model import Polling
from palabre.sources.queries import source_of
from unit.api.network import Network
from web_server import WebServer, answer


def document(*titles: str) -> bytes:
    items = "".join(f"<item><guid>{title}</guid><title>{title}</title></item>" for title in titles)
    return f"<rss version='2.0'><channel><title>Blog</title>{items}</channel></rss>".encode()


def test_a_feed_is_asked_with_what_is_known_of_it(network_with: Callable[..., Network]) -> None:
    network = network_with(fetch_loopback=True)
    ana = network.member("ana")
    said = [document("old"), document("new", "old")]

    def serve(head: str) -> bytes:
        tag = f'"{len(said)}"'
        if f"if-none-match: {tag}" in head.lower():
            return answer(status="304 Not Modified")
        return answer(said[-1], content_type="application/rss+xml", etag=tag)

    async def story() -> list[str]:
        async with WebServer({"/feed": serve}) as server:
            newest = said.pop()
            await connect_feed(network.site, AccountId(ana.number), f"{server.url}/feed")

            async def turn() -> None:
                source = network.site.db.read_now(source_of, AccountId(ana.number))
                await poll(network.site, Polling(source.id, source.due))

            await turn()
            said.append(newest)
            await turn()
            await turn()
            return server.asked

    asked = network.run(story())
    assert len(asked) == 4
    assert all("user-agent: palabre/" in head.lower() for head in asked)
    assert ["if-none-match" in head.lower() for head in asked] == [False, True, True, True]
    posts = ana.get(f"/api/v1/accounts/{ana.id}/statuses")
    assert [post["content"] for post in posts] == ["<p>new</p>"]


@pytest.mark.parametrize(
    ("page", "refusal"),
    [
        (answer(document("x"), content_type="text/html"), FeedUnreachable),
        (answer(b"<html/>", content_type="text/xml"), FeedUnreadable),
        (answer(b" " * 3_000_000, content_type="text/xml"), FeedUnreachable),
        (answer(status="404 Not Found"), FeedUnreachable),
        (answer(status="500 Oh"), FeedUnreachable),
        (answer(status="302 Found", location="file:///etc/passwd"), FeedUnreachable),
    ],
)
def test_what_is_no_feed_is_not_connected(
    network_with: Callable[..., Network], page: bytes, refusal: type[Exception]
) -> None:
    network = network_with(fetch_loopback=True)
    ana = network.member("ana")

    async def story() -> None:
        async with WebServer({"/feed": page}) as server:
            await connect_feed(network.site, AccountId(ana.number), f"{server.url}/feed")

    with pytest.raises(refusal):
        network.run(story())
    assert network.site.db.read_now(source_of, AccountId(ana.number)) is None


def test_neighbours_are_not_asked(network: Network) -> None:
    ana = network.member("ana")

    async def story() -> list[str]:
        async with WebServer({"/feed": answer(document("x"), content_type="text/xml")}) as server:
            for host in ("127.0.0.1", "localhost", "0x7f000001", "[::ffff:127.0.0.1]"):
                for port in (server.port, 80):
                    with pytest.raises(FeedUnreachable):
                        await connect_feed(network.site, AccountId(ana.number), f"http://{host}:{port}/feed")
            return server.asked

    assert network.run(asyncio.wait_for(story(), 30)) == []


def test_a_feed_that_fails_is_noted(network_with: Callable[..., Network]) -> None:
    network = network_with(fetch_loopback=True)
    ana = network.member("ana")
    pages: dict[str, bytes] = {"/feed": answer(document("old"), content_type="text/xml")}

    async def story() -> None:
        async with WebServer(pages) as server:
            source = await connect_feed(network.site, AccountId(ana.number), f"{server.url}/feed")
            server.pages["/feed"] = answer(b"<!DOCTYPE x><rss/>", content_type="text/xml")
            await poll(network.site, Polling(source.id, source.due))

    network.run(story())
    source = network.site.db.read_now(source_of, AccountId(ana.number))
    assert (source.failures, source.problem) == (1, "feed.unreadable")


def test_a_suspended_server_feeds_nobody(
    network_with: Callable[..., Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def here(_loop: Any, _host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(Names, "look_up", here)
    network = network_with(fetch_loopback=True)
    ana, bo = network.member("ana"), network.member("bo")
    wanted = WantedServerBlock(domain="example.org", severity=ServerSeverity.SUSPEND)

    async def story() -> list[str]:
        pages = {"/feed": answer(document("x"), content_type="text/xml")}
        async with WebServer(pages, name="news.example.org") as server:
            source = await connect_feed(network.site, AccountId(ana.number), f"{server.url}/feed")
            await network.site.db.write(block_server, AccountId(ana.number), wanted, own="palabre.example")
            await poll(network.site, Polling(source.id, source.due))
            with pytest.raises(FeedUnreachable):
                await connect_feed(network.site, AccountId(bo.number), f"{server.url}/feed")
            return server.asked

    assert len(network.run(story())) == 1
    source = network.site.db.read_now(source_of, AccountId(ana.number))
    assert (source.failures, source.problem) == (1, "a blocked server")
