"""A translation service of the tests' own, on the loopback address: speaks LibreTranslate's API, and puts words in
front of each text instead of translating it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class LibreTranslate:
    """Begins to listen when it is made."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        """What was to be translated."""
        self.paths: list[str] = []
        self.status = 200
        self.answer: bytes | None = None
        """Instead of what it would say."""
        self.inside = "{language}: {text}"
        """What becomes of a text."""
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the name that http.server looks for
                targets = ["en", "fr", "de"]
                self._say([{"code": code, "name": code, "targets": targets} for code in targets])

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                service.asked.append(asked)
                made = [service.inside.format(language=asked["target"], text=text) for text in asked["q"]]
                told = [{"language": "fr", "confidence": 90}] * len(made) if asked["source"] == "auto" else []
                self._say({"translatedText": made, **({"detectedLanguage": told} if told else {})})

            def _say(self, words: Any) -> None:
                service.paths.append(self.path)
                body = json.dumps(words).encode() if service.answer is None else service.answer
                self.send_response(service.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02])
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
