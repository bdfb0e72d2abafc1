"""Ready answers: what an endpoint sends when no streaming is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import msgspec
from starlette.types import Receive, Scope, Send

JSON = (b"content-type", b"application/json; charset=utf-8")

_encoder = msgspec.json.Encoder()


class Answer:
    """A status, headers and a body, as an ASGI application. A fifth of the cost of a Starlette ``Response``."""

    __slots__ = ("body", "raw_headers", "status")

    def __init__(
        self,
        body: bytes,
        status: int = 200,
        headers: Sequence[tuple[bytes, bytes]] = (),
        *,
        kind: tuple[bytes, bytes] = JSON,
    ) -> None:
        """Keep ``body`` (JSON unless ``kind`` says otherwise) and the lower-case ``headers``."""
        self.body = body
        self.status = status
        self.raw_headers: list[tuple[bytes, bytes]] = [
            kind,
            (b"content-length", b"%d" % len(body)),
            *headers,
        ]

    @classmethod
    def json(cls, value: object, status: int = 200, headers: Sequence[tuple[bytes, bytes]] = ()) -> Self:
        """Encode ``value``: Structs, lists, dicts, anything msgspec knows."""
        return cls(_encoder.encode(value), status, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - an ASGI application
        """Send it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body})


async def turn_away(answer: Answer, scope: Scope, send: Send) -> None:
    """Refuse a WebSocket before it is open: with an answer in HTTP, where the server can give one."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = answer.raw_headers
    await send({"type": "websocket.http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": answer.body})


class Page:
    """A list as Mastodon pages it: a JSON array, and where the next and the previous page are."""

    __slots__ = ("items", "link")

    def __init__(self, items: bytes | Sequence[object], link: str | None = None) -> None:
        """Keep ``items`` (Structs, or the ready bytes of the array) and the value of the Link header."""
        self.items = items
        self.link = link

    def answer(self) -> Answer:
        """Encode it."""
        body = self.items if isinstance(self.items, bytes) else _encoder.encode(self.items)
        return Answer(body, 200, [(b"link", self.link.encode("latin-1"))] if self.link else ())
