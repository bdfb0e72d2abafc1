"""As much of S3 as vaults and leases use, in this process: conditional puts, gets, lists page by page, deletes."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE = 3
"""So few names on a page of a list that every list has several."""


def etag(body: bytes) -> str:
    return f'"{md5(body, usedforsecurity=False).hexdigest()}"'


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        pass

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).lstrip("/").partition("/")[2]

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_PUT(self) -> None:
        body = self._body()
        with self.server.lock:
            self._keep(body)

    def _keep(self, body: bytes) -> None:
        there = self.server.objects.get(self._key())
        if self.server.away:
            self._answer(503)
        elif self.server.refuses:
            self._answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        elif self.server.keeps_conditions and (
            (self.headers.get("If-None-Match") == "*" and there is not None)
            or ("If-Match" in self.headers and self.headers["If-Match"] != etag(there or b""))
        ):
            self._answer(412)
        else:
            self.server.objects[self._key()] = body
            self._answer(200, ETag=etag(body))

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        if self.server.away:
            self._answer(503)
        elif self.server.refuses:
            self._answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        elif "list-type" in asked:
            self._list(asked)
        elif self._key() in self.server.objects:
            body = self.server.objects[self._key()]
            self._answer(200, body, ETag=etag(body), Last_Modified="Sun, 22 Nov 2026 09:30:00 GMT")
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def _list(self, asked: dict[str, list[str]]) -> None:
        prefix = asked.get("prefix", [""])[0]
        after = asked.get("continuation-token", [""])[0]
        found = sorted(key for key in self.server.objects if key.startswith(prefix) and key > after)
        page = found[:PAGE]
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.server.objects[key])}</Size>"
            '<LastModified>2026-11-22T09:30:00.000Z</LastModified><ETag>"x"</ETag></Contents>'
            for key in page
        )
        more = f"<NextContinuationToken>{page[-1]}</NextContinuationToken>" if len(found) > PAGE else ""
        cut = str(len(found) > PAGE).lower()
        self._answer(
            200, f"<ListBucketResult><IsTruncated>{cut}</IsTruncated>{more}{rows}</ListBucketResult>".encode()
        )

    def do_POST(self) -> None:
        keys = re.findall(r"<Key>(.*?)</Key>", self._body().decode())
        for key in keys:
            self.server.objects.pop(key, None)
        rows = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self._answer(200, f"<DeleteResult>{rows}</DeleteResult>".encode())

    def do_DELETE(self) -> None:
        self.server.objects.pop(self._key(), None)
        self._answer(204)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.lock = threading.Lock()
        self.away = False
        self.refuses = False
        """Whether the key is wrong."""
        self.keeps_conditions = True

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def s3_server() -> Iterator[_Server]:
    """A store with one bucket of any name."""
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
