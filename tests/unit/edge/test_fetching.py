"""Whatever a link says, this server connects to nothing but public addresses, and takes no more than it can bear."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from palabre.edge import fetching
from palabre.edge.fetching import Answer, Forbidden, Silent, check_url, fetch, is_public, resolve
from palabre.edge.names import Names
from web_server import WebServer, answer

_PAGE = answer(b"<title>Hello</title>", content_type="text/html; charset=utf-8")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "192.0.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:c0a8:101::", "not an address",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_that_are(address: str) -> None:
    assert is_public(address)


def test_only_this_machine_may_be_allowed_for_tests() -> None:
    assert is_public("127.0.0.1", loopback=True)
    assert is_public("::1", loopback=True)
    assert not is_public("10.0.0.1", loopback=True)
    assert not is_public("169.254.169.254", loopback=True)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/", "file:///etc/passwd", "gopher://example.org", "javascript:1", "//example.org", "",
        "http://", "http://user@example.org/", "http://user:secret@example.org/", "http://example.org:22/",
        "http://example.org:8080/", "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/",
        "http://0177.0.0.1/", "http://127.0.0.1./", "http://[::1]/", "http://[::ffff:7f00:1]/", "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/", "http://[fe80::1]/", "http://example.org:99999/", "http://[bad/", "http://" + "x" * 3000,
    ],
)  # fmt: skip
def test_addresses_that_are_never_asked(url: str) -> None:
    with pytest.raises(Forbidden):
        check_url(url)
    with pytest.raises(Forbidden):
        asyncio.run(get(url, loopback=False))


def _resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    async def answer_with(_loop: Any, _host: str, port: int, **_: Any) -> list[Any]:
        kinds = [socket.AF_INET6 if ":" in each else socket.AF_INET for each in addresses]
        return [(kind, 1, 6, "", (each, port)) for kind, each in zip(kinds, addresses, strict=True)]

    monkeypatch.setattr(Names, "look_up", answer_with)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["::1"], ["169.254.169.254"]])
def test_a_name_that_leads_inside_is_refused(addresses: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    _resolving(monkeypatch, *addresses)
    with pytest.raises(Forbidden):
        asyncio.run(resolve("inside.example", 80, loopback=False))
    with pytest.raises(Forbidden):
        asyncio.run(get("http://inside.example/", loopback=False))


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    async def story() -> Answer:
        async with WebServer({"/": _PAGE}) as server:

            async def rebinding(_loop: Any, _host: str, port: int, **_: Any) -> list[Any]:
                nonlocal asked
                asked += 1
                return [(socket.AF_INET, 1, 6, "", ("127.0.0.1" if asked == 1 else "10.9.9.9", port))]

            monkeypatch.setattr(Names, "look_up", rebinding)
            return await get(f"http://rebinding.example:{server.port}/")

    assert asyncio.run(story()).body == b"<title>Hello</title>"
    assert asked == 1, "it is not resolved a second time"


async def get(url: str, **options: Any) -> Answer:
    usual = {
        "accept": "text/html",
        "most": 10_000,
        "loopback": True,
        "origin": "https://o.example",
        "barred": _nobody,
    }
    return await fetch(url, **{**usual, **options})


def _nobody(_host: str) -> bool:
    return False


def fetched(pages: dict[str, Any], path: str = "/", **options: Any) -> tuple[Answer, WebServer]:
    async def story() -> tuple[Answer, WebServer]:
        async with WebServer(pages) as server:
            for name, page in pages.items():
                if isinstance(page, bytes):
                    pages[name] = page.replace(b"{here}", server.url.encode())
            return await get(server.url + path, **options), server

    return asyncio.run(story())


def test_a_page_is_fetched_and_the_server_is_told_by_whom() -> None:
    found, server = fetched({"/": _PAGE})
    assert (found.kind, found.charset, found.body) == ("text/html", "utf-8", b"<title>Hello</title>")
    assert "User-Agent: Palabre/" in server.asked[0]
    assert "https://o.example" in server.asked[0]
    assert "Cookie" not in server.asked[0]


@pytest.mark.parametrize(
    ("said", "kept"),
    [(b'"v1"', '"v1"'), (b'"caf\xe9"', ""), (b'"caf\xc3\xa9"', ""), (b'"' + b"x" * 300 + b'"', "")],
)
def test_only_a_tag_that_can_be_kept_and_shown_again_is_one(said: bytes, kept: str) -> None:
    tagged = _PAGE.replace(b"Connection: close", b"Connection: close\r\nETag: %s\r\nLast-Modified: %s" % (said, said))
    found, _ = fetched({"/": tagged})
    assert (found.etag, found.modified) == (kept, kept)


def test_redirects_are_followed_and_each_is_checked() -> None:
    moved = answer(status="301 Moved Permanently", location="/new")
    found, server = fetched({"/": moved, "/new": _PAGE})
    assert found.url.endswith("/new")
    assert server.paths == ["/", "/new"]
    for target in ("http://10.0.0.1/", "http://169.254.169.254/", "file:///etc/passwd", "http://user@localhost/", ""):
        with pytest.raises(Forbidden):
            fetched({"/": answer(status="302 Found", location=target)})
    with pytest.raises(Forbidden):
        fetched({"/": answer(status="302 Found", location="{here}/")})


def test_a_blocked_server_is_not_asked_nor_reached_by_a_redirect() -> None:
    with pytest.raises(Forbidden, match="blocked"):
        fetched({"/": _PAGE}, barred=lambda host: host == "127.0.0.1")
    moved = answer(status="302 Found", location="http://localhost:9/away")
    with pytest.raises(Forbidden, match="blocked"):
        fetched({"/": moved}, barred=lambda host: host == "localhost")


def test_what_is_too_big_ends_there() -> None:
    big = answer(b"x" * 50_000, content_type="text/html")
    with pytest.raises(Forbidden):
        fetched({"/": big})
    assert len(fetched({"/": big}, whole=False)[0].body) == 10_000
    lying = answer(b"x" * 50_000, content_type="text/html", content_length="100000000")
    with pytest.raises(Forbidden):
        fetched({"/": lying})


def test_what_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_SECONDS", 0.3)
    with pytest.raises(Silent):
        fetched({"/": answer(b"x", content_type="text/html", content_length="500")[:-1] + b""}, whole=True)


@pytest.mark.parametrize(
    ("page", "refusal"),
    [
        (answer(b"x", content_type="application/zip"), Forbidden),
        (answer(b"x", content_type="text/html", content_encoding="gzip"), Forbidden),
        (answer(b"x", status="404 Not Found", content_type="text/html"), Forbidden),
        (answer(b"x", status="503 Service Unavailable", content_type="text/html"), Silent),
        (answer(b"x", status="429 Too Many Requests", content_type="text/html"), Silent),
        (b"this is not HTTP\r\n\r\n", Silent),
        (b"", Silent),
    ],
)
def test_what_is_not_wanted_or_broken_is_refused(page: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        fetched({"/": page})


def test_nobody_there_is_silence() -> None:
    with pytest.raises(Silent):
        asyncio.run(get("http://127.0.0.1:1/"))
