"""Connections that keep the server waiting are ended; patient honest ones are not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from palabre.edge.connections import (
    BODY_RATE,
    BODY_SECONDS,
    HEAD_SECONDS,
    MOST_HEAD,
    STUCK_SECONDS,
    BoundedHttp,
    sweep,
)


class Clock(asyncio.SelectorEventLoop):
    """An event loop whose time is ours."""

    at = 1_000.0

    def time(self) -> float:
        return self.at


class Line(asyncio.Transport):
    """What is written to one client, who takes it or not."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.writes = 0
        self.waiting = 0
        self.closed = self.aborted = False

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        self.sent += bytes(data)
        self.writes += 1

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview[Any]]) -> None:
        self.write(b"".join(bytes(each) for each in list_of_data))

    def is_closing(self) -> bool:
        return self.closed or self.aborted

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


async def _read_all(_scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def loop() -> Iterator[Clock]:
    made = Clock()
    yield made
    for task in asyncio.all_tasks(made):
        task.cancel()
    made.run_until_complete(asyncio.sleep(0))
    made.close()


def _connect(loop: Clock, app: Any = _read_all) -> tuple[BoundedHttp, Line]:
    config = Config(app, lifespan="off", log_config=None)  # type: ignore[arg-type]  # its types are its own
    connection, line = BoundedHttp(config, ServerState(), {}, _loop=loop), Line()
    connection.connection_made(line)
    return connection, line


def _after(loop: Clock, connection: BoundedHttp, seconds: float) -> bool:
    loop.at += seconds
    return bool(sweep([connection], loop.time()))


def test_who_says_nothing_or_never_ends_his_head_is_ended(loop: Clock) -> None:
    for said in (b"", b"GET / HT", b"GET / HTTP/1.1\r\nA: ", b"\r\n\r\n"):
        connection, line = _connect(loop)
        connection.data_received(said) if said else None
        assert not _after(loop, connection, HEAD_SECONDS - 1)
        if said:
            connection.data_received(b"")  # a byte now and then helps nobody
        assert _after(loop, connection, 2)
        assert line.aborted


def test_a_body_may_take_as_long_as_its_bytes_need(loop: Clock) -> None:
    connection, line = _connect(loop)
    connection.data_received(b"POST / HTTP/1.1\r\nContent-Length: 10000000\r\n\r\n")
    for _ in range(60):
        connection.data_received(b"x" * BODY_RATE * 20)
        assert not _after(loop, connection, 10)
    assert not line.aborted
    assert _after(loop, connection, BODY_SECONDS + 10_000_000 / BODY_RATE)


def test_an_answered_connection_waits_for_the_next_request_as_long_as_keep_alive(loop: Clock) -> None:
    connection, line = _connect(loop)
    connection.data_received(b"GET / HTTP/1.1\r\n\r\n")
    loop.run_until_complete(asyncio.gather(*connection.tasks))
    assert line.sent.startswith(b"HTTP/1.1 200")
    assert not _after(loop, connection, HEAD_SECONDS * 3)
    connection.data_received(b"GET / HT")
    assert _after(loop, connection, HEAD_SECONDS + 1)


def test_who_does_not_take_his_answer_is_ended_and_who_takes_it_slowly_is_not(loop: Clock) -> None:
    connection, line = _connect(loop)
    connection.data_received(b"GET / HTTP/1.1\r\n\r\n")
    loop.run_until_complete(asyncio.gather(*connection.tasks))
    for left in range(10_000, 9_000, -100):
        line.waiting = left
        assert not _after(loop, connection, STUCK_SECONDS - 1)
    for _ in range(3):
        _after(loop, connection, STUCK_SECONDS)
    assert line.aborted


@pytest.mark.parametrize("pieces", [1, 40])
def test_a_head_too_large_gets_its_own_status_and_no_endpoint(loop: Clock, pieces: int) -> None:
    head = b"GET / HTTP/1.1\r\nA: " + b"x" * (3 * MOST_HEAD) + b"\r\n\r\n"
    connection, line = _connect(loop)
    step = -(-len(head) // pieces)
    for at in range(0, len(head), step):
        connection.data_received(head[at : at + step])
    assert line.sent.startswith(b"HTTP/1.1 431 ")
    assert line.sent.count(b"HTTP/1.1") == 1
    assert line.closed
    assert not connection.tasks


def _run(loop: Clock) -> None:
    for _ in range(20):
        loop.run_until_complete(asyncio.sleep(0))


@pytest.mark.parametrize("size", [0, 5, 100_000])
@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_an_answer_is_sent_by_one_call(loop: Clock, size: int, version: bytes) -> None:
    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
        await send({"type": "http.response.body", "body": b"x" * size})

    connection, line = _connect(loop, answer)
    for number in range(1, 3 if version == b"1.1" else 2):
        connection.data_received(b"GET / HTTP/%s\r\n\r\n" % version)
        _run(loop)
        assert line.writes == number
        assert line.sent.endswith(b"\r\n\r\n" + b"x" * size)
        assert line.sent.count(b"HTTP/1.1 200") == number
    assert line.closed == (version == b"1.0")


def test_the_head_of_an_answer_that_streams_does_not_wait_for_its_body(loop: Clock) -> None:
    go_on = asyncio.Event()

    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await go_on.wait()
        for part in (b"one", b"two"):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    connection, line = _connect(loop, answer)
    connection.data_received(b"GET / HTTP/1.1\r\n\r\n")
    _run(loop)
    assert line.sent.endswith(b"transfer-encoding: chunked\r\n\r\n")
    go_on.set()
    _run(loop)
    assert line.sent.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


def test_what_has_no_body_and_what_breaks_off_are_sent_too(loop: Clock) -> None:
    async def answer(scope: Any, _receive: Any, send: Any) -> None:
        status = 304 if scope["path"] == "/same" else 200
        length = [] if status == 304 else [(b"content-length", b"3")]
        await send({"type": "http.response.start", "status": status, "headers": length})
        if scope["path"] == "/broken":
            raise RuntimeError
        await send({"type": "http.response.body", "body": b"" if status == 304 else b"abc"})

    connection, line = _connect(loop, answer)
    connection.data_received(b"HEAD / HTTP/1.1\r\n\r\nGET /same HTTP/1.1\r\n\r\nGET /broken HTTP/1.1\r\n\r\n")
    _run(loop)
    heads = line.sent.split(b"\r\n\r\n")
    assert [head.split(b" ")[1] for head in heads[:-1]] == [b"200", b"304", b"200"]
    assert heads[-1] == b""
    assert line.closed
