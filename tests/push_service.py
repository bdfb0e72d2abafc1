"""A push service of the tests' own, on the loopback address: keeps what is sent to it, answers as it is told."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Arrived(NamedTuple):
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


class PushService:
    """Begins to listen when it is made."""

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self.answers: list[int] = []
        """Statuses of the next answers; 201 when there is none left."""
        self.refuse: int | None = None
        """The status of every answer, while it is set."""
        self.taken: list[Arrived] = []
        """What was accepted."""
        self.redirect = ""
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name that http.server looks for
                body = self.rfile.read(int(self.headers["Content-Length"]))
                arrived = Arrived(self.path, dict(self.headers.items()), body)
                status = service.refuse or (service.answers.pop(0) if service.answers else 201)
                service.taken += [arrived] if status == 201 else []
                service.arrived.append(arrived)
                self.send_response(status)
                if service.redirect:
                    self.send_header("Location", service.redirect)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02])
        self._thread.start()

    def wait(self, count: int, seconds: float = 120) -> list[Arrived]:
        """Return what has arrived when it is ``count`` requests."""
        deadline = time.monotonic() + seconds
        while len(self.arrived) < count:
            assert time.monotonic() < deadline, f"{len(self.arrived)} of {count} messages came"
            time.sleep(0.02)
        return self.arrived

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
