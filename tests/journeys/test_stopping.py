"""SIGTERM in the middle of everything: what was accepted is finished and durable, and nobody is kept waiting."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from asleep import asleep_until_stopped
from browsing import PASSWORD, Browsing
from fixtures_postgresql import PostgreSQL
from fixtures_server import ServerMaker
from palabre.drill.vendors import VENDORS, Place, Vendor
from running import Person, RunningServer
from standbys import until

pytestmark = pytest.mark.crash

_SECONDS = 2
"""How long these servers wait for what is under way; a stop may take three more."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def network(request: pytest.FixtureRequest, make_server: ServerMaker) -> Iterator[RunningServer]:
    """A network of one's own, which stops soon."""
    if request.param == "sqlite":
        yield make_server(limits="off", shutdown_seconds=_SECONDS).start()
        return
    cluster: PostgreSQL = request.getfixturevalue("postgresql")
    name = cluster.create()
    server = make_server(limits="off", shutdown_seconds=_SECONDS, database=cluster.url(name)).start()
    yield server
    server.kill()
    cluster.drop(name)


class Writer(threading.Thread):
    """Posts without pause until the server is gone."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.person = person
        self.acknowledged: list[str] = []
        self.refused: list[int] = []
        self.broken = 0

    def run(self) -> None:
        with self.person.client() as client:
            while not self.broken:
                text = f"post {len(self.acknowledged)} of {self.person.username}"
                try:
                    answer = client.post("/api/v1/statuses", json={"status": text})
                except httpx.TransportError:
                    self.broken += 1
                    return
                if answer.status_code == 200:
                    self.acknowledged.append(answer.json()["id"])
                else:
                    self.refused.append(answer.status_code)


def test_a_stop_under_load_keeps_every_promise_and_breaks_no_request(network: RunningServer) -> None:
    people = network.accounts(f"writer{number}" for number in range(6))
    writers = [Writer(person) for person in people]
    for writer in writers:
        writer.start()
    while any(len(writer.acknowledged) < 5 for writer in writers):
        time.sleep(0.02)
    assert network.stop(seconds=_SECONDS + 3) == 0
    for writer in writers:
        writer.join()
    assert [writer.refused for writer in writers] == [[]] * 6, "a request that was accepted was not served"
    network.start()
    for writer in writers:
        with writer.person.client() as client:
            me = client.get("/api/v1/accounts/verify_credentials").json()
            assert me["statuses_count"] >= len(writer.acknowledged)
            for post in writer.acknowledged[-5:]:
                assert client.get(f"/api/v1/statuses/{post}").status_code == 200


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_a_stop_under_load_takes_five_seconds_at_most_as_it_is_set_up(
    make_server: ServerMaker, request: pytest.FixtureRequest, database: str
) -> None:
    """With the time that is allowed by default, and a request under way that would take longer than that.

    What is bounded is how long the server sleeps.
    """
    cluster: PostgreSQL | None = request.getfixturevalue("postgresql") if database == "postgresql" else None
    name = cluster.create() if cluster else ""
    server = make_server(limits="off", database=cluster.url(name) if cluster else "").start()
    writers = [Writer(person) for person in server.accounts(f"writer{number}" for number in range(6))]
    ana = server.account("ana", password=PASSWORD)
    browser = Browsing(server)
    browser.sign_in(ana)
    with _connection(server) as half, browser.http.stream("GET", "/live/home") as stream:
        assert next(stream.iter_lines()).startswith("retry")
        half.sendall(
            b"POST /api/v1/statuses HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer %s\r\n"
            b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{" % ana.token.encode()
        )
        for writer in writers:
            writer.start()
        while any(len(writer.acknowledged) < 5 for writer in writers):
            time.sleep(0.02)
        asleep = asleep_until_stopped(server)
    assert server.stop() == 0
    assert asleep <= 5, server.said()
    for writer in writers:
        writer.join()
        assert writer.refused == []
    if cluster:
        cluster.drop(name)


def test_open_streams_idle_connections_and_slow_uploads_delay_a_stop_only_so_long(network: RunningServer) -> None:
    ana = network.account("ana", password=PASSWORD)
    browser = Browsing(network)
    browser.sign_in(ana)
    with _connection(network), _connection(network) as half, browser.http.stream("GET", "/live/home") as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("retry")
        half.sendall(
            b"POST /api/v1/media HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer %s\r\nContent-Length: 100000\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
            b'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nhalf' % ana.token.encode()
        )
        assert network.stop(seconds=_SECONDS + 3) == 0
        try:
            said = half.recv(4096)
        except ConnectionResetError:
            said = b""
    assert said == b"" or said.startswith(b"HTTP/1.1 503"), said
    assert "Traceback" not in network.said()
    assert not list((network.data / "tmp").iterdir()), "half an upload was left"


def _connection(server: RunningServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def test_a_second_signal_ends_the_waiting(make_server: ServerMaker) -> None:
    server = make_server(limits="off", shutdown_seconds=60).start()
    ana = server.account("ana")
    with ana.client() as client:
        kept = client.post("/api/v1/statuses", json={"status": "acknowledged"}).json()["id"]
    with _connection(server) as half:
        half.sendall(
            b"POST /api/v1/statuses HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer %s\r\n"
            b"Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 500\r\n\r\n"
            % ana.token.encode()
        )
        assert half.recv(100).startswith(b"HTTP/1.1 100 "), "the request is under way"
        process = server.process
        assert process
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert process.poll() is None, "it did not wait for the request under way"
        assert server.stop(seconds=40) == 0
    server.start()
    with ana.client() as client:
        assert client.get(f"/api/v1/statuses/{kept}").status_code == 200


def test_an_idle_server_is_small(make_server: ServerMaker) -> None:
    server = make_server().start()
    assert server.process
    process = psutil.Process(server.process.pid)
    everything = [process, *process.children(recursive=True)]
    assert sum(each.memory_info().rss for each in everything) <= 120 * 1024 * 1024


def test_a_start_leaves_nothing_of_an_upload_that_a_crash_cut_short(make_server: ServerMaker) -> None:
    server = make_server()
    left: Path = server.data / "tmp" / "half"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"half a picture")
    server.start()
    assert not left.exists()


@pytest.mark.parametrize(
    "vendor", [vendor for vendor in VENDORS if "vault" in vendor.name], ids=lambda each: each.name
)
def test_nobody_waits_for_a_vault_that_takes_connections_and_says_nothing(
    make_server: ServerMaker, tmp_path: Path, vendor: Vendor
) -> None:
    connected: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connected.append(listener.accept()[0])

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        place = Place(tmp_path, listener.getsockname()[1])
        vaults = vendor.settings(place)["PALABRE_VAULTS"]
        server = make_server(limits="off", shutdown_seconds=_SECONDS, vaults=vaults).start()
        ana = server.account("ana")
        until(lambda: len(connected) > 1, "the vault and its public corner are asked")
        with ana.client() as client:
            client.post("/api/v1/statuses", data={"status": "kept here"}).raise_for_status()
        began = time.monotonic()
        assert server.stop(seconds=60) == 0
        assert time.monotonic() - began < 15, "a vault answers after a minute, or never"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        for each in connected:
            each.close()
