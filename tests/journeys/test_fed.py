"""A member connects a feed in the settings; the profile says so; it is disconnected."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker

_FEED = b"<rss version='2.0'><channel><title>Tides &amp; <![CDATA[<b>winds</b>]]></title></channel></rss>"


@pytest.fixture
def blog() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml" if self.path.startswith("/feed") else "text/html")
            self.send_header("Content-Length", str(len(_FEED)))
            self.end_headers()
            self.wfile.write(_FEED)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_feed_is_connected_shown_and_disconnected(make_server: ServerMaker, blog: str) -> None:
    server = make_server(limits="off", fetch_loopback="true").start()
    ana = Browsing(server).sign_in(server.account("ana", password=PASSWORD))
    assert "Fed from" not in ana.get("/@ana").text
    ana.get("/settings/feed")
    refused = ana.post("/settings/feed", data={"url": f"{blog}/page"})
    assert refused.status_code == 422
    assert "No feed was found at this address." in refused.text
    assert ana.post("/settings/feed", data={"url": f"{blog}/feed?key=hush"}).status_code == 303
    page = ana.get("/settings/feed").text
    assert "Tides &amp; winds" in page
    for browser in (ana, Browsing(server)):
        profile = browser.get("/@ana").text
        assert "Fed from <bdi>Tides &amp; winds</bdi>" in profile
        assert "hush" not in profile, "the address may hold a secret"
    assert ana.post("/settings/feed/disconnect").status_code == 303
    assert "Fed from" not in ana.get("/@ana").text
    assert ana.post("/settings/feed/disconnect").status_code == 404
