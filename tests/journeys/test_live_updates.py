"""Live updates over real connections: both kinds, across processes, through stops, beside deaf readers."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from mastodon import Mastodon, StreamListener
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from browsing import PASSWORD, Browsing
from fixtures_postgresql import PostgreSQL
from fixtures_server import ServerMaker
from running import Person, RunningServer, free_port

_SECONDS = 2


def _connect(server: RunningServer, person: Person, query: str = "", port: int = 0) -> ClientConnection:
    return connect(
        f"ws://127.0.0.1:{port or server.port}/api/v1/streaming{query}",
        additional_headers={"Authorization": f"Bearer {person.token}"},
        proxy=None,
        open_timeout=60,
    )


def _next(connection: ClientConnection) -> Any:
    return json.loads(connection.recv(timeout=60))


def _say(person: Person, text: str, **more: Any) -> str:
    with person.client() as http:
        return str(http.post("/api/v1/statuses", json={"status": text, **more}).raise_for_status().json()["id"])


def _until(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 120
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return found


def test_one_connection_hears_many_streams(server: RunningServer) -> None:
    ana, ben = server.accounts(["ana_many", "ben_many"])
    with _connect(server, ana, "?stream=user") as live:
        live.send(json.dumps({"type": "subscribe", "stream": "hashtag", "tag": "News"}))
        live.send(json.dumps({"type": "subscribe", "stream": "nowhere"}))
        assert _next(live) == {"error": "Unknown stream type", "status": 400}
        said = _say(ben, "for @ana_many #news")
        heard = [_next(live) for _ in range(2)]
        by_stream = {tuple(each["stream"]): each for each in heard}
        assert json.loads(by_stream["hashtag", "News"]["payload"])["id"] == said
        assert by_stream["user",]["event"] == "notification"
        assert json.loads(by_stream["user",]["payload"])["status"]["id"] == said
        with ben.client() as http:
            http.delete(f"/api/v1/statuses/{said}").raise_for_status()
        assert _next(live) == {"stream": ["hashtag", "News"], "event": "delete", "payload": said}


def test_a_token_may_come_as_a_subprotocol_and_is_echoed(server: RunningServer) -> None:
    ana = server.account("ana_protocol")
    address = f"ws://127.0.0.1:{server.port}/api/v1/streaming?stream=user"
    with connect(address, subprotocols=[ana.token], proxy=None) as live:  # type: ignore[list-item]
        assert live.subprotocol == ana.token
        said = _say(ana, "Hello")
        assert json.loads(_next(live)["payload"])["id"] == said
    assert ana.token not in server.said()


def test_who_may_not_is_told_so_in_http(server: RunningServer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{server.port}/api/v1/streaming?access_token=wrong", proxy=None)
    assert refused.value.response.status_code == 401
    assert json.loads(refused.value.response.body or b"") == {"error": "The access token is invalid"}
    with pytest.raises(InvalidStatus):
        connect(f"ws://127.0.0.1:{server.port}/nowhere", proxy=None)
    assert "Traceback" not in server.said()


def test_messages_that_are_too_long_end_the_connection(server: RunningServer) -> None:
    with _connect(server, server.account("ana_long")) as live:
        live.send("x" * 5_000)
        with pytest.raises(ConnectionClosed) as closed:
            live.recv(timeout=60)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    with _connect(server, server.account("ana_longer")) as live:
        live.send("x" * 100_000)
        with pytest.raises(ConnectionClosed):
            live.recv(timeout=60)


def test_events_come_over_plain_http(server: RunningServer) -> None:
    ana = server.account("ana_events")
    with ana.client() as http, http.stream("GET", "/api/v1/streaming/user") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(lines) == ":)"
        said = _say(ana, "Hello")
        assert next(lines) == "event: update"
        assert json.loads(next(lines).removeprefix("data: "))["id"] == said


def test_a_suspended_member_hears_nothing_more(server: RunningServer) -> None:
    ana, other = server.accounts(["ana_revoked", "ben_revoked"])
    with _connect(server, ana, "?stream=public") as live:
        _say(other, "before")
        assert _next(live)["event"] == "update"
        server.command("account", "suspend", "ana_revoked", "--data", str(server.data))
        with pytest.raises(ConnectionClosed) as closed:
            live.recv(timeout=60)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


_ENDS = ("sign_out", "sign_out_everywhere", "password", "from_another_browser", "suspended", "deleted")


@pytest.mark.parametrize("how", _ENDS)
def test_a_page_that_waits_hears_nothing_after_its_session(server: RunningServer, how: str) -> None:
    name = f"live_{how}"
    server.account(name, password=PASSWORD)
    page, other = Browsing(server).sign_in(name), Browsing(server).sign_in(name)
    with page.http.stream("GET", "/live/home", timeout=60) as live, other.http.stream("GET", "/live/home") as kept:
        heard, of_other = live.iter_lines(), kept.iter_lines()
        assert next(heard) == next(of_other) == "retry: 5000"
        match how:
            case "sign_out":
                page.post("/auth/sign_out")
            case "sign_out_everywhere":
                other.post("/settings/account/sessions/end_others")
            case "password":
                data = {"current_password": PASSWORD, "password": "another horse battery"}
                assert other.post("/settings/account/password", data=data).status_code == 303
            case "from_another_browser":
                shown = other.get("/settings/account").text.replace("&#x2f;", "/")
                [path] = re.findall(r'action="(/settings/account/sessions/\d+/end)"', shown)
                assert other.post(path).status_code == 303
            case "suspended":
                server.command("account", "suspend", name, "--data", str(server.data))
            case "deleted":
                other.get("/settings/delete")
                gone = other.post("/settings/delete", data={"password": PASSWORD})
                assert gone.status_code == 303, gone.text
        assert [line for line in heard if line.startswith("data")] == [], "it ends, and says nothing"
        if how in {"suspended", "deleted"}:
            assert [line for line in of_other if line.startswith("data")] == []
            return
        poster = Browsing(server).sign_in(name, "another horse battery" if how == "password" else PASSWORD)
        poster.get("/compose")
        assert poster.post("/compose", data={"text": "after", "key": "k1"}).status_code == 303
        assert next(line for line in of_other if line.startswith("data")) == "data: 1 new post"


def test_a_page_is_told_of_notifications_until_they_are_seen(server: RunningServer) -> None:
    ana, ben = server.accounts(["ana_bell", "ben_bell"], password=PASSWORD)
    page = Browsing(server).sign_in("ana_bell")
    with page.http.stream("GET", "/live/home?home=0&unread=0", timeout=60) as live:
        lines = (line for line in live.iter_lines() if line)
        assert next(lines) == "retry: 5000"
        _say(ben, "for nobody")
        _say(ben, "for @ana_bell")
        assert [next(lines), json.loads(next(lines).removeprefix("data: "))] == [
            "event: unread",
            {"count": "1", "words": "1 new"},
        ]
        with page.http.stream("GET", "/live/home?home=0&unread=1", timeout=60) as knows, ana.client() as http:
            told = (line for line in knows.iter_lines() if line)
            assert next(told) == "retry: 5000"
            http.post("/api/v1/notifications/clear").raise_for_status()
            for each in (lines, told):
                assert [next(each), json.loads(next(each).removeprefix("data: "))] == [
                    "event: unread",
                    {"count": "", "words": ""},
                ]


def test_a_page_is_told_of_conversations_until_they_are_read(server: RunningServer) -> None:
    ana, ben = server.accounts(["ana_mail", "ben_mail"], password=PASSWORD)
    page = Browsing(server).sign_in("ana_mail")
    with ana.client() as http, ben.client() as other:
        ben_id = other.get("/api/v1/accounts/verify_credentials").json()["id"]
        http.post(f"/api/v1/accounts/{ben_id}/follow").raise_for_status()
        with page.http.stream("GET", "/live/home?home=0&direct=0", timeout=60) as live:
            lines = (line for line in live.iter_lines() if line)
            assert next(lines) == "retry: 5000"
            said = {"status": "@ana_mail alone", "visibility": "direct"}
            other.post("/api/v1/statuses", json=said).raise_for_status()
            assert [next(lines), json.loads(next(lines).removeprefix("data: "))] == [
                "event: direct",
                {"count": "1", "words": "1 new"},
            ]
            [talk] = http.get("/api/v1/conversations").json()
            http.post(f"/api/v1/conversations/{talk['id']}/read").raise_for_status()
            assert [next(lines), json.loads(next(lines).removeprefix("data: "))] == [
                "event: direct",
                {"count": "", "words": ""},
            ]


_EVENTS = b"GET /api/v1/streaming/public HTTP/1.1\r\nHost: here\r\n"
_UPGRADE = (
    b"GET /api/v1/streaming?stream=public HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


def _deaf(server: RunningServer, person: Person, head: bytes) -> socket.socket:
    """Open a stream and read no more of it than that it is open."""
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    deaf.settimeout(20)
    deaf.connect(("127.0.0.1", server.port))
    deaf.sendall(head + b"Authorization: Bearer %s\r\n\r\n" % person.token.encode())
    assert deaf.recv(12) in {b"HTTP/1.1 200", b"HTTP/1.1 101"}
    return deaf


def test_a_reader_who_takes_nothing_is_dropped_and_others_hear_all(make_server: ServerMaker) -> None:
    metrics = free_port()
    server = make_server(limits="off", metrics_port=metrics).start()
    ana, ben = server.accounts(["ana", "ben"])
    deaf = [_deaf(server, ben, head) for head in (_EVENTS, _UPGRADE)]
    heard: list[str] = []

    def listen(live: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                heard.append(json.loads(_next(live)["payload"])["id"])

    with _connect(server, ana, "?stream=public") as live, ana.client() as http:
        thread = threading.Thread(target=listen, args=(live,))
        thread.start()
        said = []
        while _metric(metrics, "palabre_live_dropped_total") < len(deaf):
            for _ in range(20):
                text = "\n".join(["x"] * 400)  # much HTML for little text
                said.append(http.post("/api/v1/statuses", json={"status": text}).raise_for_status().json()["id"])
            assert len(said) < 4_000
        _until(lambda: len(heard) == len(said))
        assert heard == said
        assert _metric(metrics, "palabre_live_connections") == 1
        live.close()
        thread.join()
    for each in deaf:
        each.close()


def _metric(port: int, name: str) -> float:
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10, trust_env=False).text
    return next(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))


@pytest.mark.crash
def test_a_stop_ends_streams_at_once(make_server: ServerMaker) -> None:
    server = make_server(limits="off", shutdown_seconds=60).start()
    people = server.accounts(f"reader{number}" for number in range(10))
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(_connect(server, each, "?stream=user")) for each in people]
        clients = [stack.enter_context(each.client()) for each in people]
        streams = [stack.enter_context(each.stream("GET", "/api/v1/streaming/public")) for each in clients]
        lines = [each.iter_lines() for each in streams]
        assert {next(each) for each in lines} == {":)"}
        assert server.stop(seconds=30) == 0, "it waited for readers, though it may wait a minute for requests"
        for each in sockets:
            with pytest.raises(ConnectionClosed):
                each.recv(timeout=60)
        assert all(list(each) in ([], [""]) for each in lines)
    assert "Traceback" not in server.said()


@pytest.mark.postgresql
def test_what_happens_in_another_process_is_heard(make_server: ServerMaker, postgresql: PostgreSQL) -> None:
    name = postgresql.create()
    server = make_server(database=postgresql.url(name), limits="off").start()
    ana, ben = server.accounts(["ana", "ben"])
    port = free_port()
    other = subprocess.Popen(
        [sys.executable, "-c", "import sys; from palabre.cli import main; sys.exit(main())", "serve",
         "--data", str(server.data), "--port", str(port)],
        env=server.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _until(lambda: _answers(port))
        with ben.client() as http:
            found = http.get("/api/v1/accounts/lookup", params={"acct": "ana"}).json()["id"]
            http.post(f"/api/v1/accounts/{found}/follow").raise_for_status()
        with _connect(server, ben, "?stream=user", port=port) as live:
            said = _say(ana, "Hello from here, for @ben")
            heard = {each["event"]: json.loads(each["payload"]) for each in (_next(live), _next(live))}
            assert heard["update"]["id"] == heard["notification"]["status"]["id"] == said
            with ana.client() as http:
                http.delete(f"/api/v1/statuses/{said}").raise_for_status()
            assert _next(live)["payload"] == said
            server.command("account", "suspend", "ben", "--data", str(server.data))
            with pytest.raises(ConnectionClosed):
                live.recv(timeout=60)
    finally:
        other.send_signal(signal.SIGTERM)
        other.wait(60)
        server.kill()
        postgresql.drop(name)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_granian_serves_both(make_server: ServerMaker) -> None:
    server = make_server(limits="off")
    ana = server.account("ana")
    log = server.data.parent / "granian.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", "127.0.0.1",
             "--port", str(server.port), "--workers", "1", "palabre.server:create_app"],
            env=server.environment | {"PALABRE_DATA": str(server.data)}, stdout=out, stderr=out,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    try:
        _until(server._is_ready)
        with _connect(server, ana, "?stream=user") as live, ana.client() as http:
            with http.stream("GET", "/api/v1/streaming/user") as stream:
                lines = stream.iter_lines()
                assert next(lines) == ":)"
                said = _say(ana, "Hello")
                assert json.loads(_next(live)["payload"])["id"] == said
                assert next(lines) == "event: update"
            server.command("account", "suspend", "ana", "--data", str(server.data))
            with pytest.raises(ConnectionClosed):
                live.recv(timeout=60)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(300)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class _Heard(StreamListener):  # type: ignore[misc]
    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []

    def on_update(self, status: Any) -> None:
        self.events.append(("update", str(status["id"])))

    def on_delete(self, status_id: Any) -> None:
        self.events.append(("delete", str(status_id)))

    def on_notification(self, notification: Any) -> None:
        self.events.append(("notification", notification["type"]))


@pytest.fixture
def listening(sqlite_server: RunningServer, tmp_path: Path) -> Iterator[tuple[RunningServer, Person, _Heard]]:
    """Mastodon.py, a client that others wrote, listening to the home of a member."""
    ana = sqlite_server.account("ana_client")
    session = requests.Session()
    session.trust_env = False
    client = Mastodon(access_token=ana.token, api_base_url=sqlite_server.base_url, session=session)
    heard = _Heard()
    assert client.stream_healthy()
    handle = client.stream_user(heard, run_async=True)
    yield sqlite_server, ana, heard
    handle.close()
    session.close()


def test_mastodon_py_hears_what_happens(listening: tuple[RunningServer, Person, _Heard]) -> None:
    server, ana, heard = listening
    ben = server.account("ben_client")
    time.sleep(0.5)
    said = _say(ana, "Hello")
    with ben.client() as http:
        http.post(f"/api/v1/statuses/{said}/favourite").raise_for_status()
    _until(lambda: len(heard.events) >= 2)
    with ana.client() as http:
        http.delete(f"/api/v1/statuses/{said}").raise_for_status()
    _until(lambda: len(heard.events) >= 3)
    assert heard.events == [("update", said), ("notification", "favourite"), ("delete", said)]
