"""Listens in this process: to the WebSocket of the streaming API, or to one of its streams of events."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from unit.api.network import Caller


class Listening:
    """A connection, driven without a server."""

    def __init__(
        self,
        caller: Caller,
        path: str = "",
        *,
        socket: bool = True,
        headers: dict[str, str] | None = None,
        protocols: tuple[str, ...] = (),
        ours: bool = True,
        **query: str,
    ) -> None:
        """Connect as ``caller``; through a server of ours, or another that knows only what ASGI says."""
        self.network = caller.network
        self.said: list[dict[str, Any]] = []
        """All ASGI messages that came."""
        self._come: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._waits = asyncio.Event()
        """Set while the network waits for us, after doing all that we asked for."""
        self._reads = asyncio.Event()
        self._reads.set()
        shown = {"Authorization": f"Bearer {caller.token}"} if caller.token and headers is None else headers or {}
        self.scope: dict[str, Any] = {
            "type": "websocket" if socket else "http",
            "path": f"/api/v1/streaming{path}",
            "query_string": urlencode(query).encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in shown.items()],
            "client": ("192.0.2.1", 1234),
            "subprotocols": list(protocols),
            "extensions": {"websocket.http.response": {}},
            "method": "GET",
            **({"abort": self._abort} if ours else {}),
        }
        if socket:
            self._come.put_nowait({"type": "websocket.connect"})
        self.task = self.network.loop.create_task(self.network.app(self.scope, self._receive, self._send))
        self.settle()

    async def _receive(self) -> dict[str, Any]:
        if self._come.empty():
            self._waits.set()
        message = await self._come.get()
        self._waits.clear()
        return message

    def _abort(self) -> None:
        gone = "websocket.disconnect" if self.scope["type"] == "websocket" else "http.disconnect"
        self._come.put_nowait({"type": gone})

    async def _send(self, message: dict[str, Any]) -> None:
        await self._reads.wait()
        self.said.append(message)
        if message["type"] == "websocket.close":
            self._come.put_nowait({"type": "websocket.disconnect", "code": message.get("code", 1000)})
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._come.put_nowait({"type": "http.disconnect"})

    def settle(self) -> None:
        """Let the network do all that it has to do now."""
        waits = self.network.loop.create_task(self._waits.wait())
        self.network.run(asyncio.wait([waits, self.task], return_when=asyncio.FIRST_COMPLETED))
        waits.cancel()
        self.network.tell()

    def ask(self, kind: str, stream: str, **more: str) -> None:
        """Subscribe or unsubscribe."""
        self.text(json.dumps({"type": kind, "stream": stream, **more}))

    def text(self, text: str) -> None:
        """Send any text."""
        self._push({"type": "websocket.receive", "text": text})

    def _push(self, message: dict[str, Any]) -> None:
        self._waits.clear()
        self._come.put_nowait(message)
        self.settle()

    def hang_up(self) -> None:
        """Go away."""
        kind = "websocket.disconnect" if self.scope["type"] == "websocket" else "http.disconnect"
        self._push({"type": kind})

    @property
    def is_open(self) -> bool:
        """Whether the network still serves it."""
        return not self.task.done()

    def wait_for_the_end(self) -> None:
        """Wait until the network has ended it."""
        self.network.run(asyncio.wait([self.task], timeout=60))
        assert not self.is_open

    @property
    def code(self) -> int | None:
        """With which code the network closed it."""
        return next((each["code"] for each in self.said if each["type"] == "websocket.close"), None)

    @property
    def turned_away(self) -> tuple[int, Any] | None:
        """The status and the JSON with which the connection was refused."""
        starts = [each for each in self.said if each["type"].endswith("response.start")]
        if not starts or starts[0]["status"] == 200:
            return None
        body = b"".join(each["body"] for each in self.said if each["type"].endswith("response.body"))
        return starts[0]["status"], json.loads(body)

    @property
    def heard(self) -> list[dict[str, Any]]:
        """All that was said on the WebSocket, decoded."""
        return [json.loads(each["text"]) for each in self.said if each["type"] == "websocket.send"]

    @property
    def events(self) -> list[tuple[str, str]]:
        """The events of a stream of events: name and data."""
        body = b"".join(each["body"] for each in self.said if each["type"] == "http.response.body").decode()
        found = []
        for block in body.split("\n\n"):
            lines = [line.partition(": ") for line in block.splitlines() if not line.startswith(":")]
            if lines:
                found.append((lines[0][2], lines[1][2]))
        return found

    def told(self, event: str = "update", stream: str | None = None) -> list[Any]:
        """The payloads of one kind of event, decoded; of one stream if it is named."""
        if self.scope["type"] == "http":
            return [json.loads(data) for name, data in self.events if name == event]
        return [
            json.loads(each["payload"]) if event != "delete" else each["payload"]
            for each in self.heard
            if each.get("event") == event and stream in {None, each["stream"][0]}
        ]
