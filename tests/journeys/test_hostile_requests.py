"""Requests that no browser sends: each gets a clear answer, none a stack trace, and the server goes on serving."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from palabre.api.routes import ENDPOINTS
from palabre.edge.connections import MOST_HEAD
from palabre.web.routes import ENDPOINTS as PAGES
from running import Person, RunningServer

_TRACES = ("Traceback", 'File "', "palabre/", "site-packages", "sqlalchemy", "sqlite", "apsw", "psycopg", "0x7f")
_SECRET_NAMES = ("keyring", "palabre.db", "palabre.toml", "etc/passwd", "network", "lookups")


@dataclass
class Target:
    server: RunningServer
    ana: Person
    browser: Browsing

    def raw(self, sent: bytes, *, seconds: float = 5, end: bool = False) -> bytes:
        """Send bytes and return all that comes back until the server closes or says no more."""
        with closing(socket.create_connection(("127.0.0.1", self.server.port), timeout=seconds)) as line:
            line.sendall(sent)
            if end:
                line.shutdown(socket.SHUT_WR)
            got = b""
            try:
                while chunk := line.recv(65_536):
                    got += chunk
            except (TimeoutError, ConnectionResetError):
                pass
            return got

    def alive(self) -> None:
        began = time.monotonic()
        with self.server.client() as http:
            assert http.get("/health/ready").status_code == 200
            assert http.get("/api/v1/timelines/public").status_code == 200
        assert time.monotonic() - began < 20
        assert self.server.process is not None
        assert self.server.process.poll() is None


@pytest.fixture(scope="module")
def target(make_server: ServerMaker) -> Target:
    server = make_server(limits="off").start()
    [ana] = server.accounts(["ana"], password=PASSWORD)
    with ana.client() as http:
        http.post("/api/v1/statuses", json={"status": "hello #tag"}).raise_for_status()
    return Target(server, ana, Browsing(server).sign_in(ana))


def _says_nothing_of_the_inside(answer: bytes) -> None:
    text = answer.decode("utf-8", "replace").replace("/.well-known/palabre/", "").replace("/api/palabre/", "")
    for trace in _TRACES:
        assert trace not in text, text[:2000]


# Paths -------------------------------------------------------------------------------------------------------

_UP = (
    "../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "%252e%252e%252f", "..%252f", "..%c0%af",
    "%c0%ae%c0%ae/", "..%ef%bc%8f", "....//", ".%00./", "%2e%2e%255c", "..;/", "%uff0e%uff0e/",
)  # fmt: skip
_GOALS = (
    "palabre.db",
    "keyring",
    "palabre.toml",
    "etc/passwd",
    "tmp/",
    "palabre.db-wal",
    "pyproject.toml",
    "desk.py",
)


def _climbing() -> Iterator[str]:
    for start in ("/media/", "/static/", "/static/built/", "/media/00/", "/", "/api/v1/", "/@ana/"):
        for up in _UP:
            for goal in _GOALS:
                yield f"{start}{up * 3}{goal}"
                yield f"{start}{up * 9}{goal}%00.png"
        for goal in _GOALS:
            yield f"{start}{goal}"
            yield f"{start}/{goal}"
            yield f"{start}.{goal}"
            yield f"{start}%2f{goal}"
            yield f"{start}file:%2f%2f%2f{goal}"


def test_no_path_leads_out_of_the_folders_of_files(target: Target) -> None:
    tried = 0
    with closing(socket.create_connection(("127.0.0.1", target.server.port), timeout=20)) as line:
        answers = line.makefile("rb")
        for path in _climbing():
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode("latin-1"))
            status = int(answers.readline().split()[1])
            headers = dict(header.lower().split(b": ", 1) for header in iter(answers.readline, b"\r\n"))
            body = answers.read(int(headers[b"content-length"]))
            assert status in {404, 303}, (path, status)
            assert not any(f'"{name}"'.encode() in body for name in _SECRET_NAMES[-2:]), path
            assert b"root:" not in body, path
            _says_nothing_of_the_inside(body.replace(path.encode(), b""))
            tried += 1
    assert tried >= 1_000


def test_a_list_of_files_is_never_given(target: Target) -> None:
    with target.server.client() as http:
        for path in (
            "/media",
            "/media/",
            "/static",
            "/static/",
            "/static/built",
            "/static/built/",
            "/media/.",
            "/static/.",
        ):
            assert http.get(path).status_code == 404, path


# Where one is sent ---------------------------------------------------------------------------------------------

_AWAY = (
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
    "//evil.example/%2f..", "/%09/evil.example", "/\t/evil.example", "/%5cevil.example", "/%2fevil.example",
    "javascript:alert(1)", "http:evil.example", "https:/evil.example", "//evil%E3%80%82example",
    "/ok\r\nSet-Cookie: a=b", "/ok%0d%0aSet-Cookie:%20a=b", "@evil.example", "/..//evil.example",
    "/.evil.example/..//evil.example", "data:text/html,x", "\x00//evil.example", " //evil.example",
)  # fmt: skip


def _stays(answer: httpx.Response, own: str) -> None:
    assert "evil" not in (urlsplit(answer.headers.get("location", "")).netloc)
    assert "a=b" not in answer.headers.get("set-cookie", "")
    for header in ("location", "hx-redirect"):
        where = answer.headers.get(header)
        if where is None:
            continue
        assert re.match(r"/(?![/\\])", where) or where.startswith(own), where
        assert "\r" not in where
        assert "\t" not in where


def test_no_form_and_no_link_leads_away(target: Target) -> None:
    own = target.server.base_url + "/"
    visitor = Browsing(target.server)
    for away in _AWAY:
        _stays(target.browser.http.get("/auth/sign_in", params={"next": away}), own)
        _stays(target.browser.post("/look", data={"theme": "dark", "next": away}), own)
        _stays(target.browser.post("/compose", data={"text": f"x {away}", "next": away}), own)
        _stays(target.browser.http.get("/likes", headers={"Referer": "https://evil.example"}), own)
        _stays(visitor.post("/likes", data={}, headers={"Referer": "https://evil.example/x"}), own)
        page = visitor.get("/auth/sign_in", params={"next": away})
        assert 'value="https://evil' not in page.text
        signed_in = Browsing(target.server)
        signed_in.get("/auth/sign_in")
        given = {"name": "ana", "password": PASSWORD, "next": away}
        _stays(signed_in.post("/auth/sign_in", data=given), own)


def test_the_way_back_after_signing_in_keeps_an_apps_question(target: Target) -> None:
    visitor = Browsing(target.server)
    question = "/oauth/authorize?client_id=1&redirect_uri=https%3A%2F%2Fapp.example%2Fback&state=a%26b&scope=read"
    sent = visitor.http.get(question)
    assert sent.status_code == 303
    page = visitor.get(sent.headers["location"])
    back = re.search(r'name="next" value="([^"]*)"', page.text)
    assert back is not None
    form = {"name": "ana", "password": PASSWORD, "next": back[1].replace("&#x2f;", "/").replace("&amp;", "&")}
    assert visitor.post("/auth/sign_in", data=form).headers["location"] == question


# Who the server says it is -----------------------------------------------------------------------------------


def test_addresses_come_from_the_origin_never_from_the_request(target: Target) -> None:
    lies = {
        "Host": "wicked.example", "X-Forwarded-Host": "wicked.example", "X-Forwarded-Proto": "https",
        "Forwarded": "host=wicked.example", "X-Original-URL": "/wicked.example", "X-Rewrite-URL": "/wicked.example",
        "X-Forwarded-Prefix": "/wicked.example",
    }  # fmt: skip
    tried = 0
    with target.server.client() as http:
        for one in (*ENDPOINTS, *PAGES):
            if one.method != "GET" or one.path_params or one.path == "/live/home":
                continue
            for headers in (
                lies,
                {**lies, "Authorization": f"Bearer {target.ana.token}"},
                {**lies, "Cookie": f"session={target.browser.secret}"},
            ):
                answer = http.get(
                    one.path, headers=headers, params={"resource": f"acct:ana@{target.server.base_url[7:]}"}
                )
                assert "wicked" not in answer.text, one
                assert "wicked" not in str(answer.headers), one
                tried += 1
    assert tried >= 90
    absolute = target.raw(
        b"GET http://wicked.example/auth/sign_in HTTP/1.1\r\nHost: wicked.example\r\nConnection: close\r\n\r\n"
    )
    assert b"wicked" not in absolute
    assert absolute.startswith(b"HTTP/1.1 200")


# Line by line ------------------------------------------------------------------------------------------------

_POST = b"POST /api/v1/apps HTTP/1.1\r\nHost: x\r\n"
_FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
_INNER = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
_SMUGGLED = {
    "both lengths": _POST + _FORM + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + _INNER,
    "two lengths": _POST + _FORM + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef" + _INNER,
    "a list of lengths": _POST + _FORM + b"Content-Length: 5, 5\r\n\r\nabcde" + _INNER,
    "a signed length": _POST + _FORM + b"Content-Length: +5\r\n\r\nabcde" + _INNER,
    "a negative length": _POST + _FORM + b"Content-Length: -5\r\n\r\nabcde" + _INNER,
    "a hexadecimal length": _POST + _FORM + b"Content-Length: 0x5\r\n\r\nabcde" + _INNER,
    "space before the colon": _POST + _FORM + b"Content-Length : 5\r\n\r\nabcde" + _INNER,
    "odd encoding": _POST + _FORM + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + _INNER,
    "encoding twice": _POST
    + _FORM
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"
    + _INNER,
    "a chunk of no size": _POST + _FORM + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" + _INNER,
    "a chunk too large to count": _POST
    + _FORM
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"f" * 40
    + b"\r\n\r\n"
    + _INNER,
    "a folded header": b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: b\r\n\tTransfer-Encoding: chunked\r\n\r\n" + _INNER,
    "a bare line end in a header": b"GET /health HTTP/1.1\r\nHost: x\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + _INNER,
    "NUL in a header": b"GET /health HTTP/1.1\r\nHost: x\x00y\r\n\r\n" + _INNER,
    "no version": b"GET /health\r\n\r\n" + _INNER,
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
    "a mail server's greeting": b"EHLO evil.example\r\nMAIL FROM:<a@b>\r\n",
    "binary": bytes(range(256)) * 4,
    "a space in the address": b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes in the address": b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address of nothing": b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("name", _SMUGGLED)
def test_what_two_servers_could_read_differently_is_not_answered_twice(target: Target, name: str) -> None:
    answer = target.raw(_SMUGGLED[name], seconds=3, end=True)
    _says_nothing_of_the_inside(answer)
    statuses = re.findall(rb"HTTP/1\.1 (\d{3})", answer)
    refused = not statuses or statuses[0] in {b"400", b"431"}
    assert refused or len(statuses) == 1, answer[:500]
    if statuses and statuses[0] == b"400":
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]
    target.alive()


def test_two_requests_in_one_piece_are_answered_in_turn(target: Target) -> None:
    one = b"GET /nowhere/%d HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = target.raw(
        b"".join(one % n for n in range(20)) + _INNER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    )
    assert re.findall(rb"HTTP/1\.1 (\d{3})", answer) == [b"404"] * 20 + [b"200"]


# Too much ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * (3 * MOST_HEAD) + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * (3 * MOST_HEAD // 8) + b"\r\n",
        b"GET /health HTTP/1.1\r\nCookie: " + b"a" * (3 * MOST_HEAD) + b"\r\n\r\n",
        b"GET /health HTTP/1.1\r\n" + b"X" * (3 * MOST_HEAD) + b": b\r\n\r\n",
        b"GET /health HTTP/1.1\r\nX-A: " + b"a" * (MOST_HEAD + 9_000) + b"\r\n\r\n",
    ],
    ids=["address", "headers", "cookie", "name", "a little"],
)
def test_a_head_too_large_is_refused(target: Target, head: bytes) -> None:
    answer = target.raw(head)
    assert answer == b"" or re.match(rb"HTTP/1\.1 (431|400)", answer), answer[:200]
    assert len(re.findall(rb"HTTP/1\.1 ", answer)) <= 1
    target.alive()


def test_an_endless_head_is_cut_off_before_it_fills_memory(target: Target) -> None:
    assert target.server.process is not None
    process = psutil.Process(target.server.process.pid)
    before = process.memory_info().rss
    sent = 0
    with closing(socket.create_connection(("127.0.0.1", target.server.port), timeout=10)) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nX-A: ")
        try:
            while sent < 200_000_000:
                sent += line.send(b"a" * 65_536)
        except (ConnectionError, TimeoutError):
            pass
    assert sent < 30_000_000
    assert process.memory_info().rss - before < 30_000_000
    target.alive()


def _client_answers(target: Target, method: str, path: str, **options: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {target.ana.token}", **options.pop("headers", {})}  # type: ignore[dict-item]
    with target.server.client() as http:
        return http.request(method, path, headers=headers, **options)  # type: ignore[arg-type]


_NESTED = b'{"status":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
_PART = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n"
_BODIES: dict[str, tuple[bytes, str, set[int]]] = {
    "2 MB of text": (b'{"status":"' + b"a" * 2_000_000 + b'"}', "application/json", {413}),
    "2 MB of a form": (b"status=" + b"a" * 2_000_000, "application/x-www-form-urlencoded", {413}),
    "deep JSON": (_NESTED, "application/json", {400, 422}),
    "a deep form": (b"a" + b"[b]" * 500 + b"=1", "application/x-www-form-urlencoded", {422}),
    "100,000 fields": (b"&".join(b"a%d=1" % n for n in range(100_000)), "application/x-www-form-urlencoded", {422}),
    "a long name": (b"a" * 100_000 + b"=1", "application/x-www-form-urlencoded", {422}),
    "a large number": (b'{"status":' + b"9" * 100_000 + b"}", "application/json", {400, 422}),
    "not JSON": (b"{", "application/json", {400}),
    "a list": (b"[]", "application/json", {400}),
    "half a surrogate": (b'{"status":"\\ud800"}', "application/json", {400, 422}),
    "bytes that are no text": (b'{"status":"\xff\xfe"}', "application/json", {400}),
    "a form that is no text": (b"status=%ff%fe", "application/x-www-form-urlencoded", {400}),
    "NUL": (b'{"status":"a\\u0000b"}', "application/json", {422}),
    "XML": (b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "application/xml", {415}),
    "no type": (b"status=x", "", {415}),
    "a type of nonsense": (b"status=x", "\x7f;;;", {400, 415}),
    "text": (b"status=x", "text/plain", {415}),
    "multipart without boundary": (b"--x", "multipart/form-data", {400}),
    "multipart without end": (_PART[:-2], "multipart/form-data; boundary=x", {400}),
    "5,000 parts": (_PART * 5_000 + b"--x--", "multipart/form-data; boundary=x", {422}),
    "a long boundary": (b"--x--", "multipart/form-data; boundary=" + "x" * 20_000, {400}),
    "parts without a name": (b"--x\r\n\r\nb\r\n--x--", "multipart/form-data; boundary=x", {400}),
    "a header without end": (b"--x\r\n" + b"A" * 200_000, "multipart/form-data; boundary=x", {400, 413, 422}),
    "two shapes": (b"status=1&status[a]=2", "application/x-www-form-urlencoded", {400}),
    "text where numbers go": (b'{"status":"x","media_ids":{"a":{"b":1}}}', "application/json", {400, 404, 422}),
}  # fmt: skip


@pytest.mark.parametrize("name", _BODIES)
def test_a_body_that_nobody_can_mean_gets_a_clear_answer(target: Target, name: str) -> None:
    body, kind, expected = _BODIES[name]
    for path in ("/api/v1/statuses", "/compose"):
        headers = {"Content-Type": kind.encode("latin-1")} if kind else {}
        if path == "/compose":
            headers["Cookie"] = f"session={target.browser.secret}".encode()
        answer = _client_answers(target, "POST", path, content=body, headers=headers)
        _says_nothing_of_the_inside(answer.content)
        if path.startswith("/api"):
            assert answer.status_code in expected, answer.text[:300]
            assert answer.json()["error"]
        elif name != "a type of nonsense":  # which is no HTTP: no page is reached
            assert answer.status_code in {*expected, 403}, answer.text[:300]
            assert answer.headers["content-type"].startswith("text/html")
    target.alive()


def test_the_same_garbage_on_every_route_is_never_a_fault(target: Target) -> None:
    """A fault would be a 500: something that nobody thought of."""
    queries = (
        b"limit=x&max_id=%00&q=%ff",
        b"limit=99999999999999999999&q=a",
        b"a[b][c]=1&limit[]=2&q[]=3",
        b"id[]=1&id[]=2&q=" + b"%E2%80%AE" * 50,
    )
    with target.server.client() as http:
        for one in (*ENDPOINTS, *PAGES):
            if one.path == "/live/home":
                continue
            path = re.sub(r"\{\w+(:path)?\}", "%00%ff'\"<;", one.path)
            for query in queries:
                headers = {
                    "Authorization": f"Bearer {target.ana.token}",
                    "Cookie": f"session={target.browser.secret}",
                }
                body = (
                    {}
                    if one.method == "GET"
                    else {"content": query, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
                )
                headers |= body.pop("headers", {})
                answer = http.request(one.method, f"{path}?{query.decode('latin-1')}", headers=headers, **body)
                assert answer.status_code < 500, (one, query, answer.text[:300])
                _says_nothing_of_the_inside(answer.content)


# Too slow ----------------------------------------------------------------------------------------------------


def test_many_who_say_nothing_do_not_keep_others_waiting(target: Target) -> None:
    lines = []
    try:
        for n in range(300):
            line = socket.create_connection(("127.0.0.1", target.server.port), timeout=10)
            lines.append(line)
            if n % 3 == 1:
                line.sendall(b"GET /health HTTP/1.1\r\nX-Slow: ")
            elif n % 3 == 2:
                line.sendall(b"POST /api/v1/apps HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        target.alive()
    finally:
        for line in lines:
            line.close()
    target.alive()


# What is written down ----------------------------------------------------------------------------------------


def test_the_log_names_nobody_and_holds_no_secret(target: Target) -> None:
    """Runs last: by now the log has seen everything above."""
    target.browser.post("/auth/sign_in", data={"name": "somebody@private.example", "password": "secret horse"})
    log = target.server.log.read_text("utf-8", "replace")
    secrets = (
        target.ana.token,
        PASSWORD,
        target.browser.secret,
        target.browser.token,
        "private.example",
        "secret horse",
    )
    for secret in secrets:
        assert secret not in log
    assert "Traceback" not in log, log[-3000:]
    lines = [line for line in log.splitlines() if "running on" not in line]
    assert [line for line in lines if re.search(r"\b\d{1,3}(\.\d{1,3}){3}\b", line)] == []
    assert [line for line in lines if "fault" in line or "level='error'" in line] == []
