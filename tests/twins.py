"""Two servers of one network at two addresses, a browser with a profile on disk, and strangers at old addresses."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Playwright

from fixtures_browser import patient
from running import CHROMIUM_ARGUMENTS
from standbys import Host, until
from tls_front import Certificate, Front

MEETING = "navigator.serviceWorker.controller !== null"


class Twins:
    """A primary at ``a.localhost`` and its standby, which will answer at ``b.localhost``.

    With ``secure`` they are behind TLS, with a certificate that the browser trusts if it is told so.
    """

    def __init__(self, folder: Path, *, secure: bool = False) -> None:
        self.one = Host(folder / "one")
        self.two = Host(folder / "two", new=False)
        self.certificate = Certificate(folder) if secure else None
        self.fronts = [Front(host.port, self.certificate) for host in (self.one, self.two) if self.certificate]
        scheme, ports = "http", [self.one.port, self.two.port]
        if self.fronts:
            scheme, ports = "https", [front.port for front in self.fronts]
        self.a, self.b = (f"{scheme}://{name}.localhost:{port}" for name, port in zip("ab", ports, strict=True))
        for host in (self.one, self.two):
            host.environment |= {"PALABRE_ORIGIN": self.a, "PALABRE_ORIGINS": f"{self.a},{self.b}"}
        self.one.start()

    def pair(self) -> None:
        """Let the second have everything that the first has."""
        self.two.join(self.one.address, self.one.invite()).follow()
        until(self.one.has_standby, f"a standby is in step:\n{self.one.said()}\n{self.two.said()}")

    def lose_the_first(self) -> None:
        """Kill it, and its disk with it."""
        self.one.kill()
        shutil.rmtree(self.one.data)
        if self.fronts:
            self.fronts[0].close()

    def promote_the_second(self) -> None:
        """Let it lead, and wait until it serves."""
        self.two.command("promote", "--data", str(self.two.data), "--yes")
        self.two.wait_ready()

    def close(self) -> None:
        """End both."""
        self.one.kill()
        self.two.kill()
        for front in self.fronts:
            front.close()


@contextlib.contextmanager
def twins(folder: Path, *, secure: bool = False) -> Iterator[Twins]:
    """Two servers of one network, the second with every write of the first."""
    both = Twins(folder, secure=secure)
    try:
        both.pair()
        yield both
    finally:
        both.close()


def open_browser(playwright: Playwright, profile: Path, *more: str) -> BrowserContext:
    """Start a browser whose profile stays on the disk: what an installed app is."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    opened = playwright.chromium.launch_persistent_context(
        profile, executable_path=path, args=[*CHROMIUM_ARGUMENTS, *more], locale="en",
        viewport={"width": 1280, "height": 900},
    )  # fmt: skip
    return patient(opened)


def met(page: Page) -> None:
    """Wait until the worker answers for the page, knows the network, has a token and what it shows without one."""
    page.wait_for_function(MEETING)
    until(lambda: (remembers(page) or {}).get("token"), "the app has a token")
    until(lambda: (remembers(page) or {}).get("shellOf") is not None, "the pages for when nobody answers are kept")


def remembers(page: Page) -> dict | None:
    """What the app keeps in IndexedDB, but the outbox."""
    return page.evaluate("""async () => {
        const opened = await new Promise((done) => {
            const request = indexedDB.open("palabre", 1);
            request.onupgradeneeded = () => request.transaction.abort();
            request.onsuccess = () => done(request.result);
            request.onerror = () => done(null);
        });
        if (!opened) return null;
        const kept = await new Promise((done) => {
            const request = opened.transaction("state").objectStore("state").get("all");
            request.onsuccess = () => done(request.result ?? null);
        });
        opened.close();
        return kept;
    }""")


class Stranger:
    """Whoever holds an address of the network after it was taken away: answers everything, with no proof."""

    def __init__(self, port: int, status: int = 200, words: str = "This domain has been seized.") -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        stranger = self

        class Answers(BaseHTTPRequestHandler):
            def answer(self) -> None:
                stranger.asked.append((self.command, self.path, dict(self.headers)))
                body = f"<!doctype html><title>Seized</title><p>{words}".encode()
                self.send_response(status)
                self.send_header("content-type", "text/html")
                self.send_header("access-control-allow-origin", "*")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer  # noqa: N815 - the names that http.server looks for

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Answers)
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
