"""What a server passes on to its successor, and what it gives up when the member does."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from palabre.survival.forwarding import forward


def talk(request: dict[str, Any], body: list[dict], said: bytes, *, hold: bool = False) -> tuple[bytes, list[dict]]:
    """Forward a request to a server that says ``said``; return what it was asked, and what the member was sent."""

    async def go() -> tuple[bytes, list[dict]]:
        asked = bytearray()
        sent: list[dict] = []
        gone = asyncio.Event()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(said)
            with contextlib.suppress(ConnectionResetError):  # the one in front gave up
                while piece := await reader.read(65_536):
                    asked.extend(piece)
                    if not hold and asked.endswith((b"\r\n\r\n", b"end")):
                        break
            gone.set()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        streams = await asyncio.open_connection(host, port)
        waiting = list(body)

        async def receive() -> dict:
            if waiting:
                return waiting.pop(0)
            if not hold:
                await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [],
            "client": ("192.0.2.7", 1), **request,
        }  # fmt: skip
        try:
            async with asyncio.timeout(10):
                await forward(scope, receive, send, streams)
                streams[1].transport.abort()
                await gone.wait()
        finally:
            server.close()
            await server.wait_closed()
        return bytes(asked), sent

    return asyncio.run(go())


def test_the_members_address_is_told_and_what_belongs_to_one_connection_is_not() -> None:
    headers = [
        (b"host", b"example.org"), (b"connection", b"keep-alive"), (b"x-forwarded-for", b"198.51.100.1"),
        (b"upgrade", b"websocket"), (b"cookie", b"session=1"),
    ]  # fmt: skip
    request = {"headers": headers, "path": "/é", "raw_path": b"/%C3%A9", "query_string": b"a=1"}
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\nServer: x\r\nSet-Cookie: a=b\r\n\r\nhi"
    asked, sent = talk(request, [{"type": "http.request", "body": b""}], said)
    lines = asked.split(b"\r\n")
    assert lines[0] == b"GET /%C3%A9?a=1 HTTP/1.1"
    assert b"x-forwarded-for: 198.51.100.1, 192.0.2.7" in lines
    assert b"cookie: session=1" in lines
    assert b"connection: close" in lines
    assert not [line for line in lines if line.startswith((b"upgrade", b"connection: keep"))]
    assert sent[0]["status"] == 200
    assert sent[0]["headers"] == [(b"content-length", b"2"), (b"set-cookie", b"a=b")]
    assert b"".join(each.get("body", b"") for each in sent) == b"hi"
    assert sent[-1]["more_body"] is False


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_an_answer_without_a_body_ends(status: bytes) -> None:
    _, sent = talk({}, [{"type": "http.request"}], b"HTTP/1.1 " + status + b"\r\netag: x\r\n\r\n")
    assert sent[0]["status"] == int(status[:3])
    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


def test_the_head_of_an_answer_is_not_waited_on_for_its_body() -> None:
    _, sent = talk({"method": "HEAD"}, [{"type": "http.request"}], b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n")
    assert sent[0]["headers"] == [(b"content-length", b"9")]
    assert sent[-1]["more_body"] is False


def test_a_body_of_unknown_length_is_passed_on_in_pieces() -> None:
    request = {"method": "POST", "headers": [(b"transfer-encoding", b"chunked")]}
    body = [
        {"type": "http.request", "body": b"one", "more_body": True},
        {"type": "http.request", "body": b"two", "more_body": False},
    ]
    asked, _ = talk(request, body, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
    assert asked.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n") or asked.startswith(b"POST / HTTP/1.1")


def test_an_answer_that_breaks_off_before_it_began_is_a_plain_refusal() -> None:
    _, sent = talk({}, [{"type": "http.request"}], b"HTTP/1.1 2")
    assert sent[0]["status"] == 503


def test_when_the_member_goes_away_the_successor_is_told() -> None:
    said = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n3\r\n:\n\n\r\n"
    asked, sent = talk({}, [{"type": "http.request"}], said, hold=True)
    assert asked.startswith(b"GET / HTTP/1.1")
    assert all(each.get("more_body", True) for each in sent)  # it was given up, not ended as if it were whole
